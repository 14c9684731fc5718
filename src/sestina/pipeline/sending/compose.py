"""Compose: makes the one real message (RFC 5322) that everything after it shows, signs, transmits and describes.

Simple and raw content are composed at admission, because limits count the octets of the finished message; templates
after the answer, once rendered (docs/decisions/0002-compose-at-admission.md).
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from sestina.domain.instants import DAY
from sestina.domain.message_ids import message_id, message_id_domain
from sestina.domain.refusals import Invalid
from sestina.domain.submissions import Raw, Simple, Submission, Templated
from sestina.pipeline.flow import Sending
from sestina.ports.outside import Outside
from sestina.protocols.mail.compose import compose as build
from sestina.protocols.mail.dates import rfc5322_date
from sestina.protocols.mail.headers import MailError, decode_words, rewrite

OUTGOING_IP: Final = "127.0.0.1"
CONSUMED: Final = frozenset(
    {
        "bcc",
        "feedback-id",
        "x-ses-outgoing",
        "x-ses-configuration-set",
        "x-ses-message-tags",
        "x-ses-source-arn",
        "x-ses-from-arn",
        "x-ses-return-path-arn",
        "x-ses-list-management-options",
        "x-ses-tenant",
    }
)
"""Header fields of a raw message that recipients never see (sending.md 5.3)."""


def compose(work: Sending, outside: Outside) -> None:
    """Allocates the message id and, but for templates, the bytes.

    Raises:
        Invalid: a header or body that cannot be written, or a message over the limit of its door.
    """
    work.message_id = message_id(work.region.name, work.now, outside.ids.uuid())
    content = work.submission.content
    try:
        match content:
            case Simple():
                work.subject = content.subject.data
                work.raw = compose_simple(work.submission, content, trailing(work))
            case Raw():
                work.raw = _rewrite_raw(work, content)
            case Templated():
                return
    except MailError as error:
        raise Invalid(error.message) from error
    if len(work.raw) > work.submission.largest:
        raise Invalid(f"Message length is more than {work.submission.largest} bytes long: '{len(work.raw)}'.")


def compose_simple(submission: Submission, content: Simple, last: list[tuple[str, str]]) -> bytes:
    """The message of subject, bodies and attachments, with SES's own fields at the end of the header."""
    if content.text is None and content.html is None and not content.attachments:
        raise Invalid("Body must have either text or html.")
    headers = [("From", submission.source or "")]
    if submission.to:
        headers.append(("To", ", ".join(submission.to)))
    if submission.cc:
        headers.append(("Cc", ", ".join(submission.cc)))
    if submission.reply_to:
        headers.append(("Reply-To", ", ".join(submission.reply_to)))
    headers.append(("Subject", content.subject.data))
    headers.extend(content.headers)
    return build(
        headers=headers,
        text=content.text,
        html=content.html,
        attachments=content.attachments,
        boundary_seed=last[0][1],
        trailing=last,
    )


def trailing(work: Sending) -> list[tuple[str, str]]:
    """SES's own header fields, in the order seen in real mail: Message-ID, Date, Feedback-ID, X-SES-Outgoing."""
    return own_fields(work.message_id, work.region.name, work.region.account, work.now, work.submission)


def own_fields(id_: str, region: str, account: str, now: int, submission: Submission) -> list[tuple[str, str]]:
    """The header fields that SES adds to every message."""
    date = rfc5322_date(now)
    return [
        ("Message-ID", f"<{id_}@{message_id_domain(region)}>"),
        ("Date", date),
        ("Feedback-ID", feedback_id(region, account, submission)),
        ("X-SES-Outgoing", f"{_day(now)}-{OUTGOING_IP}"),
    ]


def feedback_id(region: str, account: str, submission: Submission) -> str:
    """`1.{region}.{hash of the account}:AmazonSES`, behind the customer's own fields if tags name them."""
    own = [tag.value for tag in submission.tags if tag.name in ("ses:feedback-id-a", "ses:feedback-id-b")]
    return ":".join((*own, f"1.{region}.{_account_hash(account)}", "AmazonSES"))


@lru_cache(maxsize=1024)
def _account_hash(account: str) -> str:
    return b64encode(sha256(account.encode()).digest()).decode()


@lru_cache(maxsize=8)
def _day_text(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y.%m.%d")


def _day(now: int) -> str:
    return _day_text(now // DAY)


def _rewrite_raw(work: Sending, content: Raw) -> bytes:
    block = work.header_block
    assert block is not None
    subject = block.get("subject")
    work.subject = None if subject is None else decode_words(subject)
    fields = trailing(work)
    replaced = {name.lower(): (name, value) for name, value in fields[:2]}
    return rewrite(content.data, block, remove=CONSUMED, replace=replaced, append=fields[2:])

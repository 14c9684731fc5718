"""Compose: makes the one real message (RFC 5322) that everything after it shows, signs, transmits and describes.

Simple and raw content are composed at admission, because limits count the octets of the finished message; templates
after the answer, once rendered (docs/decisions/0002-compose-at-admission.md).
"""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final

from msgspec import Struct

from sestina.domain.instants import DAY, Instant
from sestina.domain.message_ids import message_id, message_id_domain
from sestina.domain.refusals import Invalid
from sestina.domain.submissions import Raw, Simple, Submission, Templated
from sestina.domain.tags import MessageTag
from sestina.pipeline.flow import Sending
from sestina.ports.outside import Outside
from sestina.protocols.mail.compose import compose as build
from sestina.protocols.mail.dates import rfc5322_date
from sestina.protocols.mail.headers import MailError, decode_words, rewrite

OUTGOING_IP: Final = "127.0.0.1"
FEEDBACK_TAGS: Final = ("ses:feedback-id-a", "ses:feedback-id-b")
CONSUMED: Final = frozenset(
    {
        "bcc",
        "return-path",  # of the last server on the way alone (RFC 5321 §4.4)
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
REPLACED: Final = CONSUMED | {"message-id", "date"}
"""Fields among a caller's own that SES's own stand for."""


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
                work.raw = compose_simple(work.submission, content, own_fields(work))
            case Raw():
                work.raw = _rewrite_raw(work, content)
            case Templated():
                return
    except MailError as error:
        raise Invalid(error.message) from error
    if len(work.raw) > work.submission.largest:
        raise Invalid(f"Message length is more than {work.submission.largest} bytes long: '{len(work.raw)}'.")


def compose_simple(submission: Submission, content: Simple, own: "OwnFields") -> bytes:
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
    headers.extend(header for header in content.headers if header[0].lower() not in REPLACED)
    return build(
        headers=headers,
        text=content.text,
        html=content.html,
        attachments=content.attachments,
        boundary_seed=f"{int(own.message_id[17:25], 16)}.{own.accepted}",
        finished=own.lines,
    )


class OwnFields(Struct, frozen=True, kw_only=True):
    """The header fields that SES adds to every message, in the order seen in real mail."""

    message_id: str
    accepted: Instant
    region: str
    account: str
    tags: tuple[MessageTag, ...]

    @property
    def message_id_field(self) -> str:
        """The value of Message-ID."""
        return f"<{self.message_id}@{message_id_domain(self.region)}>"

    @property
    def outgoing(self) -> str:
        """The value of X-SES-Outgoing."""
        return f"{_day_text(self.accepted // DAY)}-{OUTGOING_IP}"

    @property
    def feedback_id(self) -> str:
        """`1.{region}.{hash of the account}:AmazonSES`, behind the customer's own fields if tags name them."""
        own = [tag.value for tag in self.tags if tag.name in FEEDBACK_TAGS]
        return ":".join((*own, f"1.{self.region}.{_account_hash(self.account)}", "AmazonSES"))

    @property
    def lines(self) -> str:
        """All of them as header lines; nothing in them needs encoding or folding."""
        return (
            f"Message-ID: {self.message_id_field}\r\nDate: {rfc5322_date(self.accepted)}\r\n"
            f"Feedback-ID: {self.feedback_id}\r\nX-SES-Outgoing: {self.outgoing}\r\n"
        )


@lru_cache(maxsize=1024)
def _account_hash(account: str) -> str:
    return b64encode(sha256(account.encode()).digest()).decode()


@lru_cache(maxsize=8)
def _day_text(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y.%m.%d")


def _rewrite_raw(work: Sending, content: Raw) -> bytes:
    block = work.header_block
    assert block is not None
    subject = block.get("subject")
    work.subject = None if subject is None else decode_words(subject)
    own = own_fields(work)
    replaced = {
        "message-id": ("Message-ID", own.message_id_field),
        "date": ("Date", rfc5322_date(own.accepted)),
    }
    appended = (("Feedback-ID", own.feedback_id), ("X-SES-Outgoing", own.outgoing))
    return rewrite(content.data, block, remove=CONSUMED, replace=replaced, append=appended)


def own_fields(work: Sending) -> OwnFields:
    """SES's own fields for a submission on its way in."""
    region = work.region
    return OwnFields(
        message_id=work.message_id,
        accepted=work.now,
        region=region.name,
        account=region.account,
        tags=work.submission.tags,
    )

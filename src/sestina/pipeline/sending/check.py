"""Check: is the submission well formed? Tags, then addresses, then content, then counts (sending.md 5.2)."""

from typing import Final

from sestina.domain.arns import parse_identity_arn
from sestina.domain.refusals import Invalid
from sestina.domain.submissions import MOST_RECIPIENTS, Raw, Simple, Submission, Templated
from sestina.domain.tags import check_message_tags
from sestina.pipeline.flow import Sending
from sestina.pipeline.sending.adopt import adopt
from sestina.protocols.mail.addresses import AddressError, Mailbox, parse_address, parse_address_list
from sestina.protocols.mail.compose import refused_attachment
from sestina.protocols.mail.headers import SINGLETONS, HeaderBlock, MailError, duplicate_singleton, scan_headers
from sestina.protocols.mail.parts import file_names
from sestina.protocols.mail.parts import parse as take_apart

WRITTEN: Final = ("from", "subject", "mime-version", "content-type", "content-transfer-encoding")
MOST_HEADERS: Final = 256 * 1024  # octets of a raw message's header section
QUICKLY_SEARCHED: Final = 16 * 1024  # octets; what is larger is taken apart in less time than it is searched


def check(work: Sending) -> None:
    """Fills in sender, recipients and header block.

    Raises:
        Invalid: for the first thing that is wrong, in the service's order and words.
    """
    submission = work.submission
    check_message_tags(submission.tags)
    if isinstance(submission.content, Raw):
        _check_raw(work, submission, submission.content)
    else:
        _check_addresses(work, submission)
        _check_attachments(submission.content)
        _check_headers(submission, submission.content)
    _check_arns(work.submission)
    if not work.recipients:
        raise Invalid("Missing required header 'To'.")
    if len(work.recipients) > MOST_RECIPIENTS:
        raise Invalid(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    work.note("check", "passed")


def _check_arns(submission: Submission) -> None:
    for arn in (submission.source_arn, submission.from_arn, submission.return_path_arn):
        if arn and parse_identity_arn(arn) is None:
            raise Invalid(f"Invalid identity ARN <{arn}>.")  # no record of AWS's words


def _check_addresses(work: Sending, submission: Submission) -> None:
    if not submission.source:
        # v2 answers a template without sender in words, simple content with no text at all (compatibility.md 1.4)
        raise Invalid("Source cannot be empty" if isinstance(submission.content, Templated) else None)
    work.sender = parse(submission.source)
    envelope = [parse(text).address for text in (*submission.to, *submission.cc, *submission.bcc)]
    if submission.destinations is not None:
        envelope = [parse(text).address for text in submission.destinations]
    if submission.return_path:
        parse(submission.return_path)
    for text in submission.reply_to:
        parse(text)
    work.recipients = tuple(dict.fromkeys(envelope))


def _check_attachments(content: Simple | Templated) -> None:
    for attachment in content.attachments:
        _check_file(attachment.file_name)


def _check_parts(raw: bytes, block: HeaderBlock) -> None:
    """Holds a raw message to what simple content is held to; most messages name no file and are not taken apart."""
    is_multipart = (block.get("content-type") or "").lower().startswith("multipart/")
    searched = len(raw) if is_multipart else block.body
    if searched > QUICKLY_SEARCHED or b"name" in raw[:searched].lower():
        for name in file_names(take_apart(raw)):
            _check_file(name)


def _check_file(name: str) -> None:
    if refused_attachment(name):  # AWS page "Unsupported attachment types"
        raise Invalid(f"Unsupported attachment type: '{name}'.")


def _check_headers(submission: Submission, content: Simple | Templated) -> None:
    """Refuses a field that SES writes itself, and one that may stand once only and stands twice (sending.md 5.5)."""
    if not content.headers:
        return
    seen = set(WRITTEN)
    seen.update(name for name, value in (("to", submission.to), ("cc", submission.cc)) if value)
    if submission.reply_to:
        seen.add("reply-to")
    for name, _ in content.headers:
        if name.lower() in seen:
            raise Invalid(f"Duplicate header '{SINGLETONS.get(name.lower(), name)}'.")
        if name.lower() in SINGLETONS:
            seen.add(name.lower())


def _check_raw(work: Sending, submission: Submission, content: Raw) -> None:
    try:
        block = scan_headers(content.data, MOST_HEADERS)
    except MailError as error:
        raise Invalid(error.message) from error
    work.header_block = block
    work.submission = submission = adopt(submission, block)
    duplicate = duplicate_singleton(block)
    if duplicate:
        raise Invalid(f"Duplicate header '{duplicate}'.")
    from_header = block.get("from")
    for name, value in (("From", from_header), ("To", block.get("to"))):
        if value == "":
            raise Invalid(f"Empty required header '{name}'.")  # a To that is missing is fine, as seen in public logs
    if submission.source:
        work.sender = parse(submission.source)
    if from_header:
        work.sender, *others = _authors(from_header)
        work.co_authors = tuple([author.text for author in others])
    elif work.sender is None or content.needs_author:
        raise Invalid("Missing required header 'From'.")
    if submission.destinations is not None:
        work.recipients = tuple(dict.fromkeys(parse(text).address for text in submission.destinations))
    else:
        work.recipients = _header_recipients(block)
    if submission.return_path:
        parse(submission.return_path)
    _check_parts(content.data, block)


def _authors(value: str) -> list[Mailbox]:
    try:
        mailboxes = parse_address_list(value)
    except AddressError as error:
        raise Invalid(error.message) from error
    if not mailboxes:
        raise Invalid("Invalid From address provided.")
    return mailboxes


def _header_recipients(block: HeaderBlock) -> tuple[str, ...]:
    addresses: dict[str, None] = {}
    for name in ("to", "cc", "bcc"):
        for value in block.all(name):
            try:
                addresses.update(dict.fromkeys(mailbox.address for mailbox in parse_address_list(value)))
            except AddressError as error:
                raise Invalid(error.message) from error
    return tuple(addresses)


def parse(text: str) -> Mailbox:
    """An address as the caller gave it; Invalid in the service's words when it is none."""
    try:
        return parse_address(text)
    except AddressError as error:
        raise Invalid(error.message) from error

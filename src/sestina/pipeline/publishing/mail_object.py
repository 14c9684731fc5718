"""The `mail` object: what every event and notification tells about the message (events-and-receiving.md 1.3, 2.1)."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from sestina.domain.arns import ses_arn
from sestina.domain.events import Event, EventType
from sestina.domain.instants import SECOND
from sestina.domain.messages import Message
from sestina.protocols.mail.addresses import AddressError, parse_address, parse_address_list
from sestina.protocols.mail.dates import iso8601
from sestina.protocols.mail.headers import HeaderField, MailError, decode_words, scan_headers

LARGEST_HEADERS: Final = 10 * 1024  # octets; more are left out and `headersTruncated` says so
SECTION_LIMIT: Final = 1024 * 1024
OWN_FIELDS: Final = frozenset({"message-id", "feedback-id", "x-ses-outgoing", "dkim-signature"})
BEFORE_RENDERING: Final = frozenset({"from", "to", "mime-version"})
TEMPLATED: Final = frozenset({"SendTemplatedEmail", "SendBulkTemplatedEmail"})
WITHOUT_HEADERS: Final = frozenset({EventType.RENDERING_FAILURE, EventType.DELIVERY_DELAY})
WITHOUT_SOURCE_ARN: Final = frozenset({EventType.OPEN, EventType.CLICK})
LISTS: Final = (
    ("from", "from"),
    ("replyTo", "reply-to"),
    ("to", "to"),
    ("cc", "cc"),
    ("bcc", "bcc"),
    ("sender", "sender"),
)

Json = dict[str, object]


def event_mail(message: Message, raw: bytes | None, event: Event) -> Json:
    """The `mail` object of a published event, keys in the order that AWS writes them."""
    mail = _beginning(message, with_arn=_has_source_arn(message, event))
    mail["sendingAccountId"] = message.account
    mail["messageId"] = message.id
    mail["destination"] = list(message.recipients)
    mail["headersTruncated"] = False
    if event.type not in WITHOUT_HEADERS:
        _add_headers(mail, event_fields(message, raw, event), message.id)
    mail["tags"] = tags_of(message, event)
    return mail


def notification_mail(message: Message, raw: bytes | None, event: Event, *, with_headers: bool) -> Json:
    """The `mail` object of an identity notification: no tags, headers only when asked for.

    That of a bounce tells the time in whole seconds, in every record of AWS.
    """
    mail = _beginning(message, with_arn=True)
    if event.type is EventType.BOUNCE:
        mail["timestamp"] = iso8601(message.accepted // SECOND * SECOND)
    mail["sourceIp"] = message.source_ip
    mail["callerIdentity"] = message.caller
    mail["sendingAccountId"] = message.account
    mail["messageId"] = message.id
    mail["destination"] = list(message.recipients)
    if with_headers:
        own = next((field.value for field in _submitted(message) if field.name.lower() == "message-id"), None)
        mail["headersTruncated"] = False
        _add_headers(mail, event_fields(message, raw, event), own)
    return mail


def event_fields(message: Message, raw: bytes | None, event: Event) -> list[HeaderField]:
    """The header fields that an event shows, which differ by operation and type (recorded from AWS)."""
    if message.raw_door:
        return [field for field in _submitted(message) if field.name.lower() != "bcc"]
    fields = [field for field in _fields_of(raw or b"") if field.name.lower() not in OWN_FIELDS]
    if message.operation not in TEMPLATED:
        return [field for field in fields if field.name.lower() != "date"]
    if event.type is EventType.SEND:
        return [field for field in fields if field.name.lower() in BEFORE_RENDERING]
    date = [field for field in fields if field.name.lower() == "date"]
    return date + [field for field in fields if field.name.lower() != "date"]


def tags_of(message: Message, event: Event) -> dict[str, list[str]]:
    """The automatic tags around the caller's own; every value is a list."""
    tags = {"ses:source-tls-version": [message.source_tls]} if message.source_tls else {}
    tags["ses:operation"] = [message.operation]
    if message.configuration_set:
        tags["ses:configuration-set"] = [message.configuration_set]
    tags["ses:source-ip"] = [message.source_ip]
    domain = from_domain(message)
    if domain:
        tags["ses:from-domain"] = [domain]
    for tag in message.tags:
        tags.setdefault(tag.name, []).append(tag.value)
    tags["ses:caller-identity"] = [message.caller]
    if event.outgoing_ip:
        tags["ses:outgoing-ip"] = [event.outgoing_ip]
    if event.outgoing_tls_version:
        tags["ses:outgoing-tls-version"] = [event.outgoing_tls_version]
    return tags


def from_domain(message: Message) -> str | None:
    """The domain of the From header field; None for a raw message that has none."""
    author = message.source
    if message.raw_door:
        found = next((field.value for field in _submitted(message) if field.name.lower() == "from"), None)
        if found is None:
            return None
        author = found
    try:
        mailboxes = parse_address_list(author)
    except AddressError:
        return None
    return mailboxes[0].domain if mailboxes else None


def write(document: Mapping[str, object]) -> bytes:
    """Compact JSON in UTF-8, keys as they stand."""
    return msgspec.json.encode(document)


def _beginning(message: Message, *, with_arn: bool) -> Json:
    mail: Json = {"timestamp": iso8601(message.accepted), "source": message.source}
    if with_arn:
        mail["sourceArn"] = ses_arn(message.region, message.account, f"identity/{message.identity or _bare(message)}")
    return mail


def _bare(message: Message) -> str:
    try:
        return parse_address(message.source).address
    except AddressError:
        return message.source


def _has_source_arn(message: Message, event: Event) -> bool:
    if event.type in WITHOUT_SOURCE_ARN:
        return False
    return not (message.operation in TEMPLATED and event.type is EventType.SEND)


def _add_headers(mail: Json, fields: Sequence[HeaderField], message_id: str | None) -> None:
    kept, size = [], 0
    for field in fields:
        size += len(field.name) + len(field.value) + 4
        if size > LARGEST_HEADERS:
            mail["headersTruncated"] = True
            break
        kept.append({"name": field.name, "value": field.value})
    mail["headers"] = kept
    mail["commonHeaders"] = _common(fields, message_id)


def _common(fields: Sequence[HeaderField], message_id: str | None) -> Json:
    values: dict[str, str] = {}
    for field in fields:
        values.setdefault(field.name.lower(), field.value)
    common: Json = {}
    if "return-path" in values:
        common["returnPath"] = values["return-path"].strip().removeprefix("<").removesuffix(">")
    for key, name in LISTS[:2]:
        if name in values:
            common[key] = _addresses(values[name])
    if "date" in values:
        common["date"] = values["date"]
    for key, name in LISTS[2:]:
        if name in values:
            common[key] = _addresses(values[name])
    if message_id is not None:
        common["messageId"] = message_id
    if "subject" in values:
        common["subject"] = decode_words(values["subject"])
    return common


def _addresses(value: str) -> list[str]:
    try:
        return [decode_words(mailbox.text) for mailbox in parse_address_list(value)]
    except AddressError:
        return [decode_words(value)]


def _submitted(message: Message) -> list[HeaderField]:
    return _fields_of(message.submitted_header)


def _fields_of(raw: bytes) -> list[HeaderField]:
    try:
        return scan_headers(raw, SECTION_LIMIT).fields
    except MailError:
        return []

"""Views: how messages, their parts, events and journeys look to those who inspect them."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field

from sestina.domain.events import Event
from sestina.domain.messages import Step
from sestina.listeners.inspection.addressed import addressed
from sestina.protocols.mail.dates import iso8601
from sestina.protocols.mail.parts import Part, PartInfo, attachments, html_body, parse, text_body
from sestina.protocols.mail.words import decode_words
from sestina.storage.mailbox import Found
from sestina.storage.region import RefusedCall

EVENT_INSTANTS: Final = ("at", "arrival", "expires")


class Header(Struct, frozen=True):
    """A header field, unfolded, its encoded words decoded."""

    name: str
    value: str


class Tag(Struct, frozen=True):
    """A message tag."""

    name: str
    value: str


class Attachment(Struct, frozen=True, kw_only=True):
    """An attachment; its content is at `/_sestina/messages/{id}/attachments/{index}`."""

    index: int
    file_name: str | None
    content_type: str
    size: int
    content_id: str | None
    disposition: str | None


class PartView(Struct, frozen=True, kw_only=True):
    """One part of a message and the parts within. `is_cut` says that it was too deep or too much to be taken apart."""

    content_type: str
    charset: str | None
    disposition: str | None
    file_name: str | None
    content_id: str | None
    transfer_encoding: str | None
    size: int
    is_cut: bool
    headers: list[Header]
    parts: list["PartView"]


class JourneyStep(Struct, frozen=True, kw_only=True):
    """One decision on a message's way: which stage, what, why, when."""

    stage: str
    decision: str
    reason: str
    at: str


EventView = Annotated[
    dict[str, object],
    Meta(description="Something that happened: id, type, at, recipients, and the members that belong to the type."),
]


class Summary(Struct, frozen=True, kw_only=True):
    """A message in a list. `state` is accepted or done, `size` counts the octets of the message."""

    id: str
    account: str
    region: str
    accepted: str
    operation: str
    from_: str = field(name="from")
    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    recipients: tuple[str, ...]
    subject: str | None
    tags: list[Tag]
    configuration_set: str | None
    identity: str | None
    template: str | None
    state: str
    size: int | None


class Detail(Summary, frozen=True, kw_only=True):
    """Everything about one message. Text and HTML have plain line feeds; `/raw` has the exact octets."""

    reply_to: tuple[str, ...]
    mail_from: str
    template_data: str | None
    tenant: str | None
    source_ip: str
    headers: list[Header]
    text: str | None
    html: str | None
    attachments: list[Attachment]
    parts: PartView | None
    journey: list[JourneyStep]
    events: list[EventView]


class Page(Struct, frozen=True, kw_only=True):
    """Messages, newest first. `cursor` asks for the older ones; a page may be short, even empty, and yet have one.

    `mark` stands for this moment: `wait?after=` it waits for what arrives later.
    """

    messages: list[Summary]
    cursor: str | None
    mark: str


class Refused(Struct, frozen=True, kw_only=True):
    """A call that was answered with an error."""

    account: str
    region: str
    at: str
    operation: str
    code: str
    message: str | None


def summary(found: Found, size: int | None) -> Summary:
    """A message in a list; `size` is that of its octets with all signatures."""
    message = found.message
    written = addressed(message)
    return Summary(
        id=message.id,
        account=message.account,
        region=message.region,
        accepted=iso8601(message.accepted),
        operation=message.operation,
        from_=message.source,
        to=written.to,
        cc=written.cc,
        bcc=written.bcc,
        recipients=message.recipients,
        subject=message.subject,
        tags=[Tag(tag.name, tag.value) for tag in message.tags],
        configuration_set=message.configuration_set,
        identity=message.identity,
        template=message.template,
        state=found.state.value,
        size=size,
    )


def detail(found: Found, raw: bytes | None, events: list[tuple[str, Event]]) -> Detail:
    """Everything about one message."""
    message = found.message
    root = None if raw is None else parse(raw)
    return Detail(
        **msgspec.structs.asdict(summary(found, None if raw is None else len(raw))),
        reply_to=addressed(message).reply_to,
        mail_from=message.mail_from,
        template_data=message.template_data,
        tenant=message.tenant,
        source_ip=message.source_ip,
        headers=[] if root is None else headers_of(root),
        text=None if root is None else plain_lines(text_body(root)),
        html=None if root is None else plain_lines(html_body(root)),
        attachments=[] if root is None else attachment_list(root),
        parts=None if root is None else part_view(root),
        journey=[journey_step(step) for step in found.journey],
        events=[event_view(id_, event) for id_, event in events],
    )


def part_view(part: Part) -> PartView:
    """A part with all that is within."""
    return PartView(
        content_type=part.content_type,
        charset=part.charset,
        disposition=part.disposition,
        file_name=part.file_name,
        content_id=part.content_id,
        transfer_encoding=part.transfer_encoding or None,
        size=len(part.body) if not part.children else part.stop - part.start,
        is_cut=part.is_cut,
        headers=headers_of(part),
        parts=[part_view(child) for child in part.children],
    )


def headers_of(part: Part) -> list[Header]:
    """Its header fields in order."""
    return [Header(one.name, decode_words(one.value)) for one in part.headers.fields]


def attachment_list(root: Part) -> list[Attachment]:
    """The attachments, numbered from 0."""
    return [
        Attachment(
            index=number,
            file_name=info.file_name,
            content_type=info.content_type,
            size=info.size,
            content_id=info.content_id,
            disposition=info.disposition,
        )
        for number, info in enumerate(attachments(root))
    ]


def attachment_at(root: Part, number: int) -> PartInfo | None:
    """The attachment of that number."""
    found = attachments(root)
    return found[number] if number < len(found) else None


def journey_step(step: Step) -> JourneyStep:
    """A step with its instant for people."""
    return JourneyStep(stage=step.stage, decision=step.decision, reason=step.reason, at=iso8601(step.at))


def event_view(id_: str, event: Event) -> dict[str, object]:
    """An event with its instants for people; what does not apply is left out."""
    told: dict[str, object] = {"id": id_} | msgspec.to_builtins(event)
    return told | {name: iso8601(at) for name in EVENT_INSTANTS if isinstance(at := told.get(name), int)}


def refused_view(account: str, region: str, call: RefusedCall) -> Refused:
    """A refused call, with whose it was."""
    return Refused(
        account=account,
        region=region,
        at=iso8601(call.at),
        operation=call.operation,
        code=call.code,
        message=call.message,
    )


def plain_lines(text: str | None) -> str | None:
    """Text with line feeds only, as people compare it."""
    return None if text is None else text.replace("\r\n", "\n")

"""Render: fills a template after the answer; what cannot be rendered becomes a Rendering Failure, not a blank mail."""

import msgspec

from sestina.domain.events import Event, EventType
from sestina.domain.refusals import Invalid
from sestina.domain.rendering import RenderingFault, data_of, merge, render_content
from sestina.domain.submissions import Simple, Submission, Templated
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.compose import OwnFields, compose_simple
from sestina.ports.outside import Outside
from sestina.protocols.mail.compose import Body
from sestina.protocols.mail.headers import MailError


def render(work: Delivering, outside: Outside) -> None:
    """Gives a templated message its bytes and its Send event, or ends it with a Rendering Failure."""
    if work.pending is None:
        return
    now = outside.clock.now()
    try:
        content = _rendered(work.pending)
        work.raw = compose_simple(_submission(work, content), content, _own_fields(work))
    except (RenderingFault, Invalid, MailError) as error:
        work.note("render", "failed", error.message or "", now)
        failure = Event(
            type=EventType.RENDERING_FAILURE,
            at=now,
            recipients=work.message.recipients,
            reason=error.message,
            template=work.pending.name,
        )
        work.settle(failure)
        return
    work.message = msgspec.structs.replace(work.message, subject=content.subject.data)
    work.changed = True
    work.events.append(Event(type=EventType.SEND, at=now, recipients=work.message.recipients))
    work.note("render", "rendered", work.pending.name or "inline content", now)


def _rendered(pending: Templated) -> Simple:
    data = merge(data_of(pending.defaults), data_of(pending.data)) if pending.defaults else data_of(pending.data)
    assert pending.template is not None
    content = render_content(pending.template, data)
    return Simple(
        subject=Body(data=content.subject or ""),
        text=None if content.text is None else Body(data=content.text),
        html=None if content.html is None else Body(data=content.html),
        headers=pending.headers,
        attachments=pending.attachments,
    )


def _submission(work: Delivering, content: Simple) -> Submission:
    message = work.message
    return Submission(
        operation=message.operation,
        content=content,
        largest=0,
        source=message.source,
        to=message.to,
        cc=message.cc,
        reply_to=message.reply_to,
        tags=message.tags,
    )


def _own_fields(work: Delivering) -> OwnFields:
    message = work.message
    return OwnFields(
        message_id=message.id,
        accepted=message.accepted,
        region=message.region,
        account=message.account,
        tags=message.tags,
    )

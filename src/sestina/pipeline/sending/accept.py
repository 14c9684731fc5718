"""Accept: commits message, timeline and outbox in one unit; only then does the caller get the message id."""

from sestina.domain.events import Event, EventType
from sestina.domain.message_ids import bounce_domain
from sestina.domain.messages import Message
from sestina.domain.reputation import COUNTED, SIMULATED, tally_of_set
from sestina.domain.submissions import Raw, Templated
from sestina.pipeline.flow import Delivering, Sending
from sestina.pipeline.publishing.publish import Publisher
from sestina.pipeline.publishing.select import select
from sestina.storage.region import Regions
from sestina.storage.tallies import ACCEPTED

FLOW = "delivery"
SENT = EventType.SEND.value


async def accept(work: Sending, regions: Regions, publisher: Publisher) -> Delivering:
    """Makes the submission a message; returns the work that is now owed.

    A Send event is recorded here, except for templates, whose Rendering Failure would replace it (sending.md 5.2).
    """
    region, message = work.region, _record(work)
    content = work.submission.content
    pending = content if isinstance(content, Templated) else None
    work.note("accept", "accepted", message.id)
    last_dispatch = 0
    seq, statements = region.messages.insertion(message, work.raw, pending, work.journey)
    if pending is None:
        sent = Event(type=EventType.SEND, at=work.now, recipients=message.recipients)
        id_ = f"{message.id}/0"
        statements.append(region.messages.event_insertion(seq, id_, sent))
        for dispatch in select(work.configuration_set, None, sent, id_):
            last_dispatch, statement = regions.dispatches.insertion(region.scope, seq, dispatch)
            statements.append(statement)
        region.tallies.add(SENT, work.now, len(message.recipients))
    owed, statement = regions.outbox.insertion(FLOW, region.scope, seq, work.now)
    statements.append(statement)
    if work.counted:
        region.tallies.add(ACCEPTED, work.now, work.counted)
    if work.counted < len(message.recipients):
        region.tallies.add(SIMULATED, work.now, len(message.recipients) - work.counted)
    if work.configuration_set is not None and work.configuration_set.reputation_metrics and work.counted:
        region.tallies.add(tally_of_set(work.configuration_set.name, COUNTED), work.now, work.counted)
    await regions.engine.add(statements)
    if last_dispatch:
        publisher.call(last_dispatch)
    region.arrivals.notify()
    return Delivering(
        region=region,
        seq=seq,
        owed=owed,
        message=message,
        raw=work.raw,
        pending=pending,
        journey=work.journey,
        open=message.recipients,
        fidelity=work.fidelity,
        next_event=0 if pending is not None else 1,
    )


def _record(work: Sending) -> Message:
    submission = work.submission
    assert work.sender is not None
    content = submission.content
    region = work.region.name
    source = submission.source or work.sender.text
    templated = content if isinstance(content, Templated) else None
    return Message(
        id=work.message_id,
        account=work.region.account,
        region=region,
        accepted=work.now,
        operation=submission.operation,
        source=source,
        mail_from=f"{work.message_id}@{work.mail_from_domain or bounce_domain(region)}",
        feedback=_feedback_address(work, source),
        recipients=work.recipients,
        to=submission.to,
        cc=submission.cc,
        bcc=submission.bcc,
        reply_to=submission.reply_to,
        subject=work.subject,
        tags=submission.tags,
        configuration_set=work.configuration_set.name if work.configuration_set else None,
        identity=work.identity.name if work.identity else None,
        template=templated.name if templated else None,
        template_data=templated.data if templated else None,
        caller=submission.caller,
        source_ip=submission.source_ip,
        source_tls=submission.source_tls,
        smtp_user=submission.smtp_user,
        is_signed=True,
        signatory=work.signatory,
        tenant=submission.tenant,
        contact_list=submission.contact_list,
        topic=submission.topic,
        raw_door=isinstance(content, Raw),
        submitted_header=content.data[: work.header_block.body]
        if isinstance(content, Raw) and work.header_block
        else b"",
        envelope_given=submission.destinations is not None,
    )


def _feedback_address(work: Sending, source: str) -> str:
    """Where bounces are forwarded: the return path, else for raw mail Source, Return-Path, From (sending.md 5.4)."""
    submission, block = work.submission, work.header_block
    if submission.return_path:
        return submission.return_path
    if block is not None and not submission.source:
        return block.get("return-path") or source
    return source

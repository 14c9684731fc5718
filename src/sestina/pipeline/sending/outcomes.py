"""Outcomes: what becomes of recipients, as events that look alike whether they were simulated, ordered or real."""

from collections.abc import Sequence
from typing import Final

from sestina.domain.events import Event, EventType
from sestina.domain.faults import Bounce, Complaint, Deferral, DeliveryEffect, Rejection
from sestina.domain.instants import MINUTE, Instant
from sestina.domain.message_ids import message_id
from sestina.domain.messages import Message
from sestina.pipeline.sending.compose import OUTGOING_IP
from sestina.pipeline.sending.transmit import ACCEPTED_BY_MAILBOX, reporting_mta
from sestina.ports.outside import Outside

TRIED_FOR: Final = 840 * MINUTE  # as the diagnostics of expired messages tell (events-and-receiving.md 3.1)
USUAL: Final = {"Permanent": "5.1.1", "Transient": "4.4.7"}
STATUSES: Final = {
    "MailboxFull": "5.2.2",
    "MessageTooLarge": "5.3.4",
    "ContentRejected": "5.6.1",
    "AttachmentRejected": "5.7.1",
}
TEXTS: Final = {
    "4.4.7": "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>",
    "5.1.1": "550 5.1.1 user unknown",
    "5.2.2": "552 5.2.2 mailbox full",
    "5.3.4": "552 5.3.4 message too large",
    "5.6.1": "554 5.6.1 message content rejected",
    "5.7.1": "554 5.7.1 attachment rejected",
}


def delivered(message: Message, recipients: Sequence[str], now: Instant, *, simulated: bool = False) -> Event:
    """The receiving server has taken the message."""
    return Event(
        type=EventType.DELIVERY,
        at=now,
        recipients=tuple(recipients),
        smtp_response=ACCEPTED_BY_MAILBOX,
        processing_ms=max(now - message.accepted, 1),
        remote_ip=OUTGOING_IP if simulated else None,
        reporting_mta=reporting_mta(message.region),
        outgoing_ip=OUTGOING_IP,
        simulated=simulated,
    )


def ordered(effect: DeliveryEffect, message: Message, recipients: tuple[str, ...], outside: Outside) -> Event:
    """The event that a rule or a user asked for."""
    now = outside.clock.now()
    feedback_id = message_id(message.region, now, outside.ids.uuid())
    match effect:
        case Bounce():
            return _bounced(effect, message, recipients, now, feedback_id)
        case Complaint(feedback_type=kind, user_agent=agent):
            return Event(
                type=EventType.COMPLAINT,
                at=now,
                recipients=recipients,
                feedback_id=feedback_id,
                feedback_type=kind,
                user_agent=agent,
                arrival=now,
            )
        case Deferral(delay_type=delay_type, status=status, diagnostic=diagnostic):
            return Event(
                type=EventType.DELIVERY_DELAY,
                at=now,
                recipients=recipients,
                delay_type=delay_type,
                status=status,
                diagnostic_code=diagnostic,
                expires=message.accepted + TRIED_FOR,
                reporting_mta=reporting_mta(message.region),
            )
        case Rejection(reason=reason):
            return Event(type=EventType.REJECT, at=now, recipients=message.recipients, reason=reason)


def _bounced(effect: Bounce, message: Message, recipients: tuple[str, ...], now: Instant, feedback_id: str) -> Event:
    """Without a status or diagnostic of its own a bounce has those that its type usually has."""
    if effect.bounce_type == "Undetermined":
        status, diagnostic = effect.status, effect.diagnostic
    else:
        status = effect.status or STATUSES.get(effect.bounce_subtype, USUAL[effect.bounce_type])
        diagnostic = effect.diagnostic or f"smtp; {TEXTS.get(status, f'554 {status} delivery failed')}"
    return Event(
        type=EventType.BOUNCE,
        at=now,
        recipients=recipients,
        feedback_id=feedback_id,
        bounce_type=effect.bounce_type,
        bounce_subtype="Undetermined" if effect.bounce_type == "Undetermined" else effect.bounce_subtype,
        status=status,
        action="failed" if status else None,
        diagnostic_code=diagnostic,
        reporting_mta=reporting_mta(message.region),
        remote_ip=OUTGOING_IP,
    )

"""Fault: what users have ordered to happen to a message on its way, happens (`/_sestina/faults`)."""

from typing import Final

from sestina.domain.events import EventType
from sestina.domain.faults import Bounce, Complaint, Deferral, DeliveryEffect, Rejection
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.outcomes import delivered, ordered
from sestina.ports.outside import Outside

KINDS: Final[tuple[type[DeliveryEffect], ...]] = (Bounce, Complaint, Deferral, Rejection)


def fault(work: Delivering, outside: Outside) -> None:
    """Settles the recipients that a rule strikes; a delay only says that it takes longer."""
    table = work.region.faults
    if not table.rules or not work.open:
        return
    message, now = work.message, outside.clock.now()
    for effect, struck in table.strikes(KINDS, message.operation, message.region, work.open, now):
        recipients = tuple(address for address in struck if address in work.open)
        if not recipients:
            continue
        event = ordered(effect, message, recipients, outside)
        work.note("fault", event.type.value, "a rule of /_sestina/faults", now)
        if event.type is EventType.COMPLAINT:
            work.settle(delivered(message, recipients, now))
        if event.type is EventType.DELIVERY_DELAY:
            work.events.append(event)
        else:
            work.settle(event)

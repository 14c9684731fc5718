"""Transmit: the last hop. Without a relay the receiver is our own mailbox, which takes everything."""

from typing import Final

from sestina.domain.events import Event, EventType
from sestina.domain.instants import Instant
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.compose import OUTGOING_IP
from sestina.ports.outside import Outside

ACCEPTED_BY_MAILBOX: Final = "250 2.6.0 Message received"
REPORTING_MTA: Final = "a8-77.smtp-out.amazonses.com"


async def transmit(work: Delivering, outside: Outside) -> None:
    """Delivers to every recipient that is still open, after the delay that the settings ask for."""
    if not work.open:
        return
    if work.fidelity.delivery_delay:
        await outside.clock.sleep_until(work.message.accepted + work.fidelity.delivery_delay)
    deliver_here(work, work.open, outside.clock.now())


def deliver_here(work: Delivering, recipients: tuple[str, ...], now: Instant) -> None:
    """Our own mailbox takes the message."""
    work.note("transmit", "delivered", ACCEPTED_BY_MAILBOX, now)
    work.settle(
        Event(
            type=EventType.DELIVERY,
            at=now,
            recipients=recipients,
            smtp_response=ACCEPTED_BY_MAILBOX,
            processing_ms=max(now - work.message.accepted, 1),
            reporting_mta=reporting_mta(work.message.region),
            outgoing_ip=OUTGOING_IP,
        )
    )


def reporting_mta(region: str) -> str:
    """The host name that SES reports from: without the region in us-east-1 (events-and-receiving.md 1.2)."""
    return REPORTING_MTA if region == "us-east-1" else f"a8-77.smtp-out.{region}.amazonses.com"

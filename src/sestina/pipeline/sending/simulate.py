"""Simulate: the mailbox simulator plays the receiving server (events-and-receiving.md 3.3)."""

from collections.abc import Awaitable

from sestina.domain.events import Event, EventType
from sestina.domain.message_ids import message_id
from sestina.domain.simulator import STATUS as USER_UNKNOWN
from sestina.domain.simulator import SUFFIX, USER_AGENT, Reaction, diagnostic, is_simulated, reaction_of
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.compose import OUTGOING_IP
from sestina.pipeline.sending.feedback import automatic_reply
from sestina.pipeline.sending.outcomes import delivered
from sestina.pipeline.sending.transmit import reporting_mta
from sestina.ports.outside import Outside

BOUNCING = (Reaction.BOUNCE, Reaction.BOUNCE_AS_SUPPRESSED)


def simulate(work: Delivering, outside: Outside) -> Awaitable[None] | None:
    """Settles the recipients at the simulator; the events of each kind are one, as probed."""
    for address in work.open:
        if address[-len(SUFFIX) :].lower() == SUFFIX:
            return _simulate(work, outside)
    return None


async def _simulate(work: Delivering, outside: Outside) -> None:
    if work.fidelity.delivery_delay:
        await outside.clock.sleep_until(work.message.accepted + work.fidelity.delivery_delay)
    now = outside.clock.now()
    reactions = {address: reaction_of(address) for address in work.open if is_simulated(address)}
    bouncing = tuple(address for address, reaction in reactions.items() if reaction in BOUNCING)
    taking = tuple(address for address in reactions if address not in bouncing)
    work.note("simulate", "settled", ", ".join(f"{a} {r.name.lower()}" for a, r in reactions.items()), now)
    if taking:
        work.settle(delivered(work.message, taking, now, simulated=True))
    if bouncing:
        work.settle(_bounce(bouncing, work, outside))
    complaining = tuple(address for address in taking if reactions[address] is Reaction.COMPLAIN)
    if complaining:
        work.settle(_complaint(complaining, work, outside))
    for address in taking:
        reply = automatic_reply(work.message, address, outside) if reactions[address] is Reaction.ANSWER else None
        if reply is not None:
            work.mails.append(reply)


def _bounce(recipients: tuple[str, ...], work: Delivering, outside: Outside) -> Event:
    now = outside.clock.now()
    return Event(
        type=EventType.BOUNCE,
        at=now,
        recipients=recipients,
        feedback_id=message_id(work.region.name, now, outside.ids.uuid()),
        bounce_type="Permanent",
        bounce_subtype="General",
        status=USER_UNKNOWN,
        action="failed",
        diagnostic_codes=tuple(map(diagnostic, recipients)),
        reporting_mta=reporting_mta(work.message.region),
        remote_ip=OUTGOING_IP,
        simulated=True,
    )


def _complaint(recipients: tuple[str, ...], work: Delivering, outside: Outside) -> Event:
    now = outside.clock.now()
    return Event(
        type=EventType.COMPLAINT,
        at=now,
        recipients=recipients,
        feedback_id=message_id(work.region.name, now, outside.ids.uuid()),
        feedback_type="abuse",
        user_agent=USER_AGENT,
        arrival=now,
        simulated=True,
    )

"""Relay: chooses the recipients that are handed on to a real server; why and how: docs/decisions/0012-relay.md."""

from sestina.domain.configuration_sets import Delivery
from sestina.domain.instants import Instant
from sestina.domain.relay import Relayed
from sestina.pipeline.flow import Delivering
from sestina.ports.outside import Outside


async def relay(work: Delivering, outside: Outside) -> None:
    """Marks who is handed on; in mode deliver they are no longer ours to settle, in mode copy they stay open."""
    relaying = work.fidelity.relay
    if relaying is None or not work.open:
        return
    chosen = tuple(address for address in work.open if relaying.admits(address))
    held = tuple(address for address in work.open if address not in chosen)
    now = outside.clock.now()
    if held:
        note_kept_here(work, held, now)
    if chosen:
        work.relayed = Relayed(mode=relaying.mode, recipients=chosen, options=await delivery_options(work))
        work.note("relay", "queued", f"{relaying.mode} for {', '.join(chosen)}", now)
    if relaying.mode == "deliver":
        work.open = held


def note_kept_here(work: Delivering, held: tuple[str, ...], now: Instant) -> None:
    """Tells of recipients that `relay_allow` or `relay_block` keeps from the relay."""
    work.note("relay", "kept here", f"{', '.join(held)}: not for the relay by its lists", now)


async def delivery_options(work: Delivering) -> Delivery:
    """Those of the message's configuration set as it is now; without a set the usual ones."""
    name = work.message.configuration_set
    found = await work.region.configuration_sets.get(name) if name else None
    return (found and found.delivery) or Delivery()

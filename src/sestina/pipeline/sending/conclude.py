"""Conclude: writes what has happened, and in the same unit strikes the work off the outbox."""

from sestina.pipeline.flow import Delivering
from sestina.ports.engine import Engine
from sestina.ports.outside import Outside
from sestina.storage.outbox import Outbox


async def conclude(work: Delivering, outside: Outside, engine: Engine, outbox: Outbox) -> None:
    """Commits events, journey, changed bytes and the end of the debt as one unit."""
    region, messages = work.region, work.region.messages
    work.note("conclude", "done", "", outside.clock.now())
    first = 0 if work.pending is not None else 1
    statements = [
        messages.event_insertion(work.seq, f"{work.message.id}/{number}", event)
        for number, event in enumerate(work.events, first)
    ]
    if work.changed and work.raw is not None:
        statements.append(messages.raw_update(work.seq, work.message, work.raw))
    statements.append(messages.journey_update(work.seq, work.journey))
    statements.append(outbox.removal(work.owed))
    for event in work.events:
        region.tallies.add(event.type.value, event.at, len(event.recipients))
    await engine.add(statements)
    region.arrivals.notify()

"""Conclude: writes what has happened, and in the same unit strikes the work off the outbox."""

from sestina.pipeline.flow import Delivering
from sestina.pipeline.publishing.publish import Publisher
from sestina.pipeline.sending.record import record_events
from sestina.ports.outside import Outside
from sestina.storage.region import Regions


async def conclude(work: Delivering, outside: Outside, regions: Regions, publisher: Publisher) -> None:
    """Commits events, what is owed for them, journey, changed bytes and the end of the debt as one unit."""
    region, messages = work.region, work.region.messages
    work.note("conclude", "done", "", outside.clock.now())
    statements, last_dispatch = await record_events(work, regions, outside)
    if work.changed and work.raw is not None:
        statements.append(messages.raw_update(work.seq, work.message, work.raw))
    statements.append(messages.journey_update(work.seq, work.journey))
    statements.append(regions.outbox.removal(work.owed))
    await regions.engine.add(statements)
    if last_dispatch:
        publisher.call(last_dispatch)
    region.arrivals.notify()

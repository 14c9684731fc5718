"""Conclude: writes what has happened, and in the same unit strikes the work off the outbox."""

from sestina.pipeline.flow import Delivering
from sestina.pipeline.publishing.publish import Publisher
from sestina.pipeline.publishing.select import select
from sestina.ports.engine import Statement
from sestina.ports.outside import Outside
from sestina.storage.region import Regions


async def conclude(work: Delivering, outside: Outside, regions: Regions, publisher: Publisher) -> None:
    """Commits events, what is owed for them, journey, changed bytes and the end of the debt as one unit."""
    region, messages = work.region, work.region.messages
    work.note("conclude", "done", "", outside.clock.now())
    statements, last_dispatch = await record_events(work, regions)
    if work.changed and work.raw is not None:
        statements.append(messages.raw_update(work.seq, work.message, work.raw))
    statements.append(messages.journey_update(work.seq, work.journey))
    statements.append(regions.outbox.removal(work.owed))
    await regions.engine.add(statements)
    if last_dispatch:
        publisher.call(last_dispatch)
    region.arrivals.notify()


async def record_events(work: Delivering, regions: Regions) -> tuple[list[Statement], int]:
    """The statements for all events so far and their dispatches, and the last dispatch's number; counts them."""
    region, message = work.region, work.message
    name = message.configuration_set
    configuration_set = await region.configuration_sets.get(name) if name else None
    identity = await region.identities.get(message.identity) if message.identity else None
    statements: list[Statement] = []
    last = 0
    for event in work.events:
        id_ = f"{message.id}/{work.next_event}"
        work.next_event += 1
        statements.append(region.messages.event_insertion(work.seq, id_, event))
        region.tallies.add(event.type.value, event.at, len(event.recipients))
        for dispatch in select(configuration_set, identity, event, id_):
            last, statement = regions.dispatches.insertion(region.scope, work.seq, dispatch)
            statements.append(statement)
    work.events.clear()
    return statements, last

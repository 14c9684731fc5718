"""Conclude: writes what has happened, and in the same unit strikes the work off the outbox."""

from sestina.pipeline.flow import Delivering
from sestina.pipeline.publishing.publish import Publisher
from sestina.pipeline.sending.record import record_events
from sestina.pipeline.sending.relay_queue import owed_to_relay
from sestina.ports.outside import Outside
from sestina.storage.region import Regions
from sestina.storage.relay_queue import FLOW as RELAY


async def conclude(work: Delivering, outside: Outside, regions: Regions, publisher: Publisher) -> None:
    """Commits events, what is owed for them and to the relay, journey, changed bytes and the end of the debt as one."""
    region, messages = work.region, work.region.messages
    if messages.is_gone(work.seq):
        return
    now, relayed = outside.clock.now(), work.relayed
    if relayed is None or relayed.mode == "copy":
        work.note("conclude", "done", "", now)
    statements, last_dispatch = await record_events(work, regions, outside)
    if relayed is not None:
        statements.append(regions.outbox.insertion(RELAY, region.scope, work.seq, now, owed_to_relay(work))[1])
    if work.changed and work.raw is not None:
        statements.append(messages.raw_update(work.seq, work.message, work.raw))
    statements.append(messages.journey_update(work.seq, work.journey))
    statements.append(regions.outbox.removal(work.owed))
    await regions.engine.add(statements)
    if last_dispatch:
        publisher.call(last_dispatch)
    region.arrivals.notify()

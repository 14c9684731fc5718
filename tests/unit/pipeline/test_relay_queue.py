"""The relay's queue when things go wrong on our side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import msgspec
import pytest
from fakes.neighbours import RecordingNeighbours
from fakes.zone import ZoneResolver
from msgspec.structs import replace

from sestina.adapters.clock import SystemClock
from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.adapters.ids import RandomIds
from sestina.adapters.rsa import RsaSigning
from sestina.domain.bounces import RemoteReply, trouble
from sestina.domain.configuration_sets import ConfigurationSet, Delivery
from sestina.domain.events import EventType
from sestina.domain.fidelity import Fidelity
from sestina.domain.identities import Identity, Status
from sestina.domain.instants import DAY, MINUTE, SECOND, Instant
from sestina.domain.relay import Relaying
from sestina.domain.submissions import LARGEST_V1, Simple, Submission
from sestina.pipeline.mailroom import Mailroom
from sestina.pipeline.sending.relay_queue import PAGE
from sestina.ports.engine import Statement
from sestina.ports.mail import Envelope, Transmission, TransmissionError
from sestina.ports.outside import Outside
from sestina.protocols.mail.compose import Body
from sestina.storage.outbox import INSERT, Owed
from sestina.storage.region import Region, open_regions
from sestina.storage.relay_queue import RelayQueue


class Transport:
    """A server that takes everything, after so many bugs of ours."""

    target = "smtp://mail.test:25"
    connections = 0
    most = 4

    def __init__(self, bugs: int = 0) -> None:
        self.bugs = bugs
        self.sent: list[Envelope] = []
        self.before: Callable[[], Awaitable[None]] | None = None
        self.is_deaf = False

    async def send(self, envelope: Envelope) -> Transmission:
        if self.before is not None:
            await self.before()
        if self.bugs:
            self.bugs -= 1
            raise RuntimeError("a bug")
        if self.is_deaf:
            raise TransmissionError(trouble("4.4.1", "Connection timed out"), was_slow=True)
        self.sent.append(envelope)
        replies = (RemoteReply(code=250, text="Ok"),) * len(envelope.recipients)
        return Transmission(replies=replies, host="mail.test", ip="192.0.2.1", milliseconds=1)

    async def close(self) -> None:
        """Nothing is open."""


class Unreadable:
    """A queue that fails the first time, when more arrives just then."""

    def __init__(self, queue: RelayQueue, call: Callable[[], None]) -> None:
        self._queue = queue
        self._call = call
        self._has_failed = False

    async def due(self, now: Instant, size: int) -> list[Owed]:
        if not self._has_failed:
            self._has_failed = True
            self._call()
            raise OSError("the disk hiccups")
        return await self._queue.due(now, size)

    async def next_due(self, after: Instant) -> Instant | None:
        return await self._queue.next_due(after)


class Unwritable(SqliteEngine):
    """A database that refuses some statements."""

    def __init__(self) -> None:
        super().__init__(None)
        self.refused = "nothing"

    async def add(self, statements: Sequence[Statement]) -> None:
        if any(sql.startswith(self.refused) for sql, _ in statements):
            raise OSError("the disk is full")
        await super().add(statements)


@contextlib.asynccontextmanager
async def mailroom(
    transport: Transport, engine: SqliteEngine | None = None
) -> AsyncIterator[tuple[Mailroom, Region, SystemClock]]:
    engine, clock = engine or SqliteEngine(None), SystemClock()
    clock.freeze(DAY)
    regions = await open_regions(engine)
    region = await regions.get("111122223333", "us-east-1", DAY)
    identity = Identity(name="example.com", created=0, status=Status.SUCCESS)
    await region.identities.put(identity.name, identity, 0)
    neighbours = RecordingNeighbours().neighbours
    outside = Outside(
        clock=clock,
        ids=RandomIds(7),
        names=ZoneResolver(),
        signing=RsaSigning(7),
        neighbours=neighbours,
        mail=transport,
    )
    room = Mailroom(regions, outside, Fidelity(relay=Relaying(mode="deliver")))
    async with asyncio.TaskGroup() as group:
        crew = room.start(group)
        yield room, region, clock
        for worker in crew:
            worker.cancel()
    await engine.close()


def submission(*to: str) -> Submission:
    content = Simple(subject=Body(data="Hi"), text=Body(data="Hi"))
    return Submission(operation="SendEmail", content=content, largest=LARGEST_V1, source="me@example.com", to=to)


def test_a_bug_loses_nothing_and_is_not_tried_in_circles() -> None:
    async def story() -> None:
        transport = Transport(bugs=1)
        async with mailroom(transport) as (room, region, clock):
            await room.submit(region, submission("you@example.org"))
            await room.settled()
            assert ([], 1) == (transport.sent, await room.relay.queue.count())
            clock.advance(MINUTE)
            await room.settled()
            assert (1, 0) == (len(transport.sent), await room.relay.queue.count())

    asyncio.run(story())


def test_a_message_that_is_forgotten_under_way_leaves_no_trace() -> None:
    async def story() -> None:
        transport = Transport()
        async with mailroom(transport) as (room, region, _):

            async def forget() -> None:
                for stored in await region.messages.newest(10):
                    await region.messages.remove(stored.seq)

            transport.before = forget
            await room.submit(region, submission("you@example.org"))
            await room.settled()
            assert 1 == len(transport.sent)
            assert (0, 0) == (await room.relay.queue.count(), len(await region.messages.newest(10)))
            assert [] == await region.messages.events(1)

    asyncio.run(story())


def test_messages_that_are_forgotten_while_they_wait_are_not_handed_on() -> None:
    async def story() -> None:
        transport = Transport()
        async with mailroom(transport) as (room, region, _):

            async def forget() -> None:
                for stored in await region.messages.newest(500):
                    await region.messages.remove(stored.seq)

            transport.before = forget
            for _ in range(3 * Transport.most):
                await room.submit(region, submission("you@example.org"))
            await room.settled()
            assert 1 <= len(transport.sent) <= Transport.most
            assert 0 == await room.relay.queue.count()

    asyncio.run(story())


def test_a_server_that_was_waited_for_in_vain_is_left_alone_from_then_on() -> None:
    async def story() -> None:
        transport = Transport()
        async with mailroom(transport) as (room, region, clock):
            transport.is_deaf = True

            async def wait() -> None:
                clock.advance(30 * SECOND)

            transport.before = wait
            for _ in range(3):
                await room.submit(region, submission("you@example.org"))
                await room.settled()
            journeys = [stored.journey for stored in await region.messages.oldest(3)]
            assert ["deferred", "held back", "held back"] == [steps[-1].decision for steps in journeys]

    asyncio.run(story())


def test_rest_means_that_the_next_timer_is_known() -> None:
    async def story() -> None:
        transport = Transport()
        async with mailroom(transport) as (room, region, clock):
            transport.is_deaf = True
            await room.submit(region, submission("you@example.org"))
            for _ in range(3):
                await room.settled()
                assert await room.relay.queue.next_due(clock.now()) == clock.next_due()

    asyncio.run(story())


@pytest.mark.parametrize(("mode", "expected"), [("deliver", False), ("copy", True)])
def test_what_an_earlier_run_left_to_the_server_is_not_forgotten(mode: str, expected: bool) -> None:
    async def story() -> None:
        engine = SqliteEngine(None)
        async with mailroom(Transport(), engine) as (room, region, _):
            await room.submit(region, submission("you@example.org"))
            await room.settled()
            (stored,) = await region.messages.newest(1)
            payload = msgspec.msgpack.encode({"mode": mode, "recipients": ["late@example.org"], "next_event": 2})
            await engine.add([(INSERT, (10_000, "relay", region.scope, stored.seq, 2**60, payload))])
            later = Mailroom(room.relay._regions, room.relay._outside, Fidelity())
            await later.resume()
            assert expected == await later.forget(region, stored.seq)

    asyncio.run(story())


def test_a_long_queue_is_worked_off_page_by_page() -> None:
    async def story() -> None:
        transport, is_open = Transport(), asyncio.Event()

        async def wait() -> None:
            await is_open.wait()

        transport.before = wait
        async with mailroom(transport) as (room, region, _):
            for _ in range(3 * PAGE):
                await room.submit(region, submission("you@example.org"))
            await room.conveyor.settled()
            for _ in range(20):  # turns of the loop, in which the queue is asked again though it is full
                room.relay.call()
                await asyncio.wait([asyncio.ensure_future(room.relay.queue.count())])
            is_open.set()
            await room.settled()
            assert (3 * PAGE, 0) == (len(transport.sent), await room.relay.queue.count())

    asyncio.run(story())


def test_a_queue_that_cannot_be_read_or_written_for_a_moment_is_gone_on_with() -> None:
    async def story() -> None:
        transport = Transport()
        async with mailroom(transport) as (room, region, _):
            room.relay.queue = Unreadable(room.relay.queue, room.relay.call)  # type: ignore[assignment]  # has what is asked of it
            await room.submit(region, submission("you@example.org"))
            await room.conveyor.settled()
            await room.relay.settled()
            await room.settled()
            assert 1 == len(transport.sent)

    asyncio.run(story())


def test_mail_that_is_held_back_bounces_when_its_time_is_over() -> None:
    async def story() -> None:
        transport = Transport()
        async with mailroom(transport) as (room, region, clock):
            brief = ConfigurationSet(name="brief", created=0, delivery=Delivery(max_seconds=10))
            await region.configuration_sets.put(brief.name, brief, 0)
            transport.is_deaf = True
            await room.submit(region, submission("you@example.org"))
            await room.settled()
            id_ = await room.submit(region, replace(submission("them@example.org"), configuration_set="brief"))
            await room.settled()
            clock.advance(10 * SECOND)
            await room.settled()
            (stored,) = [stored for stored in await region.messages.newest(2) if stored.message.id == id_]
            events = [event for _, event in await region.messages.events(stored.seq)]
            assert [EventType.SEND, EventType.BOUNCE] == [event.type for event in events]
            assert "CustomTimeoutExceeded" == events[1].bounce_subtype
            assert ([], 1) == (transport.sent, await room.relay.queue.count())

    asyncio.run(story())


def test_a_row_of_an_older_version_is_ruled_by_its_set_as_it_is_now() -> None:
    async def story() -> None:
        transport, engine = Transport(), SqliteEngine(None)
        async with mailroom(transport, engine) as (room, region, _):
            strict = ConfigurationSet(name="strict", created=0, delivery=Delivery(tls_policy="REQUIRE"))
            await region.configuration_sets.put(strict.name, strict, 0)
            await room.submit(region, replace(submission("you@example.org"), configuration_set="strict"))
            await room.settled()
            message = (await region.messages.newest(1))[0].seq
            payload = msgspec.msgpack.encode({"mode": "deliver", "recipients": ["old@example.org"], "next_event": 2})
            await engine.add([(INSERT, (10_000, "relay", region.scope, message, 0, payload))])
            await room.settled()
            assert [("you@example.org", True), ("old@example.org", True)] == [
                (envelope.recipients[0], envelope.requires_tls) for envelope in transport.sent
            ]

    asyncio.run(story())


def test_what_cannot_be_written_down_is_sent_once_and_no_more() -> None:
    async def story() -> None:
        transport, region_engine = Transport(), Unwritable()
        async with mailroom(transport, region_engine) as (room, region, clock):
            region_engine.refused = "UPDATE outbox"
            transport.bugs = 1
            await room.submit(region, submission("you@example.org"))
            await room.settled()
            clock.advance(DAY)
            await room.settled()
            assert ([], 1) == (transport.sent, await room.relay.queue.count())

    asyncio.run(story())

"""The relay's queue when things go wrong on our side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

from fakes.neighbours import RecordingNeighbours
from fakes.zone import ZoneResolver

from sestina.adapters.clock import SystemClock
from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.adapters.ids import RandomIds
from sestina.domain.bounces import RemoteReply
from sestina.domain.fidelity import Fidelity
from sestina.domain.identities import Identity, Status
from sestina.domain.instants import DAY, MINUTE
from sestina.domain.relay import Relaying
from sestina.domain.submissions import LARGEST_V1, Simple, Submission
from sestina.pipeline.mailroom import Mailroom
from sestina.ports.mail import Envelope, Transmission
from sestina.ports.outside import Outside
from sestina.protocols.mail.compose import Body
from sestina.storage.region import Region, open_regions


class Transport:
    """A server that takes everything, after so many bugs of ours."""

    target = "smtp://mail.test:25"
    connections = 0

    def __init__(self, bugs: int = 0) -> None:
        self.bugs = bugs
        self.sent: list[Envelope] = []
        self.before: Callable[[], Awaitable[None]] | None = None

    async def send(self, envelope: Envelope) -> Transmission:
        if self.before is not None:
            await self.before()
        if self.bugs:
            self.bugs -= 1
            raise RuntimeError("a bug")
        self.sent.append(envelope)
        replies = (RemoteReply(code=250, text="Ok"),) * len(envelope.recipients)
        return Transmission(replies=replies, host="mail.test", ip="192.0.2.1", is_secure=False, milliseconds=1)

    async def close(self) -> None:
        """Nothing is open."""


@contextlib.asynccontextmanager
async def mailroom(transport: Transport) -> AsyncIterator[tuple[Mailroom, Region, SystemClock]]:
    engine, clock = SqliteEngine(None), SystemClock()
    clock.freeze(DAY)
    regions = await open_regions(engine)
    region = await regions.get("111122223333", "us-east-1", DAY)
    identity = Identity(name="example.com", created=0, status=Status.SUCCESS)
    await region.identities.put(identity.name, identity, 0)
    neighbours = RecordingNeighbours().neighbours
    outside = Outside(clock=clock, ids=RandomIds(7), names=ZoneResolver(), neighbours=neighbours, mail=transport)
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


def test_a_region_that_is_emptied_has_nothing_left_to_hand_on() -> None:
    async def story() -> None:
        transport = Transport(bugs=1)
        async with mailroom(transport) as (room, region, clock):
            await room.submit(region, submission("you@example.org"))
            await room.settled()
            await region.messages.remove(1)
            clock.advance(DAY)
            await room.settled()
            assert ([], 0) == (transport.sent, await room.relay.queue.count())

    asyncio.run(story())

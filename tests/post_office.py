"""A mailroom of its own with a frozen clock, counted ids and neighbours that write down what they are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from fakes.neighbours import RecordingNeighbours
from fakes.zone import ZoneResolver

from sestina.adapters.clock import SystemClock
from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.adapters.rsa import RsaSigning
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.event_destinations import EventDestination, SnsTarget, Target
from sestina.domain.events import EventType
from sestina.domain.fidelity import Fidelity
from sestina.domain.identities import Identity, Notifications, Status
from sestina.domain.submissions import LARGEST_V1, Content, Simple, Submission
from sestina.pipeline.mailroom import Mailroom
from sestina.ports.neighbours import Neighbours
from sestina.ports.outside import Outside
from sestina.protocols.mail.compose import Body
from sestina.storage.region import Region, Regions, open_regions

T = TypeVar("T")
Furnish = Callable[[Neighbours], Neighbours]
ACCOUNT = "111122223333"
ACCEPTED = 1_772_366_400_123  # 2026-03-01T12:00:00.123Z
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:events"
FEEDBACK = f"arn:aws:sns:us-east-1:{ACCOUNT}:feedback"
SHOP = "Shop <news@shop.test>"
HELLO = Simple(subject=Body(data="Hi"), text=Body(data="Hello\n"))


class CountedIds:
    """Names that only count, so that golden texts outlive any change to how chance is made."""

    def __init__(self) -> None:
        self._count = 0

    def uuid(self) -> str:
        self._count += 1
        return f"00000000-0000-4000-8000-{self._count:012x}"

    def serial(self) -> str:
        return self.uuid()

    def octets(self, count: int) -> bytes:
        self._count += 1
        return self._count.to_bytes(count, "big")


class PostOffice:
    """What a test sends with and looks at."""

    def __init__(
        self, regions: Regions, region: Region, outside: Outside, clock: SystemClock, book: RecordingNeighbours
    ) -> None:
        self.book = book
        self.clock = clock
        self.regions = regions
        self.region = region
        self.outside = outside
        self.mailroom = Mailroom(regions, outside, Fidelity())

    async def furnish(self, *targets: Target, notified: bool = False, with_headers: bool = False) -> None:
        """A verified domain, and the set `cs1` that tells everything to every target."""
        types = ("Bounce", "Complaint", "Delivery")
        notifications = Notifications(
            topics=dict.fromkeys(types, FEEDBACK) if notified else {},
            with_headers=frozenset(types if with_headers else ()),
            forwarding=False,
        )
        identity = Identity(name="shop.test", created=0, status=Status.SUCCESS, notifications=notifications)
        await self.region.identities.put(identity.name, identity, 0)
        destinations = tuple(
            EventDestination(name=f"dest-{number}", enabled=True, events=tuple(EventType), target=target)
            for number, target in enumerate(targets or (SnsTarget(topic_arn=TOPIC),))
        )
        found = ConfigurationSet(name="cs1", created=0, destinations=destinations)
        await self.region.configuration_sets.put("cs1", found, 0)

    async def send(self, content: Content = HELLO, **given: object) -> str:
        """Sends through the set; returns when everything due is out."""
        arguments: dict[str, object] = {
            "operation": "SendEmail",
            "content": content,
            "largest": LARGEST_V1,
            "source": SHOP,
            "to": ("you@rcpt.test",),
            "configuration_set": "cs1",
            "caller": "dev",
            "source_ip": "127.0.0.1",
            **given,
        }
        id_ = await self.mailroom.submit(self.region, Submission(**arguments))  # type: ignore[arg-type]  # as given
        await self.mailroom.settled()
        return id_


@contextlib.asynccontextmanager
async def open_post_office(furnish: Furnish = lambda neighbours: neighbours) -> AsyncIterator[PostOffice]:
    """A post office for as long as the block lasts; `furnish` may put other neighbours in front of the recorders."""
    engine, clock, book = SqliteEngine(None, "normal"), SystemClock(), RecordingNeighbours()
    clock.freeze(ACCEPTED)
    regions = await open_regions(engine)
    region = await regions.get(ACCOUNT, "us-east-1", ACCEPTED)
    outside = Outside(
        clock=clock, ids=CountedIds(), names=ZoneResolver(), signing=RsaSigning(7), neighbours=furnish(book.neighbours)
    )
    office = PostOffice(regions, region, outside, clock, book)
    async with asyncio.TaskGroup() as group:
        crew = office.mailroom.start(group)
        yield office
        for worker in crew:
            worker.cancel()
    await engine.close()


def in_post_office(work: Callable[[PostOffice], Awaitable[T]], furnish: Furnish = lambda neighbours: neighbours) -> T:
    """Runs a test's work inside one."""

    async def run() -> T:
        async with open_post_office(furnish) as office:
            return await work(office)

    return asyncio.run(run())

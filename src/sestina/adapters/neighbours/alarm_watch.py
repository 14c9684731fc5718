"""The alarm watch: has alarms of the embedded CloudWatch evaluated while there are some, and tells their topics."""

import asyncio
from typing import Final

import msgspec
from msgspec import Struct

from sestina.adapters.neighbours.asking import Asker
from sestina.adapters.neighbours.child import ALARMS
from sestina.adapters.neighbours.metrics import CloudWatchMetrics
from sestina.domain.instants import SECOND, Instant
from sestina.logs import bug, event, get_log
from sestina.ports.clock import Clock
from sestina.ports.neighbours import NeighbourError, Place, Topics

EVERY: Final = 5 * SECOND

log = get_log("alarms")


class Notice(Struct, frozen=True, kw_only=True):
    """What topics are told about an alarm."""

    topics: tuple[str, ...]
    subject: str
    message: str


class Seen(Struct, frozen=True, kw_only=True):
    """What the child answers: how many alarms there are in a place, and what is to be told."""

    alarms: int
    notices: tuple[Notice, ...]


class AlarmWatch:
    """Sleeps until somebody makes an alarm: who has none pays nothing."""

    def __init__(self, asker: Asker, metrics: CloudWatchMetrics, topics: Topics, clock: Clock) -> None:
        self._asker = asker
        self._metrics = metrics
        self._topics = topics
        self._clock = clock
        self._places: set[Place] = set()
        self._called = asyncio.Event()
        self._looking = asyncio.Lock()

    def watches(self, place: Place) -> bool:
        """Whether there are alarms."""
        return place in self._places

    async def look(self, place: Place) -> None:
        """Evaluates the alarms of a place and publishes what changed. Raises `NeighbourError`."""
        async with self._looking:
            await self._metrics.bring(place)
            headers = {ALARMS: f"{place.account} {place.region} {self._clock.now()}"}
            said = await self._asker.ask("monitoring", place, "POST", "/", headers)
            seen = msgspec.json.decode(said.body, type=Seen)
            if seen.alarms:
                self._places.add(place)
                self._called.set()
            else:
                self._places.discard(place)
            for notice in seen.notices:
                await self._publish(place, notice)

    async def _publish(self, place: Place, notice: Notice) -> None:
        for topic in notice.topics:
            try:
                await self._topics.publish(place, topic, notice.message, subject=notice.subject)
            except NeighbourError as error:  # as in CloudWatch, where it stands in the history of the alarm
                event(log, "alarm not published", topic=topic, subject=notice.subject, error=str(error))

    async def keep(self) -> None:
        """Looks every few seconds of our clock, until the task is cancelled."""
        looked = self._clock.now()
        while True:
            await self._called.wait()
            await self._pause(looked + EVERY)
            looked = self._clock.now()
            for place in tuple(self._places):
                try:
                    await self.look(place)
                except NeighbourError as error:
                    event(log, "alarms not evaluated", account=place.account, region=place.region, error=str(error))
                    self._called.set()
                except Exception as error:  # the next look may go better
                    bug(log, "looking at alarms failed", error)
                    self._called.set()

    async def _pause(self, due: Instant) -> None:
        """Until the next look is due, which the clock may have reached since the last, or be set far back from."""
        while self._clock.now() < due:
            self._called.clear()
            waits = [asyncio.ensure_future(wait) for wait in (self._clock.sleep_until(due), self._called.wait())]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            due = min(due, self._clock.now() + EVERY)
        self._called.clear()

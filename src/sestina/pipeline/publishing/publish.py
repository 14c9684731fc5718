"""Publish: takes what is owed to neighbours from the dispatches and gives it to them, at least once, with patience.

The database is the queue: a dispatch is committed with its event, taken up when it is due, and struck off when the
neighbour has it. Nothing is held in memory, so a dead target costs a send nothing, and a crash loses nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from sestina.domain.arns import ses_arn
from sestina.domain.dispatches import GIVEN_UP_AFTER, Dispatch, next_try
from sestina.domain.event_destinations import (
    CloudWatchTarget,
    EventBridgeTarget,
    FirehoseTarget,
    PinpointTarget,
    SnsTarget,
    Target,
)
from sestina.domain.instants import SECOND, Instant
from sestina.domain.messages import Message
from sestina.logs import bug, event, get_log
from sestina.pipeline.publishing.dimensions import METRIC_NAMES, dimensions_of
from sestina.pipeline.publishing.mail_object import write
from sestina.pipeline.publishing.payloads import event_document, event_payload, notification_payload
from sestina.pipeline.publishing.withdraw import withdraw
from sestina.ports.engine import Statement
from sestina.ports.neighbours import BusEvent, Metric, NeighbourError, Neighbours, Place
from sestina.ports.outside import Outside
from sestina.storage.dispatches import Dispatches, Recorded
from sestina.storage.region import Region, Regions

SUBJECT: Final = "Amazon SES Email Event Notification"
NAMESPACE: Final = "AWS/SES"
SOURCE: Final = "aws.ses"
PAGE: Final = 64  # dispatches taken up together
AT_ONCE: Final = 8  # of them under way at one time
POURING: Final = 100  # calls during one page
PATIENCE: Final = 10.0  # seconds that a target may take
REST: Final = 30 * SECOND  # that a target which took longer is left alone
SILENT: Final = "no answer in time"
DETAIL_TYPES: Final = {
    "Send": "Email Sent",
    "Delivery": "Email Delivered",
    "Bounce": "Email Bounced",
    "Complaint": "Email Complaint Received",
    "Reject": "Email Rejected",
    "Open": "Email Opened",
    "Click": "Email Clicked",
    "Rendering Failure": "Email Rendering Failed",
    "DeliveryDelay": "Email Delivery Delayed",
    "Subscription": "Email Subscribed",
}

log = get_log("publishing")


class Publisher:
    """Works off the dispatches as long as it runs."""

    def __init__(self, regions: Regions, dispatches: Dispatches, outside: Outside) -> None:
        self._regions = regions
        self._dispatches = dispatches
        self._outside = outside
        self._committed = dispatches.last
        self._called = asyncio.Event()
        self._called.set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._is_idle = asyncio.Event()
        self._resting: dict[Target, Instant] = {}
        self._calls = 0
        self._began = 0.0
        self.patience = PATIENCE

    def call(self, committed: int) -> None:
        """There are dispatches up to this number, and they are committed."""
        self._committed = max(self._committed, committed)
        self._calls += 1
        self._is_idle.clear()
        self._called.set()

    async def settled(self) -> None:
        """Returns when nothing that is due is left."""
        await self._is_idle.wait()

    async def run(self) -> None:
        """Publishes until it is cancelled."""
        while True:
            self._called.clear()
            self._began = asyncio.get_running_loop().time()
            try:
                while await self._take_up():
                    await self._cede()
            except Exception as error:
                bug(log, "publishing failed", error)
            if not self._called.is_set():
                await self._wait()

    async def _wait(self) -> None:
        """Until somebody calls, or the next postponed dispatch is due."""
        due = await self._dispatches.next_due()
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._called.wait())]
        if due is not None:
            waits.append(asyncio.ensure_future(self._outside.clock.sleep_until(due)))
        await asyncio.sleep(0)  # so that whoever waits for rest finds the clock set
        if not self._called.is_set():
            self._is_idle.set()
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self._is_idle.clear()

    async def _cede(self) -> None:
        """While sends pour in, rests as long as it has worked: their callers wait for answers, events are safe."""
        loop = asyncio.get_running_loop()
        if self._calls > POURING:
            await asyncio.sleep(loop.time() - self._began)
        self._calls, self._began = 0, loop.time()

    async def _take_up(self) -> int:
        owed = await self._dispatches.owed(self._outside.clock.now(), self._committed, PAGE)
        lines: dict[tuple[int, Target], list[Recorded]] = {}
        for recorded in owed:
            lines.setdefault((recorded.message, recorded.dispatch.target), []).append(recorded)
        await asyncio.gather(*(self._in_order(line) for line in lines.values()))
        return len(owed)

    async def _in_order(self, line: Sequence[Recorded]) -> None:
        """One message's events for one target, so that a Send is told before its Delivery."""
        for recorded in line:
            async with self._slots:
                await self._one(recorded)

    async def _one(self, recorded: Recorded) -> None:
        clock, engine = self._outside.clock, self._regions.engine
        try:
            result = await self._in_time(recorded)
        except NeighbourError as error:
            now = clock.now()
            event(log, "not published", destination=recorded.dispatch.destination, error=error.message)
            if error.retryable and now - recorded.dispatch.created < GIVEN_UP_AFTER:
                due = max(next_try(now, recorded.attempts), self._resting.get(recorded.dispatch.target, 0))
                await engine.add([self._dispatches.postponement(recorded.seq, error.message, due)])
            else:
                gone = await self._give_up(recorded, str(error), now)
                await engine.add([*gone, self._dispatches.failure(recorded.seq, str(error), now)])
        except Exception as error:  # else it would be tried for ever, and nothing else
            bug(log, "not publishable", error, destination=recorded.dispatch.destination)
            await engine.add([self._dispatches.failure(recorded.seq, f"not publishable: {error}", clock.now())])
        else:
            await engine.add([self._dispatches.success(recorded.seq, result, clock.now())])

    async def _in_time(self, recorded: Recorded) -> str:
        """Publishes, unless the target has just kept others waiting for nothing.

        Raises:
            NeighbourError: it would not take it, or says nothing.
        """
        target = recorded.dispatch.target
        if self._outside.clock.now() < self._resting.get(target, 0):
            raise NeighbourError("ServiceUnavailable", SILENT, retryable=True)
        try:
            async with asyncio.timeout(self.patience):
                result = await self._publish(recorded)
        except TimeoutError as error:
            self._resting[target] = self._outside.clock.now() + REST
            raise NeighbourError("ServiceUnavailable", SILENT, retryable=True) from error
        self._resting.pop(target, None)
        return result

    async def _give_up(self, recorded: Recorded, reason: str, now: Instant) -> list[Statement]:
        """What follows from a notification that reaches nobody; an event is only lost."""
        dispatch = recorded.dispatch
        region = await self._regions.by_scope(recorded.scope, now)
        if region is None or not dispatch.is_notification or not isinstance(dispatch.target, SnsTarget):
            return []
        return await withdraw(
            region,
            dispatch.destination,
            dispatch.event.type.value,
            dispatch.target.topic_arn,
            reason=reason,
            uuid=self._outside.ids.uuid(),
            now=now,
        )

    async def _publish(self, recorded: Recorded) -> str:
        region = await self._regions.by_scope(recorded.scope, self._outside.clock.now())
        stored = await region.messages.at(recorded.message) if region is not None else None
        if region is None or stored is None:
            return "the message is gone"
        raw = await region.messages.raw(recorded.message)
        return await give(self._outside.neighbours, region, recorded.dispatch, stored.message, raw)


async def give(neighbours: Neighbours, region: Region, dispatch: Dispatch, message: Message, raw: bytes | None) -> str:
    """Hands one event to its target in the form of its kind; what the neighbour answered.

    Raises:
        NeighbourError: it would not take it.
    """
    place = Place(region.account, region.name)
    match dispatch.target:
        case SnsTarget(topic_arn=arn):
            text = payload_text(dispatch, message, raw)
            subject = None if dispatch.is_notification else SUBJECT
            return await neighbours.topics.publish(place, arn, text, subject=subject)
        case FirehoseTarget(stream_arn=arn):
            await neighbours.delivery_streams.put(place, arn, [event_payload(message, raw, dispatch.event)])
        case EventBridgeTarget(bus_arn=arn):
            await neighbours.buses.put(place, arn, [_bus_event(dispatch, message, raw)])
        case CloudWatchTarget(dimensions=dimensions):
            found = dimensions_of(dimensions, message, raw, dispatch.event)
            if found is None:
                return "a dimension's value is not allowed; no metric"
            name = METRIC_NAMES[dispatch.event.type]
            metric = Metric(namespace=NAMESPACE, name=name, at=dispatch.event.at, dimensions=found)
            await neighbours.metrics.put(place, [metric])
        case PinpointTarget():
            return "nothing is published to Pinpoint"
    return "taken"


def payload_text(dispatch: Dispatch, message: Message, raw: bytes | None) -> str:
    """What a dispatch carries, as text: for the wire, and for whoever inspects it."""
    if dispatch.is_notification:
        payload = notification_payload(message, raw, dispatch.event, with_headers=dispatch.with_headers)
        return payload.decode()
    return event_payload(message, raw, dispatch.event).decode()


def _bus_event(dispatch: Dispatch, message: Message, raw: bytes | None) -> BusEvent:
    resource = ses_arn(message.region, message.account, f"configuration-set/{message.configuration_set}")
    return BusEvent(
        source=SOURCE,
        detail_type=DETAIL_TYPES[dispatch.event.type.value],
        detail=write(event_document(message, raw, dispatch.event)).decode(),
        resources=(resource,),
        at=dispatch.event.at,
    )

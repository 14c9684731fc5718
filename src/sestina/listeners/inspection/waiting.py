"""Waiting: answers as soon as messages are there or everything has come to rest, or says why that did not happen."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.filters import Filters, Search, filters_of
from sestina.listeners.inspection.messages import place, position
from sestina.listeners.inspection.routes import Visit, answer, unless_closing
from sestina.listeners.inspection.views import Refused, Summary, refused_view, summary
from sestina.protocols.mail.dates import iso8601
from sestina.storage.mailbox import Found, Mailbox

MOST_TOLD: Final = 20  # messages and refused calls in the explanation of a timeout
SLICE: Final = 250


class Arrived(Struct, frozen=True, kw_only=True):
    """The messages waited for, newest first; `mark` is the `after` to wait for the next ones."""

    messages: list[Summary]
    mark: str


class TimedOut(Struct, frozen=True, kw_only=True):
    """Why a wait has failed: what matched, what arrived at all, and which calls were refused, each newest first."""

    message: str
    messages: list[Summary]
    arrived: list[Summary]
    refused: list[Refused]


class Settled(Struct, frozen=True, kw_only=True):
    """Whether everything has come to rest; `waiting` messages have not, `next_due` is when the next timer ends."""

    settled: bool
    waiting: int
    next_due: str | None
    message: str | None = None


def wait(visit: Visit) -> Awaitable[Answer]:
    """Answers when enough messages are there."""
    waiting = _wait(visit, filters_of(visit), visit.number("count"), visit.number("timeout"))
    return asyncio.ensure_future(unless_closing(visit.facts.closing, waiting))


def settled(visit: Visit) -> Awaitable[Answer]:
    """Answers when nothing is on its way any more."""
    return asyncio.ensure_future(unless_closing(visit.facts.closing, _settled(visit, visit.number("timeout"))))


async def _wait(visit: Visit, filters: Filters, count: int, seconds: int) -> Answer:
    after = visit.text("after")
    watch = Watch(visit.mailbox, filters, count)
    try:
        async with asyncio.timeout(seconds):
            if after is not None:
                watch.position = await _number(visit.mailbox, after)
            else:
                await watch.look_back()
            while not await watch.look_on():
                await visit.services.regions.arrivals.wait()
    except TimeoutError:
        return answer(await _explanation(visit, watch, filters, count, seconds), 408)
    messages = [summary(one, await visit.size(one)) for one in watch.matching]
    mark = watch.matching[0].seq if after is not None else watch.position
    return answer(Arrived(messages=messages, mark=place(mark)))


class Watch:
    """Collects messages that the filters admit; `matching` has the newest first.

    A message counts when it is rendered or never will be: what a template becomes decides what it matches.
    """

    def __init__(self, mailbox: Mailbox, filters: Filters, count: int) -> None:
        self._mailbox = mailbox
        self._filters = filters
        self._count = count
        self._unrendered: list[int] = []
        self.matching: list[Found] = []
        self.position = 0

    async def look_back(self) -> None:
        """Through what has arrived before, until there is enough."""
        self.position = await self._mailbox.last()
        async for found in Search(self._mailbox, self._filters, self.position + 1).run(None):
            self._take(found)
            if len(self.matching) >= self._count:
                return

    async def look_on(self) -> bool:
        """Through what is new since; whether there is enough."""
        unrendered, self._unrendered = self._unrendered, []
        for seq in unrendered:
            found = await self._mailbox.at(seq)
            if found is not None:
                self._take(found)
        while len(self.matching) < self._count:
            fresh = await self._mailbox.oldest(SLICE, after=self.position)
            for found in fresh:
                self.position = found.seq
                self._take(found)
                if len(self.matching) >= self._count:
                    break
            if len(fresh) < SLICE:
                break
            await asyncio.sleep(0)
        return len(self.matching) >= self._count

    def _take(self, found: Found) -> None:
        if found.is_pending:
            self._unrendered.append(found.seq)
        elif self._filters.admits(found.message):
            self.matching.append(found)
            self.matching.sort(key=lambda one: -one.seq)


async def _number(mailbox: Mailbox, after: str) -> int:
    """The number of the message or mark to wait behind."""
    found = await mailbox.get(after)
    return found.seq if found is not None else position(after)


async def _explanation(visit: Visit, watch: Watch, filters: Filters, count: int, seconds: int) -> TimedOut:
    arrived = await _newest(visit, Filters(account=filters.account, region=filters.region))
    refused = [
        refused_view(region.account, region.name, call)
        for region in visit.services.regions.in_use()
        if filters.account in (None, region.account) and filters.region in (None, region.name)
        for call in region.refused
    ]
    refused.sort(key=lambda call: call.at, reverse=True)
    wanted = f"{count} message{'s' if count > 1 else ''}{f' {filters}' if str(filters) else ''}"
    said = f"Waited {seconds} s for {wanted}; {len(watch.matching)} arrived."
    if refused:
        said += f" The last call that was refused: {refused[0].operation}: {refused[0].code}: {refused[0].message}"
    return TimedOut(
        message=said,
        messages=[summary(one, await visit.size(one)) for one in watch.matching],
        arrived=arrived,
        refused=refused[:MOST_TOLD],
    )


async def _newest(visit: Visit, filters: Filters) -> list[Summary]:
    messages = []
    async for found in Search(visit.mailbox, filters).run(MOST_TOLD):
        messages.append(summary(found, await visit.size(found)))
    return messages


async def _settled(visit: Visit, seconds: int) -> Answer:
    services = visit.services
    try:
        async with asyncio.timeout(seconds):
            await services.mailroom.settled()
    except TimeoutError:
        due, waiting = services.clock.next_due(), services.mailroom.conveyor.waiting
        said = f"After {seconds} s {waiting} {'message is' if waiting == 1 else 'messages are'} still on the way."
        if due is not None and services.clock.is_frozen:
            said += ' The clock is frozen: POST /_sestina/clock with {"advance": …} lets timers end.'
        return answer(Settled(settled=False, waiting=waiting, next_due=_instant(due), message=said), 408)
    return answer(Settled(settled=True, waiting=0, next_due=_instant(services.clock.next_due())))


def _instant(due: Instant | None) -> str | None:
    return None if due is None else iso8601(due)

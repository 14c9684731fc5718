"""Events: the timeline, newest first, and waiting for what is still to happen."""

import asyncio
from collections.abc import Awaitable
from typing import Final

from msgspec import Struct

from sestina.domain.events import EventType
from sestina.domain.messages import Message
from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.filters import PLACE
from sestina.listeners.inspection.routes import Kind, Parameter, Route, Visit, answer, unless_closing
from sestina.listeners.inspection.views import EventView, Refused, event_view, refused_view
from sestina.storage.messages import END
from sestina.storage.timeline import Happened, Timeline

SLICE: Final = 250
MOST_LOOKED_AT: Final = 5_000  # events per request, however few of them match
MOST_TOLD: Final = 20
TYPES: Final = {type_.value.replace(" ", "").lower(): type_ for type_ in EventType}


class EventPage(Struct, frozen=True, kw_only=True):
    """Events, newest first. `cursor` asks for the older ones; `mark` stands for this moment: `wait?after=` it."""

    events: list[EventView]
    cursor: str | None
    mark: str


class Happenings(Struct, frozen=True, kw_only=True):
    """The events waited for, oldest first; `mark` is the `after` to wait for the next ones."""

    events: list[EventView]
    mark: str


class NothingHappened(Struct, frozen=True, kw_only=True):
    """Why a wait has failed: what matched, what happened at all, and which calls were refused, newest first."""

    message: str
    events: list[EventView]
    happened: list[EventView]
    refused: list[Refused]


class Wanted(Struct, frozen=True, kw_only=True):
    """What an event must be to be shown; None asks for nothing."""

    types: tuple[EventType, ...] = ()
    message: str | None = None
    recipient: str | None = None
    configuration_set: str | None = None
    account: str | None = None
    region: str | None = None

    def admits(self, happened: Happened, message: Message) -> bool:
        """Whether an event is asked for."""
        event = happened.event
        return (
            (not self.types or event.type in self.types)
            and self.message in (None, message.id)
            and (self.recipient is None or any(one.lower() == self.recipient for one in event.recipients))
            and self.configuration_set in (None, message.configuration_set)
            and self.account in (None, message.account)
            and self.region in (None, message.region)
        )

    def __str__(self) -> str:
        said = [
            self.types and "of type " + " or ".join(type_.value for type_ in self.types),
            self.message and f"of message {self.message}",
            self.recipient and f"to {self.recipient}",
            self.configuration_set and f"of configuration set {self.configuration_set}",
            self.account and f"of account {self.account}",
            self.region and f"in {self.region}",
        ]
        return ", ".join(part for part in said if part)


class Reader:
    """Goes through the timeline and finds the message of every event."""

    def __init__(self, visit: Visit, wanted: Wanted) -> None:
        self._visit = visit
        self.wanted = wanted
        self.timeline = Timeline(visit.services.regions.engine)
        self._messages: dict[int, Message | None] = {}

    async def view(self, happened: Happened, wanted: Wanted | None = None) -> EventView | None:
        """The event for people if it is asked for."""
        message = await self._message(happened.message)
        if message is None or not (wanted or self.wanted).admits(happened, message):
            return None
        return event_view(happened.id, happened.event) | {
            "message": message.id,
            "configuration_set": message.configuration_set,
            "account": message.account,
            "region": message.region,
        }

    async def newest(self, limit: int, before: int, wanted: Wanted | None = None) -> tuple[list[EventView], int | None]:
        """Up to `limit` events before a number, newest first, and where to go on if there is more."""
        views, looked_at, message = list[EventView](), 0, None
        if self.wanted.message is not None and wanted is None:
            found = await self._visit.mailbox.get(self.wanted.message)
            if found is None:
                return [], None
            message = found.seq
        while looked_at < MOST_LOOKED_AT:
            slice_ = await self.timeline.newest(SLICE, before=before, message=message)
            for happened in slice_:
                before = happened.seq
                view = await self.view(happened, wanted)
                if view is not None:
                    views.append(view)
                if len(views) == limit:
                    return views, before
            looked_at += len(slice_)
            if len(slice_) < SLICE:
                return views, None
        return views, before

    async def _message(self, seq: int) -> Message | None:
        if seq not in self._messages:
            if len(self._messages) >= SLICE:
                self._messages.clear()
            found = await self._visit.mailbox.at(seq)
            self._messages[seq] = None if found is None else found.message
        return self._messages[seq]


async def list_events(visit: Visit) -> Answer:
    """A page, newest first."""
    reader = Reader(visit, wanted_of(visit))
    mark = await reader.timeline.last()
    cursor = visit.text("cursor")
    views, before = await reader.newest(visit.number("limit"), END if cursor is None else _position(cursor))
    return answer(EventPage(events=views, cursor=None if before is None else f"e{before}", mark=f"e{mark}"))


def wait(visit: Visit) -> Awaitable[Answer]:
    """Answers when enough events are there."""
    wanted = wanted_of(visit)
    return asyncio.ensure_future(unless_closing(visit.facts.closing, _wait(visit, Reader(visit, wanted))))


def wanted_of(visit: Visit) -> Wanted:
    """The filters of a request."""
    names = [name for text in visit.texts("type") for name in text.split(",") if name]
    unknown = [name for name in names if _word(name) not in TYPES]
    if unknown:
        raise HttpError(400, f"type is one of {', '.join(type_.value for type_ in EventType)}.")
    recipient = visit.text("recipient")
    return Wanted(
        types=tuple(TYPES[_word(name)] for name in names),
        message=visit.text("message"),
        recipient=recipient and recipient.lower(),
        configuration_set=visit.text("configuration_set"),
        account=visit.text("account"),
        region=visit.text("region"),
    )


async def _wait(visit: Visit, reader: Reader) -> Answer:
    count, seconds, after = visit.number("count"), visit.number("timeout"), visit.text("after")
    views = list[EventView]()
    position = 0
    try:
        async with asyncio.timeout(seconds):
            position = await _start(reader, after)
            if after is None:
                earlier, _ = await reader.newest(count, position + 1)
                views = earlier[::-1]
            while len(views) < count:
                fresh = await reader.timeline.oldest(SLICE, after=position)
                for happened in fresh:
                    position = happened.seq
                    view = await reader.view(happened)
                    if view is not None:
                        views.append(view)
                    if len(views) >= count:
                        break
                if len(views) < count and len(fresh) < SLICE:
                    await visit.services.regions.arrivals.wait()
    except TimeoutError:
        return answer(await _explanation(visit, reader, views, count, seconds), 408)
    return answer(Happenings(events=views, mark=f"e{position}"))


async def _start(reader: Reader, after: str | None) -> int:
    """The number to go on behind: of the mark or event that is named, else that of now."""
    if after is None:
        return await reader.timeline.last()
    number = await reader.timeline.number(after)
    return _position(after) if number is None else number


async def _explanation(
    visit: Visit, reader: Reader, views: list[EventView], count: int, seconds: int
) -> NothingHappened:
    wanted = reader.wanted
    anything = Wanted(message=wanted.message, account=wanted.account, region=wanted.region)
    happened, _ = await reader.newest(MOST_TOLD, END, anything)
    refused = [
        refused_view(region.account, region.name, call)
        for region in visit.services.regions.in_use()
        if wanted.account in (None, region.account) and wanted.region in (None, region.name)
        for call in region.refused
    ]
    refused.sort(key=lambda call: call.at, reverse=True)
    things = f"{count} event{'s' if count > 1 else ''}{f' {wanted}' if str(wanted) else ''}"
    said = f"Waited {seconds} s for {things}; {len(views)} happened."
    if happened:
        types = ", ".join(f"{event['type']} to {', '.join(_recipients(event))}" for event in happened[:3])
        said += f" What did happen, newest first: {types}."
    if refused:
        said += f" The last call that was refused: {refused[0].operation}: {refused[0].code}: {refused[0].message}"
    return NothingHappened(message=said, events=views, happened=happened, refused=refused[:MOST_TOLD])


FILTERS: Final = (
    Parameter(
        name="type",
        sentence="Only events of this type, such as Bounce. May be repeated, or have several, by commas.",
        kind=Kind.TEXTS,
    ),
    Parameter(name="message", sentence="Only events of the message of this id."),
    Parameter(name="recipient", sentence="Only events about this recipient."),
    Parameter(name="configuration_set", sentence="Only events of messages sent with this configuration set."),
    *PLACE,
)
ROUTES: Final = (
    Route(
        method="GET",
        path="/_sestina/events",
        handler=list_events,
        summary="What happened to messages, newest first",
        parameters=(
            *FILTERS,
            Parameter(
                name="limit", sentence="How many events at most.", kind=Kind.NUMBER, default=50, least=1, most=500
            ),
            Parameter(name="cursor", sentence="The `cursor` of the page before."),
        ),
        answers=EventPage,
    ),
    Route(
        method="GET",
        path="/_sestina/events/wait",
        handler=wait,
        summary="Wait until something has happened",
        parameters=(
            *FILTERS,
            Parameter(
                name="count", sentence="How many events to wait for.", kind=Kind.NUMBER, default=1, least=1, most=500
            ),
            Parameter(
                name="timeout", sentence="Seconds to wait at most.", kind=Kind.NUMBER, default=10, least=0, most=300
            ),
            Parameter(
                name="after", sentence="Only events later than this event id or `mark`; else earlier ones count too."
            ),
        ),
        answers=Happenings,
        explains={408: NothingHappened},
    ),
)


def _word(name: str) -> str:
    return name.strip().replace(" ", "").replace("_", "").lower()


def _recipients(event: EventView) -> list[str]:
    recipients = event.get("recipients")
    return [str(one) for one in recipients] if isinstance(recipients, list | tuple) else []


def _position(text: str) -> int:
    number = text.removeprefix("e")
    if not (text.startswith("e") and number.isascii() and number.isdigit() and len(number) < 19):
        raise HttpError(400, "This is neither an event id nor the cursor or mark of an answer.")
    return int(number)

"""Control: start afresh, set the clock, and what the server says of itself."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable
from typing import Final

from msgspec import Struct

from sestina import __version__
from sestina.domain.instants import DAY, HOUR, MINUTE, SECOND, Instant
from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.routes import Visit, answer, parse_instant
from sestina.protocols.mail.dates import iso8601

DURATION: Final = re.compile(
    r"P(?:(?P<weeks>[0-9]{1,6})W)?(?:(?P<days>[0-9]{1,6})D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,8})H)?(?:(?P<minutes>[0-9]{1,9})M)?(?:(?P<seconds>[0-9]{1,10}(?:[.,][0-9]{1,3})?)S)?)?"
)
UNITS: Final = {"weeks": 7 * DAY, "days": DAY, "hours": HOUR, "minutes": MINUTE, "seconds": SECOND, "milliseconds": 1}
FARTHEST: Final = 100 * 366 * DAY
LAST_INSTANT: Final = 253_370_764_800_000  # the year 9999, the last that ISO 8601 writes with four digits
BAD_DURATION: Final = 'advance must be seconds, an ISO 8601 duration like "PT1H", or an object like {"hours": 1}.'
QUIET_SECONDS: Final = 1.0


class Reset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to forget: everything, or what an account owns, or what is in a region."""

    account: str | None = None
    region: str | None = None


class WasReset(Struct, frozen=True, kw_only=True):
    """How many accounts (counted once in every region) were emptied."""

    reset: int


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A length of time."""

    weeks: float = 0
    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0
    milliseconds: float = 0


class ClockChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`freeze`: true, or the instant to stand at. `advance`: by how much. `resume`: back to real time."""

    freeze: bool | int | float | str = False
    advance: int | float | str | Span | None = None
    resume: bool = False


class ClockView(Struct, frozen=True, kw_only=True):
    """The clock: what time it is, and whether it stands."""

    now: str
    epoch_ms: int
    frozen: bool
    next_due: str | None


class Queues(Struct, frozen=True, kw_only=True):
    """How much waits for each flow."""

    delivery: int
    relay: int
    publishing: int


class Health(Struct, frozen=True, kw_only=True):
    """That the server answers, and what it is."""

    status: str
    version: str
    region: str
    listeners: dict[str, str]
    accounts: int
    queues: Queues
    clock: ClockView


class Index(Struct, frozen=True, kw_only=True):
    """Where to go from here."""

    name: str
    version: str
    messages: str
    latest: str
    wait: str
    health: str
    openapi: str


def index(visit: Visit) -> Answer:
    """A short table of contents."""
    return answer(
        Index(
            name="sestina",
            version=__version__,
            messages="/_sestina/messages",
            latest="/_sestina/messages/latest",
            wait="/_sestina/messages/wait",
            health="/_sestina/health",
            openapi="/_sestina/openapi.json",
        )
    )


async def health(visit: Visit) -> Answer:
    """Facts that cost nothing to find out."""
    services = visit.services
    relay = await services.mailroom.relay.queue.count()
    publishing = await services.regions.dispatches.count_due(services.clock.now())
    return answer(
        Health(
            status="ok",
            version=__version__,
            region=visit.facts.default_region,
            listeners=dict(visit.facts.listeners),
            accounts=len(await visit.mailbox.scopes()),
            queues=Queues(delivery=services.mailroom.conveyor.waiting, relay=relay, publishing=publishing),
            clock=_clock_view(visit),
        )
    )


def reset(visit: Visit) -> Awaitable[Answer]:
    """Forgets what is asked for, when the mail on its way has arrived."""
    wish = visit.body(Reset)
    return asyncio.ensure_future(_reset(visit, wish))


async def _reset(visit: Visit, wish: Reset) -> Answer:
    return answer(WasReset(reset=await forget(visit, wish.account, wish.region)))


async def forget(visit: Visit, account: str | None = None, region: str | None = None) -> int:
    """Empties accounts, messages and all; how many. What is on its way is let through first, if it can be."""
    regions = visit.services.regions
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(visit.services.mailroom.settled(), QUIET_SECONDS)
    scopes = await visit.mailbox.scopes(account, region)
    now = visit.services.clock.now()
    for scope in scopes:
        await regions.clear(await regions.get(scope.account, scope.region, now))
    if region is None:
        regions.faults.clear(account)  # those of accounts that have never called, too
    if account is None and region is None:
        await regions.signatures.forget_own_keys()
    return len(scopes)


def get_clock(visit: Visit) -> Answer:
    """What time it is."""
    return answer(_clock_view(visit))


def set_clock(visit: Visit) -> Answer:
    """Stops the clock, moves it, or lets it run again."""
    wish, clock = visit.body(ClockChange), visit.services.clock
    if wish.resume and (wish.freeze is not False or wish.advance is not None):
        raise HttpError(400, "resume goes with neither freeze nor advance.")
    if not wish.resume and wish.freeze is False and wish.advance is None:
        raise HttpError(400, 'Say {"freeze": true}, {"advance": "PT1H"} or {"resume": true}.')
    stand = None if isinstance(wish.freeze, bool) else _instant(wish.freeze)
    distance = 0 if wish.advance is None else _distance(wish.advance)
    if (clock.now() if stand is None else stand) + distance > LAST_INSTANT:
        raise HttpError(400, "The clock ends with the year 9998.")
    if wish.resume:
        clock.resume()
    if wish.freeze is not False:
        clock.freeze(stand)
    if distance:
        clock.advance(distance)
    return answer(_clock_view(visit))


def _instant(value: float | str) -> Instant:
    instant = parse_instant("freeze", value)
    if instant < 0:
        raise HttpError(400, "freeze must not be before 1970.")
    return instant


def _distance(value: float | str | Span) -> int:
    """Milliseconds."""
    if isinstance(value, Span):
        told = sum(float(getattr(value, unit)) * length for unit, length in UNITS.items())
    elif isinstance(value, str):
        matched = DURATION.fullmatch(value)
        if matched is None or not any(matched.groupdict().values()):
            raise HttpError(400, BAD_DURATION)
        parts = matched.groupdict(default="0").items()
        told = sum(float(text.replace(",", ".")) * UNITS[unit] for unit, text in parts)
    else:
        told = value * SECOND
    if not 0 <= told <= FARTHEST:
        raise HttpError(400, "advance goes forward, a hundred years at most.")
    return round(told)


def _clock_view(visit: Visit) -> ClockView:
    clock = visit.services.clock
    now, due = clock.now(), clock.next_due()
    return ClockView(
        now=iso8601(now), epoch_ms=now, frozen=clock.is_frozen, next_due=None if due is None else iso8601(due)
    )

"""Tallies: recipients per minute and event type, in memory for the asking, in the database for the next start.

They hold what a send must know in constant time (the last 24 hours) and what statistics sum up (two weeks). Every
group of commits writes the changed minutes once, in the same transaction as the events they count.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from sestina.domain.instants import DAY, MINUTE, SECOND, Instant
from sestina.ports.engine import Engine, Statement

KEPT_DAYS: Final = 15
ACCEPTED: Final = "accepted"  # recipients that count against the daily quota

LOAD: Final = "SELECT minute, type, count FROM tallies WHERE scope = ? AND minute >= ?"
SAVE: Final = (
    "INSERT INTO tallies (scope, minute, type, count) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (scope, minute, type) DO UPDATE SET count = excluded.count"
)


class Tallies:
    """The counts of one account in one region."""

    def __init__(self, scope: int, dirty: "set[Tallies]") -> None:
        self._scope = scope
        self._dirty = dirty  # those that have something to save, so that a commit asks nobody else
        self._minutes: dict[int, dict[str, int]] = {}
        self._seconds: deque[tuple[int, int]] = deque()  # (second, recipients), oldest first
        self._last_day = 0
        self._changed: set[tuple[int, str]] = set()
        self._untold: set[tuple[int, str]] = set()

    async def load(self, engine: Engine, now: Instant) -> None:
        """Takes over what an earlier run has counted."""
        since = now // MINUTE - KEPT_DAYS * DAY // MINUTE
        for minute, type_, count in await engine.fetch(LOAD, (self._scope, since)):
            at, number = int(minute or 0), int(count or 0)
            self._minutes.setdefault(at, {})[str(type_)] = number
            if type_ == ACCEPTED and at * MINUTE > now - DAY:
                self._seconds.append((at * MINUTE // SECOND, number))
                self._last_day += number

    def add(self, type_: str, at: Instant, count: int) -> None:
        """Counts `count` recipients."""
        minute = at // MINUTE
        counts = self._minutes.get(minute)
        if counts is None:
            counts = self._minutes[minute] = {}
        counts[type_] = counts.get(type_, 0) + count
        self._changed.add((minute, type_))
        self._dirty.add(self)
        if type_ == ACCEPTED:
            self._count_second(at // SECOND, count)

    def _count_second(self, second: int, count: int) -> None:
        self._last_day += count
        if self._seconds and self._seconds[-1][0] == second:
            count += self._seconds.pop()[1]
        self._seconds.append((second, count))

    def clear(self) -> None:
        """Forgets all counts."""
        self._minutes.clear()
        self._seconds.clear()
        self._changed.clear()
        self._last_day = 0

    def last_day(self, now: Instant) -> int:
        """Recipients accepted in the 24 hours before now."""
        edge = (now - DAY) // SECOND
        while self._seconds and self._seconds[0][0] <= edge:
            self._last_day -= self._seconds.popleft()[1]
        return self._last_day

    def buckets(self, now: Instant, days: int, width: int) -> dict[Instant, dict[str, int]]:
        """Sums per bucket of `width` milliseconds over the last days, oldest first, empty ones left out."""
        sums: dict[Instant, dict[str, int]] = {}
        edge = now - days * DAY
        for minute in sorted(self._minutes):
            at = minute * MINUTE
            if edge < at <= now:
                bucket = sums.setdefault(at - at % width, {})
                for type_, count in self._minutes[minute].items():
                    bucket[type_] = bucket.get(type_, 0) + count
        return sums

    def newest_minutes(self, now: Instant, since: Instant = 0) -> Iterator[Mapping[str, int]]:
        """The counts of each minute up to now, the newest first."""
        first, last = since // MINUTE, now // MINUTE
        return (self._minutes[minute] for minute in sorted(self._minutes, reverse=True) if first <= minute <= last)

    def total(self, type_: str) -> int:
        """How many of a type were counted in all that is kept."""
        return sum(counts.get(type_, 0) for counts in self._minutes.values())

    def take_changes(self) -> Sequence[Statement]:
        """The statements that save what changed since the last call."""
        changed, self._changed = self._changed, set()
        return [(SAVE, (self._scope, minute, type_, self._minutes[minute][type_])) for minute, type_ in sorted(changed)]

    def latest(self, most: int) -> Sequence[tuple[int, Mapping[str, int]]]:
        """The minutes that were last begun, with their counts, in that order."""
        return list(islice(reversed(self._minutes.items()), most))[::-1]

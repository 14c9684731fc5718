"""The clock we need from outside: what time it is, and a way to wait that can be frozen and advanced."""

from typing import Protocol

from sestina.domain.instants import Instant


class Clock(Protocol):
    """Time in epoch milliseconds, UTC."""

    def now(self) -> Instant:
        """The current instant; while frozen it stands still."""
        ...

    async def sleep_until(self, instant: Instant) -> None:
        """Returns when the clock has reached the instant, by passing or by being advanced."""
        ...


class SettableClock(Clock, Protocol):
    """A clock that users may stop and move."""

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        ...

    def freeze(self, at: Instant | None = None) -> None:
        """Stops time, now or at the given instant."""
        ...

    def advance(self, milliseconds: int) -> None:
        """Moves time forward."""
        ...

    def resume(self) -> None:
        """Lets real time run again."""
        ...

    def next_due(self) -> Instant | None:
        """The earliest instant that somebody sleeps until."""
        ...

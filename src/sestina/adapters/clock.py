"""The system's clock, which users may freeze, move and let run again (`POST /_sestina/clock`)."""

import asyncio
import heapq
import time

from sestina.domain.instants import Instant


class SystemClock:
    """Real time plus an offset, or a frozen instant; sleepers wake when the instant they wait for is reached."""

    def __init__(self) -> None:
        self._offset = 0
        self._frozen: Instant | None = None
        self._sleepers: list[tuple[Instant, int, asyncio.Future[None]]] = []
        self._order = 0
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> Instant:
        """Epoch milliseconds."""
        if self._frozen is not None:
            return self._frozen
        return time.time_ns() // 1_000_000 + self._offset

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen is not None

    def freeze(self, at: Instant | None = None) -> None:
        """Stops time, now or at the given instant."""
        self._frozen = self.now() if at is None else at
        self._wake()

    def advance(self, milliseconds: int) -> None:
        """Moves time forward; frozen or running it keeps to that."""
        if self._frozen is not None:
            self._frozen += milliseconds
        else:
            self._offset += milliseconds
        self._wake()

    def resume(self) -> None:
        """Lets real time run again, without any offset."""
        self._frozen = None
        self._offset = 0
        self._wake()

    def next_due(self) -> Instant | None:
        """The earliest instant that somebody sleeps until."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    async def sleep_until(self, instant: Instant) -> None:
        """Waits for the clock to reach the instant."""
        if self.now() >= instant:
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (instant, self._order, waiter))
        self._wake()
        await waiter

    def _wake(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self.now()
        while self._sleepers and (self._sleepers[0][0] <= now or self._sleepers[0][2].done()):
            waiter = heapq.heappop(self._sleepers)[2]
            if not waiter.done():
                waiter.set_result(None)
        if self._sleepers and self._frozen is None:
            delay = (self._sleepers[0][0] - now) / 1000
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake)

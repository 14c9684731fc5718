"""Conveyors: a bounded queue and a fixed crew that carry work through a flow after the caller had the answer."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from sestina.logs import bug, get_log

T = TypeVar("T")
BATCH: Final = 64  # pieces of work before the loop may look at its sockets again

log = get_log("conveyor")


class Conveyor(Generic[T]):
    """Runs `carry` for every piece of work; `put` waits while the queue is full, which slows the doors down."""

    def __init__(self, name: str, carry: Callable[[T], Awaitable[None]], *, capacity: int = 10_000, crew: int = 4):
        self.name = name
        self._carry = carry
        self._capacity = capacity
        self._crew = crew
        self._queue: deque[T] = deque()
        self._idle: deque[asyncio.Future[None]] = deque()
        self._full: deque[asyncio.Future[None]] = deque()
        self._settled: list[asyncio.Future[None]] = []
        self._busy = 0

    @property
    def waiting(self) -> int:
        """Work that has not ended."""
        return len(self._queue) + self._busy

    async def put(self, work: T) -> None:
        """Adds work, after waiting for room."""
        while len(self._queue) >= self._capacity:
            await _turn(self._full)
        self.add(work)

    def add(self, work: T) -> None:
        """Adds work without waiting."""
        self._queue.append(work)
        _wake_one(self._idle)

    async def settled(self) -> None:
        """Returns when nothing waits and nothing runs."""
        while self.waiting:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._settled.append(future)
            await future

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Puts the crew to work; they end when they are cancelled."""
        return [group.create_task(self._work(), name=f"{self.name}-{number}") for number in range(self._crew)]

    async def _work(self) -> None:
        done = 0
        while True:
            while not self._queue:
                await _turn(self._idle)
            work = self._queue.popleft()
            _wake_one(self._full)
            self._busy += 1
            try:
                await self._carry(work)
            except Exception as error:
                bug(log, "work failed", error, conveyor=self.name)
            finally:
                self._busy -= 1
            if not self.waiting:
                settled, self._settled = self._settled, []
                for future in settled:
                    if not future.done():
                        future.set_result(None)
            done += 1
            if done % BATCH == 0:
                await asyncio.sleep(0)


async def _turn(line: deque[asyncio.Future[None]]) -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    line.append(future)
    await future


def _wake_one(line: deque[asyncio.Future[None]]) -> None:
    while line:
        future = line.popleft()
        if not future.done():
            future.set_result(None)
            return

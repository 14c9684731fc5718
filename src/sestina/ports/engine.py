"""The database we need from outside: portable SQL, explicit atomic units, answers only after commit."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

Value = int | float | str | bytes | None
Row = tuple[Value, ...]
Parameters = Sequence[Value]


Statement = tuple[str, Parameters]
"""One SQL statement with the values of its `?` marks; a plain tuple, for a send makes seven of them."""


class Unit(Protocol):
    """An atomic unit in progress: reads see its own writes; leaving it normally commits, an exception undoes it."""

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        ...

    async def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Runs a statement; the number of rows it changed."""
        ...


class Engine(Protocol):
    """Where everything that survives is kept."""

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query outside any unit."""
        ...

    async def beginning(self, table: str, column: str, row: int, size: int) -> bytes:
        """Up to `size` first octets of a long value, without reading the others; nothing if there is none."""
        ...

    async def add(self, statements: Sequence[Statement]) -> None:
        """Like `write`, for rows that nobody else touches: the engine may run the inserts of several units together,
        then their updates, then their deletions, so an order among units must not matter."""
        ...

    async def write(self, statements: Sequence[Statement]) -> None:
        """Runs the statements as one atomic unit and returns when they are as durable as the settings ask."""
        ...

    def unit(self) -> AbstractAsyncContextManager[Unit]:
        """An atomic unit that can decide on what it reads; leaving it waits until it is durable."""
        ...

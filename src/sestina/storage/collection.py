"""Collections: typed documents of one kind that an account owns in a region, kept decoded once they were read."""

from collections.abc import Sequence
from typing import Final, Generic, Literal, TypeVar

import msgspec

from sestina.domain.instants import Instant
from sestina.ports.engine import Engine, Statement

T = TypeVar("T", bound=msgspec.Struct)
Order = Literal["name", "newest"]

REMEMBERED: Final = 4_096  # documents, absent ones included, kept decoded per collection

GET: Final = "SELECT body FROM documents WHERE scope = ? AND kind = ? AND name = ?"
PUT: Final = (
    "INSERT INTO documents (scope, kind, name, created, body) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (scope, kind, name) DO UPDATE SET body = excluded.body, created = excluded.created"
)
REMOVE: Final = "DELETE FROM documents WHERE scope = ? AND kind = ? AND name = ?"
COUNT: Final = "SELECT COUNT(*) FROM documents WHERE scope = ? AND kind = ?"
PAGE_BY_NAME: Final = (
    "SELECT created, name, body FROM documents WHERE scope = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?"
)
PAGE_NEWEST: Final = (
    "SELECT created, name, body FROM documents WHERE scope = ? AND kind = ?"
    " AND (created < ? OR (created = ? AND name > ?)) ORDER BY created DESC, name LIMIT ?"
)
END_OF_TIME: Final = 2**62


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended: the age and name of its last document."""

    created: Instant
    name: str


START: Final = Mark(END_OF_TIME, "")


class Collection(Generic[T]):
    """Documents of one type under unique names."""

    def __init__(self, engine: Engine, scope: int, kind: str, type_: type[T]) -> None:
        self._engine = engine
        self._scope = scope
        self._kind = kind
        self._decode = msgspec.msgpack.Decoder(type_).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._known: dict[str, T | None] = {}

    def peek(self, name: str) -> T | None:
        """The document if it is remembered; None says nothing."""
        return self._known.get(name)

    async def get(self, name: str) -> T | None:
        """The document of this name, or None."""
        try:
            return self._known[name]
        except KeyError:
            rows = await self._engine.fetch(GET, (self._scope, self._kind, name))
        document = self._decode(rows[0][0]) if rows else None  # type: ignore[arg-type]  # bodies are BLOB NOT NULL
        return self._remember(name, document)

    async def put(self, name: str, document: T, created: Instant, also: Sequence[Statement] = ()) -> None:
        """Adds or replaces, with what belongs to it; returns when it is durable."""
        self._remember(name, document)
        async with self._engine.unit() as unit:
            for sql, parameters in also:
                await unit.execute(sql, parameters)
            await unit.execute(PUT, (self._scope, self._kind, name, created, self._encode(document)))

    def insertion(self, name: str, document: T, created: Instant) -> Statement:
        """The statement that adds or replaces, for a unit that writes more than this."""
        self._remember(name, document)
        return (PUT, (self._scope, self._kind, name, created, self._encode(document)))

    async def remove(self, name: str) -> bool:
        """Removes the document; False if there was none."""
        self._remember(name, None)
        async with self._engine.unit() as unit:
            return bool(await unit.execute(REMOVE, (self._scope, self._kind, name)))

    async def count(self) -> int:
        """How many there are."""
        rows = await self._engine.fetch(COUNT, (self._scope, self._kind))
        return int(rows[0][0] or 0)

    async def page(self, order: Order, after: Mark, size: int) -> tuple[Sequence[T], Mark | None]:
        """Up to `size` documents behind a mark, and the mark to go on from if more follow."""
        key = (self._scope, self._kind)
        if order == "name":
            rows = await self._engine.fetch(PAGE_BY_NAME, (*key, after.name, size + 1))
        else:
            rows = await self._engine.fetch(PAGE_NEWEST, (*key, after.created, after.created, after.name, size + 1))
        documents = [self._decode(row[2]) for row in rows[:size]]  # type: ignore[arg-type]
        if len(rows) <= size:
            return documents, None
        created, name, _ = rows[size - 1]
        return documents, Mark(int(created or 0), str(name))

    def _remember(self, name: str, document: T | None) -> T | None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[name] = document
        return document

    def forget(self) -> None:
        """Drops what is remembered, after a reset behind its back."""
        self._known.clear()

"""The timeline of all accounts together: what happened, for those who look at it."""

from typing import Final

import msgspec

from sestina.domain.events import Event
from sestina.ports.engine import Engine, Row
from sestina.storage.messages import END

COLUMNS: Final = "SELECT seq, message, scope, id, event FROM timeline"
NEWEST: Final = f"{COLUMNS} WHERE seq < ? ORDER BY seq DESC LIMIT ?"
OLDEST: Final = f"{COLUMNS} WHERE seq > ? ORDER BY seq LIMIT ?"
OF_MESSAGE: Final = f"{COLUMNS} WHERE message = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
LAST: Final = "SELECT COALESCE(MAX(seq), 0) FROM timeline"
NUMBER: Final = "SELECT t.seq FROM timeline t JOIN messages m ON m.seq = t.message WHERE m.id = ? AND t.id = ?"

_event = msgspec.msgpack.Decoder(Event).decode


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event as found: its number, the number of its message, whose it is, and its stable id."""

    seq: int
    message: int
    scope: int
    id: str
    event: Event


class Timeline:
    """Reads what has happened."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def newest(self, size: int, *, before: int = END, message: int | None = None) -> list[Happened]:
        """Up to `size` events before a number, newest first; only those of a message if one is named."""
        if message is None:
            rows = await self._engine.fetch(NEWEST, (before, size))
        else:
            rows = await self._engine.fetch(OF_MESSAGE, (message, before, size))
        return [_happened(row) for row in rows]

    async def oldest(self, size: int, *, after: int = 0) -> list[Happened]:
        """Up to `size` events behind a number, in the order they were written."""
        return [_happened(row) for row in await self._engine.fetch(OLDEST, (after, size))]

    async def last(self) -> int:
        """The number of the newest event, 0 if there is none."""
        return int((await self._engine.fetch(LAST))[0][0] or 0)

    async def number(self, id_: str) -> int | None:
        """The number of the event with this id."""
        rows = await self._engine.fetch(NUMBER, (id_.partition("/")[0], id_))
        return int(rows[0][0] or 0) if rows else None


def _happened(row: Row) -> Happened:
    seq, message, scope, id_, event = row
    return Happened(
        seq=int(seq or 0),
        message=int(message or 0),
        scope=int(scope or 0),
        id=str(id_),
        event=_event(event),  # type: ignore[arg-type]  # a BLOB by the migration
    )

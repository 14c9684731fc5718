"""Dispatches: the outbox of publishing, committed with the events it is about, and its record afterwards."""

from typing import Final

import msgspec

from sestina.domain.dispatches import Dispatch
from sestina.domain.instants import Instant
from sestina.ports.engine import Engine, Row, Statement
from sestina.storage.messages import END, RowNumbers

INSERT: Final = (
    "INSERT INTO dispatches (seq, scope, message, state, due, attempts, dispatch) VALUES (?, ?, ?, 'owed', ?, 0, ?)"
)
END_OK: Final = "UPDATE dispatches SET state = 'done', attempts = attempts + 1, result = ?, ended = ? WHERE seq = ?"
END_BAD: Final = "UPDATE dispatches SET state = 'failed', attempts = attempts + 1, result = ?, ended = ? WHERE seq = ?"
POSTPONE: Final = "UPDATE dispatches SET due = ?, attempts = attempts + 1, result = ? WHERE seq = ?"
AGAIN: Final = "UPDATE dispatches SET state = 'owed', due = ? WHERE seq = ?"
COLUMNS: Final = "SELECT seq, scope, message, state, due, attempts, result, ended, dispatch FROM dispatches"
OWED: Final = f"{COLUMNS} WHERE state = 'owed' AND due <= ? AND seq <= ? ORDER BY due, seq LIMIT ?"
NEXT: Final = "SELECT MIN(due) FROM dispatches WHERE state = 'owed'"
COUNT: Final = "SELECT COUNT(*) FROM dispatches WHERE state = 'owed' AND due <= ?"
NEWEST: Final = f"{COLUMNS} WHERE seq < ? ORDER BY seq DESC LIMIT ?"
OF_MESSAGE: Final = f"{COLUMNS} WHERE message = ? ORDER BY seq"
BY_SEQ: Final = f"{COLUMNS} WHERE seq = ?"
LAST: Final = "SELECT COALESCE(MAX(seq), 0) FROM dispatches"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Dispatch).decode


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A dispatch as found, with where it stands."""

    seq: int
    scope: int
    message: int
    state: str
    due: Instant
    attempts: int
    result: str | None
    ended: Instant | None
    dispatch: Dispatch


class Dispatches:
    """The dispatches of all accounts."""

    def __init__(self, engine: Engine, last: int) -> None:
        self._engine = engine
        self._numbers = RowNumbers(last)
        self.last = last

    def insertion(self, scope: int, message: int, dispatch: Dispatch) -> tuple[int, Statement]:
        """The number of a new dispatch, and the statement that adds it."""
        seq = self._numbers.take()
        return seq, (INSERT, (seq, scope, message, dispatch.created, _encode(dispatch)))

    def success(self, seq: int, result: str, now: Instant) -> Statement:
        """The statement that says the neighbour has it."""
        return (END_OK, (result, now, seq))

    def failure(self, seq: int, result: str, now: Instant) -> Statement:
        """The statement that gives it up."""
        return (END_BAD, (result, now, seq))

    def postponement(self, seq: int, result: str, due: Instant) -> Statement:
        """The statement that puts it off after a failed attempt."""
        return (POSTPONE, (due, result, seq))

    async def replay(self, seq: int, now: Instant) -> None:
        """Owes it once more, whatever became of it."""
        await self._engine.write([(AGAIN, (now, seq))])

    async def owed(self, now: Instant, committed: int, size: int) -> list[Recorded]:
        """What is due, oldest first; nothing beyond the last committed number."""
        return [_recorded(row) for row in await self._engine.fetch(OWED, (now, committed, size))]

    async def next_due(self) -> Instant | None:
        """When the next owed dispatch is due."""
        due = (await self._engine.fetch(NEXT))[0][0]
        return None if due is None else int(due)

    async def count_due(self, now: Instant) -> int:
        """How many are due."""
        return int((await self._engine.fetch(COUNT, (now,)))[0][0] or 0)

    async def newest(self, size: int, before: int = END) -> list[Recorded]:
        """The latest, newest first."""
        return [_recorded(row) for row in await self._engine.fetch(NEWEST, (before, size))]

    async def of_message(self, message: int) -> list[Recorded]:
        """Those of one message, in order."""
        return [_recorded(row) for row in await self._engine.fetch(OF_MESSAGE, (message,))]

    async def get(self, seq: int) -> Recorded | None:
        """The dispatch of this number."""
        rows = await self._engine.fetch(BY_SEQ, (seq,))
        return _recorded(rows[0]) if rows else None


async def open_dispatches(engine: Engine) -> Dispatches:
    """The dispatches, numbered on from an earlier run."""
    return Dispatches(engine, int((await engine.fetch(LAST))[0][0] or 0))


def _recorded(row: Row) -> Recorded:
    seq, scope, message, state, due, attempts, result, ended, dispatch = row
    return Recorded(
        seq=seq,  # type: ignore[arg-type]  # columns have these types by the migration
        scope=scope,  # type: ignore[arg-type]
        message=message,  # type: ignore[arg-type]
        state=str(state),
        due=due,  # type: ignore[arg-type]
        attempts=attempts,  # type: ignore[arg-type]
        result=None if result is None else str(result),
        ended=ended,  # type: ignore[arg-type]
        dispatch=_decode(dispatch),  # type: ignore[arg-type]
    )

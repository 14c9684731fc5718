"""The outbox: what an acknowledged change still owes, committed with it, taken up again after a crash."""

from typing import Final

from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.ports.engine import Engine, Statement
from sestina.storage.messages import Sequences

INSERT: Final = "INSERT INTO outbox (seq, flow, scope, message, due, attempts, payload) VALUES (?, ?, ?, ?, ?, 0, ?)"
DELETE: Final = "DELETE FROM outbox WHERE seq = ?"
POSTPONE: Final = "UPDATE outbox SET due = ?, attempts = attempts + 1, payload = ? WHERE seq = ?"
PUT_OFF: Final = "UPDATE outbox SET due = ?, payload = ? WHERE seq = ?"
OWED: Final = (
    "SELECT seq, scope, message, due, attempts, payload FROM outbox WHERE flow = ? AND seq > ? ORDER BY seq LIMIT ?"
)
COUNT: Final = "SELECT COUNT(*) FROM outbox WHERE flow = ?"
IS_OWED: Final = "SELECT 1 FROM outbox WHERE scope = ? AND message = ? LIMIT 1"


class Owed(Struct, frozen=True, kw_only=True):
    """One piece of work: for which message, when it is due, and how often it was tried."""

    seq: int
    scope: int
    message: int
    due: Instant
    attempts: int
    payload: bytes | None


class Outbox:
    """The work of all accounts, by flow (`delivery`, `publishing`, `relay`)."""

    def __init__(self, engine: Engine, sequences: Sequences) -> None:
        self._engine = engine
        self._sequences = sequences

    def insertion(
        self, flow: str, scope: int, message: int, due: Instant, payload: bytes | None = None
    ) -> tuple[int, Statement]:
        """The number of a new piece of work, and the statement that adds it."""
        seq = self._sequences.outbox.take()
        return seq, (INSERT, (seq, flow, scope, message, due, payload))

    def removal(self, seq: int) -> Statement:
        """The statement that says the work is done."""
        return (DELETE, (seq,))

    def postponement(self, seq: int, due: Instant, payload: bytes | None = None) -> Statement:
        """The statement that puts the work off after a failed attempt."""
        return (POSTPONE, (due, payload, seq))

    def deferral(self, seq: int, due: Instant, payload: bytes | None = None) -> Statement:
        """The statement that puts the work off though nothing was attempted."""
        return (PUT_OFF, (due, payload, seq))

    async def is_owed(self, scope: int, message: int) -> bool:
        """Whether a message is still on its way."""
        return bool(await self._engine.fetch(IS_OWED, (scope, message)))

    async def owed(self, flow: str, after: int, size: int) -> list[Owed]:
        """Work left over from an earlier run, oldest first, a page at a time."""
        rows = await self._engine.fetch(OWED, (flow, after, size))
        return [
            Owed(seq=seq, scope=scope, message=message, due=due, attempts=attempts, payload=payload)  # type: ignore[arg-type]
            for seq, scope, message, due, attempts, payload in rows
        ]

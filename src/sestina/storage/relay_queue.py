"""The relay's part of the outbox: what is due, what is next, and how much there is (an index of its own serves it)."""

from typing import Final

from sestina.domain.instants import Instant
from sestina.ports.engine import Engine
from sestina.storage.outbox import Owed

FLOW: Final = "relay"
DUE: Final = (
    "SELECT seq, scope, message, due, attempts, payload FROM outbox WHERE flow = 'relay' AND due <= ?"
    " ORDER BY due, seq LIMIT ?"
)
NEXT: Final = "SELECT MIN(due) FROM outbox WHERE flow = 'relay' AND due > ?"
COUNT: Final = "SELECT COUNT(*) FROM outbox WHERE flow = 'relay'"
HURRY: Final = "UPDATE outbox SET due = ? WHERE flow = 'relay' AND due > ?"


class RelayQueue:
    """Reads what all accounts still owe to the relay."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def due(self, now: Instant, size: int) -> list[Owed]:
        """What is due, that which has waited longest first."""
        rows = await self._engine.fetch(DUE, (now, size))
        return [
            Owed(seq=seq, scope=scope, message=message, due=due, attempts=attempts, payload=payload)  # type: ignore[arg-type]
            for seq, scope, message, due, attempts, payload in rows
        ]

    async def next_due(self, after: Instant) -> Instant | None:
        """When the next piece of work is due that is not yet."""
        due = (await self._engine.fetch(NEXT, (after,)))[0][0]
        return None if due is None else int(due)

    async def count(self) -> int:
        """How much there is, due or not."""
        return int((await self._engine.fetch(COUNT))[0][0] or 0)

    async def hurry(self, now: Instant) -> None:
        """Makes everything due."""
        await self._engine.write([(HURRY, (now, now))])

"""The mailbox: the messages of all accounts together, for those who look at the mail.

A page is read in slices whose cost does not depend on how much is kept: from the primary key when everything is asked
for, else from one place per account and region ("lane"), newest first, merged by number.
"""

import heapq
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from sestina.domain.events import Event
from sestina.domain.messages import Message, State, Step
from sestina.ports.engine import Engine, Row
from sestina.storage.messages import END, EVENTS, RAW

COLUMNS: Final = (
    "SELECT m.seq, m.record, m.pending IS NOT NULL AND j.message IS NULL, LENGTH(m.raw),"
    " COALESCE(j.steps, m.admission) FROM messages m LEFT JOIN journeys j ON j.message = m.seq"
)
NEWEST: Final = f"{COLUMNS} WHERE m.seq < ? ORDER BY m.seq DESC LIMIT ?"
OLDEST: Final = f"{COLUMNS} WHERE m.seq > ? ORDER BY m.seq LIMIT ?"
BY_ID: Final = f"{COLUMNS} WHERE m.id = ?"
BY_SEQ: Final = f"{COLUMNS} WHERE m.seq = ?"
USUAL_HEAD: Final = 4 * 1024  # octets that hold the header section of nearly every message
LARGEST_HEAD: Final = 300 * 1024  # octets; header sections are refused beyond 256 KB
LAST: Final = "SELECT COALESCE(MAX(seq), 0) FROM messages"
SCOPES: Final = "SELECT scope, account, region FROM scopes ORDER BY scope"
OF_SCOPE: Final = "SELECT seq FROM messages WHERE scope = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
TO_ADDRESS: Final = (
    "SELECT message FROM recipients WHERE scope = ? AND address = ? AND message < ? ORDER BY message DESC LIMIT ?"
)

_message = msgspec.msgpack.Decoder(Message).decode
_event = msgspec.msgpack.Decoder(Event).decode
_journey = msgspec.msgpack.Decoder(tuple[Step, ...]).decode


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """One account in one region."""

    number: int
    account: str
    region: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A message as found. `is_pending` says that it still waits to be rendered, `size` counts its octets unsigned."""

    seq: int
    message: Message
    is_pending: bool
    size: int | None
    steps: bytes

    @property
    def journey(self) -> tuple[Step, ...]:
        """Its journey so far."""
        return _journey(self.steps)

    @property
    def state(self) -> State:
        """Accepted until the last stage has written its step."""
        return State.DONE if any(step.stage == "conclude" for step in self.journey) else State.ACCEPTED


class Mailbox:
    """Reads what the accounts have sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def scopes(self, account: str | None = None, region: str | None = None) -> list[Scope]:
        """The accounts and regions that were ever used, or those that are asked for."""
        return [
            Scope(number=int(number or 0), account=str(owner), region=str(name))
            for number, owner, name in await self._engine.fetch(SCOPES)
            if account in (None, owner) and region in (None, name)
        ]

    async def get(self, id_: str) -> Found | None:
        """The message of this id."""
        rows = await self._engine.fetch(BY_ID, (id_,))
        return _found(rows[0]) if rows else None

    async def at(self, seq: int) -> Found | None:
        """The message of this number."""
        rows = await self._engine.fetch(BY_SEQ, (seq,))
        return _found(rows[0]) if rows else None

    async def raw(self, seq: int) -> bytes | None:
        """The bytes, or None while the message waits to be rendered or could not be."""
        rows = await self._engine.fetch(RAW, (seq,))
        return bytes(rows[0][0]) if rows and isinstance(rows[0][0], bytes) else None

    async def head(self, seq: int) -> bytes:
        """The beginning of the bytes, with all of the header section."""
        head = await self._engine.beginning("messages", "raw", seq, USUAL_HEAD)
        if len(head) < USUAL_HEAD or b"\n\r\n" in head or b"\n\n" in head:
            return head
        return await self._engine.beginning("messages", "raw", seq, LARGEST_HEAD)

    async def events(self, seq: int) -> list[tuple[str, Event]]:
        """Everything that happened to a message, oldest first, with the stable ids."""
        return [(str(id_), _event(body)) for id_, body in await self._engine.fetch(EVENTS, (seq,))]  # type: ignore[arg-type]

    async def last(self) -> int:
        """The number of the newest message, 0 if there is none."""
        return int((await self._engine.fetch(LAST))[0][0] or 0)

    async def oldest(self, size: int, *, after: int = 0) -> list[Found]:
        """Up to `size` messages behind a number, in the order they were sent."""
        return [_found(row) for row in await self._engine.fetch(OLDEST, (after, size))]

    async def newest(
        self, size: int, *, before: int = END, scopes: Collection[int] | None = None, recipient: str | None = None
    ) -> list[Found]:
        """Up to `size` messages before a number, newest first: of all, of these scopes, to this recipient."""
        if scopes is None and recipient is None:
            return [_found(row) for row in await self._engine.fetch(NEWEST, (before, size))]
        if scopes is None:
            scopes = [scope.number for scope in await self.scopes()]
        numbers = await self._merged(scopes, recipient, before, size)
        found = [await self.at(seq) for seq in numbers]
        return [one for one in found if one is not None]

    async def _merged(self, scopes: Collection[int], recipient: str | None, before: int, size: int) -> list[int]:
        """The newest numbers of several lanes: one look into each, then one more for every number taken."""
        if len(scopes) == 1:
            return await self._lane(next(iter(scopes)), recipient, before, size)
        heads = [(-found[0], scope) for scope in scopes if (found := await self._lane(scope, recipient, before, 1))]
        heapq.heapify(heads)
        taken: list[int] = []
        while heads and len(taken) < size:
            number, scope = heads[0]
            taken.append(-number)
            following = await self._lane(scope, recipient, -number, 1)
            if following:
                heapq.heapreplace(heads, (-following[0], scope))
            else:
                heapq.heappop(heads)
        return taken

    async def _lane(self, scope: int, recipient: str | None, before: int, size: int) -> list[int]:
        if recipient is None:
            rows: Sequence[Row] = await self._engine.fetch(OF_SCOPE, (scope, before, size))
        else:
            rows = await self._engine.fetch(TO_ADDRESS, (scope, recipient.lower(), before, size))
        return [int(row[0] or 0) for row in rows]


def _found(row: Row) -> Found:
    seq, record, is_pending, size, steps = row
    return Found(
        seq=int(seq or 0),
        message=_message(record),  # type: ignore[arg-type]  # columns have these types by the migration
        is_pending=bool(is_pending),
        size=None if size is None else int(size),
        steps=steps,  # type: ignore[arg-type]
    )

"""Messages: every accepted message with its bytes, its timeline and its journey; statements for one atomic unit.

The writers here only build statements: what belongs together (message, recipients, timeline, outbox, journey) is
joined by a stage and committed as one unit.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from sestina.domain.events import Event
from sestina.domain.instants import Instant
from sestina.domain.messages import Message, State, Step
from sestina.domain.submissions import Templated
from sestina.ports.engine import Engine, Statement

INSERT: Final = (
    "INSERT INTO messages (seq, scope, id, accepted, record, pending, raw, admission) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_RECIPIENT: Final = "INSERT OR IGNORE INTO recipients (scope, address, message) VALUES (?, ?, ?)"
INSERT_EVENT: Final = "INSERT INTO timeline (seq, message, scope, id, at, type, event) VALUES (?, ?, ?, ?, ?, ?, ?)"
SET_RAW: Final = "UPDATE messages SET raw = ?, record = ?, pending = NULL WHERE seq = ?"
SET_JOURNEY: Final = "INSERT OR REPLACE INTO journeys (message, steps) VALUES (?, ?)"
FOUND: Final = "SELECT m.seq, m.record, m.raw IS NULL, COALESCE(j.steps, m.admission) FROM"
JOURNEY: Final = "LEFT JOIN journeys j ON j.message = m.seq WHERE"
BY_ID: Final = f"{FOUND} messages m {JOURNEY} m.scope = ? AND m.id = ?"
BY_SEQ: Final = f"{FOUND} messages m {JOURNEY} m.seq = ?"
RAW: Final = "SELECT raw FROM messages WHERE seq = ?"
PENDING: Final = "SELECT pending FROM messages WHERE seq = ?"
NEWEST: Final = (
    f"{FOUND} messages m {JOURNEY} m.scope = ? AND m.seq < ? AND m.accepted >= ? ORDER BY m.seq DESC LIMIT ?"
)
OLDEST: Final = f"{FOUND} messages m {JOURNEY} m.scope = ? AND m.seq > ? ORDER BY m.seq LIMIT ?"
TO_NEWEST: Final = (
    f"{FOUND} recipients r JOIN messages m ON m.seq = r.message {JOURNEY} r.scope = ? AND r.address = ?"
    " AND r.message < ? AND m.accepted >= ? ORDER BY r.message DESC LIMIT ?"
)
EVENTS: Final = "SELECT id, event FROM timeline WHERE message = ? ORDER BY seq"
DELETES: Final = (
    "DELETE FROM timeline WHERE message = ?",
    "DELETE FROM recipients WHERE message = ?",
    "DELETE FROM outbox WHERE message = ?",
    "DELETE FROM dispatches WHERE message = ?",
    "DELETE FROM journeys WHERE message = ?",
    "DELETE FROM signatures WHERE message = ?",
    "DELETE FROM messages WHERE seq = ?",
)
LAST: Final = "SELECT MAX((SELECT COALESCE(MAX(seq), 0) FROM {}), 0)"
END: Final = 2**62

_encode = msgspec.msgpack.Encoder().encode
_message = msgspec.msgpack.Decoder(Message).decode
_event = msgspec.msgpack.Decoder(Event).decode
_journey = msgspec.msgpack.Decoder(tuple[Step, ...]).decode
_pending = msgspec.msgpack.Decoder(Templated).decode


class RowNumbers:
    """Row numbers that are known before the row is written, so that a unit can refer to itself."""

    def __init__(self, last: int) -> None:
        self.last = last

    def take(self) -> int:
        """The next number."""
        self.last += 1
        return self.last


class Sequences(msgspec.Struct, frozen=True, kw_only=True):
    """The three running numbers of a database."""

    messages: RowNumbers
    timeline: RowNumbers
    outbox: RowNumbers


async def load_sequences(engine: Engine) -> Sequences:
    """Where an earlier run has left off."""
    last = {table: await engine.fetch(LAST.format(table)) for table in ("messages", "timeline", "outbox")}
    return Sequences(**{table: RowNumbers(int(rows[0][0] or 0)) for table, rows in last.items()})


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A message as found: its number, its record, whether it still awaits its bytes, and its journey so far."""

    seq: int
    message: Message
    is_pending: bool
    journey: tuple[Step, ...]

    @property
    def state(self) -> State:
        """Accepted until the last stage has written its step."""
        ended = any(step.stage == "conclude" for step in self.journey)
        return State.DONE if ended else State.ACCEPTED


class Messages:
    """The messages of one account in one region."""

    def __init__(self, engine: Engine, scope: int, sequences: Sequences) -> None:
        self._engine = engine
        self._scope = scope
        self._sequences = sequences
        self._removed: set[int] = set()  # in this run; their flow may still be under way
        self._cleared = 0
        self._spared: frozenset[int] = frozenset()

    def is_gone(self, seq: int) -> bool:
        """Whether a message was removed while its flow was under way: nothing more is written about it then."""
        return (seq <= self._cleared and seq not in self._spared) or seq in self._removed

    def forget_all(self, *, but: Collection[int] = ()) -> None:
        """Every message so far is about to be removed, but for some that are not."""
        self._spared = frozenset(but)
        self._cleared = self._sequences.messages.last
        self._removed.clear()

    def insertion(
        self, message: Message, raw: bytes | None, pending: Templated | None, journey: Sequence[Step]
    ) -> tuple[int, list[Statement]]:
        """The number of a new message, and the statements that add it with its recipients."""
        seq = self._sequences.messages.take()
        record, waits = _encode(message), None if pending is None else _encode(pending)
        row = (seq, self._scope, message.id, message.accepted, record, waits, raw, _encode(journey))
        statements: list[Statement] = [(INSERT, row)]
        statements += [(INSERT_RECIPIENT, (self._scope, address.lower(), seq)) for address in message.recipients]
        return seq, statements

    def event_insertion(self, seq: int, id_: str, event: Event) -> Statement:
        """The statement that adds an event under its stable id."""
        number = self._sequences.timeline.take()
        row = (number, seq, self._scope, id_, event.at, event.type._value_, _encode(event))
        return (INSERT_EVENT, row)

    def raw_update(self, seq: int, message: Message, raw: bytes) -> Statement:
        """The statement that gives a message its (new) bytes and record, once it is rendered or changed on its way."""
        return (SET_RAW, (raw, _encode(message), seq))

    def journey_update(self, seq: int, journey: Sequence[Step]) -> Statement:
        """The statement that replaces a message's journey."""
        return (SET_JOURNEY, (seq, _encode(journey)))

    async def get(self, id_: str) -> Stored | None:
        """The message of this id."""
        rows = await self._engine.fetch(BY_ID, (self._scope, id_))
        return _stored(rows[0]) if rows else None

    async def at(self, seq: int) -> Stored | None:
        """The message of this number."""
        rows = await self._engine.fetch(BY_SEQ, (seq,))
        return _stored(rows[0]) if rows else None

    async def raw(self, seq: int) -> bytes | None:
        """The bytes, or None while the message waits to be rendered or could not be."""
        rows = await self._engine.fetch(RAW, (seq,))
        return bytes(rows[0][0]) if rows and isinstance(rows[0][0], bytes) else None

    async def pending(self, seq: int) -> Templated | None:
        """What a message still has to be rendered from."""
        rows = await self._engine.fetch(PENDING, (seq,))
        return _pending(rows[0][0]) if rows and isinstance(rows[0][0], bytes) else None

    async def events(self, seq: int) -> list[tuple[str, Event]]:
        """Everything that happened to a message, oldest first, with the stable ids."""
        return [(str(id_), _event(body)) for id_, body in await self._engine.fetch(EVENTS, (seq,))]  # type: ignore[arg-type]

    async def newest(
        self, size: int, *, before: int = END, since: Instant = 0, recipient: str | None = None
    ) -> list[Stored]:
        """Up to `size` messages before a number, newest first; only those to a recipient if one is named."""
        if recipient is None:
            rows = await self._engine.fetch(NEWEST, (self._scope, before, since, size))
        else:
            rows = await self._engine.fetch(TO_NEWEST, (self._scope, recipient.lower(), before, since, size))
        return [_stored(row) for row in rows]

    async def oldest(self, size: int, *, after: int = 0) -> list[Stored]:
        """Up to `size` messages behind a number, in the order they were sent."""
        return [_stored(row) for row in await self._engine.fetch(OLDEST, (self._scope, after, size))]

    async def remove(self, seq: int) -> None:
        """Forgets a message, its events and what is still owed to it."""
        self._removed.add(seq)
        await self._engine.write([(sql, (seq,)) for sql in DELETES])


def _stored(row: Sequence[object]) -> Stored:
    seq, record, is_pending, journey = row
    steps = _journey(journey) if isinstance(journey, bytes) else ()
    return Stored(seq=int(seq), message=_message(record), is_pending=bool(is_pending), journey=steps)  # type: ignore[call-overload, arg-type]

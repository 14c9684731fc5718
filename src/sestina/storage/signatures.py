"""Signatures: the DKIM fields of messages, made when first needed, and the keys they are made with."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from sestina.domain.dkim import OWN_PREFIX
from sestina.ports.engine import Engine, Statement

GET_KEY: Final = "SELECT key FROM signing_keys WHERE name = ?"
ADD_KEY: Final = "INSERT OR IGNORE INTO signing_keys (name, key) VALUES (?, ?)"
FORGET: Final = "DELETE FROM signing_keys WHERE name LIKE ?"
GET: Final = "SELECT fields FROM signatures WHERE message = ?"
PUT: Final = "INSERT OR REPLACE INTO signatures (message, fields) SELECT seq, ? FROM messages WHERE seq = ?"
"""Nothing for a message that has gone, whose number may be given anew."""
REMEMBERED: Final = 1_024  # keys


class Signatures:
    """Of all accounts together; a key once kept is never changed and never lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keys: dict[str, bytes] = {}
        self._making = asyncio.Lock()

    async def key(self, name: str) -> bytes | None:
        """The private key of that name."""
        if name not in self._keys:
            rows = await self._engine.fetch(GET_KEY, (name,))
            if not rows:
                return None
            self._remember(name, bytes(rows[0][0]))  # type: ignore[arg-type]  # BLOB NOT NULL
        return self._keys[name]

    def keeping(self, name: str, key: bytes) -> Statement:
        """The statement that keeps a key unless there is one of that name, for a unit that writes more than this."""
        return (ADD_KEY, (name, key))

    async def key_or_new(self, name: str, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """The key of that name, made now if there is none, by one of those who ask at a time."""
        found = await self.key(name)
        if found is not None:
            return found
        async with self._making:
            found = await self.key(name)
            if found is None:
                await self._engine.write([self.keeping(name, await make())])
                found = await self.key(name)
            assert found is not None
            return found

    async def forget_own_keys(self) -> None:
        """Forgets every key that a customer has brought."""
        await self._engine.write([(FORGET, (f"{OWN_PREFIX}%",))])
        self._keys.clear()

    async def of(self, message: int) -> bytes | None:
        """The fields of the message with that number, if they were made."""
        rows = await self._engine.fetch(GET, (message,))
        return bytes(rows[0][0]) if rows else None  # type: ignore[arg-type]  # BLOB NOT NULL

    async def put(self, message: int, fields: bytes) -> None:
        """Keeps the fields of a message that is still there."""
        await self._engine.write([(PUT, (fields, message))])

    def _remember(self, name: str, key: bytes) -> None:
        if len(self._keys) >= REMEMBERED:
            self._keys.clear()
        self._keys[name] = key

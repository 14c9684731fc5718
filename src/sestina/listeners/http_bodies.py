"""HTTP bodies of known, large size: received straight into their place.

Collecting a 13.7 MB body in pieces copies it twice; here the kernel writes each byte where the handler will read it.
`BytesIO` gives its buffer away as `bytes` without a copy when nobody else looks at it, and untouched pages of a
zeroed block cost no memory, so a peer that only announces a large body gains nothing.
"""

import asyncio
from io import BytesIO
from typing import Protocol


class Owner(Protocol):
    """The connection that lends its transport."""

    def on_direct_body(self, body: bytes) -> None:
        """The body is whole, and the transport is the owner's again."""

    def eof_received(self) -> bool | None:
        """The peer writes no more."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""


class DirectBody(asyncio.BufferedProtocol):
    """Takes over a transport until a body of `length` bytes is whole; `begun` has arrived already."""

    __slots__ = ("_length", "_loop", "_owner", "_room", "_store", "_transport", "_view", "filled")

    def __init__(self, owner: Owner, transport: asyncio.Transport, begun: bytes, length: int) -> None:
        self._owner = owner
        self._transport = transport
        self._length = length
        self._store = BytesIO(bytes(length))
        self._view = self._room = self._store.getbuffer()
        self._view[: len(begun)] = begun
        self.filled = len(begun)
        self._loop = asyncio.get_running_loop()
        transport.set_protocol(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by the transport for a place to read into."""
        self._room = self._view[self.filled :]
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Called by the transport when it has read."""
        self.filled += nbytes
        if self.filled == self._length:
            self._transport.pause_reading()
            self._loop.call_soon(self._hand_over)  # the transport still holds the buffer, which would force a copy

    def _hand_over(self) -> None:
        self._room.release()
        self._view.release()
        self._transport.set_protocol(self._owner)  # type: ignore[arg-type]  # narrower than BaseProtocol on purpose
        self._transport.resume_reading()
        self._owner.on_direct_body(self._store.getvalue())

    def eof_received(self) -> bool | None:
        return self._owner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.connection_lost(exc)

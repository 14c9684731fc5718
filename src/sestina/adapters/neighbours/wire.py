"""One HTTP/1.1 connection as the client sees it: a request out, its answer in, one after the other."""

import asyncio
from collections import deque
from typing import Final, cast

from httptools import HttpParserError, HttpResponseParser

BUFFERED: Final = 512 * 1024  # octets of a body waiting for its reader before the peer is slowed down
_BODILESS: Final = (204, 304)  # RFC 9110 §6.4.1


class Unreachable(Exception):
    """No answer: refused, reset, too late, or not HTTP."""


class Wire(asyncio.Protocol):
    """Answers are parsed by llhttp (through httptools), which also judges their framing."""

    _transport: asyncio.Transport
    _parser: HttpResponseParser

    def __init__(self) -> None:
        self.is_open = False
        self.has_answered = False
        self._loop = asyncio.get_running_loop()
        self._head: asyncio.Future[None] | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._begin(to_head=False)

    def _begin(self, *, to_head: bool) -> None:
        self.status = 0
        self.fields: list[tuple[bytes, bytes]] = []
        self.length: int | None = None
        self.has_answered = False
        self._to_head = to_head
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._is_paused = self._is_complete = self._keeps = self._ends_with_connection = False
        self._failure: Unreachable | None = None
        self._parser = HttpResponseParser(self)

    @property
    def may_be_kept(self) -> bool:
        """Whether another request can follow."""
        return self.is_open and self._is_complete and self._keeps and not self._is_paused

    async def exchange(self, request: bytes, body: bytes, *, to_head: bool) -> None:
        """Sends a request; returns when the head of its answer is there. Raises `Unreachable`."""
        if not self.is_open:
            raise Unreachable("the connection is closed")
        self._begin(to_head=to_head)
        self._head = self._loop.create_future()
        self._transport.write(request + body if len(body) < BUFFERED else request)
        if len(body) >= BUFFERED:
            self._transport.write(body)
        await self._head

    async def next_piece(self) -> bytes:
        """The next piece of the body, or nothing at its end. Raises `Unreachable` if it breaks off."""
        while True:
            if self._pieces:
                return self._taken()
            if self._failure is not None:
                raise self._failure
            if self._is_complete:
                return b""
            self._waiter = self._loop.create_future()
            await self._waiter

    def abort(self) -> None:
        """Ends the connection at once."""
        if self.is_open:
            self.is_open = False
            self._transport.abort()

    # --- what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # what uvloop gives is one in all but its ancestors
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._is_complete and not self._to_head:
            self.abort()  # nothing was asked
            return
        self.has_answered = True
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            self._fail(f"not an HTTP answer: {error}")
            self.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self._ends_with_connection and error is None:
            self._complete()
        elif not self._is_complete:
            self._fail("the connection was closed before the answer was complete")

    # --- what the parser tells

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field, or a trailer, which is dropped."""
        if not self.status:
            self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        status = self._parser.get_status_code()
        if status < 200:  # RFC 9110 §15.2: an interim answer; the real one follows
            self.fields.clear()
            return
        self.status = status
        told = {name.lower(): value for name, value in self.fields}
        self.length = int(told[b"content-length"]) if b"content-length" in told else None
        self._keeps = self._parser.should_keep_alive()
        if self._to_head or status in _BODILESS:
            self._complete()
        elif self.length is None and b"transfer-encoding" not in told:
            self._ends_with_connection = True  # RFC 9112 §6.3
        if self._head is not None and not self._head.done():
            self._head.set_result(None)

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        if self._is_complete:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > BUFFERED and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def on_message_complete(self) -> None:
        """The answer is whole."""
        if self.status:
            self._complete()

    # --- the reader

    def _taken(self) -> bytes:
        piece = self._pieces.popleft()
        self._size -= len(piece)
        if self._is_paused and self._size < BUFFERED // 2:
            self._is_paused = False
            if self.is_open:
                self._transport.resume_reading()
        return piece

    def _complete(self) -> None:
        self._is_complete = True
        self._wake()

    def _fail(self, reason: str) -> None:
        self._failure = Unreachable(reason)
        if self._head is not None and not self._head.done():
            self._head.set_exception(self._failure)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

"""A small HTTP/1.1 client: connections are kept and reused, answers come whole or in pieces.

It speaks to the embedded neighbours and to configured endpoints only: no proxy, no redirect, no cookie.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from sestina.adapters.neighbours.wire import Unreachable, Wire

CONNECT_SECONDS: Final = 5.0
MOST_CONNECTIONS: Final = 256
IDLE_KEPT: Final = 16  # per endpoint


class Endpoint(Struct, frozen=True):
    """Where a service answers."""

    host: str
    port: int
    is_tls: bool = False
    path: str = ""
    """In front of every target."""

    @property
    def authority(self) -> str:
        """As the Host header says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def endpoint_of(url: str) -> Endpoint:
    """The endpoint of an `http` or `https` URL. Raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not the URL of an endpoint: {url}")
    is_tls = parts.scheme == "https"
    return Endpoint(parts.hostname, parts.port or (443 if is_tls else 80), is_tls, parts.path.rstrip("/"))


class Sending(Struct, frozen=True):
    """A request. `fields` need no Content-Length, and no Host unless it is not the endpoint's own."""

    method: str
    target: str
    fields: Sequence[tuple[bytes, bytes]]
    body: bytes = b""

    def head(self, endpoint: Endpoint) -> bytes:
        """The request line and the header section."""
        lines = [f"{self.method} {endpoint.path}{self.target} HTTP/1.1\r\n".encode("latin-1")]
        if all(name.lower() != b"host" for name, _ in self.fields):
            lines.append(f"Host: {endpoint.authority}\r\n".encode())
        lines += [b"%b: %b\r\n" % field for field in self.fields]
        if self.body or self.method not in ("GET", "HEAD"):
            lines.append(b"Content-Length: %d\r\n" % len(self.body))
        return b"".join(lines) + b"\r\n"


class HttpClient:
    """Sends requests, `MOST_CONNECTIONS` at once at most."""

    def __init__(self) -> None:
        self._idle: dict[Endpoint, list[Wire]] = {}
        self._slots = asyncio.Semaphore(MOST_CONNECTIONS)
        self._tls: ssl.SSLContext | None = None

    async def send(self, endpoint: Endpoint, request: Sending, seconds: float) -> "Reply":
        """The answer, whose head may take so long to come. Raises `Unreachable`."""
        await self._slots.acquire()
        try:
            wire = await self._exchange(endpoint, request, seconds)
        except BaseException:
            self._slots.release()
            raise
        return Reply(wire, lambda: self._done(endpoint, wire))

    def close(self) -> None:
        """Ends the idle connections."""
        for wires in self._idle.values():
            for wire in wires:
                wire.abort()
        self._idle.clear()

    async def _exchange(self, endpoint: Endpoint, request: Sending, seconds: float) -> Wire:
        for wire in self._kept(endpoint):
            try:
                return await _exchanged(wire, endpoint, request, seconds)
            except Unreachable:
                if wire.has_answered:
                    raise
            # closed while it was idle, as the peer may (RFC 9112 §9.5): once more on another
        return await _exchanged(await self._connect(endpoint), endpoint, request, seconds)

    def _kept(self, endpoint: Endpoint) -> "list[Wire]":
        wires = self._idle.get(endpoint, [])
        while wires:
            wire = wires.pop()
            if wire.is_open:
                return [wire]
        return []

    async def _connect(self, endpoint: Endpoint) -> Wire:
        if endpoint.is_tls and self._tls is None:
            self._tls = ssl.create_default_context()
        tls = self._tls if endpoint.is_tls else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, wire = await loop.create_connection(Wire, endpoint.host, endpoint.port, ssl=tls)
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"no connection to {endpoint.authority}: {error}") from error
        return wire

    def _done(self, endpoint: Endpoint, wire: Wire) -> None:
        self._slots.release()
        wires = self._idle.setdefault(endpoint, [])
        if wire.may_be_kept and len(wires) < IDLE_KEPT:
            wires.append(wire)
        else:
            wire.abort()


async def _exchanged(wire: Wire, endpoint: Endpoint, request: Sending, seconds: float) -> Wire:
    try:
        async with asyncio.timeout(seconds):
            await wire.exchange(request.head(endpoint), request.body, to_head=request.method == "HEAD")
    except BaseException as error:
        wire.abort()
        if isinstance(error, TimeoutError):
            raise Unreachable(f"{endpoint.authority} did not answer within {seconds:g} seconds") from error
        raise
    return wire


class Reply:
    """An answer whose head is there. Its body is read whole or in pieces; `close` gives it up."""

    def __init__(self, wire: Wire, done: Callable[[], None]) -> None:
        self._wire = wire
        self._done: Callable[[], None] | None = done
        self.status = wire.status
        self.length = wire.length
        self.fields = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in wire.fields)

    async def read(self) -> bytes:
        """The whole body. Raises `Unreachable`."""
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises `Unreachable`."""
        try:
            while piece := await self._wire.next_piece():
                yield piece
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of the connection, which is kept if the answer was read to its end."""
        if self._done is not None:
            done, self._done = self._done, None
            done()

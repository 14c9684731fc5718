"""The other end of the HTTP listener: a raw socket to send anything, with h11 as the judge of every answer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import coroutine
from typing import Any

import h11
import uvloop

from sestina.listeners.http import Answer, Handler, HttpServer, Limits, Request, listen

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "uvloop": uvloop.new_event_loop,
    "asyncio": asyncio.new_event_loop,
}
PATIENCE = 10.0

Run = Callable[[Coroutine[Any, Any, None]], None]


def run_on(loop: str, story: Coroutine[Any, Any, None]) -> None:
    """Runs a story to its end on one of the loops; whatever a callback throws there fails it too."""
    thrown: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: thrown.append(context))
        await story

    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(watched())
    assert [] == thrown


@coroutine
def turn() -> Generator[None, None, None]:
    """Lets the loop run what is due, once."""
    yield


@dataclass
class Reply:
    """One answer as h11 understood it."""

    status: int
    headers: dict[str, str]
    body: bytes
    informational: list[int] = field(default_factory=list)


class Peer:
    """A client that says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._judge = h11.Connection(h11.CLIENT)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, method: str = "POST") -> Reply:
        """The next answer; `method` is that of the request it answers."""
        if self._judge.our_state is h11.DONE:
            self._judge.start_next_cycle()
        self._judge.send(h11.Request(method=method, target="/", headers=[("Host", "judge"), ("Content-Length", "0")]))
        self._judge.send(h11.EndOfMessage())
        reply = Reply(0, {}, b"")
        while True:
            match await asyncio.wait_for(self._event(), PATIENCE):
                case h11.InformationalResponse() as early:
                    reply.informational.append(early.status_code)
                case h11.Response() as head:
                    reply.status = head.status_code
                    reply.headers = {name.decode(): value.decode() for name, value in head.headers}
                case h11.Data() as data:
                    reply.body += bytes(data.data)
                case h11.EndOfMessage():
                    return reply
                case unexpected:
                    raise AssertionError(f"no answer but {unexpected}")

    async def _event(self) -> object:
        while (event := self._judge.next_event()) is h11.NEED_DATA:
            self._judge.receive_data(await self.reader.read(65536))
        return event

    async def informed(self) -> bytes:
        """The bytes up to the next empty line, unjudged: an interim answer."""
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)

    async def ended(self) -> bytes:
        """Everything until the server closes, which it must."""
        return self._judge.trailing_data[0] + await asyncio.wait_for(self.reader.read(), PATIENCE)

    def vanish(self) -> None:
        """Leaves without a word."""
        self.writer.transport.abort()


@dataclass
class Place:
    """A running listener and what it reported."""

    server: HttpServer
    bugs: list[BaseException] = field(default_factory=list)
    peers: list[Peer] = field(default_factory=list)

    async def peer(self) -> Peer:
        self.peers.append(Peer(*await asyncio.open_connection("127.0.0.1", self.server.port)))
        return self.peers[-1]


@asynccontextmanager
async def serving(handler: Handler, limits: Limits | None = None, **options: Any) -> AsyncIterator[Place]:
    """A listener on a free port, closed at the end."""
    bugs: list[BaseException] = []
    options.setdefault("on_bug", lambda error, _: bugs.append(error))
    server = await listen(handler, "127.0.0.1", 0, limits or Limits(), **options)
    place = Place(server, bugs)
    try:
        yield place
    finally:
        for peer in place.peers:
            peer.vanish()
        await server.close(0.01)


class Gate:
    """A handler that answers when it is told to."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.opened: asyncio.Queue[Answer | BaseException] = asyncio.Queue()
        self.cancelled = asyncio.Event()

    async def __call__(self, request: Request) -> Answer:
        self.arrived.put_nowait(request.target)
        try:
            answer = await self.opened.get()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def next(self) -> str:
        """The target of the next request."""
        return await asyncio.wait_for(self.arrived.get(), PATIENCE)


class Source:
    """A stream that gives what it is told to, and remembers that it was closed."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self.closed = asyncio.Event()

    async def stream(self) -> AsyncIterator[bytes]:
        try:
            while (piece := await self.pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.closed.set()

    def handler(self, request: Request) -> Answer:
        return Answer(200, content_type="text/event-stream", stream=self.stream())


def echo(request: Request) -> Answer:
    """Says what it received."""
    return Answer(200, f"{request.method} {request.target} ".encode() + request.body)


GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


def post(body: bytes, target: str = "/", *fields: str) -> bytes:
    """A plain request."""
    lines = "".join(f"{line}\r\n" for line in fields)
    return f"POST {target} HTTP/1.1\r\nHost: localhost\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    """A request in chunks."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"

"""A scripted SMTP client on the event loop, and a desk that answers as it is told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec.structs import replace

from sestina.adapters.certificates import Certificates
from sestina.listeners.smtp import SmtpLimits, SmtpServer
from sestina.listeners.smtp_desks import Peer as Other
from sestina.listeners.smtp_desks import Request
from sestina.protocols.smtp.dialect import LOGIN, PLAIN, Dialect
from sestina.protocols.smtp.events import Message
from sestina.protocols.smtp.replies import Reply, reply

PATIENCE = 10.0
OPEN = Dialect(host="mail.example.com", mechanisms=(PLAIN, LOGIN), largest=50_000_000)
STRICT = replace(OPEN, needs_tls=True, needs_login=True)
ENVELOPE = b"HELO client\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n"

Answering = Callable[[Request], Awaitable[Reply | None]]


async def yes(request: Request) -> Reply | None:
    """The usual answer, at once."""
    return None


class Desk:
    """Takes everything down; `answering` decides."""

    def __init__(self, dialect: Dialect, answering: Answering) -> None:
        self.dialect = dialect
        self.others: list[Other] = []
        self.requests: list[Request] = []
        self._answering = answering

    def greeting(self) -> Reply:
        return reply("220 mail.example.com")

    async def answer(self, request: Request) -> Reply | None:
        self.requests.append(request)
        return await self._answering(request)

    @property
    def messages(self) -> list[Message]:
        return [request for request in self.requests if isinstance(request, Message)]


class Peer:
    """A client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def line(self) -> str:
        return (await asyncio.wait_for(self.reader.readline(), PATIENCE)).decode().removesuffix("\r\n")

    async def lines(self, count: int) -> list[str]:
        return [await self.line() for _ in range(count)]

    async def ended(self) -> bytes:
        """What still comes before the end."""
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    async def is_cut_off(self) -> bool:
        """Whether the end comes without a word."""
        try:
            return b"" == await self.ended()
        except ConnectionError:
            return True

    async def begin_tls(self) -> None:
        await asyncio.wait_for(self.writer.start_tls(trusting_nobody()), PATIENCE)


class Place:
    """A server with one desk for all."""

    def __init__(self, server: SmtpServer, desk: Desk, port: int, tls_port: int) -> None:
        self.server = server
        self.desk = desk
        self.port = port
        self.tls_port = tls_port
        self._peers: list[Peer] = []

    async def peer(self, *, tls: bool = False, greeted: bool = True) -> Peer:
        context = trusting_nobody() if tls else None
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.tls_port if tls else self.port, ssl=context))
        self._peers.append(peer)
        if greeted:
            assert "220 mail.example.com" == await peer.line()
        return peer

    async def silent_peer(self, port: int) -> Peer:
        """One that waits for nothing and speaks no TLS."""
        self._peers.append(Peer(*await asyncio.open_connection("127.0.0.1", port)))
        return self._peers[-1]

    async def close(self) -> None:
        for peer in self._peers:
            peer.writer.close()
            with contextlib.suppress(OSError):
                await peer.writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(
    limits: SmtpLimits | None = None,
    dialect: Dialect = OPEN,
    answering: Answering = yes,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Place]:
    """A server for as long as the block lasts."""
    desk = Desk(dialect, answering)
    server = SmtpServer(tls or Certificates(None).context, limits or SmtpLimits())

    def open_desk(other: Other) -> Desk:
        desk.others.append(other)
        return desk

    port = await server.open(open_desk, "127.0.0.1", 0)
    tls_port = await server.open(open_desk, "127.0.0.1", 0, wrapped=True)
    place = Place(server, desk, port, tls_port)
    try:
        yield place
    finally:
        await place.close()
        await server.close(0.05)


def trusting_nobody() -> ssl.SSLContext:
    """A client that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context

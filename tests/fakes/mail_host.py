"""A scripted mail host: a real SMTP server on a thread of its own that takes, refuses, defers or drops, as told."""

import asyncio
import base64
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from sestina.adapters.certificates import Certificates

LARGEST: Final = 64 * 1024 * 1024
PATIENCE: Final = 20.0
CERTIFICATES: Final = Certificates(None)


@dataclass
class Received:
    """A message as it came: `data` after the dots were taken out, `wire` before."""

    mail_from: str
    parameters: list[str]
    recipients: list[str]
    data: bytes
    wire: bytes
    is_secure: bool
    user: str | None


@dataclass
class Script:
    """What the host does. A reply that says nothing is a connection that is cut."""

    recipients: dict[str, str] = field(default_factory=dict)
    most_recipients: int = 1000  # in one transaction
    most_errors: int = 1000  # in one connection; then it ends (smtpd_hard_error_limit of Postfix)
    greeting: str = "220 host.test ESMTP"
    mail: str = "250 2.1.0 Ok"
    once: bool = False  # the reply to MAIL is given once, and the connection cut
    go_ahead: str = "354 End data with <CR><LF>.<CR><LF>"
    go_ahead_once: str | None = None  # the reply to the next DATA only
    dot: str = "250 2.0.0 Ok: queued as {number}"
    offers: tuple[str, ...] = ("PIPELINING", "SIZE 52428800", "8BITMIME", "ENHANCEDSTATUSCODES")
    starttls: bool = False
    tls_ahead: str = "220 2.0.0 Go ahead"
    shakes_hands: bool = True  # whether TLS comes about after that
    hates_secrets: bool = False  # whether it hangs up when it has
    wrapped: bool = False
    login: tuple[str, str] | None = None
    knows_ehlo: bool = True
    cuts_idle: bool = False
    is_dying: bool = False  # whoever is cut off reaches nobody any more
    is_silent: bool = False


class MailHost:
    """The host; it keeps its port when it is stopped and started again."""

    def __init__(self, **script: object) -> None:
        self.script = Script(**script)  # type: ignore[arg-type]  # as given
        self.messages: list[Received] = []
        self.commands: list[str] = []
        self.connections = 0
        self.port = 0
        self._arrived = threading.Condition()
        self._silence = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail host", daemon=True)
        self._server: asyncio.Server | None = None
        self._context = CERTIFICATES.context
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        login = "{}:{}@".format(*self.script.login) if self.script.login else ""
        return f"{'smtps' if self.script.wrapped else 'smtp'}://{login}127.0.0.1:{self.port}"

    @property
    def counts(self) -> Counter[str]:
        """How often each recipient got a message."""
        return Counter(recipient for message in self.messages for recipient in message.recipients)

    def wait_for(self, count: int) -> list[Received]:
        """The messages, once there are so many."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.messages) >= count, PATIENCE), len(self.messages)
        return self.messages

    def wait_until_asked(self) -> None:
        """Returns when a client waits for an answer that does not come."""
        assert self._silence.wait(PATIENCE)

    async def be_silent(self, reader: asyncio.StreamReader) -> None:
        """Answers nothing until the client has gone."""
        self._silence.set()
        await reader.read()

    def take(self, received: Received) -> None:
        """Keeps a message."""
        with self._arrived:
            self.messages.append(received)
            self._arrived.notify_all()

    def start(self) -> None:
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(PATIENCE)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(PATIENCE)

    def cut_all(self) -> None:
        """Cuts every connection, and goes on listening."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(PATIENCE)

    def __enter__(self) -> "MailHost":
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    async def _start(self) -> None:
        context = self._context if self.script.wrapped else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=context, limit=LARGEST)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._cut()

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, Cut):
            await Session(self, reader, writer, self._context).run()
        self._writers.discard(writer)
        if self.script.is_dying and self._server is not None:
            self._server.close()
            self._server = None
        with contextlib.suppress(OSError, ssl.SSLError):
            writer.close()


class Cut(Exception):
    """The connection ends here."""


class Session:
    """One conversation."""

    def __init__(
        self, host: MailHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext
    ) -> None:
        self.host = host
        self.reader = reader
        self.writer = writer
        self.context = context
        self.is_secure = host.script.wrapped
        self.user: str | None = None
        self.errors = 0
        self._forget()

    def _forget(self) -> None:
        self.mail_from: str | None = None
        self.parameters: list[str] = []
        self.recipients: list[str] = []

    async def run(self) -> None:
        if self.host.script.is_silent:
            await self.host.be_silent(self.reader)
            return
        self.say(self.host.script.greeting)
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
            self.host.commands.append(line)
            verb = line.partition(" ")[0].upper()
            if verb == "QUIT":
                self.say("221 2.0.0 Bye")
                return
            doing: Callable[[str], object] | None = getattr(self, f"do_{verb.lower()}", None)
            if doing is None:
                self.say("502 5.5.2 Unknown")
                continue
            done = doing(line)
            if asyncio.iscoroutine(done):
                await done

    def say(self, reply: str) -> None:
        if not reply:
            raise Cut
        self.writer.write(f"{reply}\r\n".encode())

    def do_ehlo(self, line: str) -> None:
        script = self.host.script
        if not script.knows_ehlo:
            self.say("502 5.5.1 Command not implemented")
            return
        offers = [*script.offers]
        if script.starttls and not self.is_secure:
            offers.append("STARTTLS")
        if script.login:
            offers.append("AUTH PLAIN")
        for offer in ["host.test", *offers][: len(offers)]:
            self.say(f"250-{offer}")
        self.say(f"250 {offers[-1] if offers else 'host.test'}")

    def do_helo(self, line: str) -> None:
        self.say("250 host.test")

    async def do_starttls(self, line: str) -> None:
        script = self.host.script
        if script.tls_ahead == "silence":
            await self.host.be_silent(self.reader)
            raise Cut
        self.say(script.tls_ahead)
        if not script.tls_ahead.startswith("220"):
            return
        if not script.shakes_hands:
            self.say("no TLS after all")
            await self.reader.read(1)
            raise Cut
        await self.writer.start_tls(self.context)
        self.is_secure = True
        if script.hates_secrets:
            raise Cut

    def do_auth(self, line: str) -> None:
        _, _, user, password = ["", *base64.b64decode(line.split(" ")[2]).decode().split("\0")]
        if (user, password) != self.host.script.login:
            self.say("535 5.7.8 Authentication credentials invalid")
            return
        self.user = user
        self.say("235 2.7.0 Authentication successful")

    def do_mail(self, line: str) -> None:
        if self.host.script.login and self.user is None:
            self.say("530 5.7.0 Authentication required")
            return
        path, *self.parameters = line.removeprefix("MAIL FROM:").split(" ")
        self.mail_from = path.strip("<>")
        self.say(self.host.script.mail)
        if self.host.script.once:
            self.host.script = replace(self.host.script, once=False, mail="250 2.1.0 Ok")
            raise Cut

    async def do_rcpt(self, line: str) -> None:
        script = self.host.script
        address = line.removeprefix("RCPT TO:").strip("<>")
        reply = script.recipients.get(address, "250 2.1.5 Ok")
        if reply == "silence":
            await self.host.be_silent(self.reader)
            raise Cut
        if len(self.recipients) >= script.most_recipients:
            reply = "452 4.5.3 Error: too many recipients"
        self.say(reply)
        if reply.startswith("250"):
            self.recipients.append(address)
            return
        self.errors += 1
        if self.errors >= script.most_errors:
            self.say("421 4.7.0 Error: too many errors")
        if reply.startswith("421") or self.errors >= script.most_errors:
            await self.writer.drain()
            raise Cut

    async def do_data(self, line: str) -> None:
        if not self.recipients:
            self.say("503 5.5.1 No recipients")
            return
        script = self.host.script
        go_ahead = script.go_ahead if script.go_ahead_once is None else script.go_ahead_once
        script.go_ahead_once = None
        self.say(go_ahead)
        if not go_ahead.startswith("354"):
            return
        wire = (await self.reader.readuntil(b"\r\n.\r\n"))[:-3]
        data = b"\r\n".join(line.removeprefix(b".") for line in wire.split(b"\r\n"))
        reply = self.host.script.dot.format(number=len(self.host.messages) + 1)
        if reply == "silence":
            await self.host.be_silent(self.reader)
            raise Cut
        if reply.startswith("250"):
            assert self.mail_from is not None
            received = (self.mail_from, self.parameters, self.recipients, data, wire, self.is_secure, self.user)
            self.host.take(Received(*received))
        self._forget()
        self.say(reply)
        if self.host.script.cuts_idle:
            await self.writer.drain()
            raise Cut

    def do_rset(self, line: str) -> None:
        self._forget()
        self.say("250 2.0.0 Ok")


@contextlib.contextmanager
def mail_host(**script: object) -> Iterator[MailHost]:
    """A host for as long as the block lasts."""
    with MailHost(**script) as host:
        yield host

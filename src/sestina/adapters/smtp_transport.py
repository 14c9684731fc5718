"""SMTP to the one server that the user has named, over aiosmtplib, with connections that are kept.

Loading aiosmtplib takes a while, so it waits for the first message, on a thread. A kept connection may have been closed
by the other side without our notice: whatever fails before MAIL is answered is done once more on a new one.
"""

import asyncio
import contextlib
import socket
import ssl
from time import monotonic
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from sestina.domain.bounces import NO_TLS, RemoteReply, Stage, read_reply, trouble
from sestina.domain.relay import Remote, Tls
from sestina.ports.mail import Envelope, Transmission, TransmissionError
from sestina.protocols.mail.transfer import as_transmitted

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiosmtplib import SMTP, SMTPResponse

OUR_NAME: Final = "[127.0.0.1]"  # RFC 5321 §4.1.4: a client without a domain name says its address
MOST_MESSAGES: Final = 100  # over one connection; servers and balancers like to see new ones
MOST_REFUSALS: Final = 5  # in one connection; servers slow down clients that are often refused
SERVICE_CLOSING: Final = 421
GO_AHEAD: Final = 354
STARTTLS: Final[dict[Tls, bool | None]] = {"disabled": False, "optional": None, "required": True}
CONTENT_PATIENCE: Final = 4  # times the timeout for the reply to the final dot (RFC 5321 §4.5.3.2.6)
PATIENCE_AT_END: Final = 1.0  # seconds for the reply to QUIT
NO_UTF8: Final = RemoteReply(
    code=553, status="5.6.7", text="Non-ASCII addresses are not permitted by the receiving server", stage="mail"
)
"""RFC 6531 §3.5."""


class SmtpTransport:
    """The port `MailTransport`. No other host is ever contacted than the one it was made for."""

    def __init__(
        self, remote: Remote, tls: Tls = "optional", *, checks: bool = True, timeout: float = 30.0, most: int = 4
    ) -> None:
        self._remote = remote
        self._tls = tls
        self._checks = checks and (tls == "required" or remote.is_wrapped)
        self._timeout = timeout
        self._slots = asyncio.Semaphore(most)
        self._idle: list[_Line] = []
        self._busy = 0
        self._context: ssl.SSLContext | None = None

    @property
    def target(self) -> str:
        """The server as a URL, without any secret."""
        return str(self._remote)

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._idle) + self._busy

    async def send(self, envelope: Envelope) -> Transmission:
        """Hands a message on; TransmissionError if no conversation comes about."""
        async with self._slots:
            began = monotonic()
            self._busy += 1
            try:
                line, replies = await self._converse(replace(envelope, raw=as_transmitted(envelope.raw)))
            finally:
                self._busy -= 1
            if not line.is_worn:
                self._idle.append(line)
            else:
                await line.end()
            return Transmission(
                replies=replies,
                host=self._remote.host,
                ip=line.ip,
                is_secure=line.is_secure,
                milliseconds=round((monotonic() - began) * 1000),
            )

    async def close(self) -> None:
        """Takes leave of the server."""
        lines, self._idle = self._idle, []
        await asyncio.gather(*(line.end() for line in lines))

    async def _converse(self, envelope: Envelope) -> "tuple[_Line, tuple[RemoteReply, ...]]":
        """The line used and the replies; a kept line that has gone stale before MAIL was answered is passed over."""
        while self._idle:
            line = self._idle.pop()
            try:
                first = await line.begin(envelope)
            except TransmissionError:
                continue
            if first.code != SERVICE_CLOSING:
                return line, await line.go_on(envelope, first)
            line.client.close()
        line = await self._connect()
        return line, await line.go_on(envelope, await line.begin(envelope))

    async def _connect(self) -> "_Line":
        remote = self._remote
        if self._context is None:
            self._context = await asyncio.to_thread(_prepared, self._checks)
        from aiosmtplib import SMTP, SMTPException, SMTPHeloError

        client = SMTP(
            hostname=remote.host,
            port=remote.port,
            username=remote.user,
            password=remote.password,
            local_hostname=OUR_NAME,
            timeout=None,  # ours are below: before Python 3.12 those of wait_for may swallow a cancellation
            use_tls=remote.is_wrapped,
            start_tls=False if remote.is_wrapped else STARTTLS[self._tls],
            tls_context=self._context,
        )
        try:
            async with asyncio.timeout(self._timeout):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    try:
                        await client.ehlo()
                    except SMTPHeloError:
                        await client.helo()  # RFC 5321 §3.2
        except (SMTPException, OSError, UnicodeError) as error:  # the last of a host name that cannot be one
            client.close()
            raise TransmissionError(_unreachable(error), was_slow=isinstance(error, TimeoutError)) from error
        except BaseException:
            client.close()
            raise
        peer = client.get_transport_info("peername")
        is_secure = client.get_transport_info("sslcontext") is not None
        return _Line(client, str(peer[0]) if peer else remote.host, is_secure, self._timeout)


class _Line:
    """One open connection; whatever breaks closes it."""

    def __init__(self, client: "SMTP", ip: str, is_secure: bool, timeout: float) -> None:
        self.client = client
        self._timeout = timeout
        self.ip = ip
        self.is_secure = is_secure
        self._messages = 0
        self._refusals = 0

    @property
    def is_worn(self) -> bool:
        """Whether it should not be used again."""
        return self._messages >= MOST_MESSAGES or self._refusals >= MOST_REFUSALS or not self.client.is_connected

    async def begin(self, envelope: Envelope) -> RemoteReply:
        """MAIL and its reply; or what is said in its place."""
        offers = self.client.supports_extension
        if envelope.requires_tls and not self.is_secure:
            return NO_TLS
        words = [f"FROM:<{envelope.mail_from}>"]
        if offers("size"):
            words.append(f"SIZE={len(envelope.raw)}")  # RFC 1870 §6
        if offers("8bitmime") and not envelope.raw.isascii():
            words.append("BODY=8BITMIME")  # RFC 6152 §3; a server without it gets the octets as they were signed
        if not all(address.isascii() for address in (envelope.mail_from, *envelope.recipients)):
            if not offers("smtputf8"):
                return NO_UTF8
            words.append("SMTPUTF8")  # RFC 6531 §3.4
        return await self._say("mail", "MAIL", *words)

    async def go_on(self, envelope: Envelope, first: RemoteReply) -> tuple[RemoteReply, ...]:
        """Recipients and content; a reply for each recipient."""
        self._messages += 1
        if not first.is_taken:
            replies = (first,) * len(envelope.recipients)
        else:
            said = [await self._say("recipient", "RCPT", f"TO:<{address}>") for address in envelope.recipients]
            whole = await self._give(envelope.raw) if any(reply.is_taken for reply in said) else None
            replies = tuple(whole if whole is not None and reply.is_taken else reply for reply in said)
        if not all(reply.is_taken for reply in replies):
            await self._start_over(replies)
        return replies

    async def end(self) -> None:
        """Says QUIT and closes."""
        from aiosmtplib import SMTPException

        with contextlib.suppress(SMTPException, OSError):
            async with asyncio.timeout(PATIENCE_AT_END):
                await self.client.quit()
        self.client.close()

    async def _say(self, stage: Stage, *words: str) -> RemoteReply:
        """One command and its reply."""
        return await self._answered(stage, self.client.execute_command(*(word.encode() for word in words)))

    async def _give(self, raw: bytes) -> RemoteReply:
        """The content, and the reply to the final dot."""
        first = await self._say("data", "DATA")
        protocol = self.client.protocol
        if first.code != GO_AHEAD or protocol is None:
            return first
        protocol.write(stuffed(raw))
        return await self._answered("data", protocol.read_response(), CONTENT_PATIENCE)

    async def _answered(self, stage: Stage, waiting: "Awaitable[SMTPResponse]", patience: int = 1) -> RemoteReply:
        from aiosmtplib import SMTPException

        try:
            async with asyncio.timeout(self._timeout * patience):
                code, text = await waiting
        except (SMTPException, OSError) as error:
            self.client.close()
            raise TransmissionError(_broken(error), was_slow=isinstance(error, TimeoutError)) from error
        except BaseException:
            self.client.close()
            raise
        return read_reply(code, text, stage)

    async def _start_over(self, replies: tuple[RemoteReply, ...]) -> None:
        """Ends a transaction that did not come to its end; the replies stand, even if the line breaks now."""
        self._refusals += sum(not reply.is_taken for reply in replies)
        if any(reply.code == SERVICE_CLOSING for reply in replies):
            self.client.close()
        if self.is_worn:
            return
        with contextlib.suppress(TransmissionError):
            await self._say("mail", "RSET")


def stuffed(raw: bytes) -> bytes:
    """A message as it stands behind DATA: dots doubled, and the final one (RFC 5321 §4.5.2)."""
    first = b"." if raw.startswith(b".") else b""
    return first + raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _prepared(checks: bool) -> ssl.SSLContext:
    """aiosmtplib loaded, and what TLS needs; TLS that is only a bonus takes any certificate (RFC 7435 §3)."""
    import aiosmtplib  # noqa: F401

    context = ssl.create_default_context()
    if not checks:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _unreachable(error: Exception) -> RemoteReply:
    """Why no conversation came about (RFC 3463 §3.5, §3.8)."""
    from aiosmtplib import SMTPAuthenticationError, SMTPResponseException

    causes = (error, error.__cause__)
    if isinstance(error, SMTPAuthenticationError):
        return trouble("4.7.8", f"The server does not take our login: {error.code} {error.message}")
    if isinstance(error, SMTPResponseException):
        return trouble("4.3.2", f"The server does not want to talk: {error.code} {error.message}")
    if isinstance(error, TimeoutError):
        return trouble("4.4.1", "Connection timed out")
    if any(isinstance(cause, socket.gaierror | UnicodeError) for cause in causes):
        return trouble("4.4.3", f"Unable to look up the server: {error}")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return trouble("4.7.5", f"TLS failed: {error}")
    if isinstance(error, OSError):
        refused = next((cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror), error)
        return trouble("4.4.1", f"Unable to connect: {refused}")
    return trouble("4.7.4", str(error))


def _broken(error: Exception) -> RemoteReply:
    """Why a conversation came to no end."""
    text = "Connection timed out" if isinstance(error, TimeoutError) else f"Connection lost: {error}"
    return trouble("4.4.2", text)

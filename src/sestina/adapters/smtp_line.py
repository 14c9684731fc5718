"""One connection to a mail server: opened, secured and logged in, then used for one transaction after another.

Each answer is waited for in its own time; whatever breaks closes the connection.
"""

import asyncio
import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from sestina.adapters.smtp_batches import Turn
from sestina.domain.bounces import NO_TLS, RemoteReply, Stage, read_reply, trouble
from sestina.domain.relay import Remote, Tls
from sestina.ports.mail import Envelope, TransmissionError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from aiosmtplib import SMTP, SMTPResponse

OUR_NAME: Final = "[127.0.0.1]"  # RFC 5321 §4.1.4: a client without a domain name says its address
MOST_MESSAGES: Final = 100  # over one connection; servers and balancers like to see new ones
MOST_REFUSALS: Final = 5  # in one connection; servers slow down clients that are often refused
SERVICE_CLOSING: Final = 421
GO_AHEAD: Final = 354
CONTENT_PATIENCE: Final = 4  # times the timeout for the reply to the final dot (RFC 5321 §4.5.3.2.6)
PATIENCE_AT_END: Final = 1.0  # seconds for the reply to QUIT
NO_UTF8: Final = RemoteReply(
    code=553, status="5.6.7", text="Non-ASCII addresses are not permitted by the receiving server", stage="mail"
)
"""RFC 6531 §3.5."""


class SecuringError(TransmissionError):
    """TLS was asked for and did not come about; the server may still speak without it."""


async def open_line(remote: Remote, tls: Tls, context: ssl.SSLContext, timeout: float) -> "Line":
    """Greeted, secured and logged in.

    Raises:
        SecuringError: the server does not start TLS.
        TransmissionError: no conversation came about.
    """
    from aiosmtplib import SMTP, SMTPException

    client = SMTP(
        hostname=remote.host,
        port=remote.port,
        local_hostname=OUR_NAME,
        timeout=None,  # ours are below: before Python 3.12 those of wait_for may swallow a cancellation
        use_tls=remote.is_wrapped,
        start_tls=False,
        tls_context=context,
    )
    try:
        async with asyncio.timeout(timeout):
            await client.connect()
            await _introduce(client)
        if not remote.is_wrapped and (
            tls == "required" or (tls == "optional" and client.supports_extension("starttls"))
        ):
            await _secure(client, timeout)
        if remote.user is not None:
            async with asyncio.timeout(timeout):
                await client.login(remote.user, remote.password or "")
    except (SMTPException, OSError, UnicodeError) as error:  # the last of a host name that cannot be one
        client.close()
        raise TransmissionError(_unreachable(error), was_slow=isinstance(error, TimeoutError)) from error
    except BaseException:
        client.close()
        raise
    return Line(client, remote.host, timeout)


async def _introduce(client: "SMTP") -> None:
    from aiosmtplib import SMTPHeloError

    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()  # RFC 5321 §3.2


async def _secure(client: "SMTP", timeout: float) -> None:
    """TLS by STARTTLS, and the introduction that has to follow (RFC 3207 §4.2)."""
    from aiosmtplib import SMTPException, SMTPResponseException

    if not client.supports_extension("starttls"):
        raise TransmissionError(trouble("4.7.4", "TLS is required, but the server does not offer it"))
    try:
        async with asyncio.timeout(timeout):
            await client.starttls()
            await _introduce(client)  # with TLS 1.3 it is here that a server says no to the handshake
    except SMTPResponseException as error:
        raise SecuringError(trouble("4.7.5", f"TLS failed: {error.code} {error.message}")) from error
    except TimeoutError as error:
        raise SecuringError(trouble("4.7.5", "TLS failed: Connection timed out"), was_slow=True) from error
    except (SMTPException, OSError) as error:
        raise SecuringError(trouble("4.7.5", f"TLS failed: {error}")) from error


class Line:
    """One open connection; whatever breaks closes it, and is told as if the server had said 421.

    `tls_version` is as TLS names it, None without TLS.
    """

    def __init__(self, client: "SMTP", host: str, timeout: float) -> None:
        self.client = client
        self._timeout = timeout
        peer = client.get_transport_info("peername")
        secured = client.get_transport_info("ssl_object")
        self.ip = str(peer[0]) if peer else host
        self.tls_version: str | None = secured.version() if secured is not None else None
        self._messages = 0
        self._refusals = 0
        self._was_slow = False

    @property
    def is_worn(self) -> bool:
        """Whether it should not be used again."""
        return self._messages >= MOST_MESSAGES or self._refusals >= MOST_REFUSALS or not self.client.is_connected

    async def begin(self, envelope: Envelope) -> RemoteReply:
        """MAIL and its reply; or what is said in its place."""
        offers = self.client.supports_extension
        if envelope.requires_tls and self.tls_version is None:
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

    async def go_on(self, envelope: Envelope, first: RemoteReply) -> Turn:
        """Recipients and content; a reply stands for whom it was given to, wherever the conversation ends."""
        self._messages += 1
        turn = await self._go_through(envelope, first)
        await self._start_over(turn)
        return replace(turn, is_silent=True) if turn.is_broken and self._was_slow else turn

    async def end(self) -> None:
        """Says QUIT and closes."""
        from aiosmtplib import SMTPException

        with contextlib.suppress(SMTPException, OSError):
            async with asyncio.timeout(PATIENCE_AT_END):
                await self.client.quit()
        self.client.close()

    async def _go_through(self, envelope: Envelope, first: RemoteReply) -> Turn:
        recipients = envelope.recipients
        if not first.is_taken:
            return Turn(replies=dict.fromkeys(recipients, first), is_broken=first.code == SERVICE_CLOSING)
        said = await self._ask(recipients)
        if not self.client.is_connected:
            return _broken_off(recipients, said, trouble("4.4.2", "Connection lost"))
        taken = [address for address, reply in said.items() if reply.is_taken]
        if not taken:
            return Turn(replies=said)
        whole = await self._say("data", "DATA")
        if not (whole.code == GO_AHEAD or 400 <= whole.code < 600):  # then we are out of step (RFC 5321 §4.3.2)
            self.client.close()
            whole = trouble("4.5.0", f"Unexpected reply to DATA: {whole.line}")
            return _broken_off(recipients, said, whole)
        if whole.code == SERVICE_CLOSING:
            return _broken_off(recipients, said, whole)
        if whole.code == GO_AHEAD:
            whole = await self._answered("data", self._give(envelope.raw), CONTENT_PATIENCE)
        replies = said | dict.fromkeys(taken, whole)
        *_, last = said
        replies |= dict.fromkeys(recipients[len(said) :], said[last])
        left = tuple(address for address in recipients if replies[address].is_too_many)
        return Turn(replies=replies, again=() if whole.stage == "connection" else left)

    async def _ask(self, recipients: tuple[str, ...]) -> dict[str, RemoteReply]:
        """Replies to RCPT, as long as there are any, and as the transaction holds more recipients."""
        said: dict[str, RemoteReply] = {}
        for address in recipients:
            reply = await self._say("recipient", "RCPT", f"TO:<{address}>")
            said[address] = replace(reply, stage="recipient")
            if reply.code == SERVICE_CLOSING:
                self.client.close()
            if not self.client.is_connected or (said[address].is_too_many and _any_taken(said)):
                break
        return said

    async def _give(self, raw: bytes) -> "SMTPResponse":
        """The content, and the reply to the final dot."""
        from aiosmtplib import SMTPServerDisconnected

        protocol = self.client.protocol
        if protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        protocol.write(stuffed(raw))
        return await protocol.read_response()

    async def _say(self, stage: Stage, *words: str) -> RemoteReply:
        """One command and its reply."""
        return await self._answered(stage, self.client.execute_command(*(word.encode() for word in words)))

    async def _answered(self, stage: Stage, waiting: "Awaitable[SMTPResponse]", patience: int = 1) -> RemoteReply:
        """The server's reply; where the connection breaks, what we say in its place, of the stage `connection`."""
        from aiosmtplib import SMTPException

        try:
            async with asyncio.timeout(self._timeout * patience):
                code, text = await waiting
        except (SMTPException, OSError) as error:
            self.client.close()
            self._was_slow = isinstance(error, TimeoutError)
            return _broken(error)
        except BaseException:
            self.client.close()
            raise
        return read_reply(code, text, stage)

    async def _start_over(self, turn: Turn) -> None:
        """Ends a transaction that did not come to its end; the replies stand, even if the line breaks now."""
        refused = [reply for address, reply in turn.replies.items() if not (reply.is_taken or address in turn.again)]
        self._refusals += len(refused)
        if any(reply.code == SERVICE_CLOSING for reply in refused):
            self.client.close()
        if refused and not self.is_worn:
            await self._say("mail", "RSET")


def _any_taken(said: dict[str, RemoteReply]) -> bool:
    return any(reply.is_taken for reply in said.values())


def _broken_off(recipients: tuple[str, ...], said: dict[str, RemoteReply], lost: RemoteReply) -> Turn:
    """A connection that broke before the content was given, so that nobody can have it yet.

    What was said against a recipient stands; 421 only says that the connection ends (RFC 5321 §3.8), be it for the
    recipient or for those before. Who was alone has nothing better to hope for.
    """
    blameless = {address for address, reply in said.items() if reply.is_taken or reply.is_too_many}
    again = tuple(address for address in recipients if address not in said or address in blameless)
    suspect = next((address for address, reply in said.items() if reply.code == SERVICE_CLOSING), None)
    replies = said | dict.fromkeys(again, lost)
    if len(recipients) == 1:
        return Turn(replies=replies, is_broken=True)
    return Turn(replies=replies, again=again, suspect=suspect, is_broken=True)


def stuffed(raw: bytes) -> bytes:
    """A message as it stands behind DATA: dots doubled, and the final one (RFC 5321 §4.5.2)."""
    first = b"." if raw.startswith(b".") else b""
    return first + raw.replace(b"\r\n.", b"\r\n..") + b".\r\n"


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

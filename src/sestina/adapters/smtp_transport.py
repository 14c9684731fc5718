"""SMTP to the one server that the user has named, over aiosmtplib, with connections that are kept.

Loading aiosmtplib takes a while, so it waits for the first message, on a thread. A kept connection may have been closed
by the other side without our notice: whatever fails before MAIL is answered is done once more on a new one. What fails
later is gone on with by batches.
"""

import asyncio
import ssl
from time import monotonic

from msgspec.structs import replace

from sestina.adapters.smtp_batches import Batches, Turn
from sestina.adapters.smtp_line import SERVICE_CLOSING, Line, SecuringError, open_line
from sestina.domain.bounces import RemoteReply
from sestina.domain.relay import Remote, Tls
from sestina.ports.mail import Envelope, Transmission, TransmissionError
from sestina.protocols.mail.transfer import as_transmitted


class SmtpTransport:
    """The port `MailTransport`. No other host is ever contacted than the one it was made for."""

    def __init__(
        self, remote: Remote, tls: Tls = "optional", *, checks: bool = True, timeout: float = 30.0, most: int = 4
    ) -> None:
        self._remote = remote
        self._tls = tls
        self._checks = checks and (tls == "required" or remote.is_wrapped)
        self._timeout = timeout
        self.most = most
        self._slots = asyncio.Semaphore(most)
        self._idle: list[Line] = []
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
                line, replies = await self._carry(replace(envelope, raw=as_transmitted(envelope.raw)))
            finally:
                self._busy -= 1
            return Transmission(
                replies=replies,
                host=self._remote.host,
                ip=line.ip,
                tls_version=line.tls_version,
                milliseconds=round((monotonic() - began) * 1000),
            )

    async def close(self) -> None:
        """Takes leave of the server."""
        lines, self._idle = self._idle, []
        await asyncio.gather(*(line.end() for line in lines))

    async def _carry(self, envelope: Envelope) -> tuple[Line, tuple[RemoteReply, ...]]:
        """A reply for each recipient, by as many transactions as it takes; and the line to tell of."""
        batches = Batches(envelope.recipients)
        told: Line | None = None
        while batch := batches.next():
            try:
                line, turn = await self._transact(replace(envelope, recipients=batch))
            except TransmissionError:
                if told is None:
                    raise
                break  # what was said so far stands
            batches.take(turn)
            if told is None or any(reply.is_taken for reply in turn.replies.values()):
                told = line  # the last that took the message
        assert told is not None
        return told, batches.replies(envelope.recipients)

    async def _transact(self, envelope: Envelope) -> tuple[Line, Turn]:
        line, first = await self._begin(envelope)
        turn = await line.go_on(envelope, first)
        if line.is_worn:
            await line.end()
        else:
            self._idle.append(line)
        return line, turn

    async def _begin(self, envelope: Envelope) -> tuple[Line, RemoteReply]:
        """A line, and its reply to MAIL; a kept line that has gone stale before is passed over."""
        while self._idle:
            line = self._idle.pop()
            if envelope.requires_tls and line.tls_version is None:
                await line.end()
                continue
            first = await line.begin(envelope)
            if first.code != SERVICE_CLOSING:
                return line, first
            line.client.close()
        line = await self._connect(envelope)
        return line, await line.begin(envelope)

    async def _connect(self, envelope: Envelope) -> Line:
        """A new line; TLS that is only a bonus may fail, and that which a message requires may not.

        A password that was to be sent over TLS is not sent without, as with Postfix (smtp_tls_security_level = may).
        """
        if self._context is None:
            self._context = await asyncio.to_thread(_prepared, self._checks)
        tls = "optional" if envelope.requires_tls and self._tls == "disabled" else self._tls
        try:
            return await open_line(self._remote, tls, self._context, self._timeout)
        except SecuringError:
            if tls == "required" or envelope.requires_tls or self._remote.user is not None:
                raise
            return await open_line(self._remote, "disabled", self._context, self._timeout)


def _prepared(checks: bool) -> ssl.SSLContext:
    """aiosmtplib loaded, and what TLS needs; TLS that is only a bonus takes any certificate (RFC 7435 §3)."""
    import aiosmtplib  # noqa: F401

    context = ssl.create_default_context()
    if not checks:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context

"""The mail we need from outside: a way to hand a message to the one server that the user has named."""

from typing import Protocol

from msgspec import Struct

from sestina.domain.bounces import RemoteReply


class Envelope(Struct, frozen=True, kw_only=True):
    """A message as it is transmitted; an empty `mail_from` is the null reverse-path."""

    mail_from: str
    recipients: tuple[str, ...]
    raw: bytes
    requires_tls: bool = False


class Transmission(Struct, frozen=True, kw_only=True):
    """How the server answered, a reply for each recipient in order, and over what kind of connection.

    `tls_version` is as TLS names it (TLSv1.3), None without TLS.
    """

    replies: tuple[RemoteReply, ...]
    host: str
    ip: str
    tls_version: str | None = None
    milliseconds: int


class TransmissionError(Exception):
    """No conversation came about; nothing was said of any recipient. It is worth trying again."""

    def __init__(self, reply: RemoteReply, *, was_slow: bool = False) -> None:
        super().__init__(reply.line)
        self.reply = reply
        self.was_slow = was_slow


class MailTransport(Protocol):
    """Speaks SMTP with one server."""

    @property
    def target(self) -> str:
        """The server as a URL, without any secret."""
        ...

    @property
    def connections(self) -> int:
        """How many connections are open."""
        ...

    @property
    def most(self) -> int:
        """How many messages it carries at once; more would have to wait."""
        ...

    async def send(self, envelope: Envelope) -> Transmission:
        """Hands a message on.

        Raises:
            TransmissionError: the server could not be reached, or would not speak.
        """
        ...

    async def close(self) -> None:
        """Takes leave of the server."""
        ...

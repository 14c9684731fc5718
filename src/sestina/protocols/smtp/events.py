"""Events: what a session tells the one who runs it; all but `Closed` wait for an answer."""

from msgspec import Struct


class StartTls(Struct, frozen=True):
    """TLS is to begin now, on a clean line; answered by `Session.tls_started`."""


class Login(Struct, frozen=True):
    """A client says who it is; answered by `Session.decide`."""

    user: str
    password: str


class Sender(Struct, frozen=True):
    """The reverse-path of a new transaction; only told in dialects that consult. Empty for reports."""

    address: str


class Recipient(Struct, frozen=True):
    """A forward-path; only told in dialects that consult."""

    address: str


class Message(Struct, frozen=True, kw_only=True):
    """A whole transaction, its octets without the dots that SMTP has added."""

    mail_from: str
    recipients: tuple[str, ...]
    data: bytes


class Closed(Struct, frozen=True):
    """The session is over; what it has to say is written already."""


Event = StartTls | Login | Sender | Recipient | Message | Closed

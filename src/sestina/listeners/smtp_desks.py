"""Desks: who answers what one SMTP session asks; submission and receiving each have their own."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from sestina.protocols.smtp.dialect import Dialect
from sestina.protocols.smtp.events import Login, Message, Recipient, Sender
from sestina.protocols.smtp.replies import Reply

Request = Login | Sender | Recipient | Message


class Peer(Struct, kw_only=True):
    """The other end: its address, what it calls itself, and the version of TLS between us if there is any."""

    address: str
    hello: str = ""
    tls: str = ""


class Desk(Protocol):
    """Answers one session."""

    @property
    def dialect(self) -> Dialect:
        """How the session speaks."""
        ...

    def greeting(self) -> Reply:
        """The first line."""
        ...

    async def answer(self, request: Request) -> Reply | None:
        """The reply to a login, an address or a message; None for the usual yes."""
        ...


OpenDesk = Callable[[Peer], Desk]

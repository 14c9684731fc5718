"""Relay: handing mail on to a real server: where it is, who may get any, and when a failed attempt is repeated."""

import re
from collections.abc import Sequence
from fnmatch import translate
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from sestina.domain.configuration_sets import Delivery as DeliveryOptions
from sestina.domain.instants import HOUR, MINUTE, Instant
from sestina.domain.messages import Message
from sestina.protocols.mail.addresses import AddressError, parse_address

Mode = Literal["copy", "deliver"]
Tls = Literal["disabled", "optional", "required"]
Sender = Literal["source", "ses"]

PORTS: Final = {"smtp": 25, "smtps": 465}
WAITS: Final = (1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR)
FORM: Final = "write it as smtp://host:port or smtps://user:password@host:port"


class Remote(Struct, frozen=True, kw_only=True):
    """The one server that mail is handed on to; written out it never shows the password."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    is_wrapped: bool = False

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'smtps' if self.is_wrapped else 'smtp'}://{host}:{self.port}"

    __repr__ = __str__


class Relaying(Struct, frozen=True, kw_only=True):
    """What is handed on: copies of what was delivered here, or the delivery itself; and to whom.

    `sender` source = the envelope sender is where the customer wants bounces, ses = SES's own bounce address.
    """

    mode: Mode = "copy"
    sender: Sender = "source"
    allowed: tuple[re.Pattern[str], ...] = ()
    blocked: tuple[re.Pattern[str], ...] = ()

    def admits(self, address: str) -> bool:
        """Whether a recipient may get mail from the relay; no list of allowed ones allows all."""
        address = address.lower()
        if any(pattern.fullmatch(address) for pattern in self.blocked):
            return False
        return not self.allowed or any(pattern.fullmatch(address) for pattern in self.allowed)

    def mail_from(self, message: Message) -> str:
        """The envelope sender of a message; empty is the null reverse-path (RFC 5321 §4.5.5)."""
        if self.sender == "ses":
            return message.mail_from
        if message.feedback in ("", "<>"):
            return ""
        try:
            return parse_address(message.feedback).address
        except AddressError:  # a Return-Path field of a raw message may hold anything
            return message.mail_from


class Relayed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the outbox keeps of a message on its way to the relay.

    `recipients` are those without an outcome, `delayed` those of them who were told of a delay; `next_event` numbers
    the next event of the message, so that its id is the same after a crash. `options` are those of its configuration
    set when it was queued, whatever becomes of the set; None in rows of older versions, which left them there.
    """

    mode: Mode
    recipients: tuple[str, ...]
    delayed: tuple[str, ...] = ()
    next_event: int = 0
    options: DeliveryOptions | None = None


def parse_remote(url: str) -> Remote:
    """The server that a URL names.

    Raises:
        ValueError: it names none; the sentence shows nothing of the URL, which may hold a password.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("its port is no port") from error
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(FORM)
    return Remote(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.username is None else unquote(parts.password or ""),
        is_wrapped=parts.scheme == "smtps",
    )


def patterns(texts: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """Addresses, domains and globs of either; a pattern without @ is of a domain."""
    return tuple(re.compile(translate(text if "@" in text else f"*@{text}")) for text in map(str.lower, texts))


def next_attempt(now: Instant, attempts: int, expires: Instant) -> Instant:
    """When a message is tried again: ever more rarely, and one last time when its time is over."""
    return min(now + WAITS[min(attempts, len(WAITS) - 1)], max(expires, now + 1))

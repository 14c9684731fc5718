"""The order of commands (RFC 5321 §4.1.4): what may come when, as a table."""

from collections.abc import Mapping
from enum import Enum
from typing import Final


class Verb(Enum):
    """The commands known, in the order of RFC 5321 §4.1.1, then those of extensions."""

    EHLO = b"EHLO"
    HELO = b"HELO"
    MAIL = b"MAIL"
    RCPT = b"RCPT"
    DATA = b"DATA"
    RSET = b"RSET"
    VRFY = b"VRFY"
    EXPN = b"EXPN"
    HELP = b"HELP"
    NOOP = b"NOOP"
    QUIT = b"QUIT"
    STARTTLS = b"STARTTLS"
    AUTH = b"AUTH"


class Phase(Enum):
    """What the next octets are."""

    COMMAND = "command"
    LOGIN = "login"
    CONTENT = "content"
    TLS = "tls"
    CLOSED = "closed"


class State(Enum):
    """How far a session has come."""

    GREETED = "greeted"
    READY = "ready"
    SENDER = "sender"
    RECIPIENTS = "recipients"


ORDER: Final[Mapping[Verb, Mapping[State, str]]] = {
    Verb.EHLO: {},
    Verb.HELO: {},
    Verb.MAIL: {
        State.GREETED: "need_hello",
        State.SENDER: "nested_mail",
        State.RECIPIENTS: "nested_mail",
    },
    Verb.RCPT: {
        State.GREETED: "need_mail",
        State.READY: "need_mail",
    },
    Verb.DATA: {
        State.GREETED: "need_mail",
        State.READY: "need_mail",
        State.SENDER: "need_rcpt",
    },
    Verb.RSET: {},
    Verb.VRFY: {},
    Verb.EXPN: {},
    Verb.HELP: {},
    Verb.NOOP: {},
    Verb.QUIT: {},
    Verb.STARTTLS: {
        State.SENDER: "not_during_mail",
        State.RECIPIENTS: "not_during_mail",
    },
    Verb.AUTH: {
        State.GREETED: "need_hello",
        State.SENDER: "not_during_mail",  # RFC 4954 §4
        State.RECIPIENTS: "not_during_mail",
    },
}
"""For every command the states in which it is out of order, with the word of the dialect that says so."""

NEED_TLS: Final = frozenset({Verb.MAIL, Verb.RCPT, Verb.DATA, Verb.VRFY, Verb.EXPN, Verb.AUTH})
NEED_LOGIN: Final = frozenset({Verb.MAIL, Verb.RCPT, Verb.DATA, Verb.VRFY, Verb.EXPN})
FOREIGN: Final = frozenset({b"CONNECT", b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"PATCH", b"POST", b"PUT"})
"""First words of HTTP, spoken by browsers that were led to our port: the rest of it must not be read as commands."""
KNOWN_ELSEWHERE: Final = frozenset({b"BDAT", b"BURL", b"ETRN", b"SAML", b"SEND", b"SOML", b"TURN"})
"""Commands of other documents, known but not offered: 502 instead of 500 (RFC 5321 §4.2.4)."""

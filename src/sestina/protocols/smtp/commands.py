"""Commands: one line read into verb and argument, and the paths and parameters of MAIL and RCPT."""

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from sestina.protocols.smtp.order import Verb

LONGEST_COMMAND: Final = 512 + 26 + 17 + 500  # RFC 5321 §4.5.3.1.4, with RFC 1870 §3, RFC 6152 §2 and RFC 4954 §3
LONGEST_PATH: Final = 256  # RFC 5321 §4.5.3.1.3
LONGEST_DOMAIN: Final = 255  # RFC 5321 §4.5.3.1.2
LONGEST_LOCAL_PART: Final = 64  # RFC 5321 §4.5.3.1.1

_VERBS: Final = {verb.value: verb for verb in Verb}
_ILLEGAL: Final = re.compile(rb"[^\t\x20-\x7e]")
# A path in brackets, in which a quoted string may hold brackets, or a bare word from clients that leave them out.
_PATH: Final = re.compile(r' *(?:<((?:[^<>"]|"(?:[^"\\]|\\.)*+")*+)>|([^ <>]+))(?: +(.*))?')
_ROUTE: Final = re.compile(r"@[^:]*+:")  # RFC 5321 appendix C: read and left alone
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_LOCAL_PART: Final = re.compile(rf'{_ATOM}(?:\.{_ATOM})*+|"(?:[^"\\]|\\.)*+"')
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+|\[[^][\\]+\]")
_PARAMETER: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?")  # RFC 5321 §4.1.2


class Path(Struct, frozen=True):
    """Where a message comes from or goes to, as written between the brackets, with the parameters behind it."""

    address: str
    parameters: Mapping[str, str]


class ParameterError(Exception):
    """The parameters behind a path cannot be read."""


def is_legal(line: bytes) -> bool:
    """Whether a line holds only what a command may: no NUL, no other control, no octet beyond ASCII."""
    return _ILLEGAL.search(line) is None


def split_command(line: bytes) -> tuple[Verb | None, bytes, bytes]:
    """The verb if it is known, the first word in capitals, and the argument."""
    word, _, argument = line.strip(b" \t").partition(b" ")
    name = word.upper()
    return _VERBS.get(name), name, argument.strip(b" \t")


def parse_path(argument: bytes, keyword: str) -> Path | None:
    """The path of `FROM:<address> parameters`, None if it is not of that form.

    Raises:
        ParameterError: the path is well, something behind it is not.
    """
    text = argument.decode("ascii")
    if text[: len(keyword)].upper() != keyword:
        return None
    match = _PATH.fullmatch(text, len(keyword))
    if match is None:
        return None
    bracketed, bare, rest = match.groups()
    address = bare if bracketed is None else _ROUTE.sub("", bracketed, count=1) if bracketed[:1] == "@" else bracketed
    return Path(address, _parameters(rest) if rest else {})


def is_mailbox(address: str) -> bool:
    """Whether this is `Local-part@Domain` of RFC 5321 §4.1.2 within the lengths of §4.5.3.1."""
    local_part, _, domain = address.rpartition("@")
    return (
        len(address) <= LONGEST_PATH - 2
        and len(local_part) <= LONGEST_LOCAL_PART
        and len(domain) <= LONGEST_DOMAIN
        and _LOCAL_PART.fullmatch(local_part) is not None
        and _DOMAIN.fullmatch(domain) is not None
    )


def _parameters(text: str) -> dict[str, str]:
    parameters = {}
    for word in text.split():
        match = _PARAMETER.fullmatch(word)
        if match is None:
            raise ParameterError(word)
        name = match[1].upper()
        if name in parameters:
            raise ParameterError(word)
        parameters[name] = match[2] or ""
    return parameters

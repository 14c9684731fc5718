"""Addresses: mailboxes and address lists of RFC 5322 §3.4, with the sentences mail services refuse them by.

The refusals are worded and ordered as Amazon SES answers them (SES developer guide, and answers seen in public); a
mailbox as most callers write it is read by one regular expression, all else by a tokenizer over quotes, comments and
angle brackets.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from sestina.protocols.mail.errors import AddressError
from sestina.protocols.mail.words import decode_words, encode_words, refuse_breaks

__all__ = ["AddressError", "Mailbox", "format_mailbox", "parse_address", "parse_address_list", "split_addresses"]

MAX_LENGTH = 320

_MISSING_FINAL_DOMAIN = "Missing final '@domain'"
_UNCLOSED = {'"': "Missing '\"'", "(": "Missing ')'", "<": "Missing '>'", "[": "Missing ']'"}
_UNOPENED = {")": "Missing '('", ">": "Missing '<'", ";": "Illegal semicolon, not in group", ",": "Illegal address"}

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\-"
_LABEL = r"(?!-)[A-Za-z0-9\-]{1,63}(?<!-)"
_FAST_LENGTH = 150  # UTF-16 can double it and the limit still holds
_FAST = re.compile(
    r'((?:"([^"\\\x00-\x1f\x7f]*)" *|([A-Za-z0-9!#$%&\'*+/^_`{|}~\- ]*))<)?'
    rf"([{_ATEXT}]+(?:\.[{_ATEXT}]+)*)@({_LABEL}(?:\.{_LABEL})*)(?(1)>)"
)
_PLAIN_RUN = re.compile(r'[^"(<>,;:)\[\\]+')
_COMMAS = re.compile(r",[, \t]*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ROUTE = re.compile(r'<(?:[^>"\\]|"(?:[^"\\]|\\.)*"|\\.)*>', re.DOTALL)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[BbQq]\?[^?\s]*\?=")
_LOCAL_SPECIALS = frozenset('()<>,;:\\"[]')
_PHRASE_SPECIALS = frozenset('()<>@,;:\\".[]')
_DOMAIN_TEXT = re.compile(r"[A-Za-z0-9.\-]*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LITERAL = re.compile(r"\[[^\[\]\\\s]*\]")


class Mailbox(Struct, frozen=True, kw_only=True):
    """One address with the name shown for it; `text` is what it was read from, without blanks around."""

    display_name: str = ""
    local_part: str
    domain: str
    text: str

    @property
    def address(self) -> str:
        """The addr-spec: local part as written, quotes included, and domain."""
        return f"{self.local_part}@{self.domain}"


def parse_address(text: str) -> Mailbox:
    """The one mailbox in a text, or AddressError with the sentence to answer."""
    if len(text) <= _FAST_LENGTH and (match := _FAST.fullmatch(text)) is not None:
        _, quoted, plain, local, domain = match.groups()
        name = quoted or (plain.strip() if plain else "")
        return Mailbox(display_name=decode_words(name), local_part=local, domain=domain, text=text)
    return _parse_slowly(text.strip())


def parse_address_list(text: str) -> list[Mailbox]:
    """All mailboxes of a field body; groups give their members (RFC 5322 §3.4), empty elements nothing."""
    return [parse_address(element) for element in _split(text, strict=True)]


def split_addresses(text: str) -> list[str]:
    """The elements of an address list as written, whether or not they are addresses: never refuses."""
    return _split(text, strict=False)


def format_mailbox(mailbox: Mailbox) -> str:
    """The mailbox as a header field carries it: ASCII, the name as atoms, quoted, or in encoded words."""
    name = mailbox.display_name
    refuse_breaks(name)
    refuse_breaks(mailbox.address)
    if not name:
        return mailbox.address
    if not (name.isascii() and name.isprintable()) or "=?" in name:
        return f"{encode_words(name)} <{mailbox.address}>"
    if _PHRASE_SPECIALS.isdisjoint(name) and name == name.strip():
        return f"{name} <{mailbox.address}>"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}" <{mailbox.address}>'


def _parse_slowly(text: str) -> Mailbox:
    phrase, comment, spec = _dissect(text)
    local, domain = _split_spec(spec, text)
    _check_local(local, spec)
    _check_domain(domain)
    if "\r" in text or "\n" in text:
        raise AddressError(f"Invalid email address {text}.")
    for word in _QUOTED.sub("", phrase).split():
        if word.startswith("=?") and not _ENCODED_WORD.match(word):
            raise AddressError("Expected '=', got 'null'")
    _check_length(phrase, spec)
    name = _QUOTED.sub(_unquote, phrase) if phrase else comment
    return Mailbox(display_name=decode_words(name), local_part=local, domain=domain, text=text)


def _dissect(text: str) -> tuple[str, str, str]:
    """The phrase as written, the last comment, and the addr-spec."""
    before: list[str] = []
    comment = ""
    route: str | None = None
    for kind, start, end in _tokens(text):
        if kind == "(":
            comment = _ESCAPE.sub(r"\1", text[start + 1 : end - 1]).strip()
        elif kind == "<":
            if route is not None:
                raise AddressError("Extra route-addr")
            route = text[start + 1 : end - 1].strip()
        elif kind in _UNOPENED:
            raise AddressError(_UNOPENED[kind])
        elif route is not None and text[start:end].strip():
            raise AddressError("Illegal address")
        else:
            before.append(text[start:end])
    outside = "".join(before).strip()
    if route is not None and ":" in before:  # a phrase cannot hold it, and a single address is no group
        raise AddressError("Local address contains illegal character")
    return ("", comment, outside) if route is None else (outside, comment, route)


def _split_spec(spec: str, text: str) -> tuple[str, str]:
    """Local part and domain, parted at the first `@` outside quotes."""
    at = 0
    if spec.startswith('"') and (quoted := _QUOTED.match(spec)) is not None:
        at = quoted.end()
        if "\r" in quoted[0] or "\n" in quoted[0]:
            raise AddressError(f"Invalid email address {text}.")
        if "@" in quoted[0]:  # seen of SES: it looks for the domain after the first `@` whatever the quotes
            raise AddressError("Missing domain")
    for index in range(at, len(spec)):
        char = spec[index]
        if char == "@":
            return spec[:index], spec[index + 1 :]
        if char <= " " or char == "\x7f":
            raise AddressError("Local address contains control or whitespace")
        if char in _LOCAL_SPECIALS or at:
            raise AddressError("Local address contains illegal character")
    raise AddressError(_MISSING_FINAL_DOMAIN)


def _check_local(local: str, spec: str) -> None:
    if not local:
        raise AddressError("Missing local name")
    if not local.isascii():  # no SMTPUTF8 (RFC 6531): a local part has seven bits
        raise AddressError(f"Address contains illegal characters in user name: '<{spec}>'.")
    if local.startswith('"'):
        return
    if local.startswith("."):
        raise AddressError("Local address starts with dot")
    if ".." in local:
        raise AddressError("Local address contains dot-dot")
    if local.endswith("."):
        raise AddressError("Local address ends with dot")


def _check_domain(domain: str) -> None:
    if not domain:
        raise AddressError("Missing domain")
    if any(char <= " " or char == "\x7f" for char in domain):
        raise AddressError("Domain contains control or whitespace")
    if domain.startswith("."):
        raise AddressError("Domain starts with dot")
    if domain.isascii() and _LITERAL.fullmatch(domain):
        return
    if not domain.isascii():  # an internationalised name has to come as Punycode (RFC 5890)
        raise AddressError("Invalid domain name")
    if not _DOMAIN_TEXT.fullmatch(domain):
        raise AddressError("Domain contains illegal character")
    if domain.endswith("."):
        raise AddressError("Missing domain")
    if ".." in domain:
        raise AddressError("Domain contains dot-dot")
    if len(domain) > 255 or not _DOMAIN.fullmatch(domain):
        raise AddressError("Invalid domain name")


def _check_length(phrase: str, spec: str) -> None:
    """SES counts UTF-16 units of name and address, the name quoted only where it must be."""
    whole = spec
    if phrase:
        name = phrase[1:-1] if len(phrase) > 1 and phrase[0] == phrase[-1] == '"' else phrase
        plain = name.isascii() and name.isprintable() and _PHRASE_SPECIALS.isdisjoint(name)
        whole = f"{name} <{spec}>" if plain else f'"{name}" <{spec}>'
    if len(whole.encode("utf-16-le", "surrogatepass")) // 2 > MAX_LENGTH:
        raise AddressError(f"Address length is more than {MAX_LENGTH} characters long: '{whole}'.")


def _tokens(text: str, *, strict: bool = True) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end): the kind is the character a token begins with, or empty for a run of others."""
    at = 0
    while at < len(text):
        kind = text[at]
        end: int | None = at + 1
        if kind in _UNCLOSED:
            end = _closing(kind, text, at)
        elif (run := _COMMAS.match(text, at)) is not None:
            end = run.end()
        elif (run := _PLAIN_RUN.match(text, at)) is not None:
            kind, end = "", run.end()
        if end is None:
            if strict:
                in_quote = kind == "<" and _QUOTED.sub("", text[at:]).count('"') % 2
                raise AddressError(_UNCLOSED['"' if in_quote else kind])
            kind, end = "", len(text)
        yield kind, at, end
        at = end


def _closing(kind: str, text: str, at: int) -> int | None:
    """Where the thing opened at `at` ends, or None if it does not."""
    if kind == "[":
        return text.find("]", at) + 1 or None
    if kind != "(":
        match = (_QUOTED if kind == '"' else _ROUTE).match(text, at)
        return match.end() if match else None
    depth = 0
    for mark in _COMMENT_MARK.finditer(text, at):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    return None


def _split(text: str, *, strict: bool) -> list[str]:
    """The elements between commas; `name: a, b;` gives a and b, a colon without its semicolon is left alone."""
    elements: list[str] = []
    last_semicolon = text.rfind(";")
    begin = 0
    in_group = False
    for kind, start, end in _tokens(text, strict=strict):
        if kind == ":" and not in_group and start < last_semicolon:
            in_group, begin = True, end
        elif kind in (",", ";"):
            if kind == ";" and not in_group and strict:
                raise AddressError(_UNOPENED[";"])
            in_group = in_group and kind == ","
            elements.append(text[begin:start])
            begin = end
    elements.append(text[begin:])
    return [element for part in elements if (element := part.strip())]


def _unquote(match: re.Match[str]) -> str:
    return _ESCAPE.sub(r"\1", match[0][1:-1])

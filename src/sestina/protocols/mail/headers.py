"""Headers: the header section of a message found, read and rewritten by hand, every other octet left alone.

`scan_headers` looks no further than the blank line, so its cost does not grow with the message.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct

from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.words import decode_words, encode_unstructured, encode_words, is_plain, refuse_breaks

__all__ = [
    "SINGLETONS",
    "HeaderBlock",
    "HeaderField",
    "MailError",
    "decode_words",
    "duplicate_singleton",
    "encode_unstructured",
    "fold",
    "has_long_word",
    "rewrite",
    "scan_headers",
    "scan_part",
    "unfold",
    "write_field",
]

EMPTY_NAME = "Empty header names are illegal."
TOO_LONG = "Header section too long."

_LINE_BREAK = re.compile(r"\n(?![ \t])")
_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322 §2.2
# What a fold leaves whole: a word, and a short quoted string, which not every reader unfolds.
_TOKEN = re.compile(r'[ \t]*(?:"[^"\\]{0,60}"|[^ \t])+(?:[ \t]+$)?|[ \t]+')
_LINE = 78  # RFC 5322 §2.1.1, the line break not counted
_LINE_WITH_WORDS = 76  # RFC 2047 §2
_HARD_LINE = 998

_NAMES_KEPT = 2_048
_LONGEST_NAME_KEPT = 64
_LOWER_NAMES: dict[str, str] = {}
"""Names met before, lower-case: most mail uses the same forty."""

SINGLETONS: Final[Mapping[str, str]] = {
    name.lower(): name
    for name in (
        "Accept-Language", "acceptLanguage", "Archived-At", "Auto-Submitted", "Bounces-to", "Comments",
        "Content-Alternative", "Content-Base", "Content-Class", "Content-Description", "Content-Disposition",
        "Content-Duration", "Content-ID", "Content-Language", "Content-Length", "Content-Location", "Content-MD5",
        "Content-Transfer-Encoding", "Content-Type", "Date", "Delivered-To", "Disposition-Notification-Options",
        "Disposition-Notification-To", "DKIM-Signature", "DomainKey-Signature", "Errors-To", "From", "Importance",
        "In-Reply-To", "Keywords", "List-Archive", "List-Help", "List-Id", "List-Owner", "List-Post",
        "List-Subscribe", "List-Unsubscribe", "Message-Context", "Message-ID", "MIME-Version", "Organization",
        "Original-From", "Original-Message-ID", "Original-Recipient", "Original-Subject", "Precedence", "Priority",
        "References", "Reply-To", "Return-Path", "Return-Receipt-To", "Sender", "Solicitation", "Sensitivity",
        "Subject", "Thread-Index", "Thread-Topic", "User-Agent", "VBR-Info",
    )
}  # fmt: skip
"""Fields that may occur once (SES developer guide, "Amazon SES header fields"), by lower-case name."""


class HeaderField(Struct, frozen=True):
    """A header field as read: the value is unfolded, encoded words are left as they are."""

    name: str
    value: str


class HeaderBlock(Struct, frozen=True, kw_only=True):
    """Where the fields of a message stand in the very octets that were scanned; values are read when asked for."""

    names: list[str]
    """Lower-case names in order; empty for a line that belongs to the section but is no field."""
    lines: list[str]
    """The fields as they stand, continuation lines included, one character an octet."""
    start: int
    end: int
    """Where the last header line ends and new fields go."""
    body: int
    """Where the body begins; equal to `end` if no blank line stands between."""

    def get(self, name: str) -> str | None:
        """The value of the first field of that name, in any case."""
        name = name.lower()
        return _value(self.lines[self.names.index(name)]) if name in self.names else None

    def all(self, name: str) -> list[str]:
        """The values of every field of that name, in order."""
        name = name.lower()
        return [_value(line) for found, line in zip(self.names, self.lines, strict=True) if found == name]

    @property
    def fields(self) -> list[HeaderField]:
        """Every field in order."""
        pairs = zip(self.names, self.lines, strict=True)
        return [HeaderField(line.partition(":")[0].rstrip(" \t"), _value(line)) for name, line in pairs if name]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Start and end of each line of `lines` in the message, line break included."""
        found: list[tuple[int, int]] = []
        at = self.start
        for line in self.lines:
            stop = min(at + len(line) + 1, self.end)
            found.append((at, stop))
            at = stop
        return found


def scan_headers(raw: bytes, limit: int) -> HeaderBlock:
    """The header section of a message; refuses empty field names and sections of more than `limit` octets."""
    end, body = _section(raw, 0, len(raw), limit)
    if end < 0:
        raise MailError(TOO_LONG)
    return _scan(raw, 0, end, body, strict=True)


def scan_part(raw: bytes, start: int, stop: int, limit: int) -> HeaderBlock:
    """The header section of a received part of `raw`: what no header can be is taken for the body, never refused."""
    end, body = _section(raw, start, stop, limit)
    return _scan(raw, start, start, start, strict=False) if end < 0 else _scan(raw, start, end, body, strict=False)


def rewrite(
    raw: bytes,
    block: HeaderBlock,
    *,
    remove: Collection[str] = (),
    replace: Mapping[str, tuple[str, str]] | None = None,
    append: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The message with fields removed, replaced in place or appended; every other octet stays.

    Names in `remove` and the keys of `replace` are lower-case. A replacement stands where the first field of its
    name stood, or at the end of the header section if there was none, before the appended fields.
    """
    pending = dict(replace or {})
    newline = _newline(raw, block)
    pieces: list[bytes] = []
    at = 0
    for name, (start, stop) in zip(block.names, block.spans, strict=True):
        replaced = replace is not None and name in replace
        if not replaced and name not in remove:
            continue
        pieces.append(raw[at:start])
        if name in pending:
            pieces.append(_line(pending.pop(name), newline))
        at = stop
    pieces.append(raw[at : block.end])
    added = [_line(field, newline) for field in (*pending.values(), *append)]
    if added:
        if at < block.end and raw[block.end - 1] != 0x0A:
            pieces.append(newline)
        pieces.extend(added)
        if block.body == block.end < len(raw):
            pieces.append(newline)  # there was no header section: its end has to be marked now
    pieces.append(raw[block.end :])
    return b"".join(pieces)


def duplicate_singleton(block: HeaderBlock) -> str | None:
    """The first field found to stand twice that may not, spelt as the table spells it."""
    if len(set(block.names)) == len(block.names):
        return None
    seen: set[str] = set()
    for name in block.names:
        if name in seen and name in SINGLETONS:
            return SINGLETONS[name]
        seen.add(name)
    return None


def fold(name: str, value: str) -> str:
    """`Name: value` in lines of 78 characters where blanks allow it (76 with encoded words), without a final CRLF.

    The value has to be ASCII already; `encode_unstructured` makes it so. A value whose first line would be too long
    is never begun on a line of its own, for a line of nothing but blanks ends the header section for some readers.
    """
    check_name(name)
    refuse_breaks(value)
    if len(name) + 2 + len(value) <= _LINE_WITH_WORDS and is_plain(value):
        return f"{name}: {value}"
    if not is_plain(value):
        raise MailError(f"Header '{name}' contains control or non-ASCII characters.")
    limit = _LINE_WITH_WORDS if "=?" in value else _LINE
    lines: list[str] = []
    line = f"{name}:"
    filled = False  # a line needs something other than blanks before it may be broken
    for token in _TOKEN.findall(f" {value}"):
        if filled and len(line) + len(token) > limit and token[0] == " ":
            lines.append(line)
            line = ""
        line += token
        filled = True
    lines.append(line)
    if any(len(line) > _HARD_LINE for line in lines):
        raise MailError(f"Header '{name}' has a line longer than {_HARD_LINE} octets.")
    return "\r\n".join(lines)


def write_field(name: str, value: str) -> str:
    """The field for any text: folded, and in encoded words where it could not travel as it is."""
    column = len(name) + 2
    if has_long_word(name, value):
        return fold(name, encode_words(value, column=column))
    return fold(name, encode_unstructured(value, column=column))


def has_long_word(name: str, value: str) -> bool:
    """Whether something in the value is too long for a line and has no blank to fold at."""
    room = _HARD_LINE - len(name) - 2
    return len(value) > room and any(len(word) > room for word in value.split())


def check_name(name: str) -> None:
    """Field names are printable ASCII without colon (RFC 5322 §2.2)."""
    if not name:
        raise MailError(EMPTY_NAME)
    if not _NAME.fullmatch(name):
        refuse_breaks(name)
        raise MailError(f"Invalid header name {name!r}.")


def unfold(value: str) -> str:
    """A field body on one line: a line break goes, the blank after it stays (RFC 5322 §2.2.3), a tab becomes one."""
    value = value.strip(" \t\r\n")
    if "\n" in value:
        value = _FOLD.sub(" ", value)
    return value.replace("\r", " ") if "\r" in value else value


def _section(raw: bytes, start: int, stop: int, limit: int) -> tuple[int, int]:
    """Where the header lines end and where the body begins; -1 if that is farther than `limit`."""
    if raw.startswith((b"\r\n", b"\n"), start, stop):
        return start, start + (2 if raw[start] == 0x0D else 1)
    horizon = min(stop, start + limit + 2)
    crlf = raw.find(b"\n\r\n", start, horizon)
    plain = raw.find(b"\n\n", start, crlf + 1 if crlf >= 0 else horizon)
    if plain >= 0:
        end, body = plain + 1, plain + 2
    elif crlf >= 0:
        end, body = crlf + 1, crlf + 3
    else:
        end = body = stop
    return (end, body) if end - start <= limit else (-1, -1)


def _scan(raw: bytes, start: int, end: int, body: int, *, strict: bool) -> HeaderBlock:
    text = raw[start:end].decode("latin-1")  # one character an octet, so lengths are offsets
    lines = _LINE_BREAK.split(text) if "\n " in text or "\n\t" in text else text.split("\n")
    if not lines[-1]:
        lines.pop()
    names: list[str] = []
    for line in lines:
        name, colon, _ = line.partition(":")
        lower = _LOWER_NAMES.get(name) if colon else None
        if lower is None:
            lower = _name_of(line, name if colon else None, is_first=not names)
            if lower is None:  # the body begins here, without a blank line
                at = start + sum(map(len, lines[: len(names)])) + len(names)
                return HeaderBlock(names=names, lines=lines[: len(names)], start=start, end=at, body=at)
            if not lower and line.startswith(":") and strict:
                raise MailError(EMPTY_NAME)
        names.append(lower)
    return HeaderBlock(names=names, lines=lines, start=start, end=end, body=body)


def _name_of(line: str, name: str | None, *, is_first: bool) -> str | None:
    """The lower-case name a line bears, empty if it is to be passed over, None if it is no header line."""
    if name is not None:
        bare = name.rstrip(" \t")  # RFC 5322 §4.5.8 lets blanks stand before the colon
        if _NAME.fullmatch(bare):
            if len(name) <= _LONGEST_NAME_KEPT and len(_LOWER_NAMES) < _NAMES_KEPT:
                _LOWER_NAMES[name] = bare.lower()
            return bare.lower()
        if not name:
            return ""
    return "" if is_first and line.startswith("From ") else None  # the mark of an mbox


def _value(line: str) -> str:
    value = line.partition(":")[2]
    return unfold(value if value.isascii() else _readable(value))


def _readable(value: str) -> str:
    """Eight-bit text in a header is UTF-8 if it can be (RFC 6532), Latin-1 otherwise."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def _newline(raw: bytes, block: HeaderBlock) -> bytes:
    """The line break the message itself uses in its first header line."""
    at = raw.find(b"\n", 0, max(block.body, 2))
    return b"\n" if at >= 0 and raw[at - 1 : at] != b"\r" else b"\r\n"


def _line(field: tuple[str, str], newline: bytes) -> bytes:
    return write_field(*field).encode("ascii").replace(b"\r\n", newline) + newline

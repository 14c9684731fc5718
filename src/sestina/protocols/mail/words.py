"""Words: non-ASCII text in header fields as encoded words, written and read (RFC 2047)."""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp, b2a_base64

from sestina.protocols.mail.charsets import find_charset
from sestina.protocols.mail.errors import MailError

INJECTION = "Header names and values must not contain CR or LF."

_WORD_LENGTH = 75  # RFC 2047 §2
_WRAPPING = len("=?UTF-8?Q??=")
_WORD = re.compile(r"=\?([^?\s]{1,80})\?([BbQq])\?([^?\r\n]*)\?=")
_BREAKS = re.compile(r"[\r\n]+")

# RFC 2047 §5 (3): the characters a Q word may hold as they are, in a phrase and so anywhere.
_Q_BYTES = tuple(
    "_"
    if byte == 0x20
    else chr(byte)
    if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "!*+-/")
    else f"={byte:02X}"
    for byte in range(256)
)


def encode_unstructured(text: str, *, column: int = 0) -> str:
    """The text itself if header fields can carry it, else UTF-8 encoded words separated by single blanks.

    `column` is what already stands on the line, so that the first word fits beside the field name. Text that is
    printable ASCII is never touched: a caller may hand in words encoded already.
    """
    if text.isascii() and (text.isprintable() or is_plain(text)):
        return text
    return encode_words(text, column=column)


def encode_words(text: str, *, column: int = 0) -> str:
    """The text as UTF-8 encoded words of at most 75 characters, whatever it holds."""
    refuse_breaks(text)
    return " ".join(_words(text, column))


def decode_words(text: str) -> str:
    """The text with its encoded words read; what cannot be read stays as it is, and line breaks become blanks."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    held, charset = b"", ""
    at = 0
    for match in _WORD.finditer(text):
        decoded = _decode(match[2], match[3])
        between = text[at : match.start()]
        name = match[1].partition("*")[0].lower()  # RFC 2231 §5: a language may follow the charset
        if decoded is None or find_charset(name) is None:
            continue
        if charset and not between.strip(" \t\r\n"):
            if name != charset:
                pieces.append(held.decode(charset, "replace"))
                held = b""
        else:
            if charset:
                pieces.append(held.decode(charset, "replace"))
            pieces.append(between)
            held = b""
        held, charset, at = held + decoded, name, match.end()
    if charset:
        pieces.append(held.decode(charset, "replace"))
    return _BREAKS.sub(" ", "".join((*pieces, text[at:])))


def refuse_breaks(text: str) -> None:
    """A CR or LF in a header field would begin another one (header injection)."""
    if "\r" in text or "\n" in text:
        raise MailError(INJECTION)


def is_plain(text: str) -> bool:
    """Printable ASCII and tabs: what a field body may hold without encoding (RFC 5322 §2.2)."""
    return text.isascii() and text.replace("\t", " ").isprintable()


def _words(text: str, column: int) -> list[str]:
    data = [char.encode("utf-8", "replace") for char in text]
    in_q = sum(1 for char in text if char.isascii()) * 2 >= len(text)
    kind = "Q" if in_q else "B"
    budget = max(_WORD_LENGTH - column, 24) - _WRAPPING
    words: list[str] = []
    chunk: list[bytes] = []
    used = 0
    for char in data:
        cost = sum(len(_Q_BYTES[byte]) for byte in char) if in_q else len(char)
        if chunk and (used + cost if in_q else (used + cost + 2) // 3 * 4) > budget:
            words.append(_word(kind, b"".join(chunk)))
            chunk, used, budget = [], 0, _WORD_LENGTH - _WRAPPING
        chunk.append(char)
        used += cost
    return [*words, _word(kind, b"".join(chunk))]


def _word(kind: str, data: bytes) -> str:
    body = (
        "".join([_Q_BYTES[byte] for byte in data]) if kind == "Q" else b2a_base64(data, newline=False).decode("ascii")
    )
    return f"=?UTF-8?{kind}?{body}?="


def _decode(kind: str, body: str) -> bytes | None:
    try:
        data = body.encode("ascii")
        if kind in "Qq":
            return a2b_qp(data, header=True)
        return a2b_base64(data + b"=" * (-len(data) % 4))
    except (UnicodeEncodeError, Base64Error):
        return None

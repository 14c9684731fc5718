"""Charsets: which names of character sets we write and read, and how leniently."""

import codecs
import re
from functools import lru_cache
from typing import Final

from sestina.protocols.mail.errors import MailError

PLAIN: Final = frozenset({"utf-8", "ascii", "iso8859-1"})
"""Codecs that read back whatever they have written."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}")
_NOT_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"})


@lru_cache(maxsize=64)
def find_charset(name: str) -> str | None:
    """The name of Python's codec for a charset, or None if it is not a character set we know."""
    if not _NAME.fullmatch(name):
        return None
    try:
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    is_text = getattr(codec, "_is_text_encoding", True)  # not a promise of the library, hence the default
    return codec.name if is_text and codec.name.replace("-", "_") not in _NOT_CHARSETS else None


def encode_text(text: str, charset: str) -> tuple[bytes, str]:
    """The text in the named charset and the charset used: UTF-8 where the named one cannot hold the text.

    Nothing a sender wrote is lost that way; the Content-Type says what was used.
    """
    codec = find_charset(charset)
    if codec is None:
        raise MailError(f"Unsupported charset: {charset!r}.")
    try:
        octets = text.encode(codec)
        if codec in PLAIN or octets.decode(codec) == text:  # an escape in the text means something to ISO-2022-JP
            return octets, charset
    except UnicodeError:
        pass
    return text.encode("utf-8", "replace"), "UTF-8"


def decode_text(data: bytes, charset: str | None) -> str:
    """The text of received octets, whatever they are: the named charset, else UTF-8, else Latin-1."""
    codec = find_charset(charset) if charset else None
    if codec is not None and codec != "ascii":
        return data.decode(codec, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1") if codec is None else data.decode("utf-8", "replace")

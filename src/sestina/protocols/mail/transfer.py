"""Transfer: content as mail can carry it, and back (RFC 2045 §6)."""

from binascii import a2b_base64, a2b_qp, b2a_base64, b2a_qp
from typing import Final

SEVEN_BIT: Final = "7bit"
QUOTED_PRINTABLE: Final = "quoted-printable"
BASE64: Final = "base64"

LONGEST_LINE = 998  # RFC 5322 §2.1.1
_ASCII = bytes(range(128))
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


def normal_lines(text: str) -> str:
    """The text with CRLF at the end of every line, whatever stood there (RFC 2046 §4.1.1)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\n", "\r\n") if "\n" in text else text


def as_transmitted(raw: bytes) -> bytes:
    """A message as SMTP can carry it: every line, the last one too, ends with CR LF (RFC 5321 §2.3.8)."""
    if not raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r"):
        # Three passes over the octets take a thirtieth of the time of one regular expression.
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def fits_seven_bit(data: bytes) -> bool:
    """Seven bits, no NUL, CR and LF only together, no line beyond 998 octets (RFC 2045 §2.7)."""
    if not data.isascii() or b"\0" in data:
        return False
    if (breaks := data.count(b"\r\n")) != data.count(b"\n") or breaks != data.count(b"\r"):
        return False
    return len(data) <= LONGEST_LINE or max(map(len, data.split(b"\r\n"))) <= LONGEST_LINE


def encode_text_octets(data: bytes) -> tuple[str, bytes]:
    """The encoding that suits text with CRLF lines and the text in it."""
    if fits_seven_bit(data):
        return SEVEN_BIT, data
    if data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r") and _is_mostly_ascii(data):
        return QUOTED_PRINTABLE, to_quoted_printable(data)
    return BASE64, to_base64(data)


def to_quoted_printable(data: bytes) -> bytes:
    """Text with CRLF lines as quoted-printable, lines of at most 76 characters."""
    return b2a_qp(data.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def octets_to_quoted_printable(data: bytes) -> bytes:
    """Any octets as quoted-printable, exactly: line breaks are octets like others (RFC 2045 §6.7)."""
    return b2a_qp(data, istext=False).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def to_base64(data: bytes) -> bytes:
    """Base64 in lines of 76 characters, without a final CRLF."""
    encoded = b2a_base64(data, newline=False)
    return b"\r\n".join([encoded[at : at + 76] for at in range(0, len(encoded), 76)])


def decode_transfer(data: bytes, encoding: str) -> bytes:
    """The octets a received part stands for; what is not encoded as it says is read as far as it goes."""
    if encoding == QUOTED_PRINTABLE:
        return a2b_qp(data)
    if encoding != BASE64:
        return data
    clean = data.translate(None, _NOT_BASE64).partition(b"=")[0]  # padding ends it
    if len(clean) % 4 == 1:  # six bits say nothing
        clean = clean[:-1]
    return a2b_base64(clean + b"=" * (-len(clean) % 4))


def _is_mostly_ascii(data: bytes) -> bool:
    return len(data.translate(None, _ASCII)) * 2 <= len(data)

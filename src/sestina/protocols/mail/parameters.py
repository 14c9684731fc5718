"""Parameters: the `; name=value` tails of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2231)."""

import re

from sestina.protocols.mail.charsets import decode_text
from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.words import decode_words, is_plain, refuse_breaks

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`{|}~0-9A-Za-z]+")
_PARAMETER = re.compile(r';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;]*)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SECTION = re.compile(r"(.+?)\*(\d{1,4})?(\*)?")
LONGEST_QUOTED = 200
_ESCAPED_OCTET = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN_OCTETS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`{|}~"  # RFC 2231 §7
_EXTENDED_OCTETS = tuple(chr(octet) if octet in _PLAIN_OCTETS else f"%{octet:02X}" for octet in range(256))
_LONGEST_READ = 65_536
_SECTION_LENGTH = 60  # with the name of the parameter a line stays below 78


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The value before the first semicolon in lower case, and the parameters by lower-case name; never refuses."""
    if len(value) > _LONGEST_READ:
        value = value[:_LONGEST_READ]
    main, semicolon, _ = value.partition(";")
    params: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[bool, str]]] = {}
    if semicolon:
        for name, text in _PARAMETER.findall(value, len(main)):
            _take(name.lower(), _bare(text), params, sections)
    for name, parts in sections.items():
        params[name] = _join(parts)  # RFC 2231 wins over a plain parameter of the same name
    return main.strip().lower(), params


def write_parameters(value: str, params: list[tuple[str, str]]) -> str:
    """The value with its parameters: quoted ASCII, or UTF-8 in sections of RFC 2231; blanks to fold at between."""
    pieces = [value]
    for name, text in params:
        refuse_breaks(text)
        if name == "charset":
            pieces.append(f"charset={text}")
        elif text.isascii() and text.isprintable() and len(text) < LONGEST_QUOTED:
            pieces.append(f'{name}="{_escape(text)}"')
        else:
            pieces.extend(_extended(name, text))
    return "; ".join(pieces)


def check_content_type(value: str) -> None:
    """`type/subtype` with whatever parameters, in ASCII, on one line."""
    refuse_breaks(value)
    main, _, sub = value.partition(";")[0].strip().partition("/")
    if not (is_plain(value) and _TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub)):
        raise MailError(f"Invalid content type {value!r}.")


def _take(name: str, text: str, params: dict[str, str], sections: dict[str, dict[int, tuple[bool, str]]]) -> None:
    if "*" in name and (match := _SECTION.fullmatch(name)) is not None:
        is_extended = match[3] is not None or match[2] is None
        sections.setdefault(match[1], {}).setdefault(int(match[2] or 0), (is_extended, text))
    else:
        params.setdefault(name, decode_words(text))


def _join(parts: dict[int, tuple[bool, str]]) -> str:
    charset: str | None = None
    data = b""
    for at, (number, (is_extended, text)) in enumerate(sorted(parts.items())):
        if number != at:
            break  # a section is missing; what follows it would be a lie
        if not at and is_extended and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += _unescape(text) if is_extended else text.encode("utf-8", "surrogatepass")
    return decode_text(data, charset).replace("\r", " ").replace("\n", " ")


def _unescape(text: str) -> bytes:
    return _ESCAPED_OCTET.sub(lambda match: bytes.fromhex(match[1].decode()), text.encode("utf-8", "surrogatepass"))


def _bare(text: str) -> str:
    if text.startswith('"') and text.endswith('"') and len(text) > 1:
        return _ESCAPE.sub(r"\1", text[1:-1]) if "\\" in text else text[1:-1]
    return text.strip(' \t"')


def _extended(name: str, text: str) -> list[str]:
    encoded = "UTF-8''" + "".join([_EXTENDED_OCTETS[octet] for octet in text.encode("utf-8", "replace")])
    if len(encoded) <= _SECTION_LENGTH:
        return [f"{name}*={encoded}"]
    sections: list[str] = []
    while encoded:
        cut = _SECTION_LENGTH
        if "%" in encoded[cut - 2 : cut]:  # not inside an escape
            cut = encoded.rindex("%", cut - 2, cut)
        sections.append(f"{name}*{len(sections)}*={encoded[:cut]}")
        encoded = encoded[cut:]
    return sections


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')

"""Compose: a message written from its parts, by hand, with the structure JavaMail gives it (RFC 2045, 2046, 2387).

text | html            one part
text and html          multipart/alternative, text first
files                  multipart/mixed around the above
inline files with id   multipart/related around the html
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal
from zlib import crc32

from msgspec import Struct

from sestina.protocols.mail.addresses import format_mailbox, parse_address_list
from sestina.protocols.mail.charsets import encode_text
from sestina.protocols.mail.content_types import (
    REFUSED_EXTENSIONS,
    guess_content_type,
    refused_attachment,
)
from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.headers import check_name, fold, has_long_word, write_field
from sestina.protocols.mail.parameters import LONGEST_QUOTED, check_content_type, parse_parameters, write_parameters
from sestina.protocols.mail.transfer import (
    BASE64,
    LONGEST_LINE,
    QUOTED_PRINTABLE,
    SEVEN_BIT,
    encode_text_octets,
    fits_seven_bit,
    normal_lines,
    octets_to_quoted_printable,
    to_base64,
)
from sestina.protocols.mail.words import encode_words, is_plain

__all__ = ["REFUSED_EXTENSIONS", "Attachment", "Body", "compose", "refused_attachment"]

_SHORT = 74  # name and value that with ": " stay within 76 need neither folding nor measuring
_SEED = re.compile(r"[0-9A-Za-z_.]{1,40}")
_BOUNDARY = "----=_Part_"
_ADDRESS_FIELDS = frozenset({"from", "sender", "to", "cc", "bcc", "reply-to", "return-path"})
_COMMON_NAMES = frozenset({"From", "To", "Cc", "Reply-To", "Subject", "Message-ID", "Date", "Feedback-ID"})
_UTF_8 = frozenset({"UTF-8", "utf-8"})
_CONTENT_ID = re.compile(r"[!-;=?-~]+")


class Body(Struct, frozen=True, gc=False):
    """A text in the charset it is to travel in; UTF-8 takes over where that charset cannot hold it."""

    data: str
    charset: str = "UTF-8"


class Attachment(Struct, frozen=True, kw_only=True):
    """A file to send along; without content type its name decides, without transfer encoding its type."""

    file_name: str
    content: bytes
    content_type: str | None = None
    disposition: Literal["ATTACHMENT", "INLINE"] = "ATTACHMENT"
    transfer_encoding: Literal["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT"] | None = None
    content_id: str | None = None
    description: str | None = None


class _Leaf(Struct, frozen=True, gc=False):
    head: str
    body: bytes


class _Branch(Struct, frozen=True):
    subtype: str
    children: "list[_Leaf | _Branch]"


def compose(
    *,
    headers: Sequence[tuple[str, str]],
    text: Body | None,
    html: Body | None,
    attachments: Sequence[Attachment] = (),
    boundary_seed: str,
    trailing: Sequence[tuple[str, str]] = (),
    finished: str = "",
) -> bytes:
    """The message: headers in the order given, MIME fields, trailing headers, content; CRLF line ends throughout.

    `finished` are header lines of the caller's own making that go last as they stand, each with its line end.
    `boundary_seed` ends every boundary: as it is when made of digits, letters, dots and underscores (`7.1700000000000`
    gives JavaMail's form), as digits made from it otherwise. Two messages may share a seed.
    """
    root = _tree(text, html, attachments)
    lines = [_field(name, value) for name, value in headers]
    lines.append("MIME-Version: 1.0\r\n")
    pieces: list[bytes] = []
    if isinstance(root, _Leaf):
        lines.append(root.head)
        pieces.append(root.body)
    else:
        lines.append(_write(root, _Boundaries(boundary_seed, root), pieces))
    lines.extend([_field(name, value) for name, value in trailing])
    lines.append(finished)
    lines.append("\r\n")
    return b"".join(("".join(lines).encode("ascii"), *pieces))


def _tree(text: Body | None, html: Body | None, attachments: Sequence[Attachment]) -> _Leaf | _Branch:
    bodies: list[_Leaf | _Branch] = []
    files = attachments
    if text is not None:
        bodies.append(_text_part("plain", text))
    if html is not None:
        page: _Leaf | _Branch = _text_part("html", html)
        if attachments:
            related = [file for file in attachments if file.disposition == "INLINE" and file.content_id]
            files = [file for file in attachments if not (file.disposition == "INLINE" and file.content_id)]
            if related:
                page = _Branch("related", [page, *map(_file_part, related)])
        bodies.append(page)
    if not bodies and not files:
        return _text_part("plain", Body(""))
    if len(bodies) == 2:
        bodies = [_Branch("alternative", bodies)]
    return _Branch("mixed", [*bodies, *map(_file_part, files)]) if files else bodies[0]


def _text_part(subtype: str, body: Body) -> _Leaf:
    data, charset = body.data, body.charset
    if data.isascii() and charset in _UTF_8 and len(data) <= LONGEST_LINE and "\r" not in data and "\0" not in data:
        return _Leaf(_text_head(subtype, charset, SEVEN_BIT), data.replace("\n", "\r\n").encode("ascii"))
    octets, used = encode_text(normal_lines(data), charset)
    encoding, encoded = encode_text_octets(octets)
    return _Leaf(_text_head(subtype, used, encoding), encoded)


@lru_cache(maxsize=64)
def _text_head(subtype: str, charset: str, encoding: str) -> str:
    kind = fold("Content-Type", write_parameters(f"text/{subtype}", [("charset", charset)]))
    return f"{kind}\r\nContent-Transfer-Encoding: {encoding}\r\n"


def _file_part(file: Attachment) -> _Leaf:
    content_type = file.content_type or guess_content_type(file.file_name)
    check_content_type(content_type)
    main, given = parse_parameters(content_type)
    encoding, encoded = _transfer(file, main)
    lines = [
        fold("Content-Type", content_type if "name" in given else _with_name(content_type, file.file_name)),
        f"Content-Transfer-Encoding: {encoding}",
        fold("Content-Disposition", write_parameters(file.disposition.lower(), [("filename", file.file_name)])),
    ]
    if file.content_id:
        content_id = file.content_id.removeprefix("<").removesuffix(">")
        if not _CONTENT_ID.fullmatch(content_id):
            raise MailError(f"Invalid content id {file.content_id!r}.")
        lines.append(fold("Content-ID", f"<{content_id}>"))
    if file.description:
        lines.append(write_field("Content-Description", file.description))
    return _Leaf("\r\n".join((*lines, "")), encoded)


def _with_name(content_type: str, name: str) -> str:
    """The name once more as parameter of the type, for readers that know no Content-Disposition."""
    if not (name.isascii() and name.isprintable() and len(name) < LONGEST_QUOTED):
        name = encode_words(name)
        if " " in name:  # more than one word cannot stand in quotes; the disposition has the name
            return content_type
    return write_parameters(content_type, [("name", name)])


def _transfer(file: Attachment, main: str) -> tuple[str, bytes]:
    content = file.content
    if file.transfer_encoding == "QUOTED_PRINTABLE":
        return QUOTED_PRINTABLE, octets_to_quoted_printable(content)
    if file.transfer_encoding == "SEVEN_BIT" and main.startswith("text/") and content.isascii():
        content = normal_lines(content.decode("ascii")).encode("ascii")
    may_stay = file.transfer_encoding == "SEVEN_BIT" or (
        file.transfer_encoding is None and main.startswith("message/")  # RFC 2046 §5.2.1 allows no other
    )
    if may_stay and fits_seven_bit(content):
        return SEVEN_BIT, content
    return BASE64, to_base64(content)  # also for content that said it had seven bits and has not


class _Boundaries:
    """Boundaries of one message, none of which occurs in its content."""

    def __init__(self, seed: str, root: _Branch) -> None:
        self._seed = seed if _SEED.fullmatch(seed) else f"{crc32(seed.encode('utf-8', 'replace'))}.{len(seed)}"
        self._number = 0
        self._content = [body for body in _bodies(root) if b"----=_Part_" in body]

    def next(self) -> str:
        while True:
            boundary = f"{_BOUNDARY}{self._number}_{self._seed}"
            self._number += 1
            if not self._content or not any(boundary.encode() in body for body in self._content):
                return boundary


def _bodies(branch: _Branch) -> list[bytes]:
    found: list[bytes] = []
    for child in branch.children:
        if isinstance(child, _Leaf):
            found.append(child.body)
        else:
            found.extend(_bodies(child))
    return found


def _write(branch: _Branch, boundaries: _Boundaries, pieces: list[bytes]) -> str:
    """Appends the content of a branch and returns its Content-Type field, folded as JavaMail folds it."""
    boundary = boundaries.next()
    for child in branch.children:
        if isinstance(child, _Leaf):
            pieces.append(f"--{boundary}\r\n{child.head}\r\n".encode("ascii"))
            pieces.append(child.body)
        else:
            inner: list[bytes] = []
            head = _write(child, boundaries, inner)
            pieces.append(f"--{boundary}\r\n{head}\r\n".encode("ascii"))
            pieces.extend(inner)
        pieces.append(b"\r\n")
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return f'Content-Type: multipart/{branch.subtype}; \r\n boundary="{boundary}"\r\n'


def _field(name: str, value: str) -> str:
    if name in _COMMON_NAMES:
        if value.isascii() and value.isprintable() and len(name) + len(value) <= _SHORT:
            return f"{name}: {value}\r\n"
    else:
        check_name(name)
    if name.lower() in _ADDRESS_FIELDS and (not is_plain(value) or has_long_word(name, value)):
        value = ", ".join(map(format_mailbox, parse_address_list(value)))
    return write_field(name, value) + "\r\n"

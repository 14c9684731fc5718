"""Parts: a received message as a tree of its parts, within bounds, and what people ask of it.

Nothing here refuses a message: what cannot be read is kept as it is, and where a bound is reached the rest stays one
opaque part, marked as such. Parts are offsets into the one message; their bodies are decoded when asked for.
"""

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from sestina.protocols.mail.charsets import decode_text
from sestina.protocols.mail.headers import HeaderBlock, scan_part
from sestina.protocols.mail.parameters import parse_parameters
from sestina.protocols.mail.transfer import decode_transfer
from sestina.protocols.mail.words import decode_words

_LONGEST_PADDING = 1_000  # blanks after a boundary that still make it one


class Limits(Struct, frozen=True, kw_only=True):
    """How much of a message is taken apart."""

    parts: int = 1_000
    depth: int = 50
    header_bytes: int = 262_144


class Part(Struct, frozen=True, kw_only=True, dict=True):
    """One part: its headers, what they say, its octets in the message, and its children if it is a multipart."""

    content_type: str
    params: dict[str, str]
    charset: str | None
    disposition: str | None
    file_name: str | None
    content_id: str | None
    headers: HeaderBlock
    children: tuple["Part", ...]
    is_cut: bool
    """Whether a bound was reached here and the content was left as it is."""
    transfer_encoding: str
    raw: bytes
    start: int
    stop: int

    @cached_property
    def body(self) -> bytes:
        """The content with its transfer encoding undone."""
        return decode_transfer(self.raw[self.start : self.stop], self.transfer_encoding)

    @property
    def text(self) -> str:
        """The content as text, in the charset it names or the likeliest."""
        return decode_text(self.body, self.charset)


class PartInfo(Struct, frozen=True, kw_only=True):
    """A line about an attachment; `index` finds it again by `part_at`."""

    index: int
    file_name: str | None
    content_type: str
    size: int
    content_id: str | None
    disposition: str | None


def parse(raw: bytes, limits: Limits | None = None) -> Part:
    """The tree of a message."""
    limits = limits or Limits()
    return _part(raw, 0, len(raw), limits, _Count(limits.parts), 0, "text/plain")


def text_body(part: Part) -> str | None:
    """The first plain text that is no attachment."""
    return _first(part, "text/plain")


def html_body(part: Part) -> str | None:
    """The first HTML that is no attachment."""
    return _first(part, "text/html")


def attachments(part: Part) -> list[PartInfo]:
    """Every leaf that is not one of the texts shown: named, marked as attachment, or no text at all."""
    shown = [leaf for kind in ("text/plain", "text/html") if (leaf := _find(part, kind)) is not None]
    return [
        PartInfo(
            index=index,
            file_name=leaf.file_name,
            content_type=leaf.content_type,
            size=len(leaf.body),
            content_id=leaf.content_id,
            disposition=leaf.disposition,
        )
        for index, leaf in enumerate(_leaves(part))
        if not any(leaf is one for one in shown) and (_is_file(leaf) or not leaf.content_type.startswith("text/"))
    ]


def file_names(part: Part) -> list[str]:
    """The names that leaves bear, from the front."""
    return [leaf.file_name for leaf in _leaves(part) if leaf.file_name is not None]


def part_at(part: Part, index: int) -> Part | None:
    """The leaf of that index, counted through the tree from the front."""
    return next((leaf for at, leaf in enumerate(_leaves(part)) if at == index), None)


class _Count:
    """How many parts may still be made."""

    def __init__(self, left: int) -> None:
        self.left = left


def _part(raw: bytes, start: int, stop: int, limits: Limits, count: _Count, depth: int, default: str) -> Part:
    headers = scan_part(raw, start, stop, limits.header_bytes)
    content_type, params = parse_parameters(headers.get("content-type") or default)
    if "/" not in content_type:
        content_type = "text/plain"  # RFC 2045 §5.2
    disposition, named = parse_parameters(headers.get("content-disposition") or "")
    children: tuple[Part, ...] = ()
    is_cut = False
    boundary = params.get("boundary", "").rstrip(" \t")
    if content_type.startswith("multipart/") and boundary:
        is_cut = depth >= limits.depth
        if not is_cut:
            children, is_cut = _children(raw, headers.body, stop, boundary, limits, count, depth, content_type)
    name = named.get("filename") or params.get("name")
    content_id = headers.get("content-id")
    return Part(
        content_type=content_type,
        params=params,
        charset=params.get("charset"),
        disposition=disposition or None,
        file_name=decode_words(name) if name else None,
        content_id=content_id.removeprefix("<").removesuffix(">") if content_id else None,
        headers=headers,
        children=children,
        is_cut=is_cut,
        transfer_encoding=(headers.get("content-transfer-encoding") or "").strip().lower(),
        raw=raw,
        start=headers.body,
        stop=stop,
    )


def _children(
    raw: bytes, start: int, stop: int, boundary: str, limits: Limits, count: _Count, depth: int, content_type: str
) -> tuple[tuple[Part, ...], bool]:
    """The parts between the boundaries; at the bound on parts the rest is one more, cut."""
    default = "message/rfc822" if content_type == "multipart/digest" else "text/plain"  # RFC 2046 §5.1.5
    children: list[Part] = []
    try:
        delimiter = b"--" + boundary.encode("latin-1")
    except UnicodeEncodeError:
        delimiter = b"--" + boundary.encode("utf-8", "surrogatepass")
    begin = -1
    for line_start, line_end, is_last in _delimiters(raw, start, stop, delimiter):
        if begin >= 0:
            children.append(_part(raw, begin, _before(raw, begin, line_start), limits, count, depth + 1, default))
        begin = line_end
        if is_last:
            return tuple(children), False
        if count.left <= 0:
            children.append(_opaque(raw, begin, stop))
            return tuple(children), True
        count.left -= 1
    if begin >= 0:  # the closing delimiter is missing: what is there is the last part
        children.append(_part(raw, begin, stop, limits, count, depth + 1, default))
    return tuple(children), False


def _delimiters(raw: bytes, start: int, stop: int, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """(start of line, start of the next, closing?) for each delimiter line (RFC 2046 §5.1.1)."""
    at = start if raw.startswith(delimiter, start, stop) else _next_line(raw, start, stop, delimiter)
    while at >= 0:
        after = at + len(delimiter)
        is_last = raw.startswith(b"--", after, stop)
        newline = raw.find(b"\n", after, min(stop, after + _LONGEST_PADDING))
        line_end = newline + 1 if newline >= 0 else stop
        if not raw[after + 2 * is_last : line_end].strip(b" \t\r\n"):
            yield at, line_end, is_last
        at = _next_line(raw, after, stop, delimiter)


def _next_line(raw: bytes, start: int, stop: int, prefix: bytes) -> int:
    """Where the next line that begins so begins, or -1."""
    found = raw.find(b"\n" + prefix, start, stop)
    return found + 1 if found >= 0 else -1


def _before(raw: bytes, begin: int, line_start: int) -> int:
    """The line break before a delimiter belongs to the delimiter."""
    end = line_start
    if end > begin and raw[end - 1] == 0x0A:
        end -= 1
        if end > begin and raw[end - 1] == 0x0D:
            end -= 1
    return end


def _opaque(raw: bytes, start: int, stop: int) -> Part:
    return Part(
        content_type="application/octet-stream",
        params={},
        charset=None,
        disposition=None,
        file_name=None,
        content_id=None,
        headers=HeaderBlock(names=[], lines=[], start=start, end=start, body=start),
        children=(),
        is_cut=True,
        transfer_encoding="",
        raw=raw,
        start=start,
        stop=stop,
    )


def _leaves(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaves(child)


def _find(part: Part, content_type: str) -> Part | None:
    return next((leaf for leaf in _leaves(part) if leaf.content_type == content_type and not _is_file(leaf)), None)


def _first(part: Part, content_type: str) -> str | None:
    leaf = _find(part, content_type)
    return leaf.text if leaf is not None else None


def _is_file(part: Part) -> bool:
    return part.disposition == "attachment" or part.file_name is not None

"""Sent: every message in the order it was sent, taken apart for the views that other emulators give of their mail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import cached_property
from typing import Final

import msgspec

from sestina.domain.messages import Message
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.routes import Visit
from sestina.listeners.inspection.views import plain_lines
from sestina.pipeline.sending.feedback import OPERATION as FEEDBACK
from sestina.protocols.mail.headers import scan_part
from sestina.protocols.mail.parts import Part, html_body, parse, text_body
from sestina.storage.mailbox import Found

SLICE: Final = 100
AT_ONCE: Final = 200  # messages that are answered in one piece; more are streamed
LARGEST_PIECE: Final = 1024 * 1024
HEADERS_READ: Final = 1024 * 1024


class Sent(msgspec.Struct, dict=True):
    """One message with its octets; texts are decoded when asked for."""

    found: Found
    raw: bytes | None

    @property
    def message(self) -> Message:
        """Its record."""
        return self.found.message

    @cached_property
    def root(self) -> Part | None:
        """Its tree of parts, None if it was never rendered."""
        return None if self.raw is None else parse(self.raw)

    @property
    def text(self) -> str | None:
        """The plain text."""
        return None if self.root is None else plain_lines(text_body(self.root))

    @property
    def html(self) -> str | None:
        """The HTML."""
        return None if self.root is None else plain_lines(html_body(self.root))

    @property
    def submitted(self) -> bytes:
        """What the sender of a raw message handed in, before our own header fields joined it."""
        assert self.raw is not None  # raw messages have their octets from the start
        body = self.raw[scan_part(self.raw, 0, len(self.raw), HEADERS_READ).body :]
        return self.message.submitted_header + body


async def in_order(visit: Visit, admits: Callable[[Message], bool], *, signed: bool = False) -> AsyncIterator[Sent]:
    """The messages that are admitted, oldest first; what SES itself wrote about them was sent by nobody.

    Their signatures are there if they are asked for: whoever shows no header fields can do without.
    """
    mailbox = visit.mailbox
    after = 0
    while True:
        slice_ = await mailbox.oldest(SLICE, after=after)
        for found in slice_:
            after = found.seq
            if found.message.operation != FEEDBACK and admits(found.message):
                yield Sent(found=found, raw=await (visit.octets(found) if signed else mailbox.raw(found.seq)))
        if len(slice_) < SLICE:
            return
        await asyncio.sleep(0)  # others may go on between two slices


async def json_list(before: bytes, items: AsyncIterator[Sent], view: Callable[[Sent], object], end: bytes) -> Answer:
    """A JSON document around a list that may be long: in one piece while it is short, else as a stream."""
    pieces = _pieces(before, items, view, end)
    begun = [await anext(pieces)]
    async for piece in pieces:
        return Answer(200, stream=_chained((*begun, piece), pieces))
    return Answer(200, begun[0])


async def _pieces(
    before: bytes, items: AsyncIterator[Sent], view: Callable[[Sent], object], end: bytes
) -> AsyncIterator[bytes]:
    """The document in pieces of many messages each."""
    written = bytearray(before)
    count = 0
    async for sent in items:
        if count and (count % AT_ONCE == 0 or len(written) > LARGEST_PIECE):
            yield bytes(written)
            written.clear()
        written += (b"," if count else b"") + msgspec.json.encode(view(sent))
        count += 1
    yield bytes(written) + end


async def _chained(begun: Iterable[bytes], pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for piece in begun:
        yield piece
    async for piece in pieces:
        yield piece

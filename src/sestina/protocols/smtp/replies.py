"""Replies: what a server says, ready for the wire (RFC 5321 §4.2)."""

import re
from typing import Final

from msgspec import Struct

LONGEST: Final = 4_096  # octets of one line; RFC 5321 §4.5.3.1.5 guarantees 512, clients in use read 8,192

_UNSENDABLE: Final = re.compile(r"[^\x20-\x7e]+")


class Reply(Struct, frozen=True):
    """A code and its lines as octets."""

    code: int
    wire: bytes

    @property
    def is_positive(self) -> bool:
        """Whether the server does what it was asked (2yz), or waits for more of it (3yz)."""
        return self.code < 400

    def __str__(self) -> str:
        return self.wire.decode("ascii").removesuffix("\r\n")


def reply(*lines: str) -> Reply:
    """A reply of one or more lines; the first begins with the code. What must not stand on the wire is taken out."""
    code = lines[0][:3]
    texts = [_UNSENDABLE.sub(" ", line)[:LONGEST] for line in (lines[0][4:], *lines[1:])]
    marks = ["-"] * (len(texts) - 1) + [" "]
    return Reply(
        int(code), "".join(f"{code}{mark}{text}\r\n" for mark, text in zip(marks, texts, strict=True)).encode()
    )

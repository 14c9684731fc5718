"""Content: the octets of a message between DATA and the final dot.

Only CR LF . CR LF ends a message. A message with a CR or LF on its own is refused whole, because servers that take
one for a line end would find commands in it (RFC 5321 §2.3.8, "SMTP smuggling").
"""

from typing import Final

from msgspec import Struct

END: Final = b"\r\n.\r\n"
LINE_END: Final = b"\r\n"


class Ended(Struct, frozen=True):
    """A message that has come to its end; no data if it was dropped or there was too much of it."""

    data: bytes | None
    has_bare_ends: bool


class ContentReader:
    """Finds the end in a buffer that grows, looking at every octet once; keeps no more than `largest` octets."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._searched = 0
        self._is_dropped = False
        self.received = 0

    def begin(self, buffer: bytearray) -> None:
        """Starts behind the line of DATA; a line end is put in front, so that a first line can be the final dot."""
        buffer[:0] = LINE_END
        self._searched = len(LINE_END)
        self.received = 0
        self._is_dropped = False

    def drop(self, buffer: bytearray) -> None:
        """Keeps nothing more; what is in the buffer was searched, and may hold the beginning of an end."""
        self._is_dropped = True
        self._wait(buffer)

    def take(self, buffer: bytearray) -> Ended | None:
        """The message with its final dot cut from the buffer, or None while more is to come."""
        end = buffer.find(END, max(self._searched - len(END) + 1, 0))
        if end < 0:
            self._wait(buffer)
            return None
        if self._is_dropped or end > self._largest:
            ended = Ended(None, False)
        else:
            with memoryview(buffer) as view:
                ended = _read(bytes(view[2 : end + 2]))
        del buffer[: end + len(END)]
        return ended

    def _wait(self, buffer: bytearray) -> None:
        tail = len(END) - 1
        self.received += len(buffer) - self._searched
        if self._is_dropped or len(buffer) - tail > self._largest:
            self._is_dropped = True
            del buffer[:-tail]
        self._searched = len(buffer)


def _read(data: bytes) -> Ended:
    ends = data.count(LINE_END)
    has_bare_ends = ends != data.count(b"\n") or ends != data.count(b"\r")
    if data.startswith(b"."):
        data = data[1:]
    return Ended(data.replace(b"\r\n.", LINE_END), has_bare_ends)  # RFC 5321 §4.5.2

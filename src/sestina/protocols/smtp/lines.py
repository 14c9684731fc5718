"""Lines: commands and responses cut out of the octets that come in, within the lengths allowed.

Only CR LF ends a line; one that ends with LF alone is passed over like one that is too long, so that nothing in it
is ever taken for a command.
"""

from enum import Enum
from typing import Final

LONGEST: Final = 12_288  # RFC 4954 §4: responses of AUTH; commands are bound by the session
LONGEST_IGNORED: Final = 128 * 1024  # of a line already refused; more is taken for an attack


class Flaw(Enum):
    """Why a line is none."""

    BARE_LINE_FEED = "bare line feed"
    TOO_LONG = "too long"
    ENDLESS = "endless"


class LineReader:
    """Finds lines in a buffer that grows, looking at every octet once."""

    def __init__(self) -> None:
        self._searched = 0
        self._ignored = 0
        self._is_ignoring = False

    def take(self, buffer: bytearray) -> bytes | Flaw | None:
        """The next line without its end, what is wrong with it, or None while more is to come."""
        while True:
            end = buffer.find(b"\n", self._searched)
            length = len(buffer) if end < 0 else end
            if not self._is_ignoring:
                break
            self._ignored += length
            del buffer[: length + 1]
            self._searched = 0
            if self._ignored > LONGEST_IGNORED:
                return Flaw.ENDLESS
            if end < 0:
                return None
            self._is_ignoring = False
        self._searched = length
        if length > LONGEST:
            self._is_ignoring = True
            self._ignored = 0
            self._searched = 0
            return Flaw.TOO_LONG
        if end < 0:
            return None
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        self._searched = 0
        return line[:-1] if line.endswith(b"\r") else Flaw.BARE_LINE_FEED

"""Batches: the recipients of one message on their way through transactions, so that each has a fate of its own.

One transaction holds all of them, as long as the server goes along. Where it takes no more of them, or the connection
breaks, the others are gone on with: in ever smaller transactions, and whom it broke at alone and last.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from sestina.domain.bounces import RemoteReply

MOST_BREAKS: Final = 8  # of connections in one attempt; who is left then has the next one

SILENCE_COUNTS: Final = MOST_BREAKS // 2  # for each of them: it holds a connection for as long as we have patience


class Turn(Struct, frozen=True, kw_only=True):
    """What a transaction has brought: a reply for each recipient, and whom it is worth going on with at once.

    `again` were not asked, or taken in vain; `suspect` is the one the connection broke at. The replies of both count if
    nothing better comes. `is_silent` says that the connection broke because the server did not answer in time.
    """

    replies: dict[str, RemoteReply]
    again: tuple[str, ...] = ()
    suspect: str | None = None
    is_broken: bool = False
    is_silent: bool = False


class Batches:
    """Hands out recipients by the transaction, and takes down the replies."""

    def __init__(self, recipients: Sequence[str]) -> None:
        self._replies: dict[str, RemoteReply] = {}
        self._waiting = deque([tuple(recipients)])
        self._breaks = 0

    def next(self) -> tuple[str, ...]:
        """The recipients of the next transaction; none when all is said."""
        return self._waiting.popleft() if self._waiting and self._breaks < MOST_BREAKS else ()

    def take(self, turn: Turn) -> None:
        """Takes down what a transaction has brought."""
        self._replies |= turn.replies
        self._breaks += SILENCE_COUNTS if turn.is_silent else turn.is_broken
        parts = _halves(turn.again) if turn.is_broken else [turn.again]
        self._waiting.extendleft(part for part in reversed(parts) if part)
        if turn.suspect is not None:
            self._waiting.append((turn.suspect,))

    def replies(self, recipients: Iterable[str]) -> tuple[RemoteReply, ...]:
        """The last word on each, in this order."""
        return tuple(self._replies[address] for address in recipients)


def _halves(recipients: tuple[str, ...]) -> list[tuple[str, ...]]:
    middle = (len(recipients) + 1) // 2
    return [recipients[:middle], recipients[middle:]]

"""Recipients on their way through transactions: each has a reply in the end, and nothing goes on for ever."""

from collections.abc import Callable

from sestina.adapters.smtp_batches import MOST_BREAKS, Batches, Turn
from sestina.domain.bounces import RemoteReply, trouble

TAKEN = RemoteReply(code=250)
LOST = trouble("4.4.2", "Connection lost")


def name(number: int) -> str:
    return f"r{number}@example.org"


def carried(count: int, transact: Callable[[tuple[str, ...]], Turn]) -> tuple[list[tuple[str, ...]], list[RemoteReply]]:
    """The batches in order, and the replies, of so many recipients."""
    recipients = [name(number) for number in range(count)]
    batches, seen = Batches(recipients), []
    while batch := batches.next():
        seen.append(batch)
        batches.take(transact(batch))
    return seen, list(batches.replies(recipients))


def taken(batch: tuple[str, ...]) -> Turn:
    return Turn(replies=dict.fromkeys(batch, TAKEN))


def test_who_is_all_taken_is_one_batch() -> None:
    seen, replies = carried(3, taken)
    assert ([tuple(map(name, range(3)))], [TAKEN] * 3) == (seen, replies)


def test_after_a_break_the_others_come_in_halves_and_the_suspect_alone_at_the_end() -> None:
    def transact(batch: tuple[str, ...]) -> Turn:
        if len(batch) < 6:
            return taken(batch)
        others = tuple(address for address in batch if address != name(1))
        return Turn(replies=dict.fromkeys(batch, LOST), again=others, suspect=name(1), is_broken=True)

    seen, replies = carried(6, transact)
    assert [("r0", "r2", "r3"), ("r4", "r5"), ("r1",)] == [
        tuple(address.partition("@")[0] for address in batch) for batch in seen[1:]
    ]
    assert [TAKEN] * 6 == replies


def test_a_full_transaction_is_followed_by_one_with_the_rest() -> None:
    def transact(batch: tuple[str, ...]) -> Turn:
        replies = {address: TAKEN if at < 2 else LOST for at, address in enumerate(batch)}
        return Turn(replies=replies, again=batch[2:])

    seen, replies = carried(5, transact)
    assert ([5, 3, 1], [TAKEN] * 5) == ([len(batch) for batch in seen], replies)


def test_a_server_that_breaks_every_connection_is_left_alone_before_long() -> None:
    def transact(batch: tuple[str, ...]) -> Turn:
        return Turn(replies=dict.fromkeys(batch, LOST), again=batch[1:], suspect=batch[0], is_broken=True)

    seen, replies = carried(50, transact)
    assert (MOST_BREAKS, [LOST] * 50) == (len(seen), replies)


def test_a_server_that_does_not_answer_is_waited_for_twice_at_most() -> None:
    def transact(batch: tuple[str, ...]) -> Turn:
        return Turn(replies=dict.fromkeys(batch, LOST), again=batch[1:], is_broken=True, is_silent=True)

    seen, replies = carried(50, transact)
    assert (2, [LOST] * 50) == (len(seen), replies)

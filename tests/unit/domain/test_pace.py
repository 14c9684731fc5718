"""The bucket of tokens: bursts of a second, then the rate; debts are waited for."""

from sestina.domain.pace import Pace


def admitted(pace: Pace, rate: float, *calls: tuple[int, int]) -> list[bool]:
    return [pace.admits(now, rate, recipients) for now, recipients in calls]


def test_a_second_is_a_burst() -> None:
    assert [True, True, True, False] == admitted(Pace(), 3, (0, 1), (0, 1), (0, 1), (0, 1))


def test_tokens_come_back_at_the_rate_and_no_faster() -> None:
    pace = Pace()
    assert [True, False, False, True, False] == admitted(pace, 1, (0, 1), (0, 1), (999, 1), (1000, 1), (1000, 1))
    assert [True, False, True] == admitted(Pace(), 1, (0, 1), (999, 1), (10**9, 1))


def test_asking_often_does_not_lose_tokens() -> None:
    pace = Pace()
    assert pace.admits(0, 1, 1)
    answers = [pace.admits(now, 1, 1) for now in range(1, 1001)]
    assert ([False] * 999 + [True]) == answers


def test_many_recipients_are_paid_for_afterwards() -> None:
    assert [True, False, True] == admitted(Pace(), 10, (0, 50), (4000, 1), (4100, 1))


def test_less_than_one_a_second_waits_longer() -> None:
    assert [True, False, True] == admitted(Pace(), 0.5, (0, 1), (1999, 1), (2000, 1))


def test_no_rate_admits_nothing_and_a_negative_one_everything() -> None:
    assert [False, False] == admitted(Pace(), 0, (0, 1), (10**6, 1))
    assert [True, True] == admitted(Pace(), -1, (0, 50), (0, 50))


def test_a_clock_that_is_turned_back_gives_nothing_away() -> None:
    assert [True, False, True] == admitted(Pace(), 1, (10_000, 1), (5_000, 1), (6_000, 1))

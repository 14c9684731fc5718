"""Reputation: rates, and what SES makes of them (AWS page "Amazon SES sending review process FAQs")."""

import pytest

from sestina.domain.reputation import Reputation


@pytest.mark.parametrize(
    ("sent", "bounces", "complaints", "health"),
    [
        (0, 0, 0, "HEALTHY"),
        (99, 99, 99, "HEALTHY"),
        (100, 4, 0, "HEALTHY"),
        (100, 5, 0, "PROBATION"),
        (100, 9, 0, "PROBATION"),
        (100, 10, 0, "SHUTDOWN"),
        (10_000, 0, 9, "HEALTHY"),
        (10_000, 0, 10, "PROBATION"),
        (10_000, 0, 49, "PROBATION"),
        (10_000, 0, 50, "SHUTDOWN"),
    ],
)
def test_thresholds(sent: int, bounces: int, complaints: int, health: str) -> None:
    assert health == Reputation(sent=sent, bounces=bounces, complaints=complaints).health


def test_rates_are_between_nothing_and_all() -> None:
    nothing, some, more = (Reputation(sent=sent, bounces=3, complaints=2) for sent in (0, 10, 1))
    assert (0.0, 0.0) == (nothing.bounce_rate, nothing.complaint_rate)
    assert (0.3, 0.2) == (some.bounce_rate, some.complaint_rate)
    assert (1.0, 1.0) == (more.bounce_rate, more.complaint_rate)

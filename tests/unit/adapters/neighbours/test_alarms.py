"""Alarms by value: the tables of the AWS page on missing data, reasons, and notifications."""

from datetime import datetime

import pytest

from sestina.adapters.neighbours.alarms import Point, Rule, State, judge, stamp, subject

AT = datetime.fromisoformat("2026-03-01T12:00:00")


def rule(needed: int = 3, periods: int = 3, missing: str = "missing", operator: str = "GreaterThanThreshold") -> Rule:
    return Rule(operator=operator, threshold=1.0, periods=periods, needed=needed, missing=missing)


def points(text: str) -> list[Point | None]:
    """As the page writes them, the oldest first: `0` within, `X` beyond the threshold, `-` missing."""
    values = {"0": 0.0, "X": 2.0}
    return [None if mark == "-" else Point(AT, values[mark]) for mark in reversed(text.split())]


TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
THREE_OF_THREE = [
    ("0 - X - X", "OK OK OK OK"),
    ("- - - - 0", "OK OK OK OK"),
    ("- - - - -", "INSUFFICIENT_DATA - ALARM OK"),
    ("0 X X - X", "ALARM ALARM ALARM ALARM"),
    ("- - X - -", "ALARM - ALARM OK"),
]
TWO_OF_THREE = [
    ("0 - X - X", "ALARM ALARM ALARM ALARM"),
    ("0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
    ("0 - X - -", "OK OK ALARM OK"),
    ("- - - - 0", "OK OK ALARM OK"),
    ("- - - X -", "ALARM - ALARM OK"),
    ("- - - - X", "- - ALARM OK"),
]


@pytest.mark.parametrize(
    ("needed", "text", "treatment", "expected"),
    [
        (needed, text, treatment, state)
        for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
        for text, states in table
        for treatment, state in zip(TREATMENTS, states.split(), strict=True)
    ],
)
def test_missing_data_is_treated_as_the_alarm_says(needed: int, text: str, treatment: str, expected: str) -> None:
    before: State
    for before in ("OK", "ALARM", "INSUFFICIENT_DATA"):
        verdict = judge(rule(needed, missing=treatment), points(text), before)
        state = before if verdict is None else verdict.state
        assert (before if expected == "-" else expected) == state


@pytest.mark.parametrize(
    ("operator", "breaching"),
    [
        ("GreaterThanThreshold", [2.0]),
        ("GreaterThanOrEqualToThreshold", [1.0, 2.0]),
        ("LessThanThreshold", [0.0]),
        ("LessThanOrEqualToThreshold", [0.0, 1.0]),
    ],
)
def test_each_operator_compares_with_the_threshold(operator: str, breaching: list[float]) -> None:
    found = rule(operator=operator)
    assert breaching == [value for value in (0.0, 1.0, 2.0) if found.is_breached_by(Point(AT, value))]
    assert operator.startswith("Greater") == found.sees_running_period


@pytest.mark.parametrize(
    ("given", "text", "before", "reason"),
    [
        (
            rule(1, 1),
            "X",
            "OK",
            "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (01/03/26 12:00:00)] was greater than the "
            "threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            rule(2, 3),
            "0 0 X",
            "ALARM",
            "Threshold Crossed: 2 out of the last 3 datapoints [0.0 (01/03/26 12:00:00), 0.0 (01/03/26 12:00:00)] "
            "were not greater than the threshold (1.0) (minimum 2 datapoints for ALARM -> OK transition).",
        ),
        (rule(1, 1), "-", "OK", "Insufficient Data: 1 datapoint was unknown."),
        (rule(2, 2), "- -", "OK", "Insufficient Data: 2 datapoints were unknown."),
        (
            rule(1, 1, "notBreaching"),
            "-",
            "ALARM",
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
        ),
        (
            rule(2, 2, "breaching"),
            "- -",
            "OK",
            "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
            "[Breaching].",
        ),
    ],
)
def test_the_reason_is_in_the_words_of_cloudwatch(given: Rule, text: str, before: State, reason: str) -> None:
    verdict = judge(given, points(text), before)
    assert verdict is not None
    assert reason == verdict.reason


def test_a_subject_fits_into_a_notification() -> None:
    assert 'ALARM: "bounces" in EU (Ireland)' == subject("ALARM", "bounces", "eu-west-1")
    assert 'OK: "bounces" in nowhere-1' == subject("OK", "bounces", "nowhere-1")
    long = subject("ALARM", "b" * 200, "us-east-1")
    assert (100, 'bbb..." in US East (N. Virginia)') == (len(long), long[-32:])


def test_instants_are_written_with_their_milliseconds() -> None:
    assert "2026-03-01T12:00:00.007+0000" == stamp(AT.replace(microsecond=7000))

"""Metric math by value."""

from datetime import datetime, timedelta

import pytest

from sestina.adapters.neighbours.metric_math import Unsupported, evaluate

FIRST = datetime.fromisoformat("2026-03-01T12:00:00")
SECOND = FIRST + timedelta(minutes=1)
SERIES = {"sent": {FIRST: 4.0, SECOND: 0.0}, "bounced": {FIRST: 1.0, SECOND: 1.0}, "late": {SECOND: 8.0}, "none": {}}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("bounced", [1.0, 1.0]),
        ("100 * (bounced / sent)", [25.0]),
        ("sent - bounced", [3.0, -1.0]),
        ("-late ^ 2 + 1", [-63.0]),
        ("(sent - 8) ^ 0.5", []),
        ("sent + late", [8.0]),
        ("sent + none", []),
        ("none * 2", []),
        ("FILL(late, 0) + sent", [4.0, 8.0]),
        ("SUM([sent, late])", [4.0, 8.0]),
        ("SUM(METRICS())", [5.0, 9.0]),
        ("AVG([sent, bounced])", [2.5, 0.5]),
        ("MAX([sent, bounced]) - MIN([sent, bounced])", [3.0, 1.0]),
        ("2 * 3", [6.0, 6.0]),
    ],
)
def test_expressions_are_calculated_instant_by_instant(expression: str, values: list[float]) -> None:
    found = evaluate(expression, SERIES)
    assert values == list(found.values())
    assert sorted(found) == list(found)


@pytest.mark.parametrize(
    "expression",
    [
        *("unknown", "sent +", "1 / 0", "'text'", "sent > 3", "RATE(sent)", "FILL(sent, REPEAT)", "FILL(1, 2)"),
        *("FILL(sent, late)", "SUM(sent)", "__import__('os')", "sent.real", "sent[0]", "~sent"),
    ],
)
def test_what_is_not_understood_is_said_to_be_so(expression: str) -> None:
    with pytest.raises(Unsupported):
        evaluate(expression, SERIES)

"""Instants on the wire."""

import pytest

from sestina.protocols.aws import timestamps


@pytest.mark.parametrize(
    ("expected", "instant"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2025-01-01T00:00:00.250Z", 1735689600250),
        ("9999-12-31T23:59:59.999Z", 253402300799999),
    ],
)
def test_iso_8601_is_utc_with_milliseconds_and_read_back(expected: str, instant: int) -> None:
    assert expected == timestamps.iso8601(instant)
    assert instant == timestamps.from_text(expected)


def test_epoch_seconds_have_at_most_three_decimals() -> None:
    instants = (0, 1000, -1, 1735689600250)
    assert ["0", "1", "-0.001", "1735689600.25"] == [str(timestamps.seconds(each)) for each in instants]


@pytest.mark.parametrize(
    "text", ["2025-01-01", "2025-01-01T00:00:00", "20250101T000000Z", "1735689600", "1735689600.0"]
)
def test_a_text_without_a_zone_is_utc(text: str) -> None:
    assert 1735689600000 == timestamps.from_text(text)


@pytest.mark.parametrize("text", ["", "now", "1e12", "inf", "nan", "2025-13-01", "0001-01-01T00:00:00+23:59x"])
def test_a_text_that_is_no_instant_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        timestamps.from_text(text)

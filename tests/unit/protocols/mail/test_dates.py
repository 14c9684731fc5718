"""Dates: instants as mail and JSON write them."""

import pytest

from sestina.protocols.mail.dates import iso8601, parse_rfc5322_date, rfc5322_date


@pytest.mark.parametrize(
    ("ms", "mail", "iso"),
    [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00.000Z"),
        (1_738_368_000_007, "Sat, 01 Feb 2025 00:00:00 +0000", "2025-02-01T00:00:00.007Z"),
        (1_709_251_199_999, "Thu, 29 Feb 2024 23:59:59 +0000", "2024-02-29T23:59:59.999Z"),
        (-1, "Wed, 31 Dec 1969 23:59:59 +0000", "1969-12-31T23:59:59.999Z"),
        (253_402_300_799_000, "Fri, 31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59.000Z"),
    ],
)
def test_an_instant_is_written_in_utc(ms: int, mail: str, iso: str) -> None:
    assert mail == rfc5322_date(ms)
    assert iso == iso8601(ms)


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("Sat, 01 Feb 2025 00:00:00 +0000", 1_738_368_000_000),
        ("1 Feb 2025 01:00:00 +0100", 1_738_368_000_000),
        ("Sat, 1 Feb 2025 00:00:00 -0000", 1_738_368_000_000),
        ("Sat, 01 Feb 2025 00:00:00 GMT (comment)", 1_738_368_000_000),
        ("", None),
        ("yesterday", None),
        ("Sat, 99 Feb 2025 00:00:00 +0000", None),
        ("1 Feb 2025 00:00:00 +9999999999", None),
    ],
)
def test_a_date_field_is_read_if_it_names_an_instant(text: str, ms: int | None) -> None:
    assert ms == parse_rfc5322_date(text)

"""Instants: a point in time is an `int` of epoch milliseconds, UTC; wires convert at their edge."""

from typing import Final

Instant = int

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

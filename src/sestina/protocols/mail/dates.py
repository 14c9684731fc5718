"""Dates: instants in epoch milliseconds as RFC 5322 and ISO 8601 write them, always UTC and in English."""

from datetime import date
from functools import lru_cache

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400_000


def rfc5322_date(ms: int) -> str:
    """`Sat, 01 Feb 2025 00:00:00 +0000` (RFC 5322 §3.3)."""
    days, rest = divmod(ms, _DAY)
    minutes, seconds = divmod(rest // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{_day(days)[0]} {hours:02d}:{minutes:02d}:{seconds:02d} +0000"


def iso8601(ms: int) -> str:
    """`2025-02-01T00:00:00.000Z`: three fraction digits, always."""
    days, rest = divmod(ms, _DAY)
    seconds, fraction = divmod(rest, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{_day(days)[1]}T{hours:02d}:{minutes:02d}:{seconds:02d}.{fraction:03d}Z"


def parse_rfc5322_date(text: str) -> int | None:
    """The instant a Date field names, or None where it names none; a date without zone is read as UTC."""
    from datetime import UTC  # with `email.utils`, only when somebody reads a date
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@lru_cache(maxsize=64)
def _day(days: int) -> tuple[str, str]:
    day = date.fromordinal(_EPOCH + days)
    written = f"{_DAYS[day.weekday()]}, {day.day:02d} {_MONTHS[day.month - 1]} {day.year:04d}"
    return written, f"{day.year:04d}-{day.month:02d}-{day.day:02d}"

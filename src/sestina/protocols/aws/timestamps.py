"""Instants on the wire: epoch seconds with a fraction in JSON, ISO 8601 with milliseconds in XML."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = 253_402_300_799_999  # the last millisecond of the year 9999, the end of ISO 8601's four digits
_EARLIEST = -62_135_596_800_000


def seconds(instant: int) -> int | float:
    """Epoch seconds, with at most three decimals."""
    whole, rest = divmod(instant, 1000)
    return instant / 1000 if rest else whole


def iso8601(instant: int) -> str:
    """UTC with milliseconds and `Z`."""
    return (_EPOCH + instant * _MILLISECOND).isoformat(timespec="milliseconds")[:-6] + "Z"


def from_seconds(value: float) -> int:
    """The instant of a number of epoch seconds; ValueError when no calendar reaches it."""
    if not _EARLIEST / 1000 <= value <= _LATEST / 1000:
        raise ValueError("instant outside the calendar")
    return round(value * 1000)


def from_text(text: str) -> int:
    """The instant of an ISO 8601 text or of epoch seconds written as text; ValueError otherwise."""
    try:
        return from_seconds(float(text))
    except ValueError:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND

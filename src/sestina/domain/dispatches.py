"""Dispatches: one event on its way to one destination, and how long a failing one is tried."""

from typing import Final

from msgspec import Struct

from sestina.domain.event_destinations import Target
from sestina.domain.events import Event
from sestina.domain.instants import DAY, HOUR, SECOND, Instant

GIVEN_UP_AFTER: Final = DAY
SLOWEST: Final = HOUR


class Dispatch(Struct, frozen=True, kw_only=True):
    """One event for one destination; `event_id` stays the same however often it is tried.

    `destination` is the name of the event destination, or of the identity for a feedback notification, and then
    `with_headers` says whether header fields are wanted.
    """

    event_id: str
    event: Event
    destination: str
    target: Target
    is_notification: bool = False
    with_headers: bool = False
    created: Instant


def next_try(now: Instant, attempts: int) -> Instant:
    """When a failed dispatch is tried again: after 1, 2, 4 … seconds, at most every hour."""
    return now + min(SECOND << min(attempts, 20), SLOWEST)

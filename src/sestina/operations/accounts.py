"""The account, the part both APIs share: its settings, its quota and what it has sent."""

from typing import Final

from msgspec.structs import replace

from sestina.domain.accounts import Account, reviewed
from sestina.domain.events import EventType
from sestina.domain.instants import MINUTE, Instant
from sestina.operations.call import Call

STATISTICS_DAYS: Final = 14  # AWS page "GetSendStatistics"
POINT: Final = 15 * MINUTE
COUNTED: Final = (EventType.SEND, EventType.BOUNCE, EventType.COMPLAINT, EventType.REJECT)


async def account_settings(call: Call) -> Account:
    """The account's settings here and now."""
    account = await call.region.settings(call.services.mailroom.fidelity.new_account)
    return reviewed(account, call.now)


async def set_sending_enabled(call: Call, enabled: bool | None) -> None:
    """Pauses the account or lets it send again; a flag that is not given pauses."""
    account = await account_settings(call)
    await call.region.set_settings(replace(account, sending_enabled=bool(enabled), changed=call.now), call.now)


def sent_last_day(call: Call) -> float:
    """Recipients of the last 24 hours, whole as the service counts them."""
    return float(call.region.tallies.last_day(call.now))


def send_statistics(call: Call) -> list[tuple[Instant, tuple[int, int, int, int]]]:
    """Start, attempts, bounces, complaints and rejects of every quarter of an hour in which there were any."""
    buckets = call.region.tallies.buckets(call.now, STATISTICS_DAYS, POINT)
    points = []
    for start, counts in buckets.items():
        attempts, bounces, complaints, rejects = (counts.get(type_.value, 0) for type_ in COUNTED)
        if attempts or bounces or complaints or rejects:
            points.append((start, (attempts, bounces, complaints, rejects)))
    return points

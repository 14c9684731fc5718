"""Enforce: an account whose bounces or complaints pass SES's thresholds is reviewed, then paused (sending.md 9.2)."""

from msgspec.structs import replace

from sestina.domain.events import EventType
from sestina.domain.fidelity import Fidelity
from sestina.domain.instants import Instant
from sestina.domain.reputation import (
    HARD_BOUNCE,
    REAL_COMPLAINT,
    REPRESENTATIVE,
    SIMULATED,
    SUPPRESSED,
    Reputation,
)
from sestina.storage.region import Region
from sestina.storage.tallies import Tallies


async def enforce(region: Region, fidelity: Fidelity, now: Instant) -> None:
    """Sets the account's status to what its reputation deserves; a pause is only ever lifted by hand."""
    account = await region.settings(fidelity.new_account)
    health = reputation_of(region.tallies, now).health
    if account.enforcement_status != "SHUTDOWN" and health != account.enforcement_status:
        await region.set_settings(replace(account, enforcement_status=health, changed=now), now)


def reputation_of(tallies: Tallies, now: Instant) -> Reputation:
    """The rates over the newest minutes that hold a representative volume, up to now."""
    sent = bounces = complaints = 0
    for counts in tallies.newest_minutes(now):
        sent += counts.get(EventType.SEND.value, 0) - counts.get(SIMULATED, 0) - counts.get(SUPPRESSED, 0)
        bounces += counts.get(HARD_BOUNCE, 0)
        complaints += counts.get(REAL_COMPLAINT, 0)
        if sent >= REPRESENTATIVE:
            break
    return Reputation(sent=max(sent, 0), bounces=bounces, complaints=complaints)

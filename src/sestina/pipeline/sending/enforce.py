"""Enforce: an account whose bounces or complaints pass SES's thresholds is reviewed, then paused (sending.md 9.2)."""

from msgspec.structs import replace

from sestina.domain.events import EventType
from sestina.domain.fidelity import Fidelity
from sestina.domain.instants import Instant
from sestina.domain.reputation import (
    COUNTED,
    HARD_BOUNCE,
    REAL_COMPLAINT,
    REPRESENTATIVE,
    SIMULATED,
    SUPPRESSED,
    Reputation,
    tally_of_set,
)
from sestina.storage.region import Region
from sestina.storage.tallies import Tallies


async def enforce(region: Region, fidelity: Fidelity, now: Instant) -> None:
    """Sets the account's status to what its reputation deserves; a pause is only ever lifted by hand."""
    account = await region.settings(fidelity.new_account)
    health = reputation_of(region.tallies, now).health
    if account.enforcement_status != "SHUTDOWN" and health != account.enforcement_status:
        await region.set_settings(replace(account, enforcement_status=health, changed=now), now)


def reputation_of(tallies: Tallies, now: Instant, *, set_name: str | None = None, since: Instant = 0) -> Reputation:
    """The rates of an account, or of one set, over the newest minutes that hold a representative volume, up to now."""
    prefix = "" if set_name is None else tally_of_set(set_name, "")
    plus = EventType.SEND.value if set_name is None else prefix + COUNTED
    minus = (prefix + SIMULATED, prefix + SUPPRESSED)
    sent = bounces = complaints = 0
    for counts in tallies.newest_minutes(now, since):
        sent += counts.get(plus, 0) - sum(counts.get(tally, 0) for tally in minus)
        bounces += counts.get(prefix + HARD_BOUNCE, 0)
        complaints += counts.get(prefix + REAL_COMPLAINT, 0)
        if sent >= REPRESENTATIVE:
            break
    return Reputation(sent=max(sent, 0), bounces=bounces, complaints=complaints)

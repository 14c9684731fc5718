"""Limit: is anything left of the daily quota, and of the maximum send rate? (sending.md 3)

SES accepts a message while less than the quota was sent, and lets short bursts exceed the rate. The simulator's
recipients count for the rate only. A quota that a user has set for an account is enforced whatever the settings say.
"""

from typing import Final

from sestina.domain.refusals import Kind, Throttled
from sestina.domain.simulator import counted
from sestina.pipeline.flow import Sending

DAILY: Final = "Daily message quota exceeded."
RATE: Final = "Maximum sending rate exceeded."


def limit(work: Sending) -> None:
    """Says how many recipients count, and pays for the rate; accepting counts them for the day.

    Raises:
        Throttled: the quota of the last 24 hours is used up, or the account sends too fast.
    """
    account, fidelity, region = work.account, work.fidelity, work.region
    assert account is not None
    work.counted = counted(work.recipients)
    quota = account.effective_quota
    is_own = account.quota is not None
    if (
        (fidelity.quota or is_own or not account.production_access)
        and work.counted
        and 0 <= quota.per_day <= region.tallies.last_day(work.now)
    ):
        raise Throttled(DAILY, Kind.ACCOUNT)
    if (fidelity.rate or is_own) and not region.pace.admits(work.now, quota.per_second, len(work.recipients)):
        raise Throttled(RATE)
    work.note("limit", "within quota")

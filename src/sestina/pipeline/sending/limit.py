"""Limit: is anything left of the daily quota? (sending.md 3: accepted while less than the quota was sent)"""

from sestina.domain.refusals import Kind, Throttled
from sestina.pipeline.flow import Sending

DAILY = "Daily message quota exceeded."


def limit(work: Sending) -> None:
    """Counts nothing yet; accepting does.

    Raises:
        Throttled: the quota of the last 24 hours is used up.
    """
    assert work.account is not None
    if work.fidelity.quota or not work.account.production_access:
        quota = work.account.effective_quota
        if quota.per_day >= 0 and work.region.tallies.last_day(work.now) >= quota.per_day:
            raise Throttled(DAILY, Kind.ACCOUNT)
    work.note("limit", "within quota")

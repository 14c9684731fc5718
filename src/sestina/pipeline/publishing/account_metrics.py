"""Account metrics: what CloudWatch shows of an account without any destination, told from its tallies when asked.

A send adds nothing for them: the tallies are kept anyway, and what changed since the last telling is found by
comparing. After a restart the last day is told again, to an embedded CloudWatch that is empty then.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Final

from sestina.domain.instants import DAY, MINUTE, Instant
from sestina.domain.reputation import OF_SET
from sestina.pipeline.publishing.dimensions import METRIC_NAMES
from sestina.pipeline.publishing.publish import NAMESPACE
from sestina.pipeline.sending.enforce import reputation_of
from sestina.ports.neighbours import Metric, Place
from sestina.storage.region import Region, Regions

BOUNCE_RATE: Final = "Reputation.BounceRate"
COMPLAINT_RATE: Final = "Reputation.ComplaintRate"
SET_DIMENSION: Final = "ses:configuration-set"
COUNTED_MINUTES: Final = DAY // MINUTE
RATED_MINUTES: Final = 60  # looked back on at once, for each rate is a sum over what was sent before

_NAMES: Final = {type_.value: name for type_, name in METRIC_NAMES.items()}

Minutes = Mapping[int, Mapping[str, int]]


class AccountMetrics:
    """The port `MetricSource`."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._told: dict[Place, Minutes] = {}

    async def take(self, place: Place, now: Instant) -> Sequence[Metric]:
        """The observations that are new since the last call."""
        region = await self._regions.known(place.account, place.region, now)
        if region is None:
            return ()
        latest = {minute: dict(counts) for minute, counts in region.tallies.latest(COUNTED_MINUTES)}
        told, self._told[place] = self._told.get(place, {}), latest
        changed = [minute for minute, counts in latest.items() if counts != told.get(minute)]
        found = [metric for minute in changed for metric in _counts(minute, latest[minute], told.get(minute, {}))]
        for minute in changed[-RATED_MINUTES:]:
            found += [metric async for metric in _rates(region, minute, latest[minute])]
        return found

    def forget(self) -> None:
        """What was told is lost, and will be told again."""
        self._told.clear()


def _counts(minute: int, counts: Mapping[str, int], before: Mapping[str, int]) -> Iterator[Metric]:
    for type_, name in _NAMES.items():
        times = counts.get(type_, 0) - before.get(type_, 0)
        if times < 0:  # all was forgotten, and counting began anew
            times = counts.get(type_, 0)
        if times:
            yield Metric(namespace=NAMESPACE, name=name, at=minute * MINUTE, times=times)


async def _rates(region: Region, minute: int, counts: Mapping[str, int]) -> AsyncIterator[Metric]:
    """The rates of the account at the end of a minute, and of each set that anything was counted for in it."""
    names = {type_.removeprefix(OF_SET).partition("/")[0] for type_ in counts if type_.startswith(OF_SET)}
    for name in (None, *sorted(names)):
        found = await region.configuration_sets.get(name) if name else None
        since = (found and found.last_fresh_start) or 0
        await asyncio.sleep(0)  # a sum over two weeks takes 2 ms
        reputation = reputation_of(region.tallies, minute * MINUTE, set_name=name, since=since)
        if not reputation.sent:
            continue
        dimensions = ((SET_DIMENSION, name),) if name else ()
        for metric, rate in ((BOUNCE_RATE, reputation.bounce_rate), (COMPLAINT_RATE, reputation.complaint_rate)):
            yield Metric(
                namespace=NAMESPACE, name=metric, at=minute * MINUTE, dimensions=dimensions, value=rate, unit="None"
            )

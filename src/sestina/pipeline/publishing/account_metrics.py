"""Account metrics: what CloudWatch shows of an account without any destination, told from its tallies when asked.

A send adds nothing for them: the tallies are kept anyway, and what changed since the last telling is found by
comparing. After a restart the two weeks that the tallies hold are told again, to an embedded CloudWatch that is empty.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from sestina.domain.instants import HOUR, MINUTE, Instant
from sestina.pipeline.publishing.dimensions import METRIC_NAMES
from sestina.pipeline.publishing.publish import NAMESPACE
from sestina.pipeline.sending.enforce import reputation_of
from sestina.ports.neighbours import Metric, Place
from sestina.storage.region import Region, Regions

BOUNCE_RATE: Final = "Reputation.BounceRate"
COMPLAINT_RATE: Final = "Reputation.ComplaintRate"
LONGEST_GAP: Final = HOUR  # without a reader, after which the rates in between are not told

_NAMES: Final = {type_.value: name for type_, name in METRIC_NAMES.items()}

Rates = tuple[float, float]


class _Told:
    """What CloudWatch has been told of a region."""

    def __init__(self) -> None:
        self.minutes: dict[int, dict[str, int]] = {}
        self.rates: Rates | None = None
        self.rated: int = 0
        """The minute that the rates were told for."""


class AccountMetrics:
    """The port `MetricSource`."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._told: dict[Place, _Told] = {}

    async def take(self, place: Place, now: Instant) -> Sequence[Metric]:
        """The observations that are new since the last call."""
        region = await self._regions.known(place.account, place.region, now)
        if region is None:
            return ()
        told = self._told.setdefault(place, _Told())
        return [*_counts(region, told), *_rates(region, told, now)]

    def forget(self) -> None:
        """What was told is lost, and will be told again."""
        self._told.clear()


def _counts(region: Region, told: _Told) -> Iterator[Metric]:
    for minute, counts in region.tallies.minutes().items():
        before = told.minutes.get(minute, {})
        if counts == before:
            continue
        told.minutes[minute] = dict(counts)
        for type_, count in counts.items():
            earlier = before.get(type_, 0)
            times = count - earlier if count > earlier else count
            if type_ in _NAMES and count != earlier:
                yield Metric(namespace=NAMESPACE, name=_NAMES[type_], at=minute * MINUTE, times=times)


def _rates(region: Region, told: _Told, now: Instant) -> Iterator[Metric]:
    """The rates of this minute, and those last told for the minutes since."""
    reputation, minute = reputation_of(region.tallies, now), now // MINUTE
    if not reputation.sent:
        return
    rates = (reputation.bounce_rate, reputation.complaint_rate)
    if told.rates is not None:
        for passed in range(max(told.rated + 1, minute - LONGEST_GAP // MINUTE), minute):
            yield from _rate_metrics(told.rates, passed)
    if minute != told.rated or rates != told.rates:
        yield from _rate_metrics(rates, minute)
    told.rates, told.rated = rates, minute


def _rate_metrics(rates: Rates, minute: int) -> Iterator[Metric]:
    for name, rate in zip((BOUNCE_RATE, COMPLAINT_RATE), rates, strict=True):
        yield Metric(namespace=NAMESPACE, name=name, at=minute * MINUTE, value=rate, unit="None")

"""Metrics for CloudWatch, added up per minute in memory and written before anybody reads.

Every send makes observations, and nobody may ever look at them: a request for each would be the dearest part of a
send, and would start the embedded neighbours for people who only send mail.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from sestina.adapters.neighbours.asking import Asker
from sestina.adapters.neighbours.client import Endpoint
from sestina.ports.clock import Clock
from sestina.ports.neighbours import Metric, MetricSource, Place
from sestina.protocols.aws.timestamps import iso8601

VERSION: Final = "2010-08-01"
MINUTE: Final = 60_000
MOST_SUMS: Final = 50_000  # the oldest are dropped beyond: some 80 series for ten hours
MOST_IN_REQUEST: Final = 500  # of the 1,000 that PutMetricData takes

Series = tuple[Place, str, str, tuple[tuple[str, str], ...], str, int]
"""Place, namespace, name, dimensions, unit, minute."""


class Sums:
    """Minimum, maximum, sum and number of the observations of one minute."""

    __slots__ = ("count", "largest", "smallest", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0
        self.smallest = float("inf")
        self.largest = float("-inf")

    def add(self, value: float, times: int = 1) -> None:
        """One more observation, or several of the same value."""
        self.count += times
        self.total += value * times
        self.smallest = min(self.smallest, value)
        self.largest = max(self.largest, value)

    def join(self, others: "Sums") -> None:
        """The observations of others too."""
        self.count += others.count
        self.total += others.total
        self.smallest = min(self.smallest, others.smallest)
        self.largest = max(self.largest, others.largest)


class CloudWatchMetrics:
    """The port `Metrics`; `flush` is for whoever lets a reader in."""

    def __init__(self, asker: Asker, clock: Clock, most_sums: int = MOST_SUMS) -> None:
        self._asker = asker
        self._clock = clock
        self._most = most_sums
        self._sums: dict[Series, Sums] = {}
        self._source: MetricSource | None = None
        self._told: Endpoint | None = None
        self._bringing = asyncio.Lock()

    def draw_from(self, source: MetricSource) -> None:
        """Observations that are only made when somebody is about to read the embedded CloudWatch."""
        self._source = source

    async def put(self, place: Place, metrics: Sequence[Metric]) -> None:
        """Keeps observations for the embedded CloudWatch; another one gets them at once."""
        for metric in metrics:
            self._keep(place, metric)
        if self._asker.targets.is_configured("monitoring"):
            await self.flush()

    async def bring(self, place: Place) -> None:
        """Lets somebody there read all there is to be read. Raises `NeighbourError`.

        The source is left alone when CloudWatch is elsewhere: what it would tell after a restart was told before.
        """
        target = await self._asker.targets.of("monitoring")
        async with self._bringing:  # the second reader waits for what the first has had taken
            if target.is_embedded and self._source is not None:
                if self._told != target.endpoint:  # another child, which knows nothing
                    self._source.forget()
                    self._told = target.endpoint
                for metric in await self._source.take(place, self._clock.now()):
                    self._keep(place, metric)
            await self.flush()

    async def flush(self) -> None:
        """Writes what is kept (PutMetricData). Raises `NeighbourError`; what was not taken is kept."""
        batches: dict[tuple[Place, str], list[Series]] = {}
        for series in self._sums:
            batches.setdefault(series[:2], []).append(series)
        for (place, namespace), batch in batches.items():
            for start in range(0, len(batch), MOST_IN_REQUEST):
                await self._write(place, namespace, batch[start : start + MOST_IN_REQUEST])

    def _keep(self, place: Place, metric: Metric) -> None:
        minute = metric.at - metric.at % MINUTE
        series = (place, metric.namespace, metric.name, metric.dimensions, metric.unit, minute)
        sums = self._sums.get(series)
        if sums is None:
            if len(self._sums) >= self._most:
                del self._sums[next(iter(self._sums))]
            sums = self._sums[series] = Sums()
        sums.add(metric.value, metric.times)

    async def _write(self, place: Place, namespace: str, batch: Sequence[Series]) -> None:
        taken = {series: self._sums.pop(series) for series in batch if series in self._sums}
        form = {"Namespace": namespace}
        for number, (series, sums) in enumerate(taken.items(), 1):
            form.update(_datum(f"MetricData.member.{number}", series, sums))
        try:
            await self._asker.ask_query("monitoring", place, VERSION, "PutMetricData", form)
        except BaseException:
            for series, sums in taken.items():
                self._sums.setdefault(series, Sums()).join(sums)
            raise


def _datum(prefix: str, series: Series, sums: Sums) -> dict[str, str]:
    _, _, name, dimensions, unit, minute = series
    form = {
        f"{prefix}.MetricName": name,
        f"{prefix}.Unit": unit,
        f"{prefix}.Timestamp": iso8601(minute),
        f"{prefix}.StatisticValues.SampleCount": str(sums.count),
        f"{prefix}.StatisticValues.Sum": repr(sums.total),
        f"{prefix}.StatisticValues.Minimum": repr(sums.smallest),
        f"{prefix}.StatisticValues.Maximum": repr(sums.largest),
    }
    for number, (key, value) in enumerate(dimensions, 1):
        form[f"{prefix}.Dimensions.member.{number}.Name"] = key
        form[f"{prefix}.Dimensions.member.{number}.Value"] = value
    return form

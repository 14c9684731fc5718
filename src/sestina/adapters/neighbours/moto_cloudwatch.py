"""CloudWatch in the child: moto's, with exact dimensions, our clock, and alarms that go off.

moto counts every series of a name together when no dimension is asked for, lists a series without dimensions once for
each of its data, and leaves alarms as they are made.
"""

import contextlib
import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import InvalidParameterValue
from moto.cloudwatch.models import Alarm, CloudWatchBackend, Dimension, MetricDatumBase, Statistics

from sestina.adapters.neighbours.metric_math import Series, Unsupported, evaluate

MINUTE: Final = 60
RATES: Final = ("AWS/SES", "Reputation.")  # not counts: the last of a minute is that of the minute

_told = threading.local()  # each request has a thread of its own

Data = dict[datetime, list[MetricDatumBase]]


def tell_time(now: str | None) -> None:
    """What time it is for the request at hand, in epoch milliseconds."""
    correct()
    _told.now = now


def now() -> datetime:
    """Our clock's time as moto has it: UTC without saying so."""
    told = getattr(_told, "now", None)
    if told is None:
        return datetime.now(UTC).replace(tzinfo=None)
    return datetime(1970, 1, 1) + timedelta(milliseconds=int(told))  # noqa: DTZ001


@cache
def correct() -> None:
    """Puts moto right."""
    put_alarm, validate_data = CloudWatchBackend.put_metric_alarm, CloudWatchBackend.get_metric_data

    def put_metric_alarm(self: CloudWatchBackend, name: str, **given: Any) -> Alarm:
        before = self.alarms.get(name)
        alarm = put_alarm(self, name, **given)
        alarm.state_value = "INSUFFICIENT_DATA"
        if before is not None:
            for attribute in ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history"):
                setattr(alarm, attribute, getattr(before, attribute))
        return alarm

    def get_metric_data(
        self: CloudWatchBackend, queries: list[dict[str, Any]], start_time: datetime, end_time: datetime, scan_by: str
    ) -> list[dict[str, Any]]:
        told = validate_data(self, [query for query in queries if _is_select(query)], start_time, end_time, scan_by)
        return told + _answers(
            self, [query for query in queries if not _is_select(query)], start_time, end_time, scan_by
        )

    for target, name, function in (
        (models, "utcnow", now),
        (CloudWatchBackend, "put_metric_alarm", put_metric_alarm),
        (CloudWatchBackend, "get_metric_data", get_metric_data),
        (CloudWatchBackend, "get_metric_statistics", get_metric_statistics),
        (CloudWatchBackend, "get_filtered_metrics", get_filtered_metrics),
    ):
        setattr(target, name, function)


def get_metric_statistics(
    self: CloudWatchBackend,
    namespace: str,
    metric_name: str,
    start_time: datetime,
    end_time: datetime,
    period: int,
    stats: list[str],
    dimensions: list[dict[str, str]],
    unit: str | None = None,
) -> list[Statistics]:
    """GetMetricStatistics."""
    if start_time >= end_time:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    found = data_of(self, namespace, metric_name, pairs(dimensions), start_time, end_time, period, unit)
    answers = []
    for at, data in found.items():
        statistics = Statistics(stats, at, data[-1].unit)
        statistics.metric_data = data
        answers.append(statistics)
    return answers


def get_filtered_metrics(
    self: CloudWatchBackend, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
) -> list[MetricDatumBase]:
    """ListMetrics: each series once."""
    found: dict[tuple[str, str, frozenset[tuple[str, str]]], MetricDatumBase] = {}
    for datum in self.get_all_metrics():
        if datum.filter(namespace=namespace, name=metric_name, dimensions=dimensions):
            found.setdefault((datum.namespace, datum.name, named(datum.dimensions)), datum)
    return list(found.values())


def data_of(
    backend: CloudWatchBackend,
    namespace: str,
    name: str,
    dimensions: frozenset[tuple[str, str]],
    start: datetime,
    end: datetime,
    period: int,
    unit: str | None = None,
) -> Data:
    """The data of one series by the period they fall into, which are counted from the start; empty ones left out."""
    step = min(period, MINUTE)
    start = _floor(start, step)
    found: Data = {}
    rates: dict[datetime, MetricDatumBase] = {}
    for datum in backend.get_all_metrics():
        if (datum.name, datum.namespace) != (name, namespace) or (unit and datum.unit != unit):
            continue
        at = _floor(datum.timestamp, step)
        if not start <= at < end or named(datum.dimensions) != dimensions:
            continue
        data = found.setdefault(start + (at - start) // timedelta(seconds=period) * timedelta(seconds=period), [])
        if namespace == RATES[0] and name.startswith(RATES[1]):
            if at in rates:
                data.remove(rates[at])
            rates[at] = datum
        data.append(datum)
    return dict(sorted(found.items()))


def values_of(data: Data, statistic: str) -> dict[datetime, float]:
    """One statistic of each period."""
    found = {}
    for at, each in data.items():
        statistics = Statistics([statistic], at)
        statistics.metric_data = each
        value = statistics.get_statistics_for_type(statistic)
        if value is not None:
            found[at] = float(value)
    return found


def pairs(dimensions: Iterable[Mapping[str, str]] | None) -> frozenset[tuple[str, str]]:
    """Dimensions as they come in requests."""
    return frozenset((str(each["Name"]), str(each["Value"])) for each in dimensions or ())


def named(dimensions: Iterable[Dimension]) -> frozenset[tuple[str, str]]:
    """Dimensions as moto keeps them."""
    return frozenset((str(each.name), str(each.value)) for each in dimensions)


def _floor(moment: datetime, seconds: int) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // timedelta(seconds=seconds) * timedelta(seconds=seconds)


def _is_select(query: Mapping[str, Any]) -> bool:
    return str(query.get("Expression", "")).startswith("SELECT")


def _answers(
    backend: CloudWatchBackend, queries: list[dict[str, Any]], start: datetime, end: datetime, scan_by: str
) -> list[dict[str, Any]]:
    """GetMetricData for series, and for expressions that are made of them."""
    stats = {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}
    expressions = {query["Id"]: query["Expression"] for query in queries if "Expression" in query}
    series = calculated({id_: _series(backend, stat, start, end) for id_, stat in stats.items()}, expressions)
    answers = []
    for query in queries:
        found = list(series.get(query["Id"], {}).items())
        if scan_by == "TimestampDescending":
            found.reverse()
        metric = stats[query["Id"]]["Metric"]["MetricName"] if query["Id"] in stats else query["Id"]
        answer = {"id": query["Id"], "label": query.get("Label") or metric, "status_code": "Complete"}
        answer |= {"timestamps": [at for at, _ in found], "values": [value for _, value in found]}
        if query.get("ReturnData", True):
            answers.append(answer)
    return answers


def calculated(series: Mapping[str, Series], expressions: Mapping[str, str]) -> dict[str, Series]:
    """Series, and those that expressions make of them, in whatever order they stand; without what is not supported."""
    known, made = dict(series), dict[str, Series]()
    for _ in expressions:  # each time at least one more, if any
        for id_, expression in expressions.items():
            if id_ not in made:
                with contextlib.suppress(Unsupported):
                    made[id_] = evaluate(expression, known | made)
    return known | made


def _series(backend: CloudWatchBackend, stat: Mapping[str, Any], start: datetime, end: datetime) -> Series:
    metric, period, unit = stat["Metric"], int(stat["Period"]), stat.get("Unit")
    dimensions = pairs(metric.get("Dimensions"))
    data = data_of(backend, metric["Namespace"], metric["MetricName"], dimensions, start, end, period, unit)
    return values_of(data, stat["Stat"])

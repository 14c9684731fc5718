"""CloudWatch in the child: moto's, with exact dimensions, our clock, and alarms that go off.

moto counts every series of a name together when no dimension is asked for, lists a series without dimensions once for
each of its data, and leaves alarms as they are made.
"""

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import InvalidParameterValue
from moto.cloudwatch.metric_data_expression_parser import parse_expression
from moto.cloudwatch.models import Alarm, CloudWatchBackend, MetricDatumBase, Statistics

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
            found.setdefault((datum.namespace, datum.name, _dimensions(datum)), datum)
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
        if not start <= at < end or _dimensions(datum) != dimensions:
            continue
        data = found.setdefault(start + (at - start) // timedelta(seconds=period) * timedelta(seconds=period), [])
        if namespace == RATES[0] and name.startswith(RATES[1]):
            if at in rates:
                data.remove(rates[at])
            rates[at] = datum
        data.append(datum)
    return dict(sorted(found.items()))


def value_of(data: list[MetricDatumBase], statistic: str, at: datetime) -> float | None:
    """One statistic of the data of a period."""
    statistics = Statistics([statistic], at)
    statistics.metric_data = data
    value = statistics.get_statistics_for_type(statistic)
    return None if value is None else float(value)


def pairs(dimensions: Iterable[Mapping[str, str]] | None) -> frozenset[tuple[str, str]]:
    """Dimensions as they come in requests."""
    return frozenset((str(each["Name"]), str(each["Value"])) for each in dimensions or ())


def _dimensions(datum: MetricDatumBase) -> frozenset[tuple[str, str]]:
    return frozenset((str(each.name), str(each.value)) for each in datum.dimensions)


def _floor(moment: datetime, seconds: int) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // timedelta(seconds=seconds) * timedelta(seconds=seconds)


def _is_select(query: Mapping[str, Any]) -> bool:
    return str(query.get("Expression", "")).startswith("SELECT")


def _answers(
    backend: CloudWatchBackend, queries: list[dict[str, Any]], start: datetime, end: datetime, scan_by: str
) -> list[dict[str, Any]]:
    """GetMetricData for series, and for expressions that are made of them."""
    series = [_series(backend, query, start, end) for query in queries if "MetricStat" in query]
    if scan_by == "TimestampDescending":
        for each in series:
            each["values"].reverse()
            each["timestamps"].reverse()
    by_id = {each["id"]: each for each in series}
    answers = []
    for query in queries:
        answer = by_id.get(query["Id"])
        if answer is None:
            values, timestamps = parse_expression(query["Expression"], series)
            label = query.get("Label") or query["Id"]
            answer = {"id": query["Id"], "label": label, "values": values, "timestamps": timestamps}
        if query.get("ReturnData", True):
            answers.append({**answer, "status_code": "Complete"})
    return answers


def _series(backend: CloudWatchBackend, query: Mapping[str, Any], start: datetime, end: datetime) -> dict[str, Any]:
    wanted = query["MetricStat"]
    metric, statistic, period = wanted["Metric"], wanted["Stat"], int(wanted["Period"])
    dimensions, unit = pairs(metric.get("Dimensions")), wanted.get("Unit")
    found = data_of(backend, metric["Namespace"], metric["MetricName"], dimensions, start, end, period, unit)
    values = {at: value_of(data, statistic, at) for at, data in found.items()}
    return {
        "id": query["Id"],
        "label": query.get("Label") or metric["MetricName"],
        "values": [value for value in values.values() if value is not None],
        "timestamps": [at for at, value in values.items() if value is not None],
    }

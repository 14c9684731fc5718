"""Alarms in the child: moto keeps them, this looks at their metrics, and says whom to tell what."""

import json
import threading
import traceback
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from moto.cloudwatch.models import Alarm, CloudWatchBackend, Metric, MetricDataQuery, MetricStat, cloudwatch_backends

from sestina.adapters.neighbours import moto_cloudwatch as cloudwatch
from sestina.adapters.neighbours.alarms import (
    MORE_LOOKED_AT,
    OPERATORS,
    Point,
    Rule,
    State,
    Verdict,
    document,
    judge,
    stamp,
    subject,
)

STATISTICS: Final = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
STAYS_AS_SET: Final = timedelta(minutes=1)  # SetAlarmState holds until the next evaluation

_looking = threading.Lock()
_notices: dict[tuple[str, str], list[dict[str, Any]]] = {}  # by account and region


def look(account: str, region: str, now: str) -> dict[str, Any]:
    """Evaluates the alarms there: how many there are, and what is to be published about those that changed."""
    cloudwatch.tell_time(now)
    note_changes()
    backend = cloudwatch_backends[account][region]
    with _looking:
        for alarm in list(backend.alarms.values()):
            try:
                _evaluate(backend, alarm)
            except Exception as error:  # moto takes alarms that CloudWatch refuses; they harm no other
                traceback.print_exception(error)
        return {"alarms": len(backend.alarms), "notices": _notices.pop((account, region), [])}


@cache
def note_changes() -> None:
    """Lets moto's alarms say when they change, by evaluation or by SetAlarmState."""
    update, set_state = Alarm.update_state, CloudWatchBackend.set_alarm_state

    def update_state(self: Alarm, reason: str, reason_data: str, state_value: str) -> None:
        was: Any = self.state_value
        update(self, reason, reason_data, state_value)
        if was != state_value and self.actions_enabled:
            _note(self, was)

    def set_alarm_state(
        self: CloudWatchBackend, alarm_name: str, reason: str, reason_data: str, state_value: str
    ) -> None:
        set_state(self, alarm_name, reason, reason_data, state_value)
        self.alarms[alarm_name].holds_until = cloudwatch.now() + STAYS_AS_SET  # type: ignore[attr-defined]

    for target, function in ((Alarm, update_state), (CloudWatchBackend, set_alarm_state)):
        setattr(target, function.__name__, function)


def _evaluate(backend: CloudWatchBackend, alarm: Alarm) -> None:
    if (
        alarm.rule is not None
        or alarm.comparison_operator not in OPERATORS
        or getattr(alarm, "holds_until", cloudwatch.now()) > cloudwatch.now()
    ):
        return
    rule = Rule(
        operator=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        periods=int(alarm.evaluation_periods),
        needed=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        missing=alarm.treat_missing_data or "missing",
    )
    was: Any = alarm.state_value
    points = _points(backend, alarm, rule)
    verdict = None if points is None else judge(rule, points, was)
    if points is not None and verdict is not None:
        alarm.update_state(verdict.reason, _reason_data(alarm, points), verdict.state)


def _reason_data(alarm: Alarm, points: Sequence[Point | None]) -> str:
    """The reason for programs."""
    data = {
        "version": "1.0",
        "queryDate": stamp(cloudwatch.now()),
        "statistic": alarm.statistic,
        "period": alarm.period,
        "recentDatapoints": [point.value for point in reversed(points) if point is not None],
        "threshold": alarm.threshold,
    }
    return json.dumps({name: value for name, value in data.items() if value is not None})


def _points(backend: CloudWatchBackend, alarm: Alarm, rule: Rule) -> list[Point | None] | None:
    """The value of each of the newest periods, the newest first; None for an alarm that cannot be evaluated."""
    stats = _stats(alarm)
    if not stats or any(stat.stat not in STATISTICS for stat in stats.values()):
        return None
    period = max(int(stat.period) for stat in stats.values())
    end = _end(period, is_running=rule.sees_running_period)
    begins = [end - timedelta(seconds=period) * number for number in range(1, rule.periods + MORE_LOOKED_AT + 1)]
    series = {}
    for id_, stat in stats.items():
        name, dimensions = stat.metric.metric_name, cloudwatch.named(stat.metric.dimensions)
        data = cloudwatch.data_of(backend, stat.metric.namespace, name, dimensions, begins[-1], end, period, stat.unit)
        series[id_] = cloudwatch.values_of(data, stat.stat)
    expressions = {query.id: query.expression for query in alarm.metric_data_queries if query.expression}
    values = cloudwatch.calculated(series, expressions).get(_judged(alarm))
    return None if values is None else [Point(at, values[at]) if at in values else None for at in begins]


def _stats(alarm: Alarm) -> dict[str, MetricStat]:
    """The series an alarm needs, by their ids."""
    if alarm.metric_name:
        metric = Metric(alarm.metric_name, alarm.namespace, alarm.dimensions)
        return {"": MetricStat(metric, str(alarm.period), alarm.statistic, alarm.unit or "")}
    return {query.id: query.metric_stat for query in alarm.metric_data_queries if query.metric_stat}


def _judged(alarm: Alarm) -> str:
    """The one query that returns data."""
    found = [query.id for query in alarm.metric_data_queries if str(query.return_data).lower() != "false"]
    return found[0] if found else ""


def _end(period: int, *, is_running: bool) -> datetime:
    """Where the newest period ends: periods of an hour end with any minute, as they do in CloudWatch."""
    step = timedelta(seconds=min(period, cloudwatch.MINUTE))
    midnight = cloudwatch.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((cloudwatch.now() - midnight) // step + is_running) * step


def _note(alarm: Alarm, was: State) -> None:
    state: Any = alarm.state_value
    actions = {"OK": alarm.ok_actions, "ALARM": alarm.alarm_actions}.get(state, alarm.insufficient_data_actions)
    facts = {
        "name": alarm.name,
        "description": alarm.description,
        "arn": alarm.alarm_arn,
        "configured": alarm.configuration_updated_timestamp,
        "changed": alarm.state_updated_timestamp,
        "ok": alarm.ok_actions,
        "alarm": alarm.alarm_actions,
        "insufficient": alarm.insufficient_data_actions,
    }
    verdict = Verdict(state, alarm.state_reason)
    notice = {
        "topics": [action for action in actions or () if action.split(":")[2:3] == ["sns"]],
        "subject": subject(state, alarm.name, alarm.region_name),
        "message": document(facts, alarm.region_name, verdict, was, _trigger(alarm)),
    }
    _notices.setdefault((alarm.alarm_arn.split(":")[4], alarm.region_name), []).append(notice)


def _trigger(alarm: Alarm) -> dict[str, Any]:
    common = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.evaluation_periods,
        "DatapointsToAlarm": alarm.datapoints_to_alarm or alarm.evaluation_periods,
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": alarm.threshold,
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile or "",
    }
    if not alarm.metric_name:
        return {**common, "Period": None, "Metrics": [_query(query) for query in alarm.metric_data_queries]}
    statistic = "ExtendedStatistic" if alarm.extended_statistic else "Statistic"
    return {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": statistic,
        statistic: alarm.extended_statistic or _in_capitals(alarm.statistic),
        "Unit": alarm.unit,
        "Dimensions": [{"value": each.value, "name": each.name} for each in alarm.dimensions],
        **common,
    }


def _query(query: MetricDataQuery) -> dict[str, Any]:
    told: dict[str, Any] = {"Id": query.id, "ReturnData": str(query.return_data).lower() != "false"}
    if query.expression:
        return {"Expression": query.expression, "Label": query.label, **told}
    stat = query.metric_stat
    assert stat is not None
    metric = {
        "Dimensions": [{"value": each.value, "name": each.name} for each in stat.metric.dimensions],
        "MetricName": stat.metric.metric_name,
        "Namespace": stat.metric.namespace,
    }
    return {"MetricStat": {"Metric": metric, "Period": stat.period, "Stat": stat.stat}, **told}


def _in_capitals(statistic: str | None) -> str:
    """SampleCount is written SAMPLE_COUNT there."""
    return "SAMPLE_COUNT" if statistic == "SampleCount" else (statistic or "").upper()

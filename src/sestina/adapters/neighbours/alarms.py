"""Alarms: what state a CloudWatch alarm is in by its datapoints, and what its topics are told.

The rules are those of the AWS page "Configuring how CloudWatch alarms treat missing data".
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

from msgspec import Struct

State = Literal["ALARM", "INSUFFICIENT_DATA", "OK"]

MORE_LOOKED_AT: Final = 2  # periods before those evaluated, in case some hold no data
LONGEST_SUBJECT: Final = 100  # of SNS

OPERATORS: Final = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}

REGIONS: Final = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "Europe (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}


class Point(Struct, frozen=True):
    """The statistic of one period."""

    at: datetime
    """When the period begins."""
    value: float


class Rule(Struct, frozen=True, kw_only=True):
    """When an alarm goes off."""

    operator: str
    """A key of `OPERATORS`."""
    threshold: float
    periods: int
    needed: int
    """How many of the periods must be beyond the threshold."""
    missing: str
    """`missing`, `ignore`, `breaching` or `notBreaching`."""

    @property
    def sees_running_period(self) -> bool:
        """Whether a period may be judged before it is over: what is already too much will not be less."""
        return self.operator.startswith("GreaterThan")

    def is_breached_by(self, point: Point) -> bool:
        """Whether a datapoint is beyond the threshold."""
        if self.operator.startswith("GreaterThan"):
            return point.value > self.threshold or (point.value == self.threshold and "OrEqual" in self.operator)
        return point.value < self.threshold or (point.value == self.threshold and "OrEqual" in self.operator)


class Verdict(Struct, frozen=True):
    """A state, and why."""

    state: State
    reason: str


def judge(rule: Rule, periods: Sequence[Point | None], was: State) -> Verdict | None:
    """What the newest periods, the newest first, say of an alarm; None if it stays as it is."""
    points = [point for point in periods if point is not None][: rule.periods]
    state = _state(rule, points, periods, was)
    return None if state == was else Verdict(state, _reason(rule, points, state, was))


def _state(rule: Rule, points: Sequence[Point], periods: Sequence[Point | None], was: State) -> State:
    breaching = [rule.is_breached_by(point) for point in points]
    lacking = rule.periods - len(points)
    filled = lacking if rule.missing == "breaching" else 0
    if breaching.count(True) + filled >= rule.needed:
        return "ALARM"
    if not lacking or rule.missing in ("breaching", "notBreaching") or False in breaching:
        return "OK"
    if rule.missing == "ignore":
        return was
    if not points:
        return "INSUFFICIENT_DATA"
    # Nothing but breaches, too few of them: they count as more when they are old, and nothing better has come since.
    oldest = max(place for place, point in enumerate(periods, 1) if point is not None)
    return "ALARM" if oldest >= rule.needed else was


def _reason(rule: Rule, points: Sequence[Point], state: State, was: State) -> str:
    """In CloudWatch's words."""
    if not points:
        if state == "INSUFFICIENT_DATA":
            return f"Insufficient Data: {_counted(rule.periods, 'datapoint')} {_were(rule.periods)} unknown."
        treated = "Breaching" if state == "ALARM" else "NonBreaching"
        return (
            f"Threshold Crossed: no datapoints were received for {_counted(rule.periods, 'period')} and "
            f"{_counted(rule.periods, 'missing datapoint')} {_were(rule.periods)} treated as [{treated}]."
        )
    found = [point for point in points if rule.is_breached_by(point) == (state == "ALARM")]
    told = ", ".join(f"{point.value} ({point.at:%d/%m/%y %H:%M:%S})" for point in found)
    least = rule.needed if state == "ALARM" else rule.periods - rule.needed + 1
    return (
        f"Threshold Crossed: {len(found)} out of the last {rule.periods} datapoints [{told}] "
        f"{_were(len(found))} {'' if state == 'ALARM' else 'not '}{OPERATORS[rule.operator]} the threshold "
        f"({rule.threshold}) (minimum {_counted(least, 'datapoint')} for {was} -> {state} transition)."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def subject(state: State, name: str, region: str) -> str:
    """The subject of the notification; a name that makes it too long is cut."""
    where = REGIONS.get(region, region)
    room = LONGEST_SUBJECT - len(f'{state}: "" in {where}')
    shown = name if len(name) <= room else name[: room - 3] + "..."
    return f'{state}: "{shown}" in {where}'


def document(alarm: Mapping[str, Any], region: str, verdict: Verdict, was: State, trigger: Mapping[str, Any]) -> str:
    """The notification as JSON, its members in CloudWatch's order."""
    return json.dumps(
        {
            "AlarmName": alarm["name"],
            "AlarmDescription": alarm["description"],
            "AWSAccountId": alarm["arn"].split(":")[4],
            "AlarmConfigurationUpdatedTimestamp": stamp(alarm["configured"]),
            "NewStateValue": verdict.state,
            "NewStateReason": verdict.reason,
            "StateChangeTime": stamp(alarm["changed"]),
            "Region": REGIONS.get(region, region),
            "AlarmArn": alarm["arn"],
            "OldStateValue": was,
            "OKActions": alarm["ok"],
            "AlarmActions": alarm["alarm"],
            "InsufficientDataActions": alarm["insufficient"],
            "Trigger": trigger,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def stamp(moment: datetime) -> str:
    """An instant as CloudWatch writes it in notifications."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}+0000"

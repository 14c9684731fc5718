"""CloudWatch of SES: what an account has sent is there to be read, and alarms on it reach their topics."""

import datetime as dt
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.elsewhere import Elsewhere, play
from harness import Server
from inspecting import ask, look, send, verified

from sestina.adapters.neighbours.neighbourhood import Neighbourhood
from sestina.ports.neighbours import Metric, Place

START = 1_800_000_000_000 - 1_800_000_000_000 % 3_600_000
BOUNCES = "bounce@simulator.amazonses.com"


def moment(offset_minutes: float = 0) -> dt.datetime:
    return dt.datetime.fromtimestamp(START / 1000 + offset_minutes * 60, dt.UTC)


class Shop:
    """A customer with a verified domain, on a server whose clock stands at `START`."""

    def __init__(self, server: Server, account: str, *, is_new: bool = True) -> None:
        self.server = server
        self.account = account
        server.run(self._freeze())
        client = server.client("sesv2", account)
        self.ses = verified(client) if is_new else client
        self.cloudwatch = server.client("cloudwatch", account)

    async def _freeze(self) -> None:
        self.server.app.clock.freeze(START)

    def advance(self, seconds: int) -> None:
        look(self.server, "/_sestina/clock", "POST", {"advance": seconds})

    def send(self, *to: str, **given: Any) -> None:
        for address in to:
            send(self.ses, to=address, **given)
        self.server.settle()

    def sums(self, metric: str, *dimensions: tuple[str, str], period: int = 60) -> list[tuple[dt.datetime, float]]:
        answer = self.cloudwatch.get_metric_statistics(
            Namespace="AWS/SES",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions],
            StartTime=moment(),
            EndTime=moment(60),
            Period=period,
            Statistics=["Sum"],
        )
        return [(point["Timestamp"].astimezone(dt.UTC), point["Sum"]) for point in answer["Datapoints"]]

    def topic(self, name: str) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
        """A topic, and what takes out all that it was told."""
        sns, sqs = self.server.client("sns", self.account), self.server.client("sqs", self.account)
        topic = sns.create_topic(Name=name)["TopicArn"]
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=topic.replace(":sns:", ":sqs:"))

        def taken(seconds: int = 0) -> list[dict[str, Any]]:
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds)
            for message in got.get("Messages", ()):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return [json.loads(message["Body"]) for message in got.get("Messages", ())]

        return topic, taken

    def alarm(self, topic: str, **given: Any) -> None:
        self.cloudwatch.put_metric_alarm(
            **{
                "AlarmName": "bounces",
                "Namespace": "AWS/SES",
                "MetricName": "Bounce",
                "Statistic": "Sum",
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [topic],
                "OKActions": [topic],
                **given,
            }
        )

    def state(self, name: str = "bounces") -> str:
        [alarm] = self.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return str(alarm["StateValue"])


@pytest.fixture
def shop(server: Server, account: str) -> Shop:
    return Shop(server, account)


def test_what_was_sent_is_counted_at_the_time_of_our_clock(shop: Shop) -> None:
    shop.send("a@example.org", BOUNCES)
    shop.advance(120)
    shop.send("b@example.org", "complaint@simulator.amazonses.com", "c@example.org")
    assert [(moment(), 2.0), (moment(2), 3.0)] == shop.sums("Send")
    assert [(moment(), 1.0), (moment(2), 3.0)] == shop.sums("Delivery")
    assert [(moment(), 1.0)] == shop.sums("Bounce")
    assert [(moment(2), 1.0)] == shop.sums("Complaint")
    assert [(moment(), 5.0)] == shop.sums("Send", period=300)
    shop.send("d@example.org")
    assert [(moment(), 6.0)] == shop.sums("Send", period=300)


def test_what_a_destination_counts_is_apart_from_the_account(shop: Shop) -> None:
    shop.ses.create_configuration_set(ConfigurationSetName="cs")
    dimension = {
        "DimensionName": "campaign",
        "DimensionValueSource": "MESSAGE_TAG",
        "DefaultDimensionValue": "none",
    }
    shop.ses.create_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestinationName="counts",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["SEND"],
            "CloudWatchDestination": {"DimensionConfigurations": [dimension]},
        },
    )
    shop.send("a@example.org")
    shop.send("b@example.org", "c@example.org", ConfigurationSetName="cs")
    assert [(moment(), 3.0)] == shop.sums("Send")
    assert [(moment(), 2.0)] == shop.sums("Send", ("campaign", "none"))
    listed = shop.cloudwatch.list_metrics(Namespace="AWS/SES", MetricName="Send")["Metrics"]
    campaign = [{"Name": "campaign", "Value": "none"}]
    assert [[], campaign] == sorted((each["Dimensions"] for each in listed), key=len)
    names = [each["MetricName"] for each in shop.cloudwatch.list_metrics(Namespace="AWS/SES")["Metrics"]]
    rates = ["Reputation.BounceRate", "Reputation.ComplaintRate"]
    assert {"Delivery", "Send", *rates} == set(names)


def test_an_alarm_goes_off_and_tells_its_topic(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    shop.alarm(topic, AlarmDescription="too many bounces", Dimensions=[])
    assert "OK" == shop.state()
    assert ['OK: "bounces" in US East (N. Virginia)'] == [told["Subject"] for told in taken()]
    shop.send(BOUNCES, BOUNCES)
    [alarm] = shop.cloudwatch.describe_alarms(AlarmNames=["bounces"])["MetricAlarms"]
    assert ("ALARM", [2.0]) == (alarm["StateValue"], json.loads(alarm["StateReasonData"])["recentDatapoints"])
    [told] = taken()
    assert ('ALARM: "bounces" in US East (N. Virginia)', topic) == (told["Subject"], told["TopicArn"])
    assert {
        "AlarmName": "bounces",
        "AlarmDescription": "too many bounces",
        "AWSAccountId": shop.account,
        "AlarmConfigurationUpdatedTimestamp": f"{moment():%Y-%m-%dT%H:%M:%S}.000+0000",
        "NewStateValue": "ALARM",
        "NewStateReason": (
            f"Threshold Crossed: 1 out of the last 1 datapoints [2.0 ({moment():%d/%m/%y %H:%M:%S})] was greater than "
            "the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
        ),
        "StateChangeTime": f"{moment():%Y-%m-%dT%H:%M:%S}.000+0000",
        "Region": "US East (N. Virginia)",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:{shop.account}:alarm:bounces",
        "OldStateValue": "OK",
        "OKActions": [topic],
        "AlarmActions": [topic],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "Bounce",
            "Namespace": "AWS/SES",
            "StatisticType": "Statistic",
            "Statistic": "SUM",
            "Unit": None,
            "Dimensions": [],
            "Period": 60,
            "EvaluationPeriods": 1,
            "DatapointsToAlarm": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 1.0,
            "TreatMissingData": "notBreaching",
            "EvaluateLowSampleCountPercentile": "",
        },
    } == json.loads(told["Message"])


def test_an_alarm_goes_off_and_recovers_by_the_clock_alone(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    shop.alarm(topic)
    taken()
    shop.send(BOUNCES, BOUNCES)
    shop.advance(5)
    assert ["ALARM"] == [json.loads(told["Message"])["NewStateValue"] for told in taken(10)]
    shop.advance(600)
    assert ["OK"] == [json.loads(told["Message"])["NewStateValue"] for told in taken(10)]
    assert "OK" == shop.state()


def test_an_alarm_on_a_rate_and_one_in_the_form_of_queries(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    common = {"EvaluationPeriods": 1, "AlarmActions": [topic], "ComparisonOperator": "GreaterThanOrEqualToThreshold"}
    shop.cloudwatch.put_metric_alarm(
        AlarmName="rate",
        Namespace="AWS/SES",
        MetricName="Reputation.BounceRate",
        Statistic="Average",
        Period=3600,
        Threshold=0.5,
        **common,
    )
    metric = {"Namespace": "AWS/SES", "MetricName": "Send"}
    queries = [{"Id": "m1", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}}]
    shop.cloudwatch.put_metric_alarm(AlarmName="volume", Metrics=queries, Threshold=3, **common)
    assert ["INSUFFICIENT_DATA"] * 2 == [shop.state("rate"), shop.state("volume")]
    id_ = send(shop.ses)
    shop.send("other@example.org")
    assert ["OK"] * 2 == [shop.state("rate"), shop.state("volume")]
    look(shop.server, f"/_sestina/messages/{id_}/simulate", "POST", {"event": "bounce"})
    assert ["ALARM", "OK"] == [shop.state("rate"), shop.state("volume")]
    shop.send("third@example.org")
    assert "ALARM" == shop.state("volume")
    assert ["rate", "volume"] == sorted(json.loads(told["Message"])["AlarmName"] for told in taken())


def test_what_is_set_by_hand_is_told_and_holds_for_a_minute(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    shop.alarm(topic)
    taken()
    shop.cloudwatch.set_alarm_state(AlarmName="bounces", StateValue="ALARM", StateReason="a test")
    [told] = taken()
    assert ("ALARM", "a test") == tuple(
        json.loads(told["Message"])[name] for name in ("NewStateValue", "NewStateReason")
    )
    assert "ALARM" == shop.state()
    shop.advance(60)
    assert "OK" == shop.state()
    shop.cloudwatch.disable_alarm_actions(AlarmNames=["bounces"])
    shop.send(BOUNCES, BOUNCES)
    assert "ALARM" == shop.state()
    assert ["OK"] == [json.loads(told["Message"])["NewStateValue"] for told in taken()]


def test_an_alarm_that_is_put_again_keeps_its_state_and_one_that_is_gone_is_quiet(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    shop.alarm(topic)
    shop.send(BOUNCES, BOUNCES)
    assert "ALARM" == shop.state()
    shop.alarm(topic, AlarmDescription="another text")
    assert "ALARM" == shop.state()
    assert ["OK", "ALARM"] == [json.loads(told["Message"])["NewStateValue"] for told in taken()]
    shop.cloudwatch.delete_alarms(AlarmNames=["bounces"])
    assert [] == shop.cloudwatch.describe_alarms()["MetricAlarms"]
    shop.advance(600)
    assert [] == taken()


def test_several_metrics_are_read_at_once(shop: Shop) -> None:
    shop.send("a@example.org", BOUNCES)
    shop.advance(60)
    shop.send(BOUNCES, BOUNCES)
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {"Metric": {"Namespace": "AWS/SES", "MetricName": name}, "Period": 60, "Stat": "Sum"},
        }
        for name in ("Send", "Bounce", "Complaint")
    ]
    span = {"StartTime": moment(-5), "EndTime": moment(5)}
    read = shop.cloudwatch.get_metric_data(MetricDataQueries=queries, **span, ScanBy="TimestampAscending")
    newest_first = shop.cloudwatch.get_metric_data(MetricDataQueries=queries[:1], **span)
    assert {"send": [2.0, 2.0], "bounce": [1.0, 2.0], "complaint": []} == {
        each["Id"]: each["Values"] for each in read["MetricDataResults"]
    }
    [only] = newest_first["MetricDataResults"]
    assert [moment(1), moment()] == [at.astimezone(dt.UTC) for at in only["Timestamps"]]


def test_a_metric_without_time_is_of_our_clock(shop: Shop) -> None:
    shop.cloudwatch.put_metric_data(Namespace="AWS/SES", MetricData=[{"MetricName": "Mine", "Value": 2.5}])
    assert [(moment(), 2.5)] == shop.sums("Mine")
    berlin = dt.timezone(dt.timedelta(hours=1))
    late = {"MetricName": "Mine", "Value": 1, "Timestamp": moment(7).astimezone(berlin)}
    shop.cloudwatch.put_metric_data(Namespace="AWS/SES", MetricData=[late])
    assert [(moment(), 2.5), (moment(7), 1.0)] == shop.sums("Mine")


def test_an_alarm_that_makes_no_sense_harms_no_other(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    form = "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=senseless&MetricName=Bounce&Namespace=AWS/SES"
    signed = f"AWS4-HMAC-SHA256 Credential={shop.account}/20260101/us-east-1/monitoring/aws4_request, Signature=0"
    request = urllib.request.Request(
        shop.server.url,
        f"{form}&ComparisonOperator=GreaterThanThreshold".encode(),
        {"Authorization": signed, "Content-Type": "application/x-www-form-urlencoded"},
    )
    assert 200 == ask(request).status
    shop.alarm(topic)
    shop.send(BOUNCES, BOUNCES)
    assert "ALARM" == shop.state()
    assert ["OK", "ALARM"] == [json.loads(told["Message"])["NewStateValue"] for told in taken()]


@pytest.mark.slow
def test_what_was_sent_is_still_counted_after_a_restart(tmp_path: Path, account: str) -> None:
    with Server(data=str(tmp_path)) as server:
        Shop(server, account).send("a@example.org", BOUNCES)
    with Server(data=str(tmp_path)) as server:
        shop = Shop(server, account, is_new=False)
        assert [(moment(), 2.0)] == shop.sums("Send") == shop.sums("Send")
        shop.advance(60)
        shop.send("b@example.org")
        assert [(moment(), 2.0), (moment(1), 1.0)] == shop.sums("Send")


def test_a_cloudwatch_elsewhere_is_told_of_no_account(account: str) -> None:
    there = Elsewhere((200, b"{}"), (200, b"{}"))

    async def story(neighbours: Neighbourhood) -> None:
        neighbours.metrics.draw_from(Unasked())
        await neighbours.metrics.bring(Place(account, "us-east-1"))
        await neighbours.metrics.put(Place(account, "us-east-1"), [Metric(namespace="AWS/SES", name="Send", at=START)])

    play(there, story)
    assert 1 == len(there.got)


class Unasked:
    """A source that nobody may ask."""

    async def take(self, place: Place, now: int) -> list[Metric]:
        raise AssertionError(place, now)

    def forget(self) -> None:
        raise AssertionError


def test_a_rate_is_calculated_and_watched(shop: Shop) -> None:
    topic, taken = shop.topic("alarms")
    queries = [
        {"Id": "rate", "Expression": "100 * FILL(bounced, 0) / sent", "Label": "percent", "ReturnData": True},
        *(
            {
                "Id": id_,
                "MetricStat": {"Metric": {"Namespace": "AWS/SES", "MetricName": name}, "Period": 300, "Stat": "Sum"},
                "ReturnData": False,
            }
            for id_, name in (("bounced", "Bounce"), ("sent", "Send"))
        ),
    ]
    shop.cloudwatch.put_metric_alarm(
        AlarmName="percent",
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=20,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    shop.send("a@example.org", "b@example.org", "c@example.org")
    assert "OK" == shop.state("percent")
    shop.send(BOUNCES)
    assert "ALARM" == shop.state("percent")
    [told] = [json.loads(told["Message"]) for told in taken()]
    assert ["rate", "bounced", "sent"] == [query["Id"] for query in told["Trigger"]["Metrics"]]
    assert "[25.0 (" in told["NewStateReason"]
    read = shop.cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=moment(), EndTime=moment(5))
    assert [("percent", [25.0])] == [(each["Label"], each["Values"]) for each in read["MetricDataResults"]]

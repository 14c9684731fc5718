"""What happened to a message reaches whoever was told to listen, through the neighbours that are built in."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from harness import Server, new_account
from inspecting import look
from outcomes import EICAR

ROLE = "arn:aws:iam::000000000000:role/any"
EVERYTHING = [
    "SEND",
    "REJECT",
    "BOUNCE",
    "COMPLAINT",
    "DELIVERY",
    "RENDERING_FAILURE",
    "DELIVERY_DELAY",
]


class Shop:
    """A customer with a verified domain, the set `cs`, and one destination for everything."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.account = new_account()
        self.ses = self.client("ses")
        self.sesv2 = self.client("sesv2")
        self.sesv2.create_email_identity(EmailIdentity="shop.test")
        self.sesv2.create_configuration_set(ConfigurationSetName="cs")

    def client(self, service: str) -> Any:
        return self.server.client(service, self.account)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:us-east-1:{self.account}:{resource}"

    def topic(self, name: str = "events") -> str:
        return str(self.client("sns").create_topic(Name=name)["TopicArn"])

    def queue(self, name: str) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
        """The ARN of a new queue, and what takes out all that is in it."""
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]

        def taken() -> list[dict[str, Any]]:
            bodies = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    bodies.append(json.loads(message["Body"]))
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return bodies

        return self.arn("sqs", name), taken

    def listen(self, topic: str, name: str = "queue") -> Callable[[], list[dict[str, Any]]]:
        """What takes out everything that a topic was told from now on."""
        arn, taken = self.queue(name)
        self.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return taken

    def publish_to(self, kind: str, target: object, **given: Any) -> None:
        self.sesv2.create_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestinationName=given.get("name", "dest"),
            EventDestination={
                "Enabled": given.get("enabled", True),
                "MatchingEventTypes": given.get("events", EVERYTHING),
                kind: target,
            },
        )

    def send(self, *to: str, **given: Any) -> str:
        answer = self.sesv2.send_email(
            FromEmailAddress="news@shop.test",
            Destination={"ToAddresses": list(to)},
            **{"ConfigurationSetName": "cs", "Content": simple("Hi"), **given},
        )
        self.server.settle()
        return str(answer["MessageId"])


def simple(subject: str, text: str = "Hello") -> dict[str, Any]:
    return {"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": text}}}}


@pytest.fixture
def shop(server: Server) -> Shop:
    return Shop(server)


def types_of(envelopes: list[dict[str, Any]]) -> list[str]:
    return sorted(json.loads(envelope["Message"])["eventType"] for envelope in envelopes)


def test_a_topic_is_validated_and_then_told_everything(shop: Shop) -> None:
    topic = shop.topic()
    taken = shop.listen(topic)
    shop.ses.create_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestination={
            "Name": "dest",
            "Enabled": True,
            "MatchingEventTypes": ["send", "delivery", "bounce", "complaint"],
            "SNSDestination": {"TopicARN": topic},
        },
    )
    [validation] = taken()
    assert "Successfully validated SNS topic for Amazon SES event publishing." == validation["Message"]
    id_ = shop.send("you@rcpt.test", "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com")
    envelopes = taken()
    assert ["Bounce", "Complaint", "Delivery", "Delivery", "Send"] == types_of(envelopes)
    for envelope in envelopes:
        event = json.loads(envelope["Message"])
        assert ("Notification", topic) == (envelope["Type"], envelope["TopicArn"])
        assert "Amazon SES Email Event Notification" == envelope["Subject"]
        assert envelope["Message"].endswith("}\n")
        assert id_ == event["mail"]["messageId"]
        assert 3 == len(event["mail"]["destination"])


def test_only_events_that_match_are_published_and_only_while_enabled(shop: Shop) -> None:
    topic = shop.topic()
    taken = shop.listen(topic)
    shop.publish_to("SnsDestination", {"TopicArn": topic}, name="bounces", events=["BOUNCE"])
    shop.publish_to("SnsDestination", {"TopicArn": topic}, name="off", enabled=False)
    taken()
    shop.send("you@rcpt.test", "bounce@simulator.amazonses.com")
    shop.send("bounce@simulator.amazonses.com", ConfigurationSetName="cs")
    assert ["Bounce", "Bounce"] == types_of(taken())


def test_a_default_set_publishes_as_a_named_one_does(shop: Shop) -> None:
    topic = shop.topic()
    taken = shop.listen(topic)
    shop.publish_to("SnsDestination", {"TopicArn": topic})
    shop.sesv2.put_email_identity_configuration_set_attributes(EmailIdentity="shop.test", ConfigurationSetName="cs")
    taken()
    shop.ses.send_email(
        Source="news@shop.test",
        Destination={"ToAddresses": ["you@rcpt.test"]},
        Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
    )
    shop.server.settle()
    assert ["Delivery", "Send"] == types_of(taken())


def test_a_stream_gets_lines_of_json_that_end_in_the_bucket(shop: Shop) -> None:
    bucket = f"events-{shop.account}"
    shop.client("s3").create_bucket(Bucket=bucket)
    stream = shop.client("firehose").create_delivery_stream(
        DeliveryStreamName="events",
        S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}"},
    )["DeliveryStreamARN"]
    shop.publish_to("KinesisFirehoseDestination", {"IamRoleArn": ROLE, "DeliveryStreamArn": stream})
    shop.send("bounce@simulator.amazonses.com")
    objects = shop.client("s3").list_objects_v2(Bucket=bucket)["Contents"]
    text = "".join(
        shop.client("s3").get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode() for each in objects
    )
    assert text.endswith("}\n")
    assert ["Bounce", "Send"] == sorted(json.loads(line)["eventType"] for line in text.splitlines())


def test_the_default_bus_gets_the_event_in_an_envelope(shop: Shop) -> None:
    queue, taken = shop.queue("from-bus")
    bus = shop.client("events")
    pattern = json.dumps({"source": ["aws.ses"], "detail-type": ["Email Bounced"]})
    bus.put_rule(Name="bounces", EventPattern=pattern)
    bus.put_targets(Rule="bounces", Targets=[{"Id": "queue", "Arn": queue}])
    shop.publish_to("EventBridgeDestination", {"EventBusArn": shop.arn("events", "event-bus/default")})
    id_ = shop.send("bounce@simulator.amazonses.com")
    [envelope] = taken()
    assert ("aws.ses", "Email Bounced", shop.account, "us-east-1", "0") == tuple(
        envelope[name] for name in ("source", "detail-type", "account", "region", "version")
    )
    assert [shop.arn("ses", "configuration-set/cs")] == envelope["resources"]
    assert ("Bounce", id_) == (envelope["detail"]["eventType"], envelope["detail"]["mail"]["messageId"])


def test_metrics_are_counted_by_their_dimensions(shop: Shop) -> None:
    dimensions = [
        {"DimensionName": name, "DimensionValueSource": source, "DefaultDimensionValue": "none"}
        for name, source in (
            ("campaign", "MESSAGE_TAG"),
            ("ses:configuration-set", "MESSAGE_TAG"),
            ("Subject", "EMAIL_HEADER"),
            ("cta", "LINK_TAG"),
        )
    ]
    shop.publish_to("CloudWatchDestination", {"DimensionConfigurations": dimensions})
    for campaign in ("spring", "spring", "autumn"):
        tags = [{"Name": "campaign", "Value": campaign}]
        shop.send("bounce@simulator.amazonses.com", EmailTags=tags)
    cloudwatch = shop.client("cloudwatch")
    now = dt.datetime.now(dt.UTC)

    def counted(metric: str, campaign: str) -> float:
        values = {"campaign": campaign, "ses:configuration-set": "cs", "Subject": "Hi", "cta": "none"}
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SES",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in values.items()],
            StartTime=now - dt.timedelta(minutes=10),
            EndTime=now + dt.timedelta(minutes=10),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    assert [2.0, 1.0, 2.0, 0.0] == [
        counted("Send", "spring"),
        counted("Send", "autumn"),
        counted("Bounce", "spring"),
        counted("Delivery", "spring"),
    ]


def test_topics_of_the_identity_are_told_beside_the_set_in_their_own_words(shop: Shop) -> None:
    topic, feedback = shop.topic(), shop.topic("feedback")
    taken, heard = shop.listen(topic), shop.listen(feedback, "heard")
    shop.publish_to("SnsDestination", {"TopicArn": topic})
    for type_ in ("Bounce", "Delivery"):
        shop.ses.set_identity_notification_topic(Identity="shop.test", NotificationType=type_, SnsTopic=feedback)
    shop.ses.set_identity_headers_in_notifications_enabled(
        Identity="shop.test", NotificationType="Bounce", Enabled=True
    )
    heard()
    taken()
    shop.send("you@rcpt.test", "bounce@simulator.amazonses.com")
    notifications = {
        notification["notificationType"]: (envelope, notification)
        for envelope in heard()
        for notification in [json.loads(envelope["Message"])]
    }
    assert {"Bounce", "Delivery"} == notifications.keys()
    for envelope, notification in notifications.values():
        assert "Subject" not in envelope
        assert "tags" not in notification["mail"]
        assert not envelope["Message"].endswith("\n")
    assert "headers" in notifications["Bounce"][1]["mail"]
    assert "headers" not in notifications["Delivery"][1]["mail"]
    events = [json.loads(envelope["Message"]) for envelope in taken()]
    assert {"Bounce", "Delivery", "Send"} == {event["eventType"] for event in events}
    [bounce] = [event["bounce"] for event in events if event["eventType"] == "Bounce"]
    assert bounce["feedbackId"] == notifications["Bounce"][1]["bounce"]["feedbackId"]


def test_a_topic_that_is_gone_is_withdrawn_and_forwarding_comes_back(shop: Shop) -> None:
    feedback = shop.topic("feedback")
    for type_ in ("Bounce", "Complaint", "Delivery"):
        shop.ses.set_identity_notification_topic(Identity="shop.test", NotificationType=type_, SnsTopic=feedback)
    shop.ses.set_identity_feedback_forwarding_enabled(Identity="shop.test", ForwardingEnabled=False)
    shop.client("sns").delete_topic(TopicArn=feedback)
    shop.send("you@rcpt.test", "bounce@simulator.amazonses.com", ConfigurationSetName="cs")
    attributes = shop.ses.get_identity_notification_attributes(Identities=["shop.test"])["NotificationAttributes"]
    assert {"ComplaintTopic": feedback, "DeliveryTopic": feedback, "ForwardingEnabled": True} == {
        name: value for name, value in attributes["shop.test"].items() if not name.startswith("HeadersIn")
    }
    [mail] = shop.server.messages(to=f"owner@{shop.account}.invalid")
    assert "Amazon SES removed an Amazon SNS topic from identity shop.test" == mail["subject"]


def test_a_destination_that_is_gone_loses_events_but_no_mail(shop: Shop) -> None:
    topic = shop.topic()
    shop.publish_to("SnsDestination", {"TopicArn": topic})
    shop.client("sns").delete_topic(TopicArn=topic)
    shop.send("you@rcpt.test")
    assert 1 == len(shop.server.messages(to="you@rcpt.test", account=shop.account))


def test_a_neighbour_that_is_away_refuses_new_destinations_and_costs_sends_nothing() -> None:
    with Server(neighbours=("sns=http://127.0.0.1:1", "firehose=http://127.0.0.1:1")) as server:
        shop = Shop(server)
        topic, stream = shop.arn("sns", "away"), shop.arn("firehose", "deliverystream/away")
        with pytest.raises(shop.sesv2.exceptions.BadRequestException, match="Could not publish to SNS topic"):
            shop.publish_to("SnsDestination", {"TopicArn": topic})
        with pytest.raises(shop.sesv2.exceptions.BadRequestException, match="Could not access Kinesis Firehose"):
            shop.publish_to("KinesisFirehoseDestination", {"IamRoleArn": ROLE, "DeliveryStreamArn": stream})
        with pytest.raises(shop.ses.exceptions.ClientError, match="is invalid"):
            shop.ses.set_identity_notification_topic(Identity="shop.test", NotificationType="Bounce", SnsTopic=topic)
        shop.send("you@rcpt.test")


def test_accounts_and_regions_keep_their_topics_apart(shop: Shop) -> None:
    taken = shop.listen(shop.topic())
    shop.publish_to("SnsDestination", {"TopicArn": shop.topic()})
    other = Shop(shop.server)
    heard = other.listen(other.topic())
    other.publish_to("SnsDestination", {"TopicArn": other.topic()})
    taken()
    heard()
    shop.send("you@rcpt.test")
    assert ["Delivery", "Send"] == types_of(taken())
    assert [] == heard()


def test_every_event_has_a_detail_type_and_a_time_in_whole_seconds(shop: Shop) -> None:
    queue, taken = shop.queue("from-bus")
    bus = shop.client("events")
    bus.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.ses"]}))
    bus.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": queue}])
    shop.publish_to("EventBridgeDestination", {"EventBusArn": shop.arn("events", "event-bus/default")})
    template = {"TemplateContent": {"Subject": "{{missing}}", "Text": "x"}, "TemplateData": "{}"}
    shop.send("you@rcpt.test", Content={"Template": template})
    shop.send("complaint@simulator.amazonses.com", "bounce@simulator.amazonses.com")
    id_ = shop.send("you@rcpt.test", Content=simple("Hi", EICAR.decode()))
    look(shop.server, f"/_sestina/messages/{id_}/simulate", "POST", {"event": "delay"})
    shop.server.settle()
    envelopes = taken()
    assert {
        "Send": "Email Sent",
        "Delivery": "Email Delivered",
        "Bounce": "Email Bounced",
        "Complaint": "Email Complaint Received",
        "Reject": "Email Rejected",
        "Rendering Failure": "Email Rendering Failed",
        "DeliveryDelay": "Email Delivery Delayed",
    } == {each["detail"]["eventType"]: each["detail-type"] for each in envelopes}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each["time"]) for each in envelopes)


def test_a_header_value_that_is_none_for_a_metric_costs_the_metric_and_no_mail(shop: Shop) -> None:
    dimension = {"DimensionName": "Subject", "DimensionValueSource": "EMAIL_HEADER", "DefaultDimensionValue": "none"}
    shop.publish_to("CloudWatchDestination", {"DimensionConfigurations": [dimension]})
    for subject in ("good", "not good!"):
        shop.send("you@rcpt.test", Content=simple(subject))
    template = {"TemplateContent": {"Subject": "{{missing}}", "Text": "x"}, "TemplateData": "{}"}
    shop.send("you@rcpt.test", Content={"Template": template})
    metrics = shop.client("cloudwatch").list_metrics(Namespace="AWS/SES")["Metrics"]
    values = {
        (metric["MetricName"], dimension["Value"])
        for metric in metrics
        for dimension in metric["Dimensions"]
        if dimension["Name"] == "Subject"
    }
    assert {("Send", "good"), ("Delivery", "good")} == {each for each in values if each[1] != "none"}
    assert ("RenderingFailure", "none") in values
    assert 2 == len(shop.server.messages(to="you@rcpt.test", subject="good", account=shop.account))

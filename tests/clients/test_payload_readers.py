"""Programs that others wrote to read what SES publishes read it here, out of queues behind SNS and EventBridge."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from harness import Server, new_account
from inspecting import look
from outcomes import EICAR, V2_TYPES

pytestmark = pytest.mark.slow
SIMULATOR = "@simulator.amazonses.com"
AS_ANYMAIL_CALLS_IT = {
    "Send": "sent",
    "Delivery": "delivered",
    "Bounce": "bounced",
    "Complaint": "complained",
    "Reject": "rejected",
    "Rendering Failure": "failed",
    "DeliveryDelay": "unknown",
}


class Everything:
    """One of each event, as it came out of the queue of a topic (`envelopes`) and of a rule (`events`)."""

    def __init__(self) -> None:
        with Server() as server:
            self.server = server
            self.account = new_account()
            self.sesv2 = self.client("sesv2")
            self.sesv2.create_email_identity(EmailIdentity="shop.test")
            self.sesv2.create_configuration_set(ConfigurationSetName="cs")
            topics, rules = self.queue("topics"), self.queue("rules")
            self.publish()
            self.send_all()
            self.envelopes, self.events = self.taken(topics), self.taken(rules)

    def client(self, service: str) -> Any:
        return self.server.client(service, self.account)

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:us-east-1:{self.account}:{resource}"

    def queue(self, name: str) -> str:
        return str(self.client("sqs").create_queue(QueueName=name)["QueueUrl"])

    def taken(self, queue: str) -> list[dict[str, Any]]:
        sqs, bodies = self.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
            bodies += [json.loads(message["Body"]) for message in messages]
        return bodies

    def publish(self) -> None:
        sns, bus = self.client("sns"), self.client("events")
        topic = sns.create_topic(Name="events")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self.arn("sqs", "topics"))
        bus.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.ses"]}))
        bus.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": self.arn("sqs", "rules")}])
        for name, target in (
            ("topic", {"SnsDestination": {"TopicArn": topic}}),
            ("bus", {"EventBridgeDestination": {"EventBusArn": self.arn("events", "event-bus/default")}}),
        ):
            self.sesv2.create_configuration_set_event_destination(
                ConfigurationSetName="cs",
                EventDestinationName=name,
                EventDestination={"Enabled": True, "MatchingEventTypes": V2_TYPES, **target},
            )
        for kind in ("Bounce", "Complaint", "Delivery"):
            self.client("ses").set_identity_notification_topic(
                Identity="shop.test", NotificationType=kind, SnsTopic=topic
            )

    def send_all(self) -> None:
        for recipient in ("success", "bounce", "complaint"):
            self.send(recipient + SIMULATOR)
        delayed = self.send("success" + SIMULATOR, text=EICAR.decode())
        template = {"TemplateContent": {"Subject": "{{missing}}", "Text": "x"}, "TemplateData": "{}"}
        self.send("success" + SIMULATOR, content={"Template": template})
        self.server.settle()
        look(self.server, f"/_sestina/messages/{delayed}/simulate", "POST", {"event": "delay"})
        self.server.settle()

    def send(self, to: str, text: str = "x", content: Any = None) -> str:
        simple = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": text}}}}
        answer = self.sesv2.send_email(
            FromEmailAddress="news@shop.test",
            Destination={"ToAddresses": [to]},
            Content=content or simple,
            ConfigurationSetName="cs",
        )
        return str(answer["MessageId"])


@pytest.fixture(scope="module")
def everything() -> Everything:
    return Everything()


def told(program: str, given: object) -> str:
    """What a program of this folder says to JSON."""
    command = [sys.executable, str(Path(__file__).with_name(program))]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_anymail_understands_every_event_and_notification(everything: Everything) -> None:
    results = json.loads(told("anymail_hook.py", everything.envelopes))
    kinds = Counter[str]()
    for envelope, (status, heard) in zip(everything.envelopes, results, strict=True):
        text = envelope["Message"]
        document = json.loads(text) if text.startswith("{") else {}
        kind = document.get("eventType") or document.get("notificationType")
        expected = [[AS_ANYMAIL_CALLS_IT[kind], *document["mail"]["destination"]]] if "mail" in document else []
        assert (200, expected) == (status, heard), text
        kinds[kind] += 1
    assert set(AS_ANYMAIL_CALLS_IT) | {"AmazonSnsSubscriptionSucceeded", None} == set(kinds)
    assert (2, 4, 2) == (kinds["Bounce"], kinds["Delivery"], kinds["Complaint"])


def test_the_models_of_powertools_take_envelopes_and_events(everything: Everything) -> None:
    assert set(AS_ANYMAIL_CALLS_IT) == {event["detail"]["eventType"] for event in everything.events}
    given = {"envelopes": everything.envelopes, "events": everything.events}
    assert "" == told("powertools_models.py", given)

"""HTTP subscribers of SNS confirm, and are told what SES publishes as Amazon SNS tells it."""

import base64
import json
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from harness import Server, new_account

REGION = "eu-central-1"
SECONDS = 10
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")


class Hook:
    """What arrives is a path, header fields by names in lower case, and a body; `statuses` are answered first."""

    def __init__(self) -> None:
        arrived = self.arrived = queue.Queue[tuple[str, dict[str, str], str]]()
        statuses = self.statuses = list[int]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(statuses.pop(0) if statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()
                arrived.put((self.path, {name.lower(): text for name, text in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://anna:s%20cret@127.0.0.1:{self.server.server_port}/hook?a=b"

    def next(self) -> tuple[str, dict[str, str], str]:
        return self.arrived.get(timeout=SECONDS)


@pytest.fixture
def hook() -> Iterator[Hook]:
    hook = Hook()
    thread = threading.Thread(target=hook.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hook
    hook.server.shutdown()
    thread.join()
    hook.server.server_close()


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:
        content: bytes = answer.read()
        return content


def asked(sns: Any, hook: Hook, **attributes: str) -> tuple[str, dict[str, Any]]:
    """The ARN of a topic, and the document that asks to confirm its subscription."""
    topic = str(sns.create_topic(Name="events")["TopicArn"])
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=hook.url, Attributes=attributes)
    assert "pending confirmation" == answer["SubscriptionArn"]
    _, fields, body = hook.next()
    document: dict[str, Any] = json.loads(body)
    assert "SubscriptionConfirmation" == document["Type"] == fields["x-amz-sns-message-type"]
    return topic, document


def confirmed(sns: Any, hook: Hook, **attributes: str) -> tuple[str, str]:
    """The ARNs of a topic and of its subscription."""
    topic, document = asked(sns, hook, **attributes)
    arn = sns.confirm_subscription(TopicArn=topic, Token=document["Token"])["SubscriptionArn"]
    return topic, str(arn)


def test_who_confirms_by_the_link_is_told_what_ses_publishes(server: Server, account: str, hook: Hook) -> None:
    sns, sesv2 = server.client("sns", account, REGION), server.client("sesv2", account, REGION)
    topic, document = asked(sns, hook)
    assert document["SubscribeURL"].startswith(f"{server.url}/?Action=ConfirmSubscription&")
    assert b"<SubscriptionArn>" + topic.encode() in fetched(document["SubscribeURL"])
    sesv2.create_email_identity(EmailIdentity="example.com")
    sesv2.create_configuration_set(ConfigurationSetName="cs")
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestinationName="hook",
        EventDestination={"Enabled": True, "MatchingEventTypes": ["SEND"], "SnsDestination": {"TopicArn": topic}},
    )
    assert "Successfully validated SNS topic" in json.loads(hook.next()[2])["Message"]
    id_ = sesv2.send_email(
        FromEmailAddress="me@example.com",
        Destination={"ToAddresses": ["success@simulator.amazonses.com"]},
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "x"}}}},
        ConfigurationSetName="cs",
    )["MessageId"]
    path, fields, body = hook.next()
    told = json.loads(body)
    assert "/hook?a=b" == path
    assert "Basic " + base64.b64encode(b"anna:s cret").decode() == fields["authorization"]
    assert ("Notification", told["MessageId"], topic, "text/plain; charset=UTF-8") == tuple(
        fields[name]
        for name in ("x-amz-sns-message-type", "x-amz-sns-message-id", "x-amz-sns-topic-arn", "content-type")
    )
    assert fields["x-amz-sns-subscription-arn"].startswith(topic + ":")
    assert id_ == json.loads(told["Message"])["mail"]["messageId"]


def test_who_has_not_confirmed_is_told_nothing(server: Server, account: str, hook: Hook) -> None:
    sns = server.client("sns", account, REGION)
    topic, document = asked(sns, hook)
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert "PendingConfirmation" == listed["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="early")
    sns.confirm_subscription(TopicArn=topic, Token=document["Token"])
    sns.publish(TopicArn=topic, Message="late")
    assert "late" == json.loads(hook.next()[2])["Message"]


def test_a_token_confirms_in_no_other_account(server: Server, account: str, hook: Hook) -> None:
    sns, other = server.client("sns", account, REGION), server.client("sns", new_account(), REGION)
    topic, document = asked(sns, hook)
    other_topic = other.create_topic(Name="events")["TopicArn"]
    with pytest.raises(ClientError, match="Token"):
        other.confirm_subscription(TopicArn=other_topic, Token=document["Token"])
    with pytest.raises(urllib.error.HTTPError, match="400"):
        fetched(document["SubscribeURL"].replace(account, other_topic.split(":")[4]))
    [listed] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert "PendingConfirmation" == listed["SubscriptionArn"]


def test_raw_delivery_is_the_message_alone(server: Server, account: str, hook: Hook) -> None:
    sns = server.client("sns", account, REGION)
    topic, _ = confirmed(sns, hook, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="héllo")
    _, fields, body = hook.next()
    assert ("true", "héllo") == (fields["x-amz-sns-rawdelivery"], body)


def test_the_signature_holds_and_the_links_lead_back(server: Server, account: str, hook: Hook) -> None:
    sns = server.client("sns", account, REGION)
    topic, _ = confirmed(sns, hook)
    sns.publish(TopicArn=topic, Subject="greeting", Message="héllo")
    told = json.loads(hook.next()[2])
    key = x509.load_pem_x509_certificate(fetched(told["SigningCertURL"])).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    text = "".join(f"{name}\n{told[name]}\n" for name in SIGNED)
    key.verify(base64.b64decode(told["Signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256())
    fetched(told["UnsubscribeURL"])
    assert [] == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def test_what_fails_is_posted_again_and_holds_up_nobody(server: Server, account: str, hook: Hook) -> None:
    sns = server.client("sns", account, REGION)
    topic, _ = confirmed(sns, hook)
    hook.statuses.append(503)
    id_ = sns.publish(TopicArn=topic, Message="again")["MessageId"]
    assert [id_, id_] == [hook.next()[1]["x-amz-sns-message-id"] for _ in range(2)]


def test_subscribers_that_are_gone_do_not_stand_in_the_way(server: Server, account: str) -> None:
    sns, sqs = server.client("sns", account), server.client("sqs", account)
    topic = sns.create_topic(Name="events")["TopicArn"]
    url = sqs.create_queue(QueueName="there")["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://127.0.0.1:9/gone")
    for name in ("never", "there"):
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:{name}")
    sns.publish(TopicArn=topic, Message="hello")
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert "hello" == json.loads(message["Body"])["Message"]

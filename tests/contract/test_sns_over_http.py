"""SNS tells HTTP endpoints what consumers of Amazon SNS check, and no subscriber stands in another's way."""

import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from harness import Server

REGION = "eu-central-1"


class Hook:
    """`posts` are the header fields, by names in lower case, and the bodies that came."""

    def __init__(self) -> None:
        posts = self.posts = list[tuple[dict[str, str], str]]()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                posts.append(({name.lower(): text for name, text in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


class Silent:
    """An endpoint that takes connections and never answers."""

    def __enter__(self) -> "Silent":
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/hook"
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()


@contextmanager
def listening() -> Iterator[Hook]:
    hook = Hook()
    thread = threading.Thread(target=hook.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield hook
    hook.server.shutdown()
    thread.join()
    hook.server.server_close()


@pytest.fixture
def hook() -> Iterator[Hook]:
    with listening() as hook:
        yield hook


def subscribed(server: Server, account: str, hook: Hook | Silent, **attributes: str) -> tuple[Any, str, str]:
    """A client, the ARN of a topic, and that of its subscription."""
    sns = server.client("sns", account, REGION)
    topic = sns.create_topic(Name="events")["TopicArn"]
    arn = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=hook.url, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    return sns, topic, arn


def test_an_endpoint_is_asked_to_confirm(server: Server, account: str, hook: Hook) -> None:
    sns, topic, arn = subscribed(server, account, hook)
    [(fields, body)] = hook.posts
    asked = json.loads(body)
    assert "SubscriptionConfirmation" == asked["Type"] == fields["x-amz-sns-message-type"]
    assert (asked["MessageId"], topic) == (fields["x-amz-sns-message-id"], fields["x-amz-sns-topic-arn"])
    assert "x-amz-sns-subscription-arn" not in fields
    assert {
        "Type", "MessageId", "Token", "TopicArn", "Message", "SubscribeURL", "Timestamp", "SignatureVersion",
        "Signature", "SigningCertURL",
    } == set(asked)  # fmt: skip
    assert arn == sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])["SubscriptionArn"]
    assert asked["SubscribeURL"].startswith(f"{server.url}/?Action=ConfirmSubscription&")
    with urllib.request.urlopen(asked["SubscribeURL"], timeout=30) as answer:
        assert f"<SubscriptionArn>{arn}</SubscriptionArn>" in answer.read().decode()


def test_an_endpoint_is_asked_once(server: Server, account: str, hook: Hook) -> None:
    subscribed(server, account, hook)
    subscribed(server, account, hook)
    assert 1 == len(hook.posts)


def test_a_notification_has_the_fields_that_consumers_check(server: Server, account: str, hook: Hook) -> None:
    sns, topic, arn = subscribed(server, account, hook)
    attributes = {"kind": {"DataType": "String", "StringValue": "x"}}
    id_ = sns.publish(TopicArn=topic, Subject="greeting", Message="héllo", MessageAttributes=attributes)["MessageId"]
    fields, body = hook.posts[-1]
    told = json.loads(body)
    assert "text/plain; charset=UTF-8" == fields["content-type"]
    assert ("Notification", id_, topic, arn) == tuple(
        fields[f"x-amz-sns-{name}"] for name in ("message-type", "message-id", "topic-arn", "subscription-arn")
    )
    assert ("Notification", id_, topic, "greeting", "héllo") == tuple(
        told[name] for name in ("Type", "MessageId", "TopicArn", "Subject", "Message")
    )
    assert {"kind": {"Type": "String", "Value": "x"}} == told["MessageAttributes"]
    with urllib.request.urlopen(told["UnsubscribeURL"], timeout=30):
        assert [] == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def test_raw_delivery_and_filters_hold_for_http(server: Server, account: str, hook: Hook) -> None:
    policy = json.dumps({"kind": ["wanted"]})
    sns, topic, _ = subscribed(server, account, hook, RawMessageDelivery="true", FilterPolicy=policy)
    for kind in ("other", "wanted"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
    _, (fields, body) = hook.posts
    assert ("wanted", "true") == (body, fields["x-amz-sns-rawdelivery"])


def test_each_protocol_gets_its_own_words(server: Server, account: str, hook: Hook) -> None:
    sns, topic, _ = subscribed(server, account, hook)
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "all", "http": "web"}))
    assert "web" == json.loads(hook.posts[-1][1])["Message"]


def test_subscribers_that_are_gone_do_not_stand_in_the_way(server: Server, account: str) -> None:
    with listening() as gone:
        sns, topic, _ = subscribed(server, account, gone)
    sqs = server.client("sqs", account, REGION)
    arns = {name: f"arn:aws:sqs:{REGION}:{account}:{name}" for name in ("never", "there")}
    url = sqs.create_queue(QueueName="there")["QueueUrl"]
    for arn in arns.values():
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hello")
    [message] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert "hello" == json.loads(message["Body"])["Message"]


def test_an_endpoint_that_hangs_is_waited_for_once(server: Server, account: str) -> None:
    with Silent() as silent:
        sns, topic, _ = subscribed(server, account, silent)
        begun = time.monotonic()
        for _ in range(5):
            sns.publish(TopicArn=topic, Message="hello")
        assert time.monotonic() - begun < 8.0

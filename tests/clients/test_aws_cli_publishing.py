"""The AWS command line, from a topic to the event in its queue, with nothing but this server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import Server

AWS = Path(sys.executable).with_name("aws")
DESTINATION = {
    "Name": "events",
    "Enabled": True,
    "MatchingEventTypes": ["send", "bounce", "delivery"],
    "SNSDestination": {"TopicARN": ""},
}


def aws(server: Server, *arguments: str) -> Any:
    """What a command prints; version 1 of the command line heeds no AWS_ENDPOINT_URL for SQS, hence the option."""
    environment = {**os.environ, **server.environment, "AWS_DEFAULT_REGION": "us-east-1", "AWS_DEFAULT_OUTPUT": "json"}
    command = [sys.executable, str(AWS), "--endpoint-url", server.url, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else {}


@pytest.mark.slow
def test_an_event_reaches_a_queue_by_commands_alone() -> None:
    with Server() as server:
        topic = aws(server, "sns", "create-topic", "--name", "events")["TopicArn"]
        queue = aws(server, "sqs", "create-queue", "--queue-name", "inbox")["QueueUrl"]
        names = ("--attribute-names", "QueueArn")
        attributes = aws(server, "sqs", "get-queue-attributes", "--queue-url", queue, *names)["Attributes"]
        endpoint = ("--notification-endpoint", attributes["QueueArn"])
        aws(server, "sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", *endpoint)
        aws(server, "ses", "verify-domain-identity", "--domain", "shop.test")
        aws(server, "ses", "create-configuration-set", "--configuration-set", "Name=cs")
        destination = json.dumps({**DESTINATION, "SNSDestination": {"TopicARN": topic}})
        create = ("create-configuration-set-event-destination", "--configuration-set-name", "cs")
        aws(server, "ses", *create, "--event-destination", destination)
        options = ("--from", "me@shop.test", "--to", "bounce@simulator.amazonses.com", "--subject", "s", "--text", "t")
        id_ = aws(server, "ses", "send-email", *options, "--configuration-set-name", "cs")["MessageId"]
        server.settle()
        receive = ("receive-message", "--queue-url", queue, "--max-number-of-messages", "10")
        envelopes = [json.loads(message["Body"]) for message in aws(server, "sqs", *receive)["Messages"]]
    texts = [envelope["Message"] for envelope in envelopes]
    assert texts[0] == "Successfully validated SNS topic for Amazon SES event publishing."
    events = [json.loads(text) for text in texts[1:]]
    assert {("Send", id_), ("Bounce", id_)} == {(event["eventType"], event["mail"]["messageId"]) for event in events}

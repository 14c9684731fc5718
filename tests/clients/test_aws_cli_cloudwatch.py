"""The AWS command line reads what was sent, and is told when too much bounces: its own JSON, nothing else installed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from harness import Server

AWS = Path(sys.executable).with_name("aws")
SPAN = ("--start-time", "2030-01-01T00:00:00Z", "--end-time", "2030-01-01T01:00:00Z")
NEW_YEAR = 1_893_456_000_000


def aws(server: Server, *arguments: str) -> Any:
    """What a command prints."""
    environment = {**os.environ, **server.environment, "AWS_DEFAULT_REGION": "us-east-1", "AWS_DEFAULT_OUTPUT": "json"}
    command = [sys.executable, str(AWS), "--endpoint-url", server.url, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else {}


@pytest.mark.slow
def test_bounces_are_counted_and_set_off_an_alarm_by_commands_alone() -> None:
    with Server() as server:
        server.loop.call_soon_threadsafe(server.app.clock.freeze, NEW_YEAR)
        topic = aws(server, "sns", "create-topic", "--name", "alarms")["TopicArn"]
        queue = aws(server, "sqs", "create-queue", "--queue-name", "alarms")["QueueUrl"]
        target = ("--protocol", "sqs", "--notification-endpoint", topic.replace(":sns:", ":sqs:"))
        aws(server, "sns", "subscribe", "--topic-arn", topic, *target)
        series = ("--namespace", "AWS/SES", "--metric-name", "Bounce")
        limit = ("--threshold", "1", "--comparison-operator", "GreaterThanOrEqualToThreshold")
        alarm = ("--alarm-name", "bounces", "--statistic", "Sum", "--period", "60", "--evaluation-periods", "1")
        aws(server, "cloudwatch", "put-metric-alarm", *series, *limit, *alarm, "--alarm-actions", topic)
        aws(server, "ses", "verify-domain-identity", "--domain", "shop.test")
        options = ("--from", "me@shop.test", "--to", "bounce@simulator.amazonses.com", "--subject", "s", "--text", "t")
        aws(server, "ses", "send-email", *options)
        server.settle()
        statistics = ("--period", "300", "--statistics", "Sum", *SPAN)
        counted = aws(server, "cloudwatch", "get-metric-statistics", *series, *statistics)["Datapoints"]
        listed = aws(server, "cloudwatch", "list-metrics", "--namespace", "AWS/SES")["Metrics"]
        state = aws(server, "cloudwatch", "describe-alarms")["MetricAlarms"][0]["StateValue"]
        told = aws(server, "sqs", "receive-message", "--queue-url", queue)["Messages"]
    [point] = counted
    assert (NEW_YEAR // 1000, 1.0) == (point["Timestamp"], point["Sum"])
    assert ["Bounce", "Send"] == sorted(each["MetricName"] for each in listed)
    assert "ALARM" == state
    assert ['ALARM: "bounces" in US East (N. Virginia)'] == [json.loads(each["Body"])["Subject"] for each in told]

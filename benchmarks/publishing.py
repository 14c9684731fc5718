"""What an event destination costs: sends per second with one SNS topic behind an SQS queue, and without."""

import json
import time
from typing import NamedTuple

import boto3
import sending
from load import Result, load
from servers import Server, sestina

CONNECTIONS = 16
MOST_WAIT = 120.0  # seconds for the last event to be out
ACCOUNT = {"region_name": "us-east-1", "aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}


class Published(NamedTuple):
    """The two loads, and what had to be published after the second."""

    without: Result
    with_: Result
    events: int
    owed: int
    drained: float


def measure(seconds: float) -> Published:
    """A second load names a configuration set whose events go to SNS and on to SQS."""
    plain = sending.SENDS["v2"]
    named = plain._replace(body=json.dumps({**json.loads(plain.body), "ConfigurationSetName": "bench"}))
    with sestina() as server:
        sending.prepare(server)
        load(server, plain, 4, sending.WARMUP)
        without = load(server, plain, CONNECTIONS, seconds)
        _prepare(server)
        with_ = load(server, named, CONNECTIONS, seconds)
        ended = time.perf_counter()
        owed = _owed(server)
        while _owed(server) and time.perf_counter() - ended < MOST_WAIT:
            time.sleep(0.2)
        events = int(with_.per_second * seconds) * 2
        return Published(without, with_, events, owed, time.perf_counter() - ended)


def _prepare(server: Server) -> None:
    sns, sqs, ses = (boto3.client(name, endpoint_url=server.url, **ACCOUNT) for name in ("sns", "sqs", "ses"))
    topic = sns.create_topic(Name="bench")["TopicArn"]
    sqs.create_queue(QueueName="bench")
    account = topic.split(":")[4]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:bench")
    ses.create_configuration_set(ConfigurationSet={"Name": "bench"})
    destination = {
        "Name": "bench",
        "Enabled": True,
        "MatchingEventTypes": ["send", "delivery"],
        "SNSDestination": {"TopicARN": topic},
    }
    ses.create_configuration_set_event_destination(ConfigurationSetName="bench", EventDestination=destination)


def _owed(server: Server) -> int:
    return int(json.loads(server.ask("GET", "/_sestina/health"))["queues"]["publishing"])


def table(published: Published) -> list[str]:
    """As Markdown."""
    slower = 1 - published.with_.per_cpu_second / published.without.per_cpu_second
    return [
        "| sends | accepted/s | per CPU second | p50 ms | p99 ms |",
        "|---|---:|---:|---:|---:|",
        _row("without events", published.without),
        _row("SNS to SQS", published.with_),
        "",
        f"A send costs {slower:.0%} more; of {published.events:,} events {published.owed:,} were owed at the end of the"
        f" load, {published.drained:.0f} s later {'none' if published.drained < MOST_WAIT else 'still some'}.",
    ]


def _row(name: str, result: Result) -> str:
    return f"| {name} | {result.per_second:,.0f} | {result.per_cpu_second:,.0f} | {result.p50:.2f} | {result.p99:.2f} |"

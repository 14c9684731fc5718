"""CloudWatch tells what an account has sent, and how well, without any event destination."""

import datetime as dt
from typing import Any

import pytest
from harness import Server
from inspecting import look, send, verified

from sestina.domain.instants import MINUTE
from sestina.pipeline.publishing.account_metrics import AccountMetrics
from sestina.ports.neighbours import Place


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


class Told:
    """What the metrics of one account tell, reading by reading."""

    def __init__(self, server: Server, account: str) -> None:
        self._server = server
        self._account = account
        self._metrics = AccountMetrics(server.app.services.regions)

    def take(self) -> dict[tuple[str, str], list[tuple[float, int]]]:
        """Value and times by metric and set."""

        async def read() -> Any:
            place = Place(self._account, "us-east-1")
            return await self._metrics.take(place, self._server.app.clock.now())

        self._server.settle()
        found: dict[tuple[str, str], list[tuple[float, int]]] = {}
        for metric in self._server.run(read()):
            assert "AWS/SES" == metric.namespace
            assert 0 == metric.at % MINUTE
            name = metric.name, dict(metric.dimensions).get("ses:configuration-set", "")
            found.setdefault(name, []).append((round(metric.value, 3), metric.times))
        return found


@pytest.fixture
def told() -> Any:
    """A server of its own, since readings take what is new away from each other; the account; and the metrics."""
    with Server() as server:
        server.loop.call_soon_threadsafe(server.app.clock.freeze, 1_750_000_000_000)
        yield server, verified(server.client("sesv2", "111122223333")), Told(server, "111122223333")


def test_counts_are_told_as_they_grow(told: Any) -> None:
    _, client, metrics = told
    send(client)
    send(client, to="bounce@simulator.amazonses.com")
    assert {
        ("Send", ""): [(1.0, 2)],
        ("Delivery", ""): [(1.0, 1)],
        ("Bounce", ""): [(1.0, 1)],
        ("Reputation.BounceRate", ""): [(0.0, 1)],
        ("Reputation.ComplaintRate", ""): [(0.0, 1)],
    } == metrics.take()
    assert {} == metrics.take()
    send(client)
    again = metrics.take()
    assert [(1.0, 1)] == again["Send", ""] == again["Delivery", ""]
    assert ("Bounce", "") not in again


def test_rates_are_those_of_the_minute(told: Any) -> None:
    server, client, metrics = told
    messages = [send(client, to=f"user{number}@example.org") for number in range(4)]
    server.settle()
    look(server, f"/_sestina/messages/{messages[0]}/simulate", "POST", {"event": "bounce"})
    look(server, "/_sestina/clock", "POST", {"advance": 60})
    look(server, f"/_sestina/messages/{messages[1]}/simulate", "POST", {"event": "bounce"})
    look(server, f"/_sestina/messages/{messages[2]}/simulate", "POST", {"event": "complaint"})
    found = metrics.take()
    assert [(0.25, 1), (0.5, 1)] == found["Reputation.BounceRate", ""]
    assert [(0.0, 1), (0.25, 1)] == found["Reputation.ComplaintRate", ""]


def test_sets_have_rates_of_their_own_from_a_fresh_start_on(told: Any) -> None:
    server, client, metrics = told
    client.create_configuration_set(ConfigurationSetName="seen", ReputationOptions={"ReputationMetricsEnabled": True})
    client.create_configuration_set(
        ConfigurationSetName="unseen", ReputationOptions={"ReputationMetricsEnabled": False}
    )
    for name in ("seen", "unseen"):
        message = send(client, to=f"{name}@example.org", ConfigurationSetName=name)
        server.settle()
        look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"})
        send(client, to="bounce@simulator.amazonses.com", ConfigurationSetName=name)
    send(client, to="seen@example.org", ConfigurationSetName="seen")  # held back by now
    found = metrics.take()
    assert [(1.0, 1)] == found["Reputation.BounceRate", "seen"]
    assert [(0.0, 1)] == found["Reputation.ComplaintRate", "seen"]
    assert {"", "seen"} == {name for _, name in found}
    look(server, "/_sestina/clock", "POST", {"advance": 60})
    for enabled in (False, True):
        client.put_configuration_set_sending_options(ConfigurationSetName="seen", SendingEnabled=enabled)
    send(client, to="other@example.org", ConfigurationSetName="seen")
    assert [(0.0, 1)] == metrics.take()["Reputation.BounceRate", "seen"]


def test_a_reader_of_cloudwatch_sees_them(server: Server, account: str, sender: Any) -> None:
    for name in ("a", "b", "c", "d"):
        send(sender, to=f"{name}@example.org")
    server.settle()
    cloudwatch = server.client("cloudwatch", account)
    now = dt.datetime.now(dt.UTC)

    def told(name: str, statistic: str) -> float:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SES",
            MetricName=name,
            StartTime=now - dt.timedelta(minutes=10),
            EndTime=now + dt.timedelta(minutes=10),
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in points))

    assert (4.0, 4.0) == (told("Send", "Sum"), told("Delivery", "Sum"))
    message = send(sender, to="e@example.org")
    server.settle()
    look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"})
    assert 0.2 == told("Reputation.BounceRate", "Maximum")
    assert 5.0 == told("Send", "Sum")


def test_counting_begins_anew_after_a_reset(told: Any) -> None:
    server, client, metrics = told
    for _ in range(3):
        send(client)
    assert [(1.0, 3)] == metrics.take()["Send", ""]
    look(server, "/_sestina/reset", "POST", {})
    send(verified(client))
    assert [(1.0, 1)] == metrics.take()["Send", ""]


def test_nothing_is_told_of_an_account_that_never_called(told: Any) -> None:
    server, _, _ = told
    assert {} == Told(server, "999988887777").take()

"""Control of the server: reset, clock, health, the description of it all, and what no door lets in."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Server, new_account
from inspecting import ask, look, send, verified
from openapi_spec_validator import validate

from sestina import __version__
from sestina.listeners.inspection.native import ROUTES

CLOCK = "/_sestina/clock"


@pytest.fixture
def own_server() -> Iterator[Server]:
    """One that may be emptied."""
    with Server() as server:
        yield server


def count(server: Server, **query: Any) -> int:
    return len(look(server, "/_sestina/messages", **query).json["messages"])


def test_reset_forgets_everything(own_server: Server) -> None:
    clients = [verified(own_server.client("sesv2", new_account(), region)) for region in ("us-east-1", "eu-west-1")]
    for client in clients:
        send(client)
    assert {"reset": 2} == look(own_server, "/_sestina/reset", "POST").json
    assert 0 == count(own_server)
    assert [[], []] == [client.list_email_identities()["EmailIdentities"] for client in clients]
    assert 0.0 == clients[0].get_account()["SendQuota"]["SentLast24Hours"]
    send(verified(clients[0]))
    assert 1 == count(own_server)


def test_reset_forgets_faults_for_accounts_that_have_never_called(own_server: Server) -> None:
    fault = {"account": new_account(), "effect": {"type": "throttle"}}
    added = look(own_server, "/_sestina/faults", "POST", fault)
    assert 200 == added.status, added.body
    look(own_server, "/_sestina/reset", "POST")
    assert [] == look(own_server, "/_sestina/faults").json["faults"]


def test_reset_of_an_account_leaves_the_others(server: Server) -> None:
    accounts = [new_account(), new_account()]
    for account in accounts:
        send(verified(server.client("sesv2", account)))
    assert {"reset": 1} == look(server, "/_sestina/reset", "POST", {"account": accounts[0]}).json
    assert [0, 1] == [count(server, account=account) for account in accounts]


def test_reset_of_a_region_leaves_the_others(own_server: Server) -> None:
    account = new_account()
    for region in ("us-east-1", "eu-west-1"):
        send(verified(own_server.client("sesv2", account, region)))
    assert {"reset": 1} == look(own_server, "/_sestina/reset", "POST", {"region": "eu-west-1"}).json
    assert "us-east-1" == look(own_server, "/_sestina/messages").json["messages"][0]["region"]
    assert 1 == count(own_server)


def test_reset_lets_what_is_on_its_way_arrive_first() -> None:
    with Server(delivery_delay=20) as server:
        client = verified(server.client("sesv2", new_account()))
        send(client)
        look(server, "/_sestina/reset", "POST")
        assert 0 == look(server, "/_sestina/health").json["queues"]["delivery"]
        assert [] == server.run(server.app.services.regions.engine.fetch("SELECT * FROM timeline"))


def test_the_clock_stands_moves_and_runs_again(server: Server) -> None:
    stood = look(server, CLOCK, "POST", {"freeze": "2030-01-01T00:00:00Z"}).json
    assert ("2030-01-01T00:00:00.000Z", 1_893_456_000_000, True) == (stood["now"], stood["epoch_ms"], stood["frozen"])
    assert "2030-01-01T01:30:00.500Z" == look(server, CLOCK, "POST", {"advance": "PT1H30M0.5S"}).json["now"]
    assert "2030-01-01T01:30:00.500Z" == look(server, CLOCK).json["now"]
    assert not look(server, CLOCK, "POST", {"resume": True}).json["frozen"]
    assert look(server, CLOCK).json["now"] < "2030"


@pytest.mark.parametrize(
    ("advance", "now"),
    [
        (90, "2030-01-01T00:01:30.000Z"),
        (0.25, "2030-01-01T00:00:00.250Z"),
        ("P1W", "2030-01-08T00:00:00.000Z"),
        ("P1DT1S", "2030-01-02T00:00:01.000Z"),
        ({"days": 1, "hours": 1, "milliseconds": 5}, "2030-01-02T01:00:00.005Z"),
    ],
)
def test_time_goes_on_by_any_measure(server: Server, advance: Any, now: str) -> None:
    wish = {"freeze": 1_893_456_000_000, "advance": advance}
    assert now == look(server, CLOCK, "POST", wish).json["now"]


def test_freeze_without_an_instant_stops_at_the_present(server: Server) -> None:
    now = look(server, CLOCK, "POST", {"freeze": True}).json["now"]
    assert now == look(server, CLOCK).json["now"]


def test_a_send_bears_the_time_of_the_clock(server: Server, sesv2: Any) -> None:
    look(server, CLOCK, "POST", {"freeze": "2030-01-01T00:00:00Z"})
    id_ = send(verified(sesv2))
    assert "2030-01-01T00:00:00.000Z" == look(server, f"/_sestina/messages/{id_}").json["accepted"]


BAD_DURATION = 'advance must be seconds, an ISO 8601 duration like "PT1H", or an object like {"hours": 1}.'
BAD_INSTANT = "freeze must be an ISO 8601 instant like 2026-01-31T12:00:00Z, or epoch milliseconds."


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({}, 'Say {"freeze": true}, {"advance": "PT1H"} or {"resume": true}.'),
        ({"resume": True, "freeze": True}, "resume goes with neither freeze nor advance."),
        ({"advance": "1h"}, BAD_DURATION),
        ({"advance": "P"}, BAD_DURATION),
        ({"advance": "PT"}, BAD_DURATION),
        ({"advance": -1}, "advance goes forward, a hundred years at most."),
        ({"advance": 1e300}, "advance goes forward, a hundred years at most."),
        ({"advance": {"days": 36_601}}, "advance goes forward, a hundred years at most."),
        ({"freeze": "yesterday"}, BAD_INSTANT),
        ({"freeze": 10**30}, BAD_INSTANT),
        ({"freeze": "1969-12-31T00:00:00Z"}, "freeze must not be before 1970."),
        ({"freeze": "9999-12-31T00:00:00Z"}, "The clock ends with the year 9998."),
    ],
)
def test_a_clock_that_cannot_be_set_stays(server: Server, wish: Any, text: str) -> None:
    answer = look(server, CLOCK, "POST", wish)
    assert (400, text) == (answer.status, answer.message)
    assert not look(server, CLOCK).json["frozen"]


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b"{", 400, "The body cannot be used: "),
        (b"\xff", 400, "The body cannot be used: "),
        (b"[]", 400, "The body cannot be used: Expected `object`, got `array`."),
        (b'{"freez": true}', 400, "The body cannot be used: Object contains unknown field `freez`."),
        (b'{"resume": 1}', 400, "The body cannot be used: Expected `bool`, got `int` - at `$.resume`."),
        (b'"' + b"x" * 65_536 + b'"', 413, "The body is larger than 65536 bytes."),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(server: Server, body: bytes, status: int, text: str) -> None:
    answer = ask(urllib.request.Request(server.url + CLOCK, body))
    assert status == answer.status
    assert answer.message.startswith(text)


def test_health_says_what_the_server_is(server: Server) -> None:
    health = look(server, "/_sestina/health").json
    assert ("ok", __version__, "us-east-1") == (health["status"], health["version"], health["region"])
    assert server.url == health["listeners"]["http"]
    assert {"delivery", "relay", "publishing"} == health["queues"].keys()


def test_the_index_leads_on(server: Server) -> None:
    for path in ("/_sestina", "/_sestina/"):
        index = look(server, path).json
        assert ("sestina", __version__) == (index["name"], index["version"])
        assert 200 == look(server, index["openapi"]).status


def test_the_description_is_valid_and_covers_every_row(server: Server) -> None:
    document = look(server, "/_sestina/openapi.json").json
    validate(document)
    described = {(method.upper(), path) for path, row in document["paths"].items() for method in row}
    assert {(route.method, route.path) for route in ROUTES} == described


def test_every_operation_of_the_description_has_a_name_of_its_own() -> None:
    names = [route.name for route in ROUTES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("path", ["/_sestina/nope", "/_sestina/messages/a/b/c", "/_sestina//messages", "/_sestina/.."])
def test_a_path_nobody_knows_is_not_found(server: Server, path: str) -> None:
    answer = look(server, path)
    assert (404, f"There is nothing at {path}.") == (answer.status, answer.message)


def test_a_path_too_long_for_a_label_is_not_found(server: Server) -> None:
    assert 404 == look(server, "/_sestina/messages/" + "x" * 1025).status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/_sestina/messages", "DELETE, GET, HEAD"),
        ("DELETE", "/_sestina/clock", "GET, HEAD, POST"),
        ("GET", "/_sestina/reset", "POST"),
    ],
)
def test_a_method_that_is_not_meant_is_refused_with_those_that_are(
    server: Server, method: str, path: str, allowed: str
) -> None:
    answer = look(server, path, method)
    assert (405, allowed) == (answer.status, answer.headers["allow"])
    assert f"{path} takes {allowed}." == answer.message


def test_a_page_of_another_site_changes_nothing(server: Server) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    request = urllib.request.Request(server.url + "/_sestina/reset", b"{}", headers, method="POST")
    answer = ask(request)
    assert (403, "A web page of another site may not do this.") == (answer.status, answer.message)


def test_the_verification_of_an_identity_is_set_by_hand(server: Server, account: str, sesv2: Any) -> None:
    verified(sesv2, "me@example.net")
    path = "/_sestina/identities/me%40example.net/verification"
    answer = look(server, path, "POST", {"status": "FAILED"}, account=account, region="us-east-1")
    assert (200, "FAILED") == (answer.status, answer.json["status"])
    assert "FAILED" == sesv2.get_email_identity(EmailIdentity="me@example.net")["VerificationStatus"]


def test_every_refusal_is_json(server: Server) -> None:
    for path, method in (("/_sestina/nope", "GET"), ("/_sestina/clock", "PUT"), ("/_sestina/messages/x", "GET")):
        answer = look(server, path, method)
        assert "application/json" == answer.headers["content-type"]
        assert ["message"] == list(json.loads(answer.body))

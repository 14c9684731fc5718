"""Dispatches and events as those see them who inspect: pages, filters, payloads, waiting, and publishing again."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from harness import Server, new_account
from inspecting import Seen, look, send, verified
from outcomes import watched_set

DISPATCHES, EVENTS, WAIT = "/_sestina/dispatches", "/_sestina/events", "/_sestina/events/wait"


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


@pytest.fixture
def watched(sender: Any) -> str:
    return watched_set(sender)


def listed(server: Server, account: str, **query: Any) -> list[Any]:
    answer = look(server, DISPATCHES, account=account, **query)
    assert 200 == answer.status, answer.body
    return list(answer.json["dispatches"])


def told(server: Server, account: str, **query: Any) -> list[Any]:
    answer = look(server, EVENTS, account=account, **query)
    assert 200 == answer.status, answer.body
    return list(answer.json["events"])


def test_a_dispatch_tells_what_went_where_and_what_became_of_it(
    server: Server, account: str, sender: Any, watched: str
) -> None:
    message = send(sender, ConfigurationSetName=watched)
    server.settle()
    delivered, sent = listed(server, account)
    assert (f"{message}/0", "Send") == (sent["event_id"], sent["event_type"])
    assert (f"{message}/1", "Delivery") == (delivered["event_id"], delivered["event_type"])
    assert {
        "account": account,
        "region": "us-east-1",
        "message": message,
        "destination": "all",
        "kind": "cloudwatch",
        "target": "",
        "notification": False,
        "state": "done",
        "attempts": 1,
        "result": "taken",
    }.items() <= sent.items()
    whole = look(server, f"{DISPATCHES}/{sent['id']}").json
    assert sent == {name: value for name, value in whole.items() if name != "payload"}
    assert whole["payload"].startswith('{"eventType":"Send","mail":{')


def test_dispatches_are_filtered(server: Server, account: str, sender: Any, watched: str) -> None:
    first, second = (send(sender, ConfigurationSetName=watched) for _ in range(2))
    server.settle()
    assert [second, second, first, first] == [one["message"] for one in listed(server, account)]
    assert [first, first] == [one["message"] for one in listed(server, account, message=first)]
    assert 4 == len(listed(server, account, destination="all", state="done"))
    assert [] == listed(server, account, destination="none")
    assert [] == listed(server, account, state="owed")
    assert [] == listed(server, account, message="nothing")
    assert [] == listed(server, account, region="eu-west-1")
    assert 400 == look(server, DISPATCHES, state="lost").status


def test_pages_of_dispatches_cover_each_once(server: Server, account: str, sender: Any, watched: str) -> None:
    for _ in range(3):
        send(sender, ConfigurationSetName=watched)
    server.settle()
    found, cursor = [], None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = look(server, DISPATCHES, account=account, limit=2, **more).json
        found += [one["id"] for one in page["dispatches"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert [one["id"] for one in listed(server, account)] == found
    assert 6 == len(found)
    assert 400 == look(server, DISPATCHES, cursor="x").status


def test_a_dispatch_is_published_again(server: Server, account: str, sender: Any, watched: str) -> None:
    send(sender, ConfigurationSetName=watched)
    server.settle()
    number = listed(server, account)[0]["id"]
    assert "owed" == look(server, f"{DISPATCHES}/{number}/replay", "POST").json["state"]
    server.settle()
    again = look(server, f"{DISPATCHES}/{number}").json
    assert ("done", 2) == (again["state"], again["attempts"])


@pytest.mark.parametrize("number", ["0", "999999999", "x", "9" * 30])
def test_a_dispatch_that_is_not_there_is_missing(server: Server, number: str) -> None:
    assert 404 == look(server, f"{DISPATCHES}/{number}").status
    assert 404 == look(server, f"{DISPATCHES}/{number}/replay", "POST").status


def test_fakecloud_lists_dispatches_in_order() -> None:
    with Server() as server:
        client = verified(server.client("sesv2", "111122223333"))
        message = send(client, to="bounce@simulator.amazonses.com", ConfigurationSetName=watched_set(client))
        server.settle()
        deliveries = look(server, "/_fakecloud/ses/event-destinations/deliveries").json["deliveries"]
        assert ["SEND", "BOUNCE"] == [one["eventType"] for one in deliveries]
        assert {
            "destinationName": "all",
            "destinationType": "cloudwatch",
            "eventType": "SEND",
            "messageId": message,
            "targetArn": "",
        }.items() <= deliveries[0].items()
        assert deliveries[0]["dispatchedAt"].endswith("+00:00")
        assert 6 == len(deliveries[0])


def test_events_are_told_newest_first_with_their_message(server: Server, account: str, sender: Any) -> None:
    message = send(sender)
    server.settle()
    delivered, sent = told(server, account)
    assert ("Delivery", f"{message}/1") == (delivered["type"], delivered["id"])
    assert {
        "id": f"{message}/0",
        "type": "Send",
        "message": message,
        "account": account,
        "region": "us-east-1",
        "configuration_set": None,
        "recipients": ["you@example.org"],
    }.items() <= sent.items()


def test_events_are_filtered(server: Server, account: str, sender: Any, watched: str) -> None:
    first = send(sender, to="bounce@simulator.amazonses.com")
    second = send(sender, ConfigurationSetName=watched)
    server.settle()

    def shown(**query: Any) -> list[tuple[str, str]]:
        return [(event["type"], event["message"]) for event in told(server, account, **query)]

    assert [("Bounce", first)] == shown(type="bounce")
    assert [("Delivery", second), ("Bounce", first)] == shown(type="Bounce,delivery")
    assert [("Delivery", second), ("Bounce", first)] == shown(type=["Bounce", "Delivery"])
    assert [("Bounce", first), ("Send", first)] == shown(message=first)
    assert [("Delivery", second), ("Send", second)] == shown(recipient="YOU@example.org")
    assert [("Delivery", second), ("Send", second)] == shown(configuration_set=watched)
    assert [] == shown(message="nothing")
    assert [] == shown(region="eu-west-1")
    assert [] == shown(type="rendering failure,DELIVERY_DELAY")
    assert 400 == look(server, EVENTS, type="Smile").status


def test_pages_of_events_cover_each_once(server: Server, account: str, sender: Any) -> None:
    for _ in range(3):
        send(sender)
    server.settle()
    found, cursor = [], None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = look(server, EVENTS, account=account, limit=2, **more).json
        found += [one["id"] for one in page["events"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert [event["id"] for event in told(server, account)] == found
    assert 400 == look(server, EVENTS, cursor="d1").status


def waited(answer: Seen) -> list[str]:
    assert 200 == answer.status, answer.body
    return [event["id"] for event in answer.json["events"]]


def test_a_wait_counts_what_has_happened_before(server: Server, account: str, sender: Any) -> None:
    message = send(sender)
    server.settle()
    assert [f"{message}/1"] == waited(look(server, WAIT, account=account))
    assert [f"{message}/0", f"{message}/1"] == waited(look(server, WAIT, account=account, count=2))
    assert [f"{message}/1"] == waited(look(server, WAIT, account=account, type="Delivery", message=message))


def test_a_wait_after_an_event_or_mark_wants_later_ones(server: Server, account: str, sender: Any) -> None:
    first = send(sender)
    server.settle()
    mark = look(server, EVENTS, account=account).json["mark"]
    second = send(sender)
    server.settle()
    for after in (mark, f"{first}/1"):
        assert [f"{second}/0"] == waited(look(server, WAIT, account=account, after=after))
    answer = look(server, WAIT, account=account, after=mark)
    assert [f"{second}/1"] == waited(look(server, WAIT, account=account, after=answer.json["mark"]))
    assert 400 == look(server, WAIT, after="nonsense").status


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as executor:
        yield executor


def waits(server: Server, pool: ThreadPoolExecutor, **query: Any) -> "Future[Seen]":
    """A wait in progress: it has been taken up when this returns."""
    arrivals = server.app.services.regions.arrivals
    taken_up, real = threading.Event(), arrivals.wait

    async def observed() -> None:
        taken_up.set()
        await real()

    arrivals.wait = observed  # type: ignore[method-assign]
    try:
        future = pool.submit(look, server, WAIT, **query)
        assert taken_up.wait(10)
    finally:
        del arrivals.wait
    return future


def test_an_event_that_happens_ends_the_wait(
    server: Server, account: str, sender: Any, pool: ThreadPoolExecutor
) -> None:
    message = send(sender)
    server.settle()
    wait = waits(server, pool, account=account, type="Complaint", timeout=20)
    send(sender, to="bounce@simulator.amazonses.com")
    look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "complaint"})
    assert [f"{message}/+2"] == waited(wait.result(20))


def test_a_wait_in_vain_says_what_happened_instead(server: Server, account: str, sender: Any) -> None:
    message = send(sender, to="success@simulator.amazonses.com")
    server.settle()
    with pytest.raises(sender.exceptions.MessageRejected):
        send(sender, sender="me@unknown.test")
    answer = look(server, WAIT, account=account, type="Bounce", message=message, timeout=0)
    assert 408 == answer.status
    said = answer.json
    assert said["message"].startswith(
        f"Waited 0 s for 1 event of type Bounce, of message {message}, of account {account}; 0 happened. What did "
        "happen, newest first: Delivery to success@simulator.amazonses.com, Send to success@simulator.amazonses.com."
        " The last call that was refused: SendEmail: MessageRejected: Email address is not verified."
    )
    assert [] == said["events"]
    assert ["Delivery", "Send"] == [event["type"] for event in said["happened"]]
    assert "SendEmail" == said["refused"][0]["operation"]


def test_a_wait_where_nothing_ever_happened_says_so(server: Server) -> None:
    account = new_account()
    answer = look(server, WAIT, account=account, count=2, timeout=0)
    assert (408, f"Waited 0 s for 2 events of account {account}; 0 happened.") == (answer.status, answer.message)

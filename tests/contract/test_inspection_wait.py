"""Waiting for mail without sleeping: what is there counts, what comes wakes, and a wait in vain explains itself."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from harness import Server, new_account
from inspecting import Seen, fill, look, send, verified

WAIT = "/_sestina/messages/wait"


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


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


def ids(answer: Seen) -> list[str]:
    assert 200 == answer.status, answer.body
    return [one["id"] for one in answer.json["messages"]]


def test_what_is_there_already_counts(server: Server, account: str, sender: Any) -> None:
    first, second = send(sender), send(sender)
    assert [second] == ids(look(server, WAIT, account=account))
    assert [second, first] == ids(look(server, WAIT, account=account, count=2))


def test_a_message_that_comes_ends_the_wait(
    server: Server, account: str, sender: Any, pool: ThreadPoolExecutor
) -> None:
    wait = waits(server, pool, account=account, to="you@example.org", timeout=20)
    send(sender, to="other@example.org")
    wanted = send(sender)
    assert [wanted] == ids(wait.result())


def test_a_wait_goes_on_until_there_are_enough(
    server: Server, account: str, sender: Any, pool: ThreadPoolExecutor
) -> None:
    first = send(sender)
    wait = waits(server, pool, account=account, count=3, timeout=20)
    second, third = send(sender), send(sender)
    assert [third, second, first] == ids(wait.result())


def test_after_a_message_only_later_ones_count_in_their_order(server: Server, account: str, sender: Any) -> None:
    first, second, third = (send(sender) for _ in range(3))
    answer = look(server, WAIT, account=account, after=first)
    assert [second] == ids(answer)
    assert [third] == ids(look(server, WAIT, account=account, after=answer.json["mark"]))


def test_a_wait_looks_through_all_that_is_new(server: Server, account: str, sender: Any) -> None:
    mark = look(server, "/_sestina/messages").json["mark"]
    fill(server, account, 300)
    wanted = send(sender, "needle")
    assert [wanted] == ids(look(server, WAIT, subject="needle", after=mark))


def test_the_mark_of_a_list_is_a_moment_to_wait_from(
    server: Server, account: str, sender: Any, pool: ThreadPoolExecutor
) -> None:
    send(sender)
    mark = look(server, "/_sestina/messages", account=account).json["mark"]
    wait = waits(server, pool, account=account, after=mark, timeout=20)
    wanted = send(sender)
    assert [wanted] == ids(wait.result())


def test_a_template_counts_once_it_is_rendered(
    server: Server, account: str, sender: Any, pool: ThreadPoolExecutor
) -> None:
    wait = waits(server, pool, account=account, subject="hello ann", timeout=20)
    template = {"TemplateContent": {"Subject": "Hello {{name}}", "Text": "x"}, "TemplateData": '{"name": "Ann"}'}
    id_ = sender.send_email(
        FromEmailAddress="me@example.com", Destination={"ToAddresses": ["a@x.org"]}, Content={"Template": template}
    )["MessageId"]
    assert [id_] == ids(wait.result())
    assert "x" == look(server, f"/_sestina/messages/{id_}").json["text"]


def test_a_template_that_is_deleted_unrendered_is_waited_for_in_vain(account: str, pool: ThreadPoolExecutor) -> None:
    with Server(delivery_delay=60_000) as server:
        look(server, "/_sestina/clock", "POST", {"freeze": True})
        client = verified(server.client("sesv2", account))
        for _ in range(4):  # the whole crew of the conveyor is busy with these
            send(client)
        template = {"TemplateContent": {"Subject": "Hi", "Text": "x"}, "TemplateData": "{}"}
        wait = waits(server, pool, subject="hi", timeout=1)
        id_ = client.send_email(
            FromEmailAddress="me@example.com", Destination={"ToAddresses": ["a@x.org"]}, Content={"Template": template}
        )["MessageId"]
        assert "accepted" == look(server, f"/_sestina/messages/{id_}").json["state"]
        assert "This message waits to be rendered." == look(server, f"/_sestina/messages/{id_}/raw").message
        look(server, f"/_sestina/messages/{id_}", "DELETE")
        send(client)
        assert 408 == wait.result().status
        look(server, "/_sestina/clock", "POST", {"advance": "PT1M"})


def test_a_wait_in_vain_tells_what_did_arrive_and_what_was_refused(server: Server, account: str, sender: Any) -> None:
    almost = send(sender, "Hello", to="you@example.org")
    with pytest.raises(sender.exceptions.MessageRejected):
        send(sender, sender="me@unknown.example")
    answer = look(server, WAIT, account=account, to="yuo@example.org", subject="hello", timeout=0)
    assert 408 == answer.status
    assert answer.message.startswith(
        f"Waited 0 s for 1 message to yuo@example.org, subject containing 'hello', account {account}; 0 arrived."
        " The last call that was refused: SendEmail: MessageRejected: Email address is not verified."
    )
    assert ([], [almost]) == (answer.json["messages"], [one["id"] for one in answer.json["arrived"]])
    (refused,) = answer.json["refused"]
    assert ("SendEmail", "MessageRejected", account) == (refused["operation"], refused["code"], refused["account"])


def test_a_wait_for_more_than_there_is_shows_what_matched(server: Server, account: str, sender: Any) -> None:
    id_ = send(sender)
    answer = look(server, WAIT, account=account, count=2, timeout=0)
    assert (408, [id_]) == (answer.status, [one["id"] for one in answer.json["messages"]])


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"timeout": 301}, "timeout must be a number from 0 to 300."),
        ({"count": 0}, "count must be a number from 1 to 500."),
        ({"after": "nope"}, "'nope' is not a cursor or mark of an earlier answer."),
    ],
)
def test_a_wait_that_cannot_be_is_refused(server: Server, query: dict[str, Any], text: str) -> None:
    answer = look(server, WAIT, **query)
    assert (400, text) == (answer.status, answer.message)


def test_a_server_that_ends_ends_its_waits(pool: ThreadPoolExecutor) -> None:
    with Server() as server:
        wait = waits(server, pool, account=new_account(), timeout=60)
    answer = wait.result(10)
    assert (503, "The server is stopping.") == (answer.status, answer.message)


def test_settled_waits_for_the_end_of_every_message() -> None:
    with Server(delivery_delay=50) as server:
        id_ = send(verified(server.client("sesv2", new_account())))
        answer = look(server, "/_sestina/settled", "POST")
        assert {"settled": True, "waiting": 0, "next_due": None, "message": None} == answer.json
        assert "done" == look(server, f"/_sestina/messages/{id_}").json["state"]


def test_settled_in_vain_says_when_the_next_timer_ends() -> None:
    with Server(delivery_delay=60_000) as server:
        send(verified(server.client("sesv2", new_account())))
        answer = look(server, "/_sestina/settled", timeout=0)
        assert (408, "After 0 s 1 message is still on the way.") == (answer.status, answer.message)
        assert answer.json["next_due"] > look(server, "/_sestina/clock").json["now"]
        look(server, "/_sestina/clock", "POST", {"advance": "PT1M"})


def test_settled_says_what_keeps_it_and_how_to_go_on() -> None:
    with Server(delivery_delay=60_000) as server:
        look(server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00Z"})
        send(verified(server.client("sesv2", new_account())))
        answer = look(server, "/_sestina/settled", timeout=0)
        assert (408, False, 1) == (answer.status, answer.json["settled"], answer.json["waiting"])
        assert "2030-01-01T00:01:00.000Z" == answer.json["next_due"]
        assert "The clock is frozen" in answer.message
        look(server, "/_sestina/clock", "POST", {"advance": "PT1M"})
        assert 200 == look(server, "/_sestina/settled").status

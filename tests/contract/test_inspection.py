"""The list of messages and its filters: newest first, page by page, at a bounded cost."""

from typing import Any

import pytest
from harness import Server, new_account
from inspecting import fill, look, send, verified

from sestina.listeners.inspection.messages import MOST_LOOKED_AT

MESSAGES = "/_sestina/messages"


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def ids(server: Server, account: str, **query: Any) -> list[str]:
    answer = look(server, MESSAGES, account=account, **query)
    assert 200 == answer.status, answer.body
    return [one["id"] for one in answer.json["messages"]]


def test_messages_are_listed_newest_first(server: Server, account: str, sender: Any) -> None:
    sent = [send(sender, f"Mail {number}") for number in range(3)]
    assert sent[::-1] == ids(server, account)


def test_an_item_says_whose_it_is_and_what_was_sent(server: Server, account: str, sender: Any) -> None:
    id_ = send(sender, "Hello", destination={"ToAddresses": ["A <a@x.org>"], "CcAddresses": ["b@x.org"]})
    server.settle()
    (item,) = look(server, MESSAGES, account=account).json["messages"]
    assert (id_, account, "us-east-1") == (item["id"], item["account"], item["region"])
    assert ("Me <me@example.com>", ["A <a@x.org>"], ["b@x.org"]) == (item["from"], item["to"], item["cc"])
    assert (["a@x.org", "b@x.org"], "Hello", "SendEmail") == (item["recipients"], item["subject"], item["operation"])
    assert ("done", "example.com") == (item["state"], item["identity"])
    assert item["size"] == len(look(server, f"{MESSAGES}/{id_}/raw").body)
    assert item["accepted"].endswith("Z")


@pytest.mark.parametrize("address", ["you1@example.org", "YOU1@EXAMPLE.ORG", "Some One <you1@example.org>"])
def test_to_finds_a_recipient_however_it_is_written(server: Server, account: str, sender: Any, address: str) -> None:
    send(sender, to="you0@example.org")
    wanted = send(sender, to="You1@example.org")
    assert [wanted] == ids(server, account, to=address)


def test_to_may_be_no_address_at_all(server: Server, account: str, sender: Any) -> None:
    send(sender)
    assert [] == ids(server, account, to=" <you@ ")


def test_to_finds_copies_too(server: Server, account: str, sender: Any) -> None:
    hidden = send(sender, destination={"ToAddresses": ["a@x.org"], "BccAddresses": ["secret@x.org"]})
    assert [hidden] == ids(server, account, to="secret@x.org")


def test_to_finds_recipients_of_all_accounts_newest_first(server: Server) -> None:
    address = f"shared{new_account()}@example.org"
    clients = [verified(server.client("sesv2", new_account(), region)) for region in ("us-east-1", "eu-west-1") * 2]
    sent = [send(client, to=address) for client in clients for _ in range(2)]
    send(clients[0], to="other@example.org")
    found = look(server, MESSAGES, to=address).json["messages"]
    assert sent[::-1] == [one["id"] for one in found]
    assert {"us-east-1", "eu-west-1"} == {one["region"] for one in found}


def test_from_compares_the_address_and_not_the_name(server: Server, account: str, sender: Any) -> None:
    named, bare = send(sender), send(sender, sender="me@example.com")
    send(sender, sender="me@other.example.com")
    assert [bare, named] == ids(server, account, from_="ME@example.com")
    assert [] == ids(server, account, from_="e@example.com")


def test_subject_is_contained_in_any_case(server: Server, account: str, sender: Any) -> None:
    wanted = send(sender, "Ihre Größe, Ärger & more")
    send(sender, "Another")
    assert [wanted] == ids(server, account, subject="GRÖßE, ä")


def test_tags_are_found_by_name_or_value_and_all_must_match(server: Server, account: str, sender: Any) -> None:
    tags = [{"Name": "team", "Value": "a"}, {"Name": "kind", "Value": "x"}]
    first = send(sender, EmailTags=tags)
    second = send(sender, EmailTags=tags[:1])
    assert [second, first] == ids(server, account, tag="team")
    assert [first] == ids(server, account, tag=["team=a", "kind"])
    assert [] == ids(server, account, tag="team=b")


def test_configuration_sets_are_found_by_name(server: Server, account: str, sender: Any) -> None:
    sender.create_configuration_set(ConfigurationSetName="news")
    wanted = send(sender, ConfigurationSetName="news")
    send(sender)
    assert [wanted] == ids(server, account, configuration_set="news")


def test_since_takes_iso_and_milliseconds(server: Server, account: str, sender: Any) -> None:
    look(server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00Z"})
    send(sender)
    look(server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:01Z"})
    later = send(sender)
    for since in ("2030-01-01T00:00:01Z", "2030-01-01T02:00:01+02:00", 1_893_456_001_000):
        assert [later] == ids(server, account, since=since)


def test_a_message_sent_before_the_clock_was_turned_back_is_still_found(
    server: Server, account: str, sender: Any
) -> None:
    look(server, "/_sestina/clock", "POST", {"freeze": "2040-01-01T00:00:00Z"})
    future = send(sender)
    look(server, "/_sestina/clock", "POST", {"resume": True})
    send(sender)
    assert [future] == ids(server, account, since="2039-12-31T00:00:00Z")


def test_region_and_account_narrow_the_view(server: Server) -> None:
    account = new_account()
    west = send(verified(server.client("sesv2", account, "eu-west-1")))
    east = send(verified(server.client("sesv2", account)))
    assert [east, west] == ids(server, account)
    assert [west] == ids(server, account, region="eu-west-1")
    assert [] == ids(server, "999999999999")


def test_pages_cover_every_message_once(server: Server, account: str, sender: Any) -> None:
    sent = [send(sender) for _ in range(7)]
    found, cursor = [], None
    while True:
        page = look(server, MESSAGES, account=account, limit=3, **({"cursor": cursor} if cursor else {})).json
        found += [one["id"] for one in page["messages"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert sent[::-1] == found


def test_what_arrives_meanwhile_does_not_move_the_pages(server: Server, account: str, sender: Any) -> None:
    sent = [send(sender) for _ in range(2)]
    page = look(server, MESSAGES, account=account, limit=1).json
    send(sender)
    assert [sent[0]] == ids(server, account, cursor=page["cursor"])


def test_one_request_looks_at_a_bounded_number_of_messages(server: Server, account: str, sender: Any) -> None:
    wanted = send(sender, "needle")
    fill(server, account, MOST_LOOKED_AT)
    page = look(server, MESSAGES, account=account, subject="needle").json
    assert [] == page["messages"]
    assert [wanted] == ids(server, account, subject="needle", cursor=page["cursor"])
    assert wanted == look(server, f"{MESSAGES}/latest", account=account, subject="needle").json["id"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"limit": "0"}, "limit must be a number from 1 to 500."),
        ({"limit": "501"}, "limit must be a number from 1 to 500."),
        ({"limit": "x"}, "limit must be a number from 1 to 500."),
        ({"cursor": "???"}, "'???' is not a cursor or mark of an earlier answer."),
        ({"cursor": "é"}, "'é' is not a cursor or mark of an earlier answer."),
        ({"subject": "x" * 1001}, "subject is longer than 1000 characters."),
        ({"since": "soon"}, "since must be an ISO 8601 instant like 2026-01-31T12:00:00Z, or epoch milliseconds."),
        ({"since": "1e999"}, "since must be an ISO 8601 instant like 2026-01-31T12:00:00Z, or epoch milliseconds."),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(server: Server, query: dict[str, str], text: str) -> None:
    answer = look(server, MESSAGES, **query)
    assert (400, text) == (answer.status, answer.message)


def test_a_parameter_nobody_knows_is_refused_with_those_that_are_known(server: Server) -> None:
    answer = look(server, MESSAGES, subjct="x")
    assert 400 == answer.status
    assert answer.message.startswith("'subjct' is not a parameter here; known are: account, ")


def test_too_many_parameters_are_refused(server: Server) -> None:
    assert 400 == look(server, MESSAGES, tag=["x"] * 51).status


def test_latest_is_the_newest_that_matches_with_everything_about_it(server: Server, account: str, sender: Any) -> None:
    wanted = send(sender, "Hello")
    send(sender, "Other")
    answer = look(server, f"{MESSAGES}/latest", account=account, subject="hello")
    assert (wanted, "It works.") == (answer.json["id"], answer.json["text"])


def test_latest_of_nothing_says_so(server: Server, account: str) -> None:
    answer = look(server, f"{MESSAGES}/latest", account=account)
    assert (404, f"There is no message yet with account {account}.") == (answer.status, answer.message)


def test_a_deleted_message_is_gone_from_every_view(server: Server, account: str, sender: Any) -> None:
    gone, kept = send(sender), send(sender)
    server.settle()
    assert 204 == look(server, f"{MESSAGES}/{gone}", "DELETE").status
    assert 404 == look(server, f"{MESSAGES}/{gone}").status
    assert [kept] == ids(server, account)
    assert [kept] == ids(server, account, to="you@example.org")
    assert 404 == look(server, f"{MESSAGES}/{gone}", "DELETE").status


def test_messages_of_one_region_are_deleted_and_the_rest_stays(server: Server) -> None:
    account = new_account()
    west = verified(server.client("sesv2", account, "eu-west-1"))
    east = verified(server.client("sesv2", account))
    send(west)
    kept = send(east)
    server.settle()
    assert 204 == look(server, MESSAGES, "DELETE", account=account, region="eu-west-1").status
    assert [kept] == ids(server, account)
    assert "example.com" == west.list_email_identities()["EmailIdentities"][0]["IdentityName"]

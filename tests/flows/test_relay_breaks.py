"""Relay, when the server takes no more in one go, or cuts the connection: nobody's fate depends on another's."""

from collections.abc import Iterator

import pytest
from fakes.mail_host import MailHost, mail_host
from relaying import Relayed, relaying

GONE = "550 5.1.1 No such user here"
GOOD = "good@example.org"
BAD = [f"bad{number}@example.org" for number in range(22)]


@pytest.fixture
def host() -> Iterator[MailHost]:
    with mail_host() as made:
        yield made


@pytest.fixture
def story(host: MailHost) -> Iterator[Relayed]:
    with relaying(host, relay_mode="deliver") as made:
        made.freeze()
        made.sesv2.put_account_suppression_attributes(SuppressedReasons=[])
        yield made


def outcomes(story: Relayed, id_: str) -> dict[str, str]:
    """The last event of each recipient."""
    return {address: event["type"] for event in story.events(id_)[1:] for address in event["recipients"]}


@pytest.mark.parametrize(
    "to", [[*BAD, GOOD], [GOOD, *BAD], [*BAD[:10], GOOD, *BAD[10:]]], ids=["last", "first", "amid"]
)
def test_a_server_that_ends_the_conversation_after_many_errors_hears_the_rest_in_another(
    host: MailHost, story: Relayed, to: list[str]
) -> None:
    host.script.recipients, host.script.most_errors = dict.fromkeys(BAD, GONE), 20
    id_ = story.send(*to)
    assert {**dict.fromkeys(BAD, "Bounce"), GOOD: "Delivery"} == outcomes(story, id_)
    assert ({GOOD: 1}, "done") == (host.counts, story.message(id_)["state"])
    assert f"smtp; {GONE}" == story.events(id_, "Bounce")[0]["diagnostic_code"]


def test_in_mode_copy_the_good_ones_get_theirs_too(host: MailHost) -> None:
    host.script.recipients, host.script.most_errors = dict.fromkeys(BAD, GONE), 20
    with relaying(host) as story:
        story.send(*BAD, GOOD)
        assert ({GOOD: 1}, 0) == (host.counts, story.view()["waiting"])


@pytest.mark.parametrize("reply", ["421 4.3.2 go away", ""], ids=["421", "cut"])
def test_a_recipient_whom_the_server_hangs_up_on_waits_alone(host: MailHost, story: Relayed, reply: str) -> None:
    host.script.recipients = {"odd@example.org": reply, "no@example.org": GONE}
    id_ = story.send("a@example.org", "odd@example.org", "no@example.org", "b@example.org")
    expected = {
        "a@example.org": "Delivery",
        "b@example.org": "Delivery",
        "no@example.org": "Bounce",
        "odd@example.org": "DeliveryDelay",
    }
    assert expected == outcomes(story, id_)
    (delay,) = story.events(id_, "DeliveryDelay")
    assert delay["diagnostic_code"].startswith(f"smtp; {reply or '421 4.4.2 Connection lost'}")
    host.script.recipients.clear()
    story.advance(minutes=1)
    assert dict.fromkeys(("a@example.org", "b@example.org", "odd@example.org"), 1) == host.counts


def test_more_troublemakers_than_an_attempt_bears_do_not_starve_the_others(host: MailHost, story: Relayed) -> None:
    host.script.recipients = dict.fromkeys(BAD, "421 4.3.2 go away")
    story.send(*BAD, GOOD)
    for _ in range(3):
        story.advance(minutes=5)
    assert {GOOD: 1} == host.counts


def test_a_transaction_that_is_full_is_followed_by_another(host: MailHost, story: Relayed) -> None:
    host.script.most_recipients = 3
    to = [f"r{number}@example.org" for number in range(8)]
    id_ = story.send(*to)
    assert [to[:3], to[3:6], to[6:]] == [message.recipients for message in host.messages]
    assert (1, dict.fromkeys(to, "Delivery")) == (host.connections, outcomes(story, id_))


def test_a_server_that_has_too_many_recipients_of_its_own_accord_is_no_fault_of_our_address(
    host: MailHost, story: Relayed
) -> None:
    host.script.recipients = {"you@example.org": "552 5.5.3 too many recipients"}
    id_ = story.send("you@example.org")
    (delay,) = story.events(id_, "DeliveryDelay")
    assert ("General", "smtp; 552 5.5.3 too many recipients") == (delay["delay_type"], delay["diagnostic_code"])


@pytest.mark.parametrize("go_ahead", ["421 4.3.2 closing", ""], ids=["421", "cut"])
def test_a_server_that_hangs_up_before_the_content_is_not_asked_for_ever(
    host: MailHost, story: Relayed, go_ahead: str
) -> None:
    host.script.go_ahead = go_ahead
    id_ = story.send("a@example.org", "b@example.org")
    assert dict.fromkeys(("a@example.org", "b@example.org"), "DeliveryDelay") == outcomes(story, id_)
    assert (3, ["DATA"] * 3) == (host.connections, [line for line in host.commands if line == "DATA"])


def test_who_did_not_fit_in_is_not_forgotten_when_the_server_hangs_up(host: MailHost, story: Relayed) -> None:
    host.script.most_recipients = 1
    host.script.go_ahead_once = ""
    id_ = story.send("a@example.org", "b@example.org", "c@example.org")
    assert dict.fromkeys(("a@example.org", "b@example.org", "c@example.org"), "Delivery") == outcomes(story, id_)
    assert 2 == host.connections


def test_content_that_may_have_been_taken_is_not_sent_again_at_once(host: MailHost, story: Relayed) -> None:
    host.script.dot = ""
    story.send("a@example.org", "b@example.org")
    assert 1 == host.connections


def test_a_host_that_goes_down_amid_the_recipients_has_said_what_it_has_said(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"no@example.org": GONE, "last@example.org": ""}
    host.script.is_dying = True
    id_ = story.send("a@example.org", "no@example.org", "last@example.org", "b@example.org")
    late = ("a@example.org", "last@example.org", "b@example.org")
    assert {"no@example.org": "Bounce", **dict.fromkeys(late, "DeliveryDelay")} == outcomes(story, id_)
    assert {"TransientCommunicationFailure"} == {e["delay_type"] for e in story.events(id_, "DeliveryDelay")}


@pytest.mark.parametrize("go_ahead", ["250 fine", "220 hello", "199 what"])
def test_what_is_no_answer_to_data_delivers_nothing(host: MailHost, story: Relayed, go_ahead: str) -> None:
    host.script.go_ahead_once = go_ahead
    id_ = story.send(GOOD)
    assert {GOOD: "DeliveryDelay"} == outcomes(story, id_)
    assert {} == host.counts
    story.advance(minutes=1)
    assert ({GOOD: "Delivery"}, {GOOD: 1}) == (outcomes(story, id_), host.counts)


def test_what_is_no_answer_to_data_is_asked_again_for_many(host: MailHost, story: Relayed) -> None:
    host.script.go_ahead_once = "250 fine"
    id_ = story.send(GOOD, "other@example.org")
    assert {GOOD: "Delivery", "other@example.org": "Delivery"} == outcomes(story, id_)
    assert {GOOD: 1, "other@example.org": 1} == host.counts

"""A real Postfix behind the relay takes, refuses and defers by recipient, and the events tell what happened."""

from collections.abc import Iterator

import pytest
from fakes.mail_host import MailHost, mail_host
from fakes.postfix import Postfix, postfix
from judge import verdicts
from relaying import Relayed, relaying
from signing import records

pytestmark = [pytest.mark.slow, pytest.mark.clients]

ACCESS = {
    "no@rcpt.test": "550 5.1.1 User unknown",
    "full@rcpt.test": "552 5.2.2 Mailbox full",
    "closed@rcpt.test": "REJECT",
    "later@rcpt.test": "450 4.2.0 Greylisted",
    "busy@rcpt.test": "DEFER",
}
UNKIND = {
    "bad.test": "550 5.1.1 User unknown",
    "hangup@rcpt.test": "421 4.3.2 go away",
    "nul@rcpt.test": "521 5.2.1 mailbox disabled",
}
BODY = (
    b".\r\n..two\r\n.one\r\nGr\xc3\xbc\xc3\x9fe, latin \xe9\xff\r\ntrailing blanks  \r\n\r\n"
    + b"x" * 998
    + b"\r\nFrom here\r\n.\r\n"
)
RAW = (
    b"From: me@example.com\r\nTo: you@rcpt.test\r\nSubject: exact\r\nX-Folded: one\r\n two\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + BODY
)


@pytest.fixture(scope="module")
def final() -> Iterator[MailHost]:
    """Where Postfix hands on what it takes."""
    with mail_host() as host:
        yield host


@pytest.fixture(scope="module")
def server(final: MailHost) -> Iterator[Postfix]:
    with postfix({**ACCESS, **UNKIND}, final.port) as made:
        yield made


@pytest.fixture
def story(server: Postfix, final: MailHost) -> Iterator[Relayed]:
    final.messages.clear()
    with relaying(final, relay=server.url, relay_mode="deliver") as made:
        made.freeze()
        yield made


def test_every_recipient_has_the_fate_that_postfix_gives(story: Relayed, final: MailHost) -> None:
    id_ = story.send("you@rcpt.test", *ACCESS)
    (delivery,) = story.events(id_, "Delivery")
    assert ["you@rcpt.test"] == delivery["recipients"]
    assert delivery["smtp_response"].startswith("250 2.0.0 Ok: queued as ")
    bounces = {event["recipients"][0]: event for event in story.events(id_, "Bounce")}
    assert {
        "no@rcpt.test": ("Permanent", "General", "5.1.1"),
        "full@rcpt.test": ("Transient", "MailboxFull", "5.2.2"),
        "closed@rcpt.test": ("Permanent", "General", "5.7.1"),
    } == {
        address: (event["bounce_type"], event["bounce_subtype"], event["status"]) for address, event in bounces.items()
    }
    expected = "smtp; 550 5.1.1 <no@rcpt.test>: Recipient address rejected: User unknown"
    assert expected == bounces["no@rcpt.test"]["diagnostic_code"]
    delays = {event["recipients"][0]: event["status"] for event in story.events(id_, "DeliveryDelay")}
    assert {"later@rcpt.test": "4.2.0", "busy@rcpt.test": "4.7.1"} == delays
    assert [["you@rcpt.test"]] == [message.recipients for message in final.wait_for(1)]
    for _ in range(15):
        story.advance(hours=1)
    late = {address: event["status"] for event in story.events(id_, "Bounce")[3:] for address in event["recipients"]}
    assert {"later@rcpt.test": "4.4.7", "busy@rcpt.test": "4.4.7"} == late


def test_the_octets_arrive_as_they_are_stored(story: Relayed, final: MailHost) -> None:
    id_ = story.send_raw(RAW, "you@rcpt.test")
    (received,) = final.wait_for(1)
    stored = story.raw(id_)
    assert stored.endswith(b"\r\n\r\n" + BODY)
    assert received.data.endswith(stored)
    assert received.data.removesuffix(stored).startswith(b"Received: ")
    known = records(story.server, id_)
    assert [("example.com", True), ("amazonses.com", True)] == verdicts(received.data, known)


def test_tls_is_used_where_postfix_offers_it(story: Relayed, server: Postfix, final: MailHost) -> None:
    story.sesv2.create_configuration_set(ConfigurationSetName="cs", DeliveryOptions={"TlsPolicy": "REQUIRE"})
    id_ = story.send("you@rcpt.test", ConfigurationSetName="cs")
    assert ["Send", "Delivery"] == story.event_types(id_)
    assert b" with ESMTPS id " in final.wait_for(1)[0].data


def test_a_message_too_large_for_postfix_bounces_as_such(story: Relayed) -> None:
    id_ = story.send_raw(RAW + b"x" * 70 + b"\r\n" + b"more\r\n" * 200_000, "you@rcpt.test")
    (bounce,) = story.events(id_, "Bounce")
    assert ("Transient", "MessageTooLarge", "5.3.4") == (
        bounce["bounce_type"],
        bounce["bounce_subtype"],
        bounce["status"],
    )


def test_more_refusals_than_postfix_bears_in_one_conversation_take_nothing_from_the_others(
    story: Relayed, final: MailHost
) -> None:
    bad = [f"u{number}@bad.test" for number in range(22)]  # its smtpd_hard_error_limit is 20
    id_ = story.send(*bad, "you@rcpt.test")
    (bounce,) = story.events(id_, "Bounce")
    assert (bad, "Permanent", "5.1.1") == (bounce["recipients"], bounce["bounce_type"], bounce["status"])
    assert ["Send", "Delivery", "Bounce"] == story.event_types(id_)
    assert [["you@rcpt.test"]] == [message.recipients for message in final.wait_for(1)]


def test_a_recipient_for_whom_postfix_hangs_up_waits_alone(story: Relayed, final: MailHost) -> None:
    id_ = story.send("you@rcpt.test", "hangup@rcpt.test", "no@rcpt.test", "nul@rcpt.test", "me@rcpt.test")
    fates = {address: event["type"] for event in story.events(id_)[1:] for address in event["recipients"]}
    assert {
        "you@rcpt.test": "Delivery",
        "me@rcpt.test": "Delivery",
        "no@rcpt.test": "Bounce",
        "nul@rcpt.test": "Bounce",
        "hangup@rcpt.test": "DeliveryDelay",
    } == fates
    final.wait_for(2)  # Postfix hands on in its own time
    assert {"you@rcpt.test": 1, "me@rcpt.test": 1} == final.counts


def test_many_messages_over_few_connections_all_arrive(story: Relayed, server: Postfix, final: MailHost) -> None:
    ids = [story.sesv2.send_email(**_simple(number))["MessageId"] for number in range(200)]
    story.server.settle()
    assert {"Delivery"} == {story.event_types(id_)[-1] for id_ in ids}
    subjects = {message.data.partition(b"Subject: ")[2].split(b"\r\n")[0] for message in final.wait_for(200)}
    assert {str(number).encode() for number in range(200)} == subjects


def test_without_tls_at_postfix_a_set_that_requires_it_bounces(final: MailHost) -> None:
    with (
        postfix({}, final.port, tls="none") as server,
        relaying(final, relay=server.url, relay_mode="deliver") as story,
    ):
        story.sesv2.create_configuration_set(ConfigurationSetName="cs", DeliveryOptions={"TlsPolicy": "REQUIRE"})
        id_ = story.send("you@rcpt.test", ConfigurationSetName="cs")
        assert "5.7.4" == story.events(id_, "Bounce")[0]["status"]


def _simple(number: int) -> dict[str, object]:
    content = {"Simple": {"Subject": {"Data": str(number)}, "Body": {"Text": {"Data": "x"}}}}
    return {
        "FromEmailAddress": "me@example.com",
        "Destination": {"ToAddresses": ["you@rcpt.test"]},
        "Content": content,
    }

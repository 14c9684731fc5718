"""Suppression on its way: who is held back, what is told, and who gets onto the list by bouncing."""

from typing import Any

import pytest
from harness import Server
from inspecting import look, send, verified
from outcomes import events_of, payloads_of, suppressed, types_of, watched_set

GUIDE = "https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
TEXT = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. For "
    "more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at "
)


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def put(client: Any, address: str, reason: str = "BOUNCE") -> None:
    client.put_suppressed_destination(EmailAddress=address, Reason=reason)


def test_a_bounced_address_bounces_without_a_delivery(server: Server, sender: Any) -> None:
    put(sender, "you@example.org")
    _, bounced = payloads_of(server, send(sender, ConfigurationSetName=watched_set(sender)))
    bounce = bounced["bounce"]
    assert ("Permanent", "OnAccountSuppressionList") == (bounce["bounceType"], bounce["bounceSubType"])
    assert "dns; amazonses.com" == bounce["reportingMTA"]
    assert [
        {"emailAddress": "you@example.org", "action": "failed", "status": "5.1.1", "diagnosticCode": TEXT + GUIDE}
    ] == bounce["bouncedRecipients"]


def test_an_address_that_complained_complains_again(server: Server, sender: Any) -> None:
    put(sender, "you@example.org", "COMPLAINT")
    _, complained = payloads_of(server, send(sender, ConfigurationSetName=watched_set(sender)))
    complaint = complained["complaint"]
    assert ["feedbackId", "complaintSubType", "complainedRecipients", "timestamp"] == list(complaint)
    assert "OnAccountSuppressionList" == complaint["complaintSubType"]


def test_case_does_not_matter_at_send(server: Server, sender: Any) -> None:
    put(sender, "  You@EXAMPLE.org ")
    assert ["You@example.org"] == suppressed(sender)
    assert ["Send", "Bounce"] == types_of(server, send(sender, to="yOU@Example.ORG"))


def test_the_others_get_the_message_and_all_recipients_are_kept(server: Server, sender: Any) -> None:
    put(sender, "gone@example.org")
    put(sender, "angry@example.org", "COMPLAINT")
    destination = {
        "ToAddresses": ["gone@example.org", "you@example.org"],
        "CcAddresses": ["angry@example.org"],
        "BccAddresses": ["me@example.com"],
    }
    message = send(sender, destination=destination, ConfigurationSetName=watched_set(sender))
    told = [(event["type"], event["recipients"]) for event in events_of(server, message)]
    everybody = ["gone@example.org", "you@example.org", "angry@example.org", "me@example.com"]
    assert [
        ("Send", everybody),
        ("Bounce", ["gone@example.org"]),
        ("Complaint", ["angry@example.org"]),
        ("Delivery", ["you@example.org", "me@example.com"]),
    ] == told
    assert all(everybody == one["mail"]["destination"] for one in payloads_of(server, message))
    stored = look(server, f"/_sestina/messages/{message}").json
    assert ["gone@example.org", "you@example.org"] == stored["to"]
    assert everybody == stored["recipients"]


@pytest.mark.parametrize(
    ("of_account", "of_set", "types"),
    [
        (["BOUNCE"], None, ["Send", "Bounce"]),
        (["COMPLAINT"], None, ["Send", "Delivery"]),
        ([], None, ["Send", "Delivery"]),
        (["BOUNCE"], [], ["Send", "Delivery"]),
        (["BOUNCE"], ["COMPLAINT"], ["Send", "Delivery"]),
        ([], ["BOUNCE"], ["Send", "Bounce"]),
    ],
)
def test_the_reasons_of_the_set_override_those_of_the_account(
    server: Server, sender: Any, of_account: list[str], of_set: list[str] | None, types: list[str]
) -> None:
    put(sender, "you@example.org")
    sender.put_account_suppression_attributes(SuppressedReasons=of_account)
    sender.create_configuration_set(ConfigurationSetName="set")
    if of_set is not None:
        sender.put_configuration_set_suppression_options(ConfigurationSetName="set", SuppressedReasons=of_set)
    assert types == types_of(server, send(sender, ConfigurationSetName="set"))


def test_a_hard_bounce_puts_the_recipient_onto_the_list(server: Server, sender: Any) -> None:
    message = send(sender, to="Gone@Example.org")
    server.settle()
    event = look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"}).json["event"]
    entry = sender.get_suppressed_destination(EmailAddress="Gone@example.org")["SuppressedDestination"]
    assert ("Gone@example.org", "BOUNCE") == (entry["EmailAddress"], entry["Reason"])
    assert {"MessageId": message, "FeedbackId": event["feedback_id"]} == entry["Attributes"]
    assert ["Send", "Bounce"] == types_of(server, send(sender, to="gone@example.org"))


@pytest.mark.parametrize(
    ("wish", "entries"),
    [
        ({"event": "complaint"}, ["you@example.org"]),
        ({"event": "bounce", "bounce_type": "Transient", "bounce_subtype": "MailboxFull"}, []),
        ({"event": "bounce", "bounce_type": "Undetermined"}, []),
        ({"event": "bounce", "bounce_subtype": "OnAccountSuppressionList"}, []),
        ({"event": "delay"}, []),
    ],
)
def test_only_hard_bounces_and_complaints_suppress(
    server: Server, sender: Any, wish: dict[str, str], entries: list[str]
) -> None:
    message = send(sender)
    server.settle()
    assert 200 == look(server, f"/_sestina/messages/{message}/simulate", "POST", wish).status
    assert entries == suppressed(sender)


def test_a_reason_that_is_switched_off_suppresses_nobody(server: Server, sender: Any) -> None:
    sender.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    message = send(sender)
    server.settle()
    look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"})
    assert [] == suppressed(sender)


def test_what_was_put_by_hand_is_not_replaced_by_a_bounce(server: Server, sender: Any) -> None:
    message = send(sender)
    server.settle()
    put(sender, "you@example.org", "COMPLAINT")
    look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"})
    entry = sender.get_suppressed_destination(EmailAddress="you@example.org")["SuppressedDestination"]
    assert "COMPLAINT" == entry["Reason"]
    assert "Attributes" not in entry


def test_held_back_recipients_count_for_the_quota_but_not_for_the_reputation(
    server: Server, account: str, sender: Any
) -> None:
    put(sender, "you@example.org")
    send(sender)
    server.settle()
    seen = look(server, "/_sestina/account", account=account).json
    assert (1, 0, 0.0) == (seen["sent_last_24_hours"], seen["judged_on"], seen["bounce_rate"])


def test_the_list_survives_a_restart_and_ends_with_a_reset(tmp_path: Any) -> None:
    account = "111122223333"
    with Server(data=str(tmp_path)) as server:
        client = verified(server.client("sesv2", account))
        put(client, "you@example.org")
    with Server(data=str(tmp_path)) as server:
        client = server.client("sesv2", account)
        assert ["Send", "Bounce"] == types_of(server, send(client))
        look(server, "/_sestina/messages", "DELETE")
        assert ["Send", "Bounce"] == types_of(server, send(client))
        look(server, "/_sestina/reset", "POST", {})
        assert ["Send", "Delivery"] == types_of(server, send(verified(client)))


def test_fakecloud_counts_the_drops() -> None:
    with Server() as server:
        client = verified(server.client("sesv2", "111122223333"))
        put(client, "you@example.org")
        assert {"suppressedDropsTotal": 0} == look(server, "/_fakecloud/ses/metrics").json
        send(client)
        send(client, to="other@example.org")
        server.settle()
        assert {"suppressedDropsTotal": 1} == look(server, "/_fakecloud/ses/metrics").json

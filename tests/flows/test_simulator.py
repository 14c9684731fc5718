"""The mailbox simulator: every address as AWS plays it, in any case, with labels, and counted for nothing."""

from typing import Any

import pytest
from harness import Server
from inspecting import look, send, verified
from outcomes import events_of, mails_about, payloads_of, suppressed, types_of, watched_set

AT = "@simulator.amazonses.com"
UNKNOWN = "smtp; 550 5.1.1 As requested: user unknown"


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


@pytest.mark.parametrize(
    ("local_part", "types"),
    [
        ("success", ["Send", "Delivery"]),
        ("Success+label", ["Send", "Delivery"]),
        ("ooto", ["Send", "Delivery"]),
        ("bounce", ["Send", "Bounce"]),
        ("BOUNCE+a+b", ["Send", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
        ("CompLaint+x", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist", ["Send", "Bounce"]),
        ("anybody", ["Send", "Bounce"]),
        ("bounce-x", ["Send", "Bounce"]),
    ],
)
def test_every_address_has_its_events(server: Server, sender: Any, local_part: str, types: list[str]) -> None:
    assert types == types_of(server, send(sender, to=local_part + AT))
    assert types == types_of(server, send(sender, to=local_part + AT.upper()))


def test_a_bounce_is_worded_as_aws_words_it(server: Server, sender: Any) -> None:
    address = "bounce+tag" + AT
    sent, bounced = payloads_of(server, send(sender, to=address, ConfigurationSetName=watched_set(sender)))
    assert ["eventType", "bounce", "mail"] == list(bounced)
    bounce = bounced["bounce"]
    assert ["feedbackId", "bounceType", "bounceSubType", "bouncedRecipients", "timestamp", "reportingMTA"] == list(
        bounce
    )
    assert ("Permanent", "General") == (bounce["bounceType"], bounce["bounceSubType"])
    recipient = {
        "emailAddress": address,
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": f"{UNKNOWN} <{address}>",
    }
    assert [recipient] == bounce["bouncedRecipients"]
    assert "dns; a8-77.smtp-out.amazonses.com" == bounce["reportingMTA"]
    assert "ses:outgoing-ip" not in bounced["mail"]["tags"]
    assert sent["mail"]["messageId"] == bounced["mail"]["messageId"] != bounce["feedbackId"]


def test_the_address_of_the_suppression_list_bounces_without_being_on_any_list(server: Server, sender: Any) -> None:
    address = "suppressionlist" + AT
    (_, bounced) = payloads_of(server, send(sender, to=address, ConfigurationSetName=watched_set(sender)))
    (recipient,) = bounced["bounce"]["bouncedRecipients"]
    assert f"{UNKNOWN} (suppressed address: {address})" == recipient["diagnosticCode"]
    assert [] == suppressed(sender)
    assert ["Send", "Bounce"] == types_of(server, send(sender, to=address))


def test_a_complaint_is_worded_as_aws_words_it(server: Server, sender: Any) -> None:
    address = "complaint" + AT
    *_, complained = payloads_of(server, send(sender, to=address, ConfigurationSetName=watched_set(sender)))
    complaint = complained["complaint"]
    assert [
        "feedbackId",
        "complaintSubType",
        "complainedRecipients",
        "timestamp",
        "userAgent",
        "complaintFeedbackType",
        "arrivalDate",
    ] == list(complaint)
    assert complaint["complaintSubType"] is None
    assert [{"emailAddress": address}] == complaint["complainedRecipients"]
    assert ("Amazon SES Mailbox Simulator", "abuse") == (complaint["userAgent"], complaint["complaintFeedbackType"])
    assert complaint["timestamp"] == complaint["arrivalDate"]
    assert [] == suppressed(sender)


def test_a_delivery_names_the_simulators_reply(server: Server, sender: Any) -> None:
    _, delivered = payloads_of(server, send(sender, to="success" + AT, ConfigurationSetName=watched_set(sender)))
    assert "250 2.6.0 Message received" == delivered["delivery"]["smtpResponse"]
    assert ["success" + AT] == delivered["delivery"]["recipients"]
    assert ["127.0.0.1"] == delivered["mail"]["tags"]["ses:outgoing-ip"]


def test_bounces_of_one_message_are_one_event_and_others_are_untouched(server: Server, sender: Any) -> None:
    bouncing = ["bounce" + AT, "suppressionlist" + AT, "ghost" + AT]
    destination = {"ToAddresses": [*bouncing, "you@example.org"], "BccAddresses": ["success" + AT]}
    events = events_of(server, send(sender, destination=destination))
    assert [
        ("Send", [*bouncing, "you@example.org", "success" + AT]),
        ("Delivery", ["success" + AT]),
        ("Bounce", bouncing),
        ("Delivery", ["you@example.org"]),
    ] == [(event["type"], event["recipients"]) for event in events]


def test_out_of_office_answers_to_the_return_path(server: Server, account: str, sender: Any) -> None:
    sent = send(
        sender,
        subject="Grüße",
        to="ooto+holidays" + AT,
        FeedbackForwardingEmailAddress="returns@example.com",
    )
    (reply,) = mails_about(server, account)
    assert "ooto+holidays" + AT == reply["From"]
    assert "returns@example.com" == reply["To"]
    assert "Automatic reply: Grüße" == reply["Subject"]
    assert "auto-replied" == reply["Auto-Submitted"]
    assert f"<{sent}@email.amazonses.com>" == reply["In-Reply-To"] == reply["References"]


def test_nothing_counts_for_the_quota_the_reputation_or_the_list(server: Server, account: str, sender: Any) -> None:
    for local_part in ("success", "bounce", "complaint", "suppressionlist", "ooto"):
        send(sender, to=local_part + AT)
    server.settle()
    assert 0.0 == sender.get_account()["SendQuota"]["SentLast24Hours"]
    seen = look(server, "/_sestina/account", account=account).json
    assert (0, 0.0, 0.0, 0) == (
        seen["sent_last_24_hours"],
        seen["bounce_rate"],
        seen["complaint_rate"],
        seen["judged_on"],
    )
    assert [] == suppressed(sender)


def test_the_simulator_is_reached_from_the_sandbox(server: Server, account: str, sender: Any) -> None:
    look(server, "/_sestina/account", "POST", {"account": account, "production_access": False})
    assert ["Send", "Delivery"] == types_of(server, send(sender, to="success" + AT))


def test_outcomes_wait_for_the_delivery_delay() -> None:
    with Server(delivery_delay=5_000) as server:
        server.loop.call_soon_threadsafe(server.app.clock.freeze)
        client = verified(server.client("sesv2", "111122223333"))
        message = send(client, to="bounce" + AT)
        assert ["Send"] == [one["type"] for one in look(server, f"/_sestina/messages/{message}").json["events"]]
        look(server, "/_sestina/clock", "POST", {"advance": 5})
        send_event, bounce = events_of(server, message)
        assert send_event["at"] < bounce["at"]

"""The acceptance checks of events-and-receiving.md 11 that concern what becomes of a sent message, by their number."""

import datetime
import json
from email.message import EmailMessage
from typing import Any

import pytest
from harness import Server
from inspecting import send, verified
from outcomes import EICAR, events_of, payloads_of, suppressed, types_of, watched_set

AT = "@simulator.amazonses.com"
COMMON_MAIL = [
    "timestamp", "source", "sourceArn", "sendingAccountId", "messageId", "destination", "headersTruncated", "headers",
    "commonHeaders", "tags",
]  # fmt: skip


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


@pytest.fixture
def watched(sender: Any) -> str:
    return watched_set(sender)


def instant_in(id_: str) -> int:
    """The epoch milliseconds that an id begins with, behind the region's code."""
    return int(id_[4:16], 16)


def milliseconds(text: str) -> int:
    return round(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def test_2_success_sends_and_delivers_in_the_order_of_keys_that_aws_has(
    server: Server, sender: Any, watched: str
) -> None:
    message = send(sender, to="success" + AT, ConfigurationSetName=watched)
    sent, delivered = payloads_of(server, message)
    assert ["eventType", "mail", "send"] == list(sent)
    assert ["eventType", "mail", "delivery"] == list(delivered)
    assert ({}, "Send", "Delivery") == (sent["send"], sent["eventType"], delivered["eventType"])
    assert [COMMON_MAIL, COMMON_MAIL] == [list(one["mail"]) for one in (sent, delivered)]
    assert ["timestamp", "processingTimeMillis", "recipients", "smtpResponse", "remoteMtaIp", "reportingMTA"] == list(
        delivered["delivery"]
    )
    mail = delivered["mail"]
    assert message == mail["messageId"] == mail["commonHeaders"]["messageId"]
    assert milliseconds(mail["timestamp"]) == instant_in(message)


@pytest.mark.parametrize("local_part", ["bounce", "bounce+label", "BOUNCE", "suppressionlist", "SuppressionList+x"])
def test_3_bounces_of_the_simulator_suppress_nobody(server: Server, sender: Any, local_part: str) -> None:
    for _ in range(2):
        message = send(sender, to=local_part + AT)
        _, bounce = events_of(server, message)
        assert ("Bounce", "Permanent", "General") == (bounce["type"], bounce["bounce_type"], bounce["bounce_subtype"])
        assert milliseconds(bounce["at"]) == instant_in(bounce["feedback_id"])
    assert [] == suppressed(sender)


@pytest.mark.parametrize("local_part", ["complaint", "complaint+label", "COMPLAINT"])
def test_3_complaints_of_the_simulator_suppress_nobody(server: Server, sender: Any, local_part: str) -> None:
    for _ in range(2):
        assert ["Send", "Delivery", "Complaint"] == types_of(server, send(sender, to=local_part + AT))
    assert [] == suppressed(sender)


def test_4_bounces_are_grouped_by_their_cause(server: Server, sender: Any, watched: str) -> None:
    sender.put_suppressed_destination(EmailAddress="held@example.org", Reason="BOUNCE")
    everybody = ["bounce" + AT, "suppressionlist" + AT, "held@example.org"]
    message = send(sender, destination={"ToAddresses": everybody}, ConfigurationSetName=watched)
    _, *bounces = payloads_of(server, message)
    assert [("OnAccountSuppressionList", everybody[2:]), ("General", everybody[:2])] == [
        (one["bounce"]["bounceSubType"], [each["emailAddress"] for each in one["bounce"]["bouncedRecipients"]])
        for one in bounces
    ]
    assert all(everybody == one["mail"]["destination"] for one in bounces)
    assert 2 == len({one["bounce"]["feedbackId"] for one in bounces})


def test_5_an_empty_list_of_the_set_switches_suppression_off(server: Server, sender: Any) -> None:
    sender.create_configuration_set(ConfigurationSetName="open", SuppressionOptions={"SuppressedReasons": []})
    sender.put_suppressed_destination(EmailAddress="you@example.org", Reason="BOUNCE")
    assert ["Send", "Delivery"] == types_of(server, send(sender, ConfigurationSetName="open"))
    assert ["Send", "Bounce"] == types_of(server, send(sender))


@pytest.mark.parametrize("door", ["v2 attachment", "v2 body", "v2 template", "v1 raw"])
def test_8_eicar_is_sent_and_rejected(server: Server, ses: Any, sender: Any, watched: str, door: str) -> None:
    text = EICAR.decode()
    match door:
        case "v2 attachment":
            attachment = {"FileName": "eicar.txt", "RawContent": EICAR}
            message = send(sender, simple={"Attachments": [attachment]}, ConfigurationSetName=watched)
        case "v2 body":
            body = {"Text": {"Data": f"ä {text}"}, "Html": {"Data": "<p>x</p>"}}
            message = send(sender, simple={"Body": body}, ConfigurationSetName=watched)
        case "v2 template":
            content = {"Subject": "x", "Text": "{{virus}}"}
            message = sender.send_email(
                FromEmailAddress="me@example.com",
                Destination={"ToAddresses": ["you@example.org"]},
                Content={
                    "Template": {"TemplateContent": content, "TemplateData": json.dumps({"virus": text})},
                },
                ConfigurationSetName=watched,
            )["MessageId"]
        case _:
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "me@example.com", "you@example.org", "x"
            mail.set_content("See attachment.")
            mail.add_attachment(EICAR, maintype="application", subtype="octet-stream", filename="eicar.bin")
            message = ses.send_raw_email(RawMessage={"Data": bytes(mail)}, ConfigurationSetName=watched)["MessageId"]
    sent, rejected = payloads_of(server, message)
    assert ("Send", "Reject") == (sent["eventType"], rejected["eventType"])
    assert ["eventType", "mail", "reject"] == list(rejected)
    assert {"reason": "Bad content"} == rejected["reject"]
    assert ["Send", "Reject"] == types_of(server, message)
    assert 1 == sum(point["Rejects"] for point in ses.get_send_statistics()["SendDataPoints"])
    assert 1.0 == ses.get_send_quota()["SentLast24Hours"]


def test_9_a_template_that_misses_a_variable_fails_after_the_answer(server: Server, sender: Any, watched: str) -> None:
    sender.create_email_template(
        TemplateName="welcome", TemplateContent={"Subject": "Hi {{name}}", "Text": "Hello {{name}}"}
    )
    message = sender.send_email(
        FromEmailAddress="me@example.com",
        Destination={"ToAddresses": ["bounce" + AT, "you@example.org"]},
        Content={"Template": {"TemplateName": "welcome", "TemplateData": "{}"}},
        ConfigurationSetName=watched,
    )["MessageId"]
    (failed,) = payloads_of(server, message)
    assert "Rendering Failure" == failed["eventType"]
    assert {
        "errorMessage": "Attribute 'name' is not present in the rendering data.",
        "templateName": "welcome",
    } == failed["failure"]
    assert "headers" not in failed["mail"]

"""Feedback by mail: bounces and complaints as SES forwards them, compared with mails that SES really sent."""

import email
import email.message
import email.policy
import pathlib
from typing import Any

import msgspec
import pytest
from harness import Server
from inspecting import look, send, verified
from outcomes import mails_about, types_of, watched_set

VECTORS = pathlib.Path(__file__).parents[1] / "vectors" / "ses-mail"
BOUNCE, COMPLAINT = "bounce@simulator.amazonses.com", "complaint@simulator.amazonses.com"
ADDED_BY_OTHERS = {
    "x-apparently-to", "received-spf", "x-originating-ip", "authentication-results", "received", "content-length",
    "x-ymailisg", "dkim-signature", "x-yahoo-newman-expires", "x-yahoo-newman-property", "x-yahoo-newman-id",
}  # fmt: skip


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def recorded(name: str) -> email.message.EmailMessage:
    return email.message_from_bytes((VECTORS / name).read_bytes(), policy=email.policy.default)


def shape(message: email.message.EmailMessage) -> list[tuple[str, set[str]]]:
    """Content type and head fields of every part of a report, but for the original's own."""
    return [
        (part.get_content_type(), {name.lower() for name in part})  # type: ignore[attr-defined]
        for part in message.iter_parts()
    ]


def blocks(message: email.message.EmailMessage) -> list[dict[str, str]]:
    """The fields of the machine-readable part, block by block."""
    part = list(message.iter_parts())[1]
    content = part.get_payload()
    if isinstance(content, str):
        content = [email.message_from_string(content)]
    return [dict(block.items()) for block in content if block.keys()]  # type: ignore[union-attr]


def test_a_bounce_is_forwarded_as_ses_forwards_it(server: Server, account: str, sender: Any) -> None:
    sent = send(sender, to=BOUNCE)
    (mail,) = mails_about(server, account)
    real = recorded("lhost-amazonses-16.eml")
    assert shape(real) == shape(mail)
    assert {name.lower() for name in real} - ADDED_BY_OTHERS <= {name.lower() for name in mail}
    assert (real["From"], real["Subject"]) == (mail["From"], mail["Subject"])
    assert ("<>", "Me <me@example.com>") == (mail["Return-Path"], mail["To"])
    head, recipient = blocks(mail)
    assert [list(block) for block in blocks(real)] == [list(head), list(recipient)]
    assert "dsn; a8-77.smtp-out.amazonses.com" == head["Reporting-MTA"]
    assert f"rfc822; {BOUNCE}" == recipient["Final-Recipient"]
    assert ("failed", "5.1.1") == (recipient["Action"], recipient["Status"])
    text, _, original = mail.iter_parts()
    assert text.get_content().splitlines() == [  # type: ignore[attr-defined]
        "An error occurred while trying to deliver the mail to the following recipients:",
        BOUNCE,
    ]
    raw = look(server, f"/_sestina/messages/{sent}/raw").body
    assert f"<{sent}@email.amazonses.com>" == original.get_payload()[0]["Message-ID"]  # type: ignore[index, union-attr]
    assert raw in look(server, f"/_sestina/messages/{_latest(server, account)}/raw").body


def test_a_complaint_is_forwarded_as_ses_forwards_it(server: Server, account: str, sender: Any) -> None:
    sent = send(sender, subject="Nyaan", to=COMPLAINT)
    (mail,) = mails_about(server, account)
    real = recorded("arf-14.eml")
    assert shape(real) == shape(mail)
    assert {name.lower() for name in real} - ADDED_BY_OTHERS <= {name.lower() for name in mail}
    assert ("complaints@email-abuse.amazonses.com", "Fw: Nyaan") == (mail["From"], mail["Subject"])
    assert (real["From"], real["Subject"], real["Return-Path"]) == (mail["From"], mail["Subject"], mail["Return-Path"])
    (report,) = blocks(mail)
    assert [name for name in blocks(real)[0] if name != "Authentication-Results"] == list(report)
    assert ("abuse", "Amazon SES Mailbox Simulator") == (report["Feedback-Type"], report["User-Agent"])
    assert f"<{sent}@amazonses.com>" == report["Original-Mail-From"]
    assert COMPLAINT == report["Original-Rcpt-To"]


def test_other_regions_send_from_domains_of_their_own(server: Server, account: str) -> None:
    client = verified(server.client("sesv2", account, "us-west-2"))
    send(client, destination={"ToAddresses": [BOUNCE, COMPLAINT]})
    assert ["MAILER-DAEMON@us-west-2.amazonses.com", "complaints@us-west-2.email-abuse.amazonses.com"] == [
        mail["From"] for mail in mails_about(server, account)
    ]


def test_feedback_goes_where_the_sender_wants_it(server: Server, account: str, ses: Any, sender: Any) -> None:
    send(sender, to=BOUNCE, FeedbackForwardingEmailAddress="returns@example.com")
    raw = b"From: me@example.com\r\nReturn-Path: back@example.com\r\nTo: " + BOUNCE.encode() + b"\r\n\r\nHello"
    ses.send_raw_email(RawMessage={"Data": raw})
    ses.send_raw_email(RawMessage={"Data": raw}, Source="source@example.com")
    assert ["returns@example.com", "back@example.com", "source@example.com"] == [
        mail["To"] for mail in mails_about(server, account)
    ]


def test_a_name_beside_the_address_is_kept_in_any_language(server: Server, account: str, sender: Any) -> None:
    send(sender, sender="Grüße <me@example.com>", to=BOUNCE)
    (mail,) = mails_about(server, account)
    (mailbox,) = mail["To"].addresses
    assert ("Grüße", "me@example.com") == (mailbox.display_name, mailbox.addr_spec)


@pytest.mark.parametrize("return_path", ["<>", "nobody"])
def test_a_return_path_that_names_nobody_gets_nothing(return_path: str) -> None:
    with Server(sender_gate=False) as server:
        client = verified(server.client("sesv2", "111122223333"))
        to = f"{BOUNCE}, {COMPLAINT}, ooto@simulator.amazonses.com"
        raw = f"From: me@example.com\r\nReturn-Path: {return_path}\r\nTo: {to}\r\n\r\nHello".encode()
        sent = client.send_email(Content={"Raw": {"Data": raw}})["MessageId"]
        assert ["Send", "Delivery", "Bounce", "Complaint"] == types_of(server, sent)
        assert [] == mails_about(server, "111122223333")


def test_it_is_sent_only_while_the_identity_forwards(server: Server, account: str, sender: Any) -> None:
    async def switch_off() -> None:
        region = await server.app.services.regions.get(account, "us-east-1", 0)
        identity = await region.identities.get("example.com")
        assert identity is not None
        quiet = msgspec.structs.replace(identity.notifications, forwarding=False)
        await region.identities.put("example.com", msgspec.structs.replace(identity, notifications=quiet), 0)

    server.run(switch_off())
    send(sender, to=BOUNCE)
    assert [] == mails_about(server, account)


def test_deliveries_and_renderings_that_fail_are_not_forwarded(server: Server, account: str, sender: Any) -> None:
    send(sender)
    sender.create_email_template(TemplateName="t", TemplateContent={"Subject": "{{missing}}", "Text": "x"})
    sender.send_email(
        FromEmailAddress="me@example.com",
        Destination={"ToAddresses": ["you@example.org"]},
        Content={"Template": {"TemplateName": "t", "TemplateData": "{}"}},
    )
    assert [] == mails_about(server, account)


def test_feedback_counts_for_nothing_and_is_in_no_event(server: Server, account: str, sender: Any) -> None:
    send(sender, to=BOUNCE, ConfigurationSetName=watched_set(sender))
    server.settle()
    assert 0.0 == sender.get_account()["SendQuota"]["SentLast24Hours"]
    feedback = _latest(server, account)
    seen = look(server, f"/_sestina/messages/{feedback}").json
    assert ("Feedback", "done", []) == (seen["operation"], seen["state"], seen["events"])
    assert ["feedback", "conclude"] == [step["stage"] for step in seen["journey"]]
    assert [] == look(server, "/_sestina/dispatches", message=feedback).json["dispatches"]
    points = server.client("ses", account).get_send_statistics()["SendDataPoints"]
    assert 1 == sum(point["DeliveryAttempts"] for point in points)


def test_rivals_views_show_what_was_sent_only() -> None:
    with Server() as server:
        sent = send(verified(server.client("sesv2", "111122223333")), to=BOUNCE)
        server.settle()
        assert [sent] == [one["messageId"] for one in look(server, "/_fakecloud/ses/emails").json["emails"]]
        assert [sent] == [one["Id"] for one in look(server, "/_aws/ses").json["messages"]]


def _latest(server: Server, account: str) -> str:
    return str(look(server, "/_sestina/messages/latest", account=account).json["id"])

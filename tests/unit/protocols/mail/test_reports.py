"""Reports are read by Python's own library as what they are (RFC 3464, 5965, 6522)."""

import email
import email.policy

from sestina.protocols.mail.reports import (
    FinalRecipient,
    Part,
    delivery_status,
    feedback_report,
    one_line,
    write_report,
)

ORIGINAL = b"From: me@example.com\r\nSubject: Hello\r\n\r\nIt works.\r\n"


def report(subject: str = "Failure", status: bytes = b"") -> bytes:
    return write_report(
        headers=(("From", "MAILER-DAEMON@amazonses.com"), ("Subject", subject)),
        report_type="delivery-status",
        parts=[
            Part(fields=(("Content-Type", "text/plain"),), body=b"It failed."),
            Part(fields=(("Content-Type", "message/delivery-status"),), body=status),
            Part(fields=(("Content-Type", "message/rfc822"),), body=ORIGINAL),
        ],
        trailing=(("Date", "Sat, 21 Nov 2026 11:27:24 +0000"),),
        boundary="----=_Part_1",
    )


def test_a_report_has_its_three_parts_and_the_original_as_it_was() -> None:
    raw = report()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert [] == message.defects
    assert "multipart/report" == message.get_content_type()
    assert "delivery-status" == message.get_param("report-type")
    assert ["From", "Subject", "MIME-Version", "Content-Type", "Date"] == message.keys()
    assert ["text/plain", "message/delivery-status", "message/rfc822"] == [
        part.get_content_type() for part in message.iter_parts()
    ]
    assert ORIGINAL in raw


def test_a_subject_of_any_language_is_encoded() -> None:
    message = email.message_from_bytes(report("Fw: Grüße " * 20), policy=email.policy.default)
    assert "Fw: Grüße " * 20 == message["Subject"]


def test_a_delivery_status_has_a_block_for_each_recipient() -> None:
    recipients = [
        FinalRecipient(address="a@b.test", action="failed", status="5.1.1", diagnostic_code="smtp; 550 unknown"),
        FinalRecipient(address="c@d.test", action="delayed", status="4.0.0", original="C@d.test"),
    ]
    expected = (
        "Reporting-MTA: dsn; host\r\n"
        "\r\n"
        "Action: failed\r\nFinal-Recipient: rfc822; a@b.test\r\n"
        "Diagnostic-Code: smtp; 550 unknown\r\nStatus: 5.1.1\r\n"
        "\r\n"
        "Action: delayed\r\nFinal-Recipient: rfc822; c@d.test\r\nOriginal-Recipient: rfc822; C@d.test\r\n"
        "Status: 4.0.0\r\n"
    )
    assert expected.encode() == delivery_status([("Reporting-MTA", "dsn; host")], recipients)


def test_no_value_can_begin_a_field_of_its_own() -> None:
    assert "a X: b" == one_line("a\r\nX: b")
    assert b"User-Agent: x Evil: y\r\n" == feedback_report([("User-Agent", "x\n Evil: y")])
    assert b"Feedback-Type: ?\r\n" == feedback_report([("Feedback-Type", "ü")])

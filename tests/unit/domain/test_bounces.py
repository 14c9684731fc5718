"""Replies of remote servers in SES's words."""

import pytest

from sestina.domain.bounces import NO_TLS, Stage, delay_type_of, expired, read_reply, time_limit, trouble, verdict_on
from sestina.domain.instants import MINUTE


@pytest.mark.parametrize(
    ("code", "text", "stage", "expected"),
    [
        (550, "5.1.1 User unknown", "recipient", "Permanent General"),
        (550, "5.1.10 Recipient not found", "data", "Permanent General"),
        (550, "5.4.4 Invalid domain", "recipient", "Permanent General"),
        (550, "No such user", "recipient", "Permanent General"),
        (554, "5.7.1 Access denied", "recipient", "Permanent General"),
        (550, "5.2.1 Mailbox disabled", "recipient", "Permanent General"),
        (552, "5.2.2 Over quota", "recipient", "Transient MailboxFull"),
        (552, "Requested mail action aborted: exceeded storage allocation", "recipient", "Transient MailboxFull"),
        (550, "The mailbox of this user is full", "recipient", "Transient MailboxFull"),
        (552, "5.3.4 Message size exceeds fixed limit", "mail", "Transient MessageTooLarge"),
        (552, "5.2.3 Message too large", "data", "Transient MessageTooLarge"),
        (552, "Message size exceeds maximum", "data", "Transient MessageTooLarge"),
        (554, "5.6.1 Not acceptable", "data", "Transient ContentRejected"),
        (554, "5.7.1 Blocked", "data", "Transient ContentRejected"),
        (550, "High probability of spam", "data", "Transient ContentRejected"),
        (552, "5.7.0 This attachment is not allowed", "data", "Transient AttachmentRejected"),
        (552, "No", "recipient", "Transient MailboxFull"),
        (554, "Virus found", "data", "Transient AttachmentRejected"),
        (550, "5.3.0 recipient denied", "recipient", "Transient General"),
        (553, "5.1.8 Sender domain unknown", "recipient", "Transient General"),
        (550, "5.7.1 Relaying denied", "mail", "Transient General"),
    ],
)
def test_a_final_reply_has_a_type_of_bounce(code: int, text: str, stage: Stage, expected: str) -> None:
    assert expected == " ".join(verdict_on(read_reply(code, text, stage)))


def test_missing_tls_and_lost_time_say_nothing_of_the_recipient() -> None:
    assert "Transient General" == " ".join(verdict_on(NO_TLS))
    late = expired(trouble("4.4.2", "Connection timed out"), 840 * MINUTE)
    assert "Transient General" == " ".join(verdict_on(late))
    expected = "554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.2 Connection timed out>"
    assert expected == late.line


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        (452, "4.2.2 Mailbox full", "MailboxFull"),
        (450, "user is over quota", "MailboxFull"),
        (421, "4.3.2 System not accepting messages", "RecipientServerError"),
        (421, "Closing", "RecipientServerError"),
        (451, "4.4.1 upstream gone", "TransientCommunicationFailure"),
        (421, "4.7.0 unusual rate of unsolicited mail", "SpamDetected"),
        (421, "4.7.0 [192.0.2.1] IP temporarily blocked", "IPFailure"),
        (450, "4.2.0 Greylisted", "General"),
        (452, "4.5.3 Error: too many recipients", "General"),
        (552, "Too many recipients", "General"),
        (451, "", "General"),
    ],
)
def test_a_temporary_reply_has_a_type_of_delay(code: int, text: str, expected: str) -> None:
    assert expected == delay_type_of(read_reply(code, text, "recipient"))


def test_a_connection_that_fails_is_a_failure_of_communication() -> None:
    assert "TransientCommunicationFailure" == delay_type_of(trouble("4.4.1", "no route"))


def test_a_reply_is_one_clean_line() -> None:
    reply = read_reply(550, "5.1.1 no\n5.1.1 such\tuser \udcff\x00 here", "recipient")
    assert ("5.1.1", "550 5.1.1 no such user here") == (reply.status, reply.line)
    assert "5.0.0" == read_reply(550, "no 5.1.1", "recipient").shown_status
    assert 500 == len(read_reply(550, "x" * 10_000, "recipient").text)


def test_what_a_code_means() -> None:
    ways = {
        code: (reply.is_taken, reply.is_final)
        for code in (250, 251, 354, 450, 550)
        for reply in [read_reply(code, "", "data")]
    }
    assert {
        250: (True, False),
        251: (True, False),
        354: (False, False),
        450: (False, False),
        550: (False, True),
    } == ways


@pytest.mark.parametrize(
    ("code", "text", "stage", "expected"),
    [
        (452, "4.5.3 Error: too many recipients", "recipient", (True, False)),
        (452, "Too many recipients", "recipient", (True, False)),
        (552, "5.5.3 Too many recipients", "recipient", (True, False)),
        (552, "5.2.2 Mailbox full", "recipient", (False, True)),
        (452, "4.3.1 Insufficient system storage", "recipient", (False, False)),
        (450, "4.7.1 Too many connections", "recipient", (False, False)),
        (552, "5.5.3 Too many recipients", "data", (False, True)),
    ],
)
def test_too_many_recipients_are_no_final_word(code: int, text: str, stage: Stage, expected: tuple[bool, bool]) -> None:
    reply = read_reply(code, text, stage)
    assert expected == (reply.is_too_many, reply.is_final)


def test_time_is_limited_by_the_set_or_to_fourteen_hours() -> None:
    assert (840 * MINUTE, 5 * MINUTE) == (time_limit(None), time_limit(300))


def test_a_recipient_who_was_taken_is_not_too_many() -> None:
    assert not read_reply(250, "2.5.3 ok", "recipient").is_too_many

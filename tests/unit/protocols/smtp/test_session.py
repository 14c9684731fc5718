"""Sessions: limits and decisions that no dialogue in a file shows."""

import pytest
from msgspec.structs import replace

from sestina.protocols.smtp.commands import LONGEST_COMMAND
from sestina.protocols.smtp.dialect import Dialect, Words
from sestina.protocols.smtp.events import Closed, Event, Login, Message, Recipient, Sender, StartTls
from sestina.protocols.smtp.order import Phase
from sestina.protocols.smtp.replies import reply
from sestina.protocols.smtp.session import Session

OPEN = Dialect(host="mx.example.com", mechanisms=("PLAIN", "LOGIN"), largest=100)
CONSULTING = replace(OPEN, consults=True, words=Words(null_sender=None))
ENVELOPE = b"HELO c\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n"


def talk(session: Session, data: bytes) -> tuple[list[Event], list[str]]:
    """Events, each answered with the usual yes, and the lines said."""
    session.receive(data)
    events = []
    while (event := session.next_event()) is not None:
        events.append(event)
        if not isinstance(event, Closed | StartTls):
            session.decide()
    return events, session.take_output().decode().splitlines()


def test_a_message_is_told_with_its_envelope_and_without_added_dots() -> None:
    events, _ = talk(Session(OPEN), ENVELOPE + b"DATA\r\n..\r\n.a\r\n\r\nb.\r\n.\r\n")
    assert [Message(mail_from="a@b.c", recipients=("d@e.f",), data=b".\r\na\r\n\r\nb.\r\n")] == events


def test_a_message_may_be_as_large_as_announced() -> None:
    events, _ = talk(Session(OPEN), ENVELOPE + b"DATA\r\n" + b"x" * 98 + b"\r\n.\r\n")
    assert [100] == [len(event.data) for event in events if isinstance(event, Message)]


@pytest.mark.parametrize("size", [1, 3, 50, 1000])
def test_a_message_one_octet_larger_is_read_to_its_end_and_refused(size: int) -> None:
    session = Session(OPEN)
    data = ENVELOPE + b"DATA\r\n" + b"x" * 99 + b"\r\n.\r\nNOOP\r\n"
    lines = []
    for start in range(0, len(data), size):
        events, said = talk(session, data[start : start + size])
        lines += said
        assert [] == events
    assert ["552 Message is too long.", "250 Ok"] == lines[-2:]


def test_no_more_than_the_largest_message_is_kept_of_one_that_is_larger() -> None:
    session = Session(OPEN)
    talk(session, ENVELOPE + b"DATA\r\n")
    for _ in range(100):
        talk(session, b"x" * 1000)
        assert len(session._buffer) <= 110
    assert 100_000 == session.content.received


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_message_that_is_dropped_is_read_to_its_end_and_the_next_is_taken(size: int) -> None:
    session = Session(OPEN)
    talk(session, ENVELOPE + b"DATA\r\nx\r\n.")
    session.drop_content(reply("451 Later"))
    assert 4 == session.held
    rest = b"\r" + b"x" * 300 + b"\r\n.\r\n" + ENVELOPE + b"DATA\r\n" + b"x" * 99 + b"\r\n.\r\n" + ENVELOPE
    said = [line for at in range(0, len(rest), size) for line in talk(session, rest[at : at + size])[1]]
    assert ["451 Later", "552 Message is too long."] == [line for line in said if line[0] in "45"]
    events, _ = talk(session, b"DATA\r\ny\r\n.\r\n")
    assert [b"y\r\n"] == [event.data for event in events if isinstance(event, Message)]


def test_a_command_may_have_the_length_of_the_standards() -> None:
    line = b"NOOP " + b"x" * (LONGEST_COMMAND - 7)
    assert ["250 Ok", "500 Error: line too long"] == talk(Session(OPEN), line + b"\r\n" + line + b"x\r\n")[1]


@pytest.mark.parametrize("size", [1, 100, 100_000])
def test_a_line_without_end_is_refused_once_and_passed_over(size: int) -> None:
    session = Session(OPEN)
    data = b"x" * 20_000 + b"\r\nNOOP\r\n"
    said = [line for at in range(0, len(data), size) for line in talk(session, data[at : at + size])[1]]
    assert ["500 Error: line too long", "250 Ok"] == said


@pytest.mark.parametrize("size", [1000, 1_000_000])
def test_a_line_that_never_ends_ends_the_session(size: int) -> None:
    session = Session(OPEN)
    data = b"x" * 200_000
    said = [line for at in range(0, len(data), size) for line in talk(session, data[at : at + size])[1]]
    assert ["500 Error: line too long", "421 Error: too many errors"] == said
    assert Phase.CLOSED is session.phase


def test_a_response_may_be_as_long_as_rfc_4954_says() -> None:
    events, said = talk(Session(OPEN), b"EHLO c\r\nAUTH LOGIN\r\ndXNlcg==\r\n" + b"YWFh" * 3000 + b"\r\n")
    assert [Login("user", "aaa" * 3000)] == events
    assert "235 Authentication successful." == said[-1]


def test_a_refused_login_leaves_the_session_without() -> None:
    session = Session(replace(OPEN, needs_login=True))
    session.receive(b"EHLO c\r\nAUTH PLAIN AGEAYg==\r\n")
    assert Login("a", "b") == session.next_event()
    session.decide(reply("535 Authentication Credentials Invalid"))
    _, said = talk(session, b"MAIL FROM:<a@b.c>\r\n")
    assert ["535 Authentication Credentials Invalid", "530 Authentication required"] == said[-2:]


def test_wrong_passwords_count_as_mistakes() -> None:
    session = Session(replace(OPEN, most_errors=3))
    session.receive(b"EHLO c\r\n" + b"AUTH PLAIN AGEAYg==\r\n" * 4)
    for _ in range(3):
        assert isinstance(session.next_event(), Login)
        session.decide(reply("535 No"))
    assert Closed() == session.next_event()
    assert ["535 No", "421 Error: too many errors"] == session.take_output().decode().splitlines()[-2:]


def test_nothing_behind_a_question_is_read_before_its_answer() -> None:
    session = Session(OPEN)
    session.receive(ENVELOPE + b"DATA\r\n.\r\nNOOP\r\n")
    assert isinstance(session.next_event(), Message)
    session.take_output()
    assert None is session.next_event()
    assert b"" == session.take_output()
    session.decide(reply("451 Later"))
    assert None is session.next_event()
    assert b"451 Later\r\n250 Ok\r\n" == session.take_output()


def test_whoever_wants_to_be_asked_is_asked_for_every_address() -> None:
    events, _ = talk(Session(CONSULTING), b"HELO c\r\nMAIL FROM:<>\r\nRCPT TO:<d@e.f>\r\nRCPT TO:<g@e.f>\r\n")
    assert [Sender(""), Recipient("d@e.f"), Recipient("g@e.f")] == events


def test_a_refused_sender_or_recipient_is_no_part_of_the_transaction() -> None:
    session = Session(CONSULTING)
    session.receive(
        b"HELO c\r\nMAIL FROM:<x@y.z>\r\nMAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\nRCPT TO:<g@e.f>\r\nDATA\r\n.\r\n"
    )
    for decision in (reply("550 No"), None, reply("550 5.1.1 No"), None):
        session.next_event()
        session.decide(decision)
    assert Message(mail_from="a@b.c", recipients=("g@e.f",), data=b"") == session.next_event()


def test_more_recipients_than_the_most_may_be_sent_with_the_next_message() -> None:
    session = Session(replace(OPEN, most_recipients=1))
    _, said = talk(session, ENVELOPE + b"RCPT TO:<g@e.f>\r\n")
    assert "452 Error: too many recipients" == said[-1]


def test_a_421_of_the_one_who_decides_ends_the_session() -> None:
    session = Session(OPEN)
    session.receive(ENVELOPE + b"DATA\r\n.\r\nNOOP\r\n")
    session.next_event()
    session.decide(reply("421 Going down"))
    assert Closed() == session.next_event()
    assert None is session.next_event()
    assert session.take_output().endswith(b"421 Going down\r\n")


def test_an_answer_that_comes_after_the_end_is_not_said() -> None:
    session = Session(OPEN)
    session.receive(ENVELOPE + b"DATA\r\n.\r\n")
    session.next_event()
    session.end(reply("421 Bye"))
    session.take_output()
    session.decide()
    assert b"" == session.take_output()


def test_the_end_comes_once() -> None:
    session = Session(OPEN)
    session.end(reply("421 Bye"))
    session.end(reply("421 Bye"))
    session.receive(b"NOOP\r\n")
    assert ([Closed()], ["421 Bye"]) == talk(session, b"NOOP\r\n")


def test_a_greeting_may_be_the_end() -> None:
    session = Session(OPEN)
    session.greet(reply("421 Too many"))
    assert Closed() == session.next_event()


def test_a_dialect_without_logins_knows_no_auth() -> None:
    _, said = talk(Session(replace(OPEN, mechanisms=())), b"EHLO c\r\nAUTH PLAIN\r\nMAIL FROM:<a@b.c> AUTH=<>\r\n")
    assert ["502 Error: command not implemented", "555 Unsupported option: AUTH"] == said[-2:]


def test_the_identity_given_with_mail_is_not_trusted_but_taken() -> None:
    assert "250 Ok" == talk(Session(OPEN), b"EHLO c\r\nMAIL FROM:<a@b.c> AUTH=someone\r\n")[1][-1]


def test_between_starttls_and_the_handshake_nothing_is_heard() -> None:
    session = Session(OPEN)
    events, _ = talk(session, b"EHLO c\r\nSTARTTLS\r\nNOOP\r\n")
    assert [StartTls()] == events
    assert ([], []) == talk(session, b"NOOP\r\n")
    session.tls_started()
    assert ([], ["250 Ok"]) == talk(session, b"NOOP\r\n")


def test_data_takes_no_argument() -> None:
    assert "501 Error: no parameters allowed" == talk(Session(OPEN), ENVELOPE + b"DATA now\r\n")[1][-1]


def test_rset_is_no_hello() -> None:
    assert ["250 Ok", "503 Error: send EHLO first"] == talk(Session(OPEN), b"RSET\r\nMAIL FROM:<a@b.c>\r\n")[1]


def test_a_session_remembers_how_the_client_calls_itself() -> None:
    session = Session(OPEN)
    talk(session, b"EHLO [127.0.0.1]\r\n")
    assert "[127.0.0.1]" == session.hello

"""Laws of SMTP sessions: no octets break one, and how they are cut into pieces makes no difference."""

import base64

from hypothesis import given, settings
from hypothesis import strategies as st

from sestina.protocols.smtp.content import LINE_END
from sestina.protocols.smtp.dialect import LOGIN, PLAIN, Dialect, Words
from sestina.protocols.smtp.events import Closed, Event, Message, StartTls
from sestina.protocols.smtp.replies import reply
from sestina.protocols.smtp.session import Session

DIALECTS = [
    Dialect(host="h", largest=300),
    Dialect(host="h", mechanisms=(PLAIN, LOGIN), needs_tls=True, needs_login=True, largest=300),
    Dialect(host="h", mechanisms=(PLAIN, LOGIN), largest=300, consults=True, words=Words(null_sender=None)),
]
HELLO = b"EHLO client.example.com\r\n"
ENVELOPE = HELLO + b"MAIL FROM:<a@b.c>\r\nRCPT TO:<d@e.f>\r\n"
STARTS = [
    b"",
    HELLO,
    HELLO + b"AUTH LOGIN\r\n",
    HELLO + b"AUTH LOGIN\r\ndXNlcg==\r\n",
    HELLO + b"AUTH PLAIN\r\n",
    HELLO + b"MAIL FROM:<a@b.c>\r\n",
    ENVELOPE,
    ENVELOPE + b"DATA\r\n",
    ENVELOPE + b"DATA\r\nSubject: x\r\n\r\nText\r\n",
    b"x" * 13_000,
]
PIECES = [
    b"\r\n", b"\n", b"\r", b".", b"..", b"\x00", b"\x80", b" ", b":", b"<", b">", b'"', b"\\", b"@", b"=", b"*",
    b"EHLO c\r\n", b"HELO c\r\n", b"MAIL FROM:", b"RCPT TO:", b"<a@b.c>", b" SIZE=10", b" BODY=8BITMIME", b"DATA\r\n",
    b"\r\n.\r\n", b"\n.\n", b"\r.\r", b"STARTTLS\r\n", b"AUTH PLAIN ", b"AUTH LOGIN\r\n", b"AGEAYg==\r\n", b"RSET\r\n",
    b"NOOP\r\n", b"QUIT\r\n", b"GET / HTTP/1.1\r\n", b"y" * 400, b"z" * 12_400,
]  # fmt: skip

octets = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)), max_size=30).map(b"".join)
sessions = st.tuples(st.sampled_from(DIALECTS), st.booleans(), st.sampled_from(STARTS))


def run(dialect: Dialect, tls: bool, pieces: list[bytes]) -> tuple[list[Event], bytes]:
    """What is told and said; every third question is answered with no."""
    session = Session(dialect, tls=tls)
    events: list[Event] = []
    said = b""
    for piece in pieces:
        session.receive(piece)
        while (event := session.next_event()) is not None:
            events.append(event)
            if isinstance(event, Closed | StartTls):
                continue  # what comes behind STARTTLS belongs to the handshake
            session.decide(reply("550 No") if len(events) % 3 == 0 else None)
        said += session.take_output()
    return events, said


@settings(deadline=None)  # an octet at a time takes its time
@given(sessions, octets)
def test_any_octets_from_any_state_are_answered_alike_whole_and_one_by_one(
    start: tuple[Dialect, bool, bytes], data: bytes
) -> None:
    dialect, tls, before = start
    whole = run(dialect, tls, [before + data])
    everything = before + data
    assert whole == run(dialect, tls, [everything[at : at + 1] for at in range(len(everything))])


@given(sessions, octets, st.lists(st.integers(1, 500), max_size=20))
def test_any_octets_are_answered_alike_however_they_are_cut(
    start: tuple[Dialect, bool, bytes], data: bytes, sizes: list[int]
) -> None:
    dialect, tls, before = start
    everything = before + data
    pieces = []
    at = 0
    for size in sizes:
        pieces.append(everything[at : at + size])
        at += size
    pieces.append(everything[at:])
    assert run(dialect, tls, [everything]) == run(dialect, tls, pieces)


@given(sessions, octets)
def test_everything_said_is_lines_of_a_code_and_printing_text(start: tuple[Dialect, bool, bytes], data: bytes) -> None:
    dialect, tls, before = start
    _, said = run(dialect, tls, [before + data])
    assert said == b"" or said.endswith(b"\r\n")
    for line in said.removesuffix(b"\r\n").split(b"\r\n") if said else []:
        assert line[:3].isdigit()
        assert line[3:4] in (b" ", b"-")
        assert all(0x20 <= octet <= 0x7E for octet in line)


@given(st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b"")), max_size=5))
def test_a_message_comes_out_as_it_went_in(lines: list[bytes]) -> None:
    data = b"".join(line + LINE_END for line in lines)
    stuffed = b"".join((b"." + line if line.startswith(b".") else line) + LINE_END for line in lines)
    events, _ = run(DIALECTS[0], False, [ENVELOPE + b"DATA\r\n" + stuffed + b".\r\nQUIT\r\n"])
    sent = [event.data for event in events if isinstance(event, Message)]
    assert ([data] if len(data) <= 300 else []) == sent or len(stuffed) > 300


@given(st.binary(max_size=200))
def test_no_message_told_holds_a_line_end_that_is_not_whole(data: bytes) -> None:
    events, _ = run(DIALECTS[0], False, [ENVELOPE + b"DATA\r\n" + data + b"\r\n.\r\n"])
    for event in events:
        if isinstance(event, Message):
            assert event.data.count(b"\r\n") == event.data.count(b"\n") == event.data.count(b"\r")


@given(st.text(max_size=50), st.text(max_size=50))
def test_user_and_password_come_through_both_mechanisms(user: str, password: str) -> None:
    user, password = user.replace("\0", ""), password.replace("\0", "")
    for text in (user, password):
        if any("\ud800" <= character <= "\udfff" for character in text):
            return
    plain = base64.b64encode(f"\0{user}\0{password}".encode())
    login = [base64.b64encode(text.encode()) or b"=" for text in (user, password)]
    for exchange in (b"AUTH PLAIN " + plain, b"AUTH LOGIN " + login[0] + b"\r\n" + login[1]):
        events, _ = run(DIALECTS[2], False, [HELLO + exchange + b"\r\n"])
        assert [(user, password)] == [(event.user, event.password) for event in events]  # type: ignore[union-attr]

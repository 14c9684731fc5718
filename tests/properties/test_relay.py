"""Laws of the relay: whatever a server says can be shown, and whatever a message holds ends where it ends."""

import re

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sestina.adapters.smtp_line import stuffed
from sestina.domain.bounces import Stage, delay_type_of, expired, read_reply, verdict_on
from sestina.domain.instants import MINUTE
from sestina.protocols.mail.transfer import as_transmitted
from sestina.protocols.smtp.content import ContentReader

STAGES: list[Stage] = ["connection", "mail", "recipient", "data"]
WORDS = st.sampled_from(
    ["5.1.1", "4.2.2", "mailbox", "full", "spam", "too large", "\n", "\udcff", "\x00", "quota", "\t"]
)
TEXTS = st.one_of(st.text(), st.lists(WORDS).map(" ".join))
OCTETS = st.one_of(st.binary(), st.lists(st.sampled_from([b".", b"\r", b"\n", b"\r\n", b"x", b"\xff"])).map(b"".join))


@given(st.integers(100, 999), TEXTS, st.sampled_from(STAGES))
def test_any_reply_is_one_line_with_a_meaning(code: int, text: str, stage: Stage) -> None:
    reply = read_reply(code, text, stage)
    assert msgspec.json.decode(msgspec.json.encode(reply.line)) == expired(reply, MINUTE).text.partition("<")[2][:-1]
    assert reply.line.splitlines() in ([reply.line], [])
    assert verdict_on(reply).bounce_type in ("Permanent", "Transient")
    assert delay_type_of(reply)
    assert not (reply.is_taken and reply.is_final)


@given(OCTETS, OCTETS)
def test_any_octets_end_where_they_end_and_come_out_as_they_went_in(raw: bytes, after: bytes) -> None:
    whole = as_transmitted(raw)
    assert whole == as_transmitted(whole)
    assert re.sub(rb"\r\n|\r|\n", b"\r\n", raw) in (whole, whole.removesuffix(b"\r\n"))
    assert whole.replace(b"\r\n", b"") == raw.replace(b"\r", b"").replace(b"\n", b"")
    buffer, reader = bytearray(stuffed(whole) + after), ContentReader(1_000_000)
    reader.begin(buffer)
    ended = reader.take(buffer)
    assert ended is not None
    assert (whole, False, after) == (ended.data, ended.has_bare_ends, bytes(buffer))

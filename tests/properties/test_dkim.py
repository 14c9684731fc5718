"""Laws of DKIM: whatever is in a message, its signatures verify, and it grows by what was foretold."""

from hypothesis import given
from hypothesis import strategies as st
from judge import AMAZON, BOTH, SHOP, signed, verdicts

from sestina.protocols.mail.dkim import SIGNED, octets_added
from sestina.protocols.mail.transfer import as_transmitted

PIECES = st.sampled_from([b"\r\n", b"\n", b"\r", b" ", b"\t", b".", b"word", b"\xc3\xa4", b"--b", b"\0"])
BODIES = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=30).map(b"".join))
NAMES = st.one_of(st.sampled_from(sorted(SIGNED)), st.sampled_from(["X-Own", "Received", "Resent-To", "FROM"]))
WORDS = st.sampled_from([b"a", b" ", b"\t", b"  b", b"\r\n ", b"\xff", b":", b";", b"x" * 70])
VALUES = st.lists(WORDS, max_size=8).map(lambda words: b"v" + b"".join(words) + b"w")
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=12)
MESSAGES = st.tuples(FIELDS, BODIES).map(lambda made: written(*made))


def written(fields: list[tuple[str, bytes]], body: bytes) -> bytes:
    lines = [name.encode() + b":" + value + b"\r\n" for name, value in [("From", b" a@shop.example"), *fields]]
    return b"".join(lines) + b"\r\n" + body


@given(MESSAGES)
def test_whatever_is_in_a_message_its_signatures_verify(raw: bytes) -> None:
    assert BOTH == verdicts(as_transmitted(signed(raw)))


@given(st.one_of(st.binary(max_size=300), MESSAGES))
def test_any_octets_can_be_signed_and_grow_as_foretold(raw: bytes) -> None:
    assert len(signed(raw, at=1)) == len(raw) + octets_added(raw, [SHOP, AMAZON], 1)

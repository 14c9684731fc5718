"""Scan: a message with the EICAR test string in one of its parts is rejected as bad content (sending.md 5.10).

A quick look at the octets decides for nearly every message; only where a trace of the string is found are the parts
decoded and looked at. Quoted-printable may break it in one place, so both halves are looked for. Base64 hides it behind
one of three alignments, and its lines may break it anywhere, so two stretches of each are looked for: lines of at least
60 characters cannot break both.
"""

from base64 import b64encode
from typing import Final

from sestina.domain.events import Event, EventType
from sestina.pipeline.flow import Delivering
from sestina.ports.outside import Outside
from sestina.protocols.mail.parts import Part, parse

PLAIN_TRACES: Final = (rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
EICAR: Final = b"".join(PLAIN_TRACES)
ENCODED_TRACES: Final = tuple(
    b64encode(b"\0" * alignment + EICAR)[start : start + 16] for alignment in range(3) for start in (20, 40)
)
OUR_SPELLING: Final = b"\r\nContent-Transfer-Encoding: base64"
BAD_CONTENT: Final = "Bad content"


def scan(work: Delivering, outside: Outside) -> None:
    """Ends the way of a message with bad content, for all of its recipients."""
    raw = work.raw
    if raw is None or not work.open or not _looks_bad(raw, is_foreign=work.message.raw_door):
        return
    if not _holds(parse(raw)):
        return
    now = outside.clock.now()
    work.note("scan", "rejected", BAD_CONTENT, now)
    work.settle(Event(type=EventType.REJECT, at=now, recipients=work.message.recipients, reason=BAD_CONTENT))


def _looks_bad(raw: bytes, *, is_foreign: bool) -> bool:
    """Long needles are found fast; only a message that others have composed may spell its encoding otherwise."""
    if PLAIN_TRACES[0] in raw or PLAIN_TRACES[1] in raw:
        return True
    is_encoded = (b"ase64" in raw or b"ASE64" in raw) if is_foreign else OUR_SPELLING in raw
    return is_encoded and any(trace in raw for trace in ENCODED_TRACES)


def _holds(part: Part) -> bool:
    if part.children:
        return any(_holds(child) for child in part.children)
    return EICAR in part.body

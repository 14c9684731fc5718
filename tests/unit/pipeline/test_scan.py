"""The scan finds EICAR in any part, however it is encoded, and nothing else."""

import base64
import quopri
from typing import Any, cast

import pytest
from outcomes import EICAR

from sestina.domain.fidelity import Fidelity
from sestina.domain.messages import Message
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.scan import scan
from sestina.ports.outside import Outside

HEAD = b"From: me@example.com\r\nTo: you@example.org\r\nSubject: x\r\n"


class Now:
    """An outside with nothing but a clock."""

    class clock:
        @staticmethod
        def now() -> int:
            return 42


def scanned(raw: bytes, *, is_foreign: bool = True) -> Delivering:
    message = Message(
        id="id",
        account="111122223333",
        region="us-east-1",
        accepted=0,
        operation="SendRawEmail",
        source="me@example.com",
        mail_from="me@example.com",
        feedback="me@example.com",
        recipients=("you@example.org", "other@example.org"),
        raw_door=is_foreign,
    )
    work = Delivering(
        region=cast(Any, None),
        seq=1,
        owed=1,
        message=message,
        raw=raw,
        pending=None,
        journey=[],
        open=message.recipients,
        fidelity=Fidelity(),
        next_event=1,
    )
    scan(work, cast(Outside, Now))
    return work


def encoded(content: bytes, width: int = 76, name: bytes = b"base64") -> bytes:
    text = base64.b64encode(content)
    lines = b"\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    return HEAD + b"Content-Transfer-Encoding: " + name + b"\r\n\r\n" + lines + b"\r\n"


def is_rejected(work: Delivering) -> bool:
    if work.open:
        assert [] == work.events
        return False
    assert ["Reject"] == [event.type.value for event in work.events]
    assert ("Bad content", ("you@example.org", "other@example.org"), 42) == (
        work.events[0].reason,
        work.events[0].recipients,
        work.events[0].at,
    )
    return True


def test_in_plain_text() -> None:
    assert is_rejected(scanned(HEAD + b"\r\n" + EICAR))
    assert is_rejected(scanned(HEAD + b"\r\n" + EICAR, is_foreign=False))


@pytest.mark.parametrize("before", range(80))
def test_in_base64_wherever_it_begins(before: int) -> None:
    assert is_rejected(scanned(encoded(b"x" * before + EICAR + b"after")))


@pytest.mark.parametrize("width", [60, 64, 72, 76])
def test_in_base64_of_any_usual_width(width: int) -> None:
    assert all(is_rejected(scanned(encoded(b"x" * before + EICAR, width))) for before in range(57))


@pytest.mark.parametrize("name", [b"BASE64", b"Base64"])
def test_in_base64_that_others_spell_otherwise(name: bytes) -> None:
    assert is_rejected(scanned(encoded(EICAR, name=name)))


def test_in_quoted_printable_wherever_it_is_broken() -> None:
    for before in range(80):
        body = quopri.encodestring(b"x" * before + EICAR)
        assert is_rejected(scanned(HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + body))


def test_in_a_part_of_a_part() -> None:
    inner = b"--i\r\nContent-Type: text/plain\r\n\r\nhi\r\n--i\r\n" + encoded(EICAR)[len(HEAD) :] + b"--i--\r\n"
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="o"\r\n\r\n--o\r\n'
    raw += b'Content-Type: multipart/alternative; boundary="i"\r\n\r\n' + inner + b"--o--\r\n"
    assert is_rejected(scanned(raw))


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + b"\r\nHello",
        HEAD + b"\r\n" + EICAR[:-1],
        HEAD + b"\r\n" + EICAR[28:],
        encoded(b"nothing here" * 20),
        encoded(EICAR[20:]),
        HEAD + b"X-Virus: " + EICAR + b"\r\n\r\nonly in a header",
    ],
)
def test_what_is_not_it_passes(raw: bytes) -> None:
    assert not is_rejected(scanned(raw))

"""Transcripts: SMTP dialogues in files, and how they are played.

A line `C: text` is sent with CR LF, `C> text` exactly as its escapes say; consecutive ones are sent in one piece.
`S: text` is a line expected back, `*` at its end stands for anything. `tls` begins TLS, `closed` expects the end.
`plain` at the top chooses the port without TLS and without need to log in; `tls` there begins inside TLS.
"""

import codecs
import pathlib
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

FOLDER = pathlib.Path(__file__).parent / "transcripts"
NAMES = sorted(path.stem for path in FOLDER.glob("*.smtp"))


class Send(Struct, frozen=True):
    data: bytes


class Expect(Struct, frozen=True):
    line: str

    def fits(self, line: str) -> bool:
        return line.startswith(self.line[:-1]) if self.line.endswith("*") else line == self.line


class BeginTls(Struct, frozen=True):
    pass


class ExpectEnd(Struct, frozen=True):
    pass


Step = Send | Expect | BeginTls | ExpectEnd


class Client(Protocol):
    """Whoever plays the client's part."""

    def send(self, data: bytes) -> None: ...
    def read_line(self) -> str: ...
    def begin_tls(self) -> None: ...
    def has_ended(self) -> bool: ...


class Transcript(Struct, frozen=True):
    is_plain: bool
    is_wrapped: bool
    steps: tuple[Step, ...]

    def play(self, client: Client) -> None:
        for number, step in enumerate(self.steps):
            match step:
                case Send():
                    client.send(step.data)
                case Expect():
                    line = client.read_line()
                    assert step.fits(line), f"step {number}: expected {step.line!r}, got {line!r}"
                case BeginTls():
                    client.begin_tls()
                case ExpectEnd():
                    assert client.has_ended(), f"step {number}: the connection goes on"


def load(name: str) -> Transcript:
    lines = [line for line in (FOLDER / f"{name}.smtp").read_text().splitlines() if not line.startswith("#")]
    mode = lines[0] if lines[0] in ("plain", "tls") else ""
    return Transcript(mode == "plain", mode == "tls", tuple(_steps(lines[1:] if mode else lines)))


def _steps(lines: list[str]) -> Iterator[Step]:
    ahead = b""
    for line in lines:
        if line.startswith("C"):
            ahead += _sent(line)
            continue
        if ahead:
            yield Send(ahead)
            ahead = b""
        if line.startswith("S: "):
            yield Expect(line[3:])
        else:
            yield {"tls": BeginTls(), "closed": ExpectEnd()}[line]


def _sent(line: str) -> bytes:
    if line.startswith("C> "):
        return codecs.decode(line[3:], "unicode_escape").encode("latin-1")
    return line[3:].encode("ascii") + b"\r\n"

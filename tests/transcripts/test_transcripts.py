"""The dialogues of SMTP submission, played to the session itself, in one piece and octet by octet."""

import pytest
from msgspec.structs import replace
from smtp_transcripts import NAMES, load

from sestina.listeners.submission import WITH_TLS, WITHOUT_TLS
from sestina.protocols.smtp.dialect import Dialect
from sestina.protocols.smtp.events import Closed, Message, StartTls
from sestina.protocols.smtp.replies import reply
from sestina.protocols.smtp.session import Session

GREETING = reply("220 email-smtp.amazonaws.com ESMTP SimpleEmailService-d-ABCDEFGHI 0123456789abcdefghij")
ACCEPTED = reply("250 Ok 0100")
NO_AUTHOR = reply("554 Transaction failed: Missing required header 'From'.")
OPEN: Dialect = replace(WITHOUT_TLS, needs_login=False)


class InMemory:
    """A client on the same desk as the session."""

    def __init__(self, dialect: Dialect, *, tls: bool, bytewise: bool) -> None:
        self._session = Session(dialect, tls=tls)
        self._size = 1 if bytewise else 1 << 20
        self._lines: list[str] = []
        self._has_ended = False
        self._session.greet(GREETING)
        self._run()

    def send(self, data: bytes) -> None:
        for start in range(0, len(data), self._size):
            self._session.receive(data[start : start + self._size])
            self._run()

    def read_line(self) -> str:
        return self._lines.pop(0) if self._lines else "nothing"

    def begin_tls(self) -> None:
        self._session.tls_started()

    def has_ended(self) -> bool:
        return self._has_ended and not self._lines

    def _run(self) -> None:
        while (event := self._session.next_event()) is not None:
            match event:
                case Closed():
                    self._has_ended = True
                case Message(data=data):
                    self._session.decide(ACCEPTED if b"From:" in data else NO_AUTHOR)
                case StartTls():
                    pass
                case _:
                    self._session.decide()
        self._lines += self._session.take_output().decode().splitlines()


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize("name", NAMES)
def test_the_session_says_what_the_transcript_says(name: str, bytewise: bool) -> None:
    transcript = load(name)
    dialect = OPEN if transcript.is_plain else WITH_TLS
    transcript.play(InMemory(dialect, tls=transcript.is_wrapped, bytewise=bytewise))

"""Logging in: the PLAIN and LOGIN exchanges of SASL (RFC 4616, RFC 4954 §4), without I/O."""

import base64
import binascii

from sestina.protocols.smtp.dialect import PLAIN, Words
from sestina.protocols.smtp.events import Login
from sestina.protocols.smtp.replies import Reply

CANCEL = b"*"
EMPTY = b"="


class Exchange:
    """One attempt: responses in, and out comes the next challenge, a refusal, or the login that was made."""

    def __init__(self, mechanism: str, words: Words) -> None:
        self._is_plain = mechanism == PLAIN
        self._words = words
        self._user: str | None = None

    @property
    def challenge(self) -> Reply:
        """What to say when nothing came with AUTH itself."""
        return self._words.challenge if self._is_plain else self._words.ask_user

    def respond(self, line: bytes) -> Reply | Login:
        """Takes a response; the exchange goes on only after a positive reply."""
        if line == CANCEL:
            return self._words.cancelled
        text = _decode(line)
        if text is None:
            return self._words.bad_base64
        if self._is_plain:
            parts = text.split("\0")  # [authzid] NUL authcid NUL passwd
            return Login(parts[1], parts[2]) if len(parts) == 3 else self._words.bad_base64
        if self._user is None:
            self._user = text
            return self._words.ask_password
        return Login(self._user, text)


def _decode(line: bytes) -> str | None:
    if line == EMPTY:
        return ""
    try:
        return base64.b64decode(line, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None

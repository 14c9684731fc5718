"""Bounces: what a remote server's reply means in SES's words (events-and-receiving.md 3.1, 3.2).

The enhanced status (RFC 3463) decides where there is one, else the words of the reply, else its code. Public records of
SES show the same: 5.1.1 is Permanent, 5.3.0 and 5.0.0 are Transient. A reply that says nothing against the recipient
(the sender is refused, TLS is missing) is Transient, because a permanent bounce puts the recipient onto the
suppression list.
"""

import re
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from sestina.domain.faults import DelayType
from sestina.domain.instants import MINUTE, SECOND, Instant

Stage = Literal["connection", "mail", "recipient", "data"]

TRIED_FOR: Final = 840 * MINUTE  # as the diagnostics of expired messages tell
LONGEST_TEXT: Final = 500

_ENHANCED: Final = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


class RemoteReply(Struct, frozen=True, kw_only=True):
    """What a remote server has answered, and when in the conversation; `status` is empty if it gave none."""

    code: int
    status: str = ""
    text: str = ""
    stage: Stage = "recipient"

    @property
    def line(self) -> str:
        """As it is shown: code, status and text."""
        return " ".join(filter(None, (str(self.code), self.status, self.text)))

    @property
    def is_taken(self) -> bool:
        """Whether the server has the message now."""
        return 200 <= self.code < 300

    @property
    def is_final(self) -> bool:
        """Whether trying again would be of no use; too many recipients are no final word, even as 552 (RFC 5321)."""
        return 500 <= self.code < 600 and not self.is_too_many

    @property
    def is_too_many(self) -> bool:
        """Whether it only says that the transaction has enough recipients (RFC 5321 §4.5.3.1.10, RFC 3463 §3.6)."""
        if self.stage != "recipient" or self.code < 400:
            return False
        return self.status[1:] == ".5.3" or (self.code in (452, 552) and bool(_MANY.search(self.text)))

    @property
    def shown_status(self) -> str:
        """The enhanced status, or the one that says no more than the code (RFC 3463 §3.1)."""
        return self.status or f"{self.code // 100}.0.0"


class Verdict(NamedTuple):
    """Type and subtype of a bounce."""

    bounce_type: Literal["Permanent", "Transient"]
    bounce_subtype: str


GENERAL: Final = Verdict("Permanent", "General")
NOT_THE_RECIPIENT: Final = Verdict("Transient", "General")
MAILBOX_FULL: Final = Verdict("Transient", "MailboxFull")
TOO_LARGE: Final = Verdict("Transient", "MessageTooLarge")
CONTENT: Final = Verdict("Transient", "ContentRejected")
ATTACHMENT: Final = Verdict("Transient", "AttachmentRejected")
OUT_OF_TIME: Final = Verdict("Transient", "CustomTimeoutExceeded")

NO_TLS: Final = RemoteReply(
    code=554, status="5.7.4", text="TLS is required, but the receiving server does not offer it", stage="connection"
)
"""The configuration set wants TLS and there is none (RFC 3463 §3.8)."""

_MANY: Final = re.compile(r"\btoo many recipients\b", re.I)
_FULL: Final = re.compile(r"\b(mailbox|inbox|storage|disk)\b.*\bfull\b|quota|exceeded storage", re.I)
_LARGE: Final = re.compile(r"\b(message|size)\b.*\b(too big|exceed)|too large", re.I)
_FILE: Final = re.compile(r"attachment|file ?type|executable|virus|malware|infected", re.I)
_SPAM: Final = re.compile(r"\bspam|unsolicited|junk|content", re.I)
_ADDRESS: Final = re.compile(r"\bip\b|block|blacklist|dnsbl|rbl|reputation|rate limit|too many", re.I)

BOUNCES: Final = (
    ("5.1.7", NOT_THE_RECIPIENT),  # the sender's mailbox is malformed
    ("5.1.8", NOT_THE_RECIPIENT),  # the sender's system is unknown
    ("5.1.", GENERAL),
    ("5.2.2", MAILBOX_FULL),
    ("5.2.3", TOO_LARGE),
    ("5.3.4", TOO_LARGE),
    ("5.3.", NOT_THE_RECIPIENT),  # the receiving system; recorded for 5.3.0
    ("5.6.", CONTENT),
)
"""By the beginning of the enhanced status; what is not here is decided by words."""
DELAYS: Final[tuple[tuple[str, DelayType], ...]] = (
    ("4.2.2", "MailboxFull"),
    ("4.3.", "RecipientServerError"),
    ("4.4.", "TransientCommunicationFailure"),
)


def read_reply(code: int, text: str, stage: Stage) -> RemoteReply:
    """A reply as one line: a status that stands before every line of it is kept once (RFC 2034 §4)."""
    lines = [_UNSHOWN.sub(" ", line).strip() for line in text.split("\n")]
    found = _ENHANCED.match(lines[0])
    status = found[1] if found is not None else ""
    words = " ".join(line.removeprefix(status).strip() for line in lines)
    return RemoteReply(code=code, status=status, text=" ".join(words.split())[:LONGEST_TEXT], stage=stage)


def verdict_on(reply: RemoteReply) -> Verdict:
    """Type and subtype for a final refusal."""
    if reply.stage in ("mail", "connection"):
        return TOO_LARGE if _is_about_size(reply) else NOT_THE_RECIPIENT
    for beginning, verdict in BOUNCES:
        if reply.status.startswith(beginning):
            return verdict
    return _by_words(reply)


def delay_type_of(reply: RemoteReply) -> DelayType:
    """Why a message has to wait."""
    if reply.stage == "connection":
        return "TransientCommunicationFailure"
    if reply.is_too_many:
        return "General"
    for beginning, delay_type in DELAYS:
        if reply.status.startswith(beginning):
            return delay_type
    for pattern, found in ((_FULL, "MailboxFull"), (_SPAM, "SpamDetected"), (_ADDRESS, "IPFailure")):
        if pattern.search(reply.text):
            return found  # type: ignore[return-value]  # the words above are DelayTypes
    return "RecipientServerError" if reply.code == 421 else "General"


def expired(last: RemoteReply, limit: Instant) -> RemoteReply:
    """What the diagnostic of a message says whose time is over (recorded from AWS)."""
    text = f"Message expired: unable to deliver in {limit // MINUTE} minutes.<{last.line}>"
    return RemoteReply(code=554, status="4.4.7", text=text, stage="connection")


def trouble(status: str, text: str) -> RemoteReply:
    """A connection that did not come about, or broke, as if the server had said so."""
    return RemoteReply(code=421, status=status, text=_UNSHOWN.sub(" ", text)[:LONGEST_TEXT], stage="connection")


def time_limit(max_seconds: int | None) -> Instant:
    """For how long delivery is tried."""
    return TRIED_FOR if max_seconds is None else max_seconds * SECOND


def _is_about_size(reply: RemoteReply) -> bool:
    return reply.status in ("5.3.4", "5.2.3") or (reply.code == 552 and bool(_LARGE.search(reply.text)))


def _by_words(reply: RemoteReply) -> Verdict:
    is_policy = reply.status.startswith("5.7.")
    if not is_policy and _FULL.search(reply.text):
        return MAILBOX_FULL
    if not is_policy and _LARGE.search(reply.text):
        return TOO_LARGE
    if _FILE.search(reply.text):
        return ATTACHMENT
    if _SPAM.search(reply.text) or (is_policy and reply.stage == "data"):
        return CONTENT  # a policy that spoke only when it had seen the content
    if reply.code == 552 and not reply.status:  # RFC 5321 §4.2.3: "exceeded storage allocation"
        return MAILBOX_FULL
    return GENERAL

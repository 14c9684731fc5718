"""Faults: failures that users order, to see what their programs do with them.

A rule says which calls or recipients it strikes, how often, and with what effect. The effects on a call are an answer
or a wait; those on a delivery are events that look exactly like real ones.
"""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final, Literal

from msgspec import Struct

from sestina.domain.instants import Instant

CODE: Final = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,99}")
MAXIMUM_RATE: Final = "Maximum sending rate exceeded."

BounceType = Literal["Undetermined", "Permanent", "Transient"]
FeedbackType = Literal["abuse", "auth-failure", "fraud", "not-spam", "other", "virus"]
DelayType = Literal[
    "InternalFailure",
    "General",
    "MailboxFull",
    "SpamDetected",
    "RecipientServerError",
    "IPFailure",
    "TransientCommunicationFailure",
    "BYOIPHostNameLookupUnavailable",
    "Undetermined",
    "SendingDeferral",
]


class Injected(Exception):
    """A call fails because a rule says so; `code` is None for the usual one of the status."""

    def __init__(self, status: int, code: str | None, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Throttle(Struct, frozen=True, kw_only=True, tag_field="type", tag="throttle", forbid_unknown_fields=True):
    """The call is refused as one too many."""

    message: str = MAXIMUM_RATE


class Failure(Struct, frozen=True, kw_only=True, tag_field="type", tag="error", forbid_unknown_fields=True):
    """The call is answered with an error of the service."""

    status: int = 500
    code: str | None = None
    message: str = "An internal failure has occurred."


class Delay(Struct, frozen=True, kw_only=True, tag_field="type", tag="delay", forbid_unknown_fields=True):
    """The call is answered later."""

    ms: int


class Bounce(Struct, frozen=True, kw_only=True, tag_field="type", tag="bounce", forbid_unknown_fields=True):
    """The receiving server refuses the recipient."""

    bounce_type: BounceType = "Permanent"
    bounce_subtype: str = "General"
    status: str | None = None
    diagnostic: str | None = None


class Complaint(Struct, frozen=True, kw_only=True, tag_field="type", tag="complaint", forbid_unknown_fields=True):
    """The recipient gets the message and complains."""

    feedback_type: FeedbackType = "abuse"
    user_agent: str = "sestina"


class Deferral(Struct, frozen=True, kw_only=True, tag_field="type", tag="delivery_delay", forbid_unknown_fields=True):
    """The receiving server is not ready; the message is delivered after all."""

    delay_type: DelayType = "General"
    status: str = "4.4.1"
    diagnostic: str = "smtp; 451 4.4.1 Temporary failure, please try again later"


class Rejection(Struct, frozen=True, kw_only=True, tag_field="type", tag="reject", forbid_unknown_fields=True):
    """SES finds bad content; nobody gets the message."""

    reason: str = "Bad content"


CallEffect = Throttle | Failure | Delay
DeliveryEffect = Bounce | Complaint | Deferral | Rejection
Effect = CallEffect | DeliveryEffect


class FaultRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule. `operation` and `recipient` are globs; what matches is counted.

    `nth` strikes one match alone, `every` each so manieth; `times` and `until` end the rule.
    """

    effect: Effect
    operation: str = "*"
    recipient: str | None = None
    region: str | None = None
    nth: int | None = None
    every: int | None = None
    times: int | None = None
    until: Instant | None = None

    def hits(self, operation: str, region: str, recipients: Sequence[str]) -> tuple[str, ...] | None:
        """The recipients that it is about, all of them if it names none; None if it does not match."""
        if self.region not in (None, region) or not fnmatchcase(operation, self.operation):
            return None
        if self.recipient is None:
            return tuple(recipients)
        wanted = self.recipient.lower()
        return tuple(address for address in recipients if fnmatchcase(address.lower(), wanted)) or None

    def falls_on(self, match: int) -> bool:
        """Whether the match of this number, counted from 1, is struck."""
        if self.nth is not None:
            return match == self.nth
        return self.every is None or match % self.every == 0


def trouble_with(rule: FaultRule) -> str | None:
    """What makes a rule unusable, or None."""
    for name, number in (("nth", rule.nth), ("every", rule.every), ("times", rule.times)):
        if number is not None and number < 1:
            return f"{name} must be 1 or more."
    if rule.nth is not None and rule.every is not None:
        return "A rule has nth or every, not both."
    match rule.effect:
        case Failure(status=status) if not 400 <= status <= 599:
            return "The status of an error must be between 400 and 599."
        case Failure(code=str(code)) if not CODE.fullmatch(code):
            return "The code of an error is one word of letters, digits and dots."
        case Delay(ms=ms) if ms < 0:
            return "ms must not be negative."
        case _:
            return None

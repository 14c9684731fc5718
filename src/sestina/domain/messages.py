"""Messages: what SES has accepted, and the journey each one makes."""

from enum import Enum

from msgspec import Struct

from sestina.domain.dkim import Signatory, service_signatory
from sestina.domain.instants import Instant
from sestina.domain.tags import MessageTag


class State(Enum):
    """Where a message is: waiting for its delivery flow, or at the end of it."""

    ACCEPTED = "accepted"
    DONE = "done"


class Step(Struct, frozen=True, array_like=True, gc=False):
    """One decision on a message's journey: the stage, what it decided, why, and when."""

    stage: str
    decision: str
    reason: str
    at: Instant


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The record of an accepted message. Its bytes are kept beside it.

    `recipients` is the whole envelope as bare addresses; `to`, `cc` and `bcc` are texts as given.
    `submitted_header` is the header section of a raw message as it came in, for the events that show it.
    `mail_from` is the envelope sender that receivers see; `feedback` where forwarded bounces go.
    `is_signed` says that it bears DKIM signatures, of `signatory` if there is one and of the service; mails that SES
    itself writes have none.
    `smtp_user` is the name that whoever submitted it over SMTP has logged in with, `source_tls` the version of TLS
    that it came in by.
    """

    id: str
    account: str
    region: str
    accepted: Instant
    operation: str
    source: str
    mail_from: str
    feedback: str
    recipients: tuple[str, ...]
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str | None = None
    tags: tuple[MessageTag, ...] = ()
    configuration_set: str | None = None
    identity: str | None = None
    template: str | None = None
    template_data: str | None = None
    caller: str = ""
    source_ip: str = ""
    tenant: str | None = None
    contact_list: str | None = None
    topic: str | None = None
    raw_door: bool = False
    submitted_header: bytes = b""
    envelope_given: bool = False
    smtp_user: str = ""
    is_signed: bool = False
    signatory: Signatory | None = None
    source_tls: str = ""

    @property
    def signatories(self) -> tuple[Signatory, ...]:
        """Who signs it, from the top."""
        if not self.is_signed:
            return ()
        service = service_signatory(self.region)
        return (service,) if self.signatory is None else (self.signatory, service)

"""Flows: the two shapes of mail in motion, and how their stages are run.

Admission answers the caller: its stages raise a `Refusal` or go on. Delivery runs after the answer: its stages settle
recipients with events until none is open. A stage is a function named by a verb in a file of that name.
"""

from collections.abc import Awaitable
from typing import Protocol

from msgspec import Struct, field

from sestina.domain.accounts import Account
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.dkim import Signatory
from sestina.domain.events import Event
from sestina.domain.fidelity import Fidelity
from sestina.domain.identities import Identity
from sestina.domain.instants import Instant
from sestina.domain.messages import Message, Step
from sestina.domain.relay import Relayed
from sestina.domain.submissions import Submission, Templated
from sestina.ports.outside import Outside
from sestina.protocols.mail.addresses import Mailbox
from sestina.protocols.mail.headers import HeaderBlock
from sestina.storage.region import Region


class Sending(Struct, kw_only=True):
    """A submission on its way through admission; each stage fills in what it has found out.

    `co_authors` are the authors of a raw message beside the sender, as texts. `owner` is the region of the account that
    lets this one send for its identity, where no identity of this one covers the sender. `signatory` signs it besides
    the service; `counted` is the number of recipients that the daily quota counts; `mail_from_domain` the customer's
    own envelope domain, if it is in order.
    """

    submission: Submission
    region: Region
    fidelity: Fidelity
    now: Instant
    message_id: str = ""
    sender: Mailbox | None = None
    co_authors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    header_block: HeaderBlock | None = None
    subject: str | None = None
    identity: Identity | None = None
    owner: Region | None = None
    account: Account | None = None
    configuration_set: ConfigurationSet | None = None
    mail_from_domain: str | None = None
    raw: bytes | None = None
    signatory: Signatory | None = None
    counted: int = 0
    journey: list[Step] = field(default_factory=list)

    def note(self, stage: str, decision: str, reason: str = "") -> None:
        """Writes a step of the journey."""
        self.journey.append(Step(stage, decision, reason, self.now))


class Delivering(Struct, kw_only=True):
    """An accepted message on its way out.

    `open` are the recipients whose outcome is still unknown; `events` what has happened since the stage began;
    `next_event` numbers the next event of the message, so that its id is the same after a restart;
    `owed` is the row of the outbox that keeps this work alive. `changed` says that the bytes differ from the stored.
    `relayed` says who is left to a real server; `mails` are SES's own messages about this one; `numbering` sets the ids
    of events apart that come after the end.
    """

    region: Region
    seq: int
    owed: int
    message: Message
    raw: bytes | None
    pending: Templated | None
    journey: list[Step]
    open: tuple[str, ...]
    fidelity: Fidelity
    next_event: int
    events: list[Event] = field(default_factory=list)
    changed: bool = False
    relayed: Relayed | None = None
    mails: list[tuple[Message, bytes]] = field(default_factory=list)
    numbering: str = ""

    def note(self, stage: str, decision: str, reason: str, at: Instant) -> None:
        """Writes a step of the journey."""
        self.journey.append(Step(stage, decision, reason, at))

    def settle(self, event: Event) -> None:
        """Records an event that ends the way of its recipients."""
        self.events.append(event)
        gone = event.recipients
        self.open = tuple(address for address in self.open if address not in gone)


class DeliveryStage(Protocol):
    """A stage of the delivery flow: settles recipients, changes the bytes, or just goes on."""

    def __call__(self, work: Delivering, outside: Outside) -> Awaitable[None] | None:
        """Runs the stage; an awaitable is waited for."""
        ...

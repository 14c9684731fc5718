"""Identities: the addresses and domains a customer may send from, and how they come to be verified (sending.md 4)."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal, cast

from msgspec import Struct, field
from msgspec.structs import replace

from sestina.domain.instants import DAY, HOUR, Instant
from sestina.domain.refusals import AlreadyExists, Invalid, Kind, LimitReached, Missing
from sestina.domain.tags import ResourceTag
from sestina.protocols.mail.addresses import AddressError, parse_address

MOST: Final = 10_000
LONGEST_ADDRESS: Final = 320
LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?")
ADDRESS_LINK_VALID: Final = 24 * HOUR  # AWS page "Creating and verifying identities"
DOMAIN_RECORDS_EXPECTED: Final = 3 * DAY


V1Word = Literal["NotStarted", "Pending", "Success", "Failed", "TemporaryFailure"]
RecordError = Literal["HOST_NOT_FOUND", "INVALID_VALUE"]
ReplicationError = Literal[
    "REPLICATION_PRIMARY_NOT_FOUND",
    "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED",
    "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED",
    "REPLICATION_PRIMARY_INVALID_REGION",
]
KeyLength = Literal["RSA_1024_BIT", "RSA_2048_BIT"]


class Status(Enum):
    """Where verification stands; the value is the v2 word, `v1` the other one."""

    NOT_STARTED = "NOT_STARTED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"

    @property
    def v1(self) -> V1Word:
        """The word of the older API: `NotStarted`, `Pending`, …"""
        return cast(V1Word, self.value.title().replace("_", ""))


class Dkim(Struct, frozen=True, kw_only=True):
    """How messages of an identity are signed; `since` is when the present status began.

    A customer's own key has a `selector`, the name `key` that it is kept under (empty if it is of no use), its length
    and its public half in base64. A replica has its key, tokens and status from the same domain in the region that its
    origin names. `length_changed` is when a key of the service was last given another length.
    """

    enabled: bool = False
    status: Status = Status.NOT_STARTED
    tokens: tuple[str, ...] = ()
    origin: str = "AWS_SES"
    key_length: KeyLength = "RSA_2048_BIT"
    generated: Instant | None = None
    length_changed: Instant | None = None
    selector: str | None = None
    key: str = ""
    key_bits: int = 0
    public_key: str | None = None
    since: Instant = 0


class Confirmation(Struct, frozen=True, kw_only=True):
    """The link that was mailed to an address: its secret, its age, and where a browser goes afterwards."""

    secret: str
    issued: Instant
    success_url: str | None = None
    failure_url: str | None = None


class MailFrom(Struct, frozen=True, kw_only=True):
    """The customer's own envelope domain, if any, and what to do when its MX is wrong; `since` as for `Dkim`."""

    domain: str | None = None
    status: Status | None = None
    reject_on_mx_failure: bool = False
    since: Instant = 0


class Notifications(Struct, frozen=True, kw_only=True):
    """Where feedback of an identity goes: forwarding by mail, and SNS topics by notification type."""

    forwarding: bool = True
    topics: Mapping[str, str] = field(default_factory=dict)
    with_headers: frozenset[str] = frozenset()


class Identity(Struct, frozen=True, kw_only=True):
    """An address or a domain of one account in one region.

    `started` is when the present status began, `checked` and `succeeded` when records or links were last looked at and
    found good, `error` what was wrong then. Only domains have a `token`, only addresses a `confirmation`.
    """

    name: str
    created: Instant
    status: Status
    token: str | None = None
    confirmation: Confirmation | None = None
    checked: Instant | None = None
    succeeded: Instant | None = None
    error: RecordError | None = None
    started: Instant = 0
    dkim: Dkim = Dkim()
    mail_from: MailFrom = MailFrom()
    notifications: Notifications = Notifications()
    policies: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[ResourceTag, ...] = ()
    configuration_set: str | None = None

    @property
    def is_domain(self) -> bool:
        """Whether this is a domain; anything with an `@` is an address."""
        return "@" not in self.name

    @property
    def type(self) -> Literal["DOMAIN", "EMAIL_ADDRESS"]:
        """The word of the newer API for the kind."""
        return "DOMAIN" if self.is_domain else "EMAIL_ADDRESS"

    @property
    def is_verified(self) -> bool:
        """Whether mail may be sent from it; a TemporaryFailure keeps its grace (sending.md 4.2)."""
        return self.status in (Status.SUCCESS, Status.TEMPORARY_FAILURE)


def as_of(identity: Identity, now: Instant) -> Identity:
    """The identity as its time allows: a link has 24 hours, records have 72 to appear, and 72 more to come back."""
    if identity.status is Status.SUCCESS:
        return identity
    allowed = DOMAIN_RECORDS_EXPECTED if identity.is_domain else ADDRESS_LINK_VALID
    waits = identity.status in (Status.PENDING, Status.TEMPORARY_FAILURE)
    return replace(identity, status=Status.FAILED) if waits and now - identity.started > allowed else identity


def normal_name(text: str) -> str:
    """The stored form: a domain in lower case; an address as given, for those are case-sensitive."""
    text = text.strip()
    return text if "@" in text else text.lower()


def check_name(name: str) -> None:
    """Refuses what is neither an address nor a domain, in the words of the service."""
    if "@" in name:
        check_address(name)
    else:
        check_domain(name)


def check_address(name: str) -> None:
    """Refuses what cannot be the address of an identity: a display name, no domain, blanks."""
    try:
        mailbox = parse_address(name)
    except AddressError as error:
        raise Invalid(f"Invalid email address<{name}>.") from error
    if mailbox.display_name or mailbox.address != name or len(name) > LONGEST_ADDRESS:
        raise Invalid(f"Invalid email address<{name}>.")


def check_domain(name: str) -> None:
    """Refuses what is not a host name of at least two labels."""
    if "." not in name or not is_host_name(name):
        raise Invalid(f"Invalid domain name {name}.")


def is_host_name(name: str) -> bool:
    """Whether a text is ASCII labels (RFC 1035 §2.3.1), underscores tolerated inside, the last no number (probed)."""
    labels = name.lower().split(".")
    return len(name) <= 255 and not labels[-1].isdigit() and all(LABEL.fullmatch(label) for label in labels)


class Selection(Struct, frozen=True, kw_only=True):
    """Which identities a list shows, in the words of the newer API; what is empty does not count."""

    containing: str = ""
    type: str = ""
    status: str = ""

    @property
    def scope(self) -> str:
        """What binds a page token to this selection; empty for everything."""
        return f"{self.containing}|{self.type}|{self.status}" if self != EVERYTHING else ""

    def takes(self, identity: Identity) -> bool:
        """Whether the list shows an identity."""
        return (
            self.containing in identity.name.lower()
            and self.type in ("", identity.type)
            and self.status in ("", identity.status.value)
        )


EVERYTHING: Final = Selection()


def covering_names(local_part: str, domain: str) -> list[str]:
    """The identities that may cover an address, most specific first: itself, without its label, its domain, parents."""
    names = [f"{local_part}@{domain}"]
    base, plus, _ = local_part.partition("+")
    if plus and base:
        names.append(f"{base}@{domain}")
    return names + covering_domains(domain.lower())


def covering_domains(domain: str) -> list[str]:
    """The identities that may cover a domain: itself, then its parents."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def missing_identity(name: str) -> Missing:
    """The refusal of v2 delete and put for an identity that is not there."""
    return Missing(Kind.IDENTITY, f"Email identity {name} does not exist.")


def existing_identity(name: str) -> AlreadyExists:
    """The refusal of v2 for a name that is taken, word for word."""
    return AlreadyExists(Kind.IDENTITY, f"Email identity {name} already exist.")


def too_many_identities() -> LimitReached:
    """The refusal for one identity more than an account may have in a region."""
    return LimitReached(f"Number of identities exceeds the limit of {MOST}.", Kind.IDENTITY)

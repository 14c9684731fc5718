"""Identities: the addresses and domains a customer may send from, and how they come to be verified (sending.md 4)."""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from sestina.domain.instants import DAY, HOUR, Instant
from sestina.domain.refusals import Invalid, Kind, Missing
from sestina.domain.tags import ResourceTag

MOST: Final = 10_000
LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
ADDRESS_LINK_VALID: Final = 24 * HOUR  # AWS page "Creating and verifying identities"
DOMAIN_RECORDS_EXPECTED: Final = 3 * DAY


class Status(Enum):
    """Where verification stands; the value is the v2 word, `v1` the other one."""

    NOT_STARTED = "NOT_STARTED"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    TEMPORARY_FAILURE = "TEMPORARY_FAILURE"

    @property
    def v1(self) -> str:
        """The word of the older API: `NotStarted`, `Pending`, …"""
        return self.value.title().replace("_", "")


class Dkim(Struct, frozen=True, kw_only=True):
    """How messages of an identity are signed."""

    enabled: bool = False
    status: Status = Status.NOT_STARTED
    tokens: tuple[str, ...] = ()
    origin: str = "AWS_SES"
    key_length: str = "RSA_2048_BIT"
    generated: Instant | None = None
    selector: str | None = None
    private_key: str | None = None


class MailFrom(Struct, frozen=True, kw_only=True):
    """The customer's own envelope domain, if any, and what to do when its MX is wrong."""

    domain: str | None = None
    status: Status | None = None
    reject_on_mx_failure: bool = False


class Notifications(Struct, frozen=True, kw_only=True):
    """Where feedback of an identity goes: forwarding by mail, and SNS topics by notification type."""

    forwarding: bool = True
    topics: Mapping[str, str] = field(default_factory=dict)
    with_headers: frozenset[str] = frozenset()


class Identity(Struct, frozen=True, kw_only=True):
    """An address or a domain of one account in one region."""

    name: str
    created: Instant
    status: Status
    token: str | None = None
    checked: Instant | None = None
    succeeded: Instant | None = None
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
    def is_verified(self) -> bool:
        """Whether mail may be sent from it; a TemporaryFailure keeps its grace (sending.md 4.2)."""
        return self.status in (Status.SUCCESS, Status.TEMPORARY_FAILURE)


def as_of(identity: Identity, now: Instant) -> Identity:
    """The identity with its pending verification failed if its time is over: 24 hours for a link, 72 for records."""
    if identity.status is not Status.PENDING:
        return identity
    allowed = DOMAIN_RECORDS_EXPECTED if identity.is_domain else ADDRESS_LINK_VALID
    return replace(identity, status=Status.FAILED) if now - identity.started > allowed else identity


def normal_name(text: str) -> str:
    """The stored form: a domain in lower case; an address as given, for those are case-sensitive."""
    text = text.strip()
    return text if "@" in text else text.lower()


def check_domain(name: str) -> None:
    """Refuses what is not a host name of ASCII labels (RFC 1035 §2.3.1, underscores tolerated)."""
    labels = name.lower().rstrip(".").split(".")
    if len(name) > 255 or len(labels) < 2 or not all(LABEL.fullmatch(label) for label in labels):
        raise Invalid(f"Invalid domain name {name}.")


def covering_names(local_part: str, domain: str) -> list[str]:
    """The identities that may cover an address, most specific first: itself, without its label, its domain, parents."""
    names = [f"{local_part}@{domain}"]
    base, plus, _ = local_part.partition("+")
    if plus and base:
        names.append(f"{base}@{domain}")
    labels = domain.lower().split(".")
    names.extend(".".join(labels[start:]) for start in range(len(labels) - 1))
    return names


def missing_identity(name: str) -> Missing:
    """The refusal of v2 delete and put for an identity that is not there."""
    return Missing(Kind.IDENTITY, f"Email identity {name} does not exist.")

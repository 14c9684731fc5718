"""Configuration sets: named bundles of sending options that a send may choose."""

import re
from typing import Final

from msgspec import Struct

from sestina.domain.event_destinations import EventDestination
from sestina.domain.instants import Instant
from sestina.domain.refusals import AlreadyExists, Invalid, Kind, LimitReached, Missing, Paused
from sestina.domain.tags import ResourceTag

NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_NAME: Final = 64
MOST: Final = 10_000


class ConfigurationSet(Struct, frozen=True, kw_only=True):
    """One set; an option that is None was never given."""

    name: str
    created: Instant
    tags: tuple[ResourceTag, ...] = ()
    sending_enabled: bool = True
    suppressed_reasons: tuple[str, ...] | None = None  # None = the account's; empty = none at all
    tls_policy: str = "OPTIONAL"
    max_delivery_seconds: int | None = None
    destinations: tuple[EventDestination, ...] = ()


def missing_configuration_set(name: str) -> Missing:
    """The refusal for a set that is not there; the text is recorded from AWS."""
    message = f"Configuration set <{name}> does not exist."
    return Missing(Kind.CONFIGURATION_SET, message, {"ConfigurationSetName": name})


def existing_configuration_set(name: str) -> AlreadyExists:
    """The refusal for a name that is taken."""
    message = f"Configuration set <{name}> already exists."
    return AlreadyExists(Kind.CONFIGURATION_SET, message, {"ConfigurationSetName": name})


def too_many_configuration_sets() -> LimitReached:
    """The refusal for one set more than an account may have in a region."""
    return LimitReached(f"Number of configuration sets exceeds the limit of {MOST}.", Kind.CONFIGURATION_SET)


def check_configuration_set_name(name: str) -> None:
    """Refuses an empty, long or malformed name, wherever a set is named; v1 calls it InvalidParameterValue."""
    if not name:
        raise Invalid("The configuration set name must be specified.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Configuration set name cannot exceed {LONGEST_NAME} characters.")
    if not NAME.fullmatch(name):
        raise Invalid(
            f"Invalid configuration set name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        )


def check_set_may_send(configuration_set: ConfigurationSet) -> None:
    """Refuses when the customer has paused the set."""
    if not configuration_set.sending_enabled:
        name = configuration_set.name
        raise Paused(
            f"Email sending is disabled for configuration set <{name}>.",
            Kind.CONFIGURATION_SET,
            {"ConfigurationSetName": name},
        )

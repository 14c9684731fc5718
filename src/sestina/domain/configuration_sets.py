"""Configuration sets: named bundles of sending options that a send may choose (sending.md 9.4)."""

import re
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.event_destinations import EventDestination
from sestina.domain.instants import Instant
from sestina.domain.refusals import AlreadyExists, Faulty, Invalid, Kind, LimitReached, Missing, Paused
from sestina.domain.tags import ResourceTag

NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_NAME: Final = 64
MOST: Final = 10_000
HTTPS_POLICIES: Final = ("OPTIONAL", "REQUIRE", "REQUIRE_OPEN_ONLY")
REASONS: Final = ("BOUNCE", "COMPLAINT")

TlsPolicy = Literal["OPTIONAL", "REQUIRE"]
HttpsPolicy = Literal["OPTIONAL", "REQUIRE", "REQUIRE_OPEN_ONLY"]
Reason = Literal["BOUNCE", "COMPLAINT"]
Scope = Literal["TENANT", "ACCOUNT"]
Feature = Literal["ENABLED", "DISABLED"]
Confidence = Literal["MEDIUM", "HIGH", "MANAGED"]


class Tracking(Struct, frozen=True, kw_only=True):
    """The customer's own domain for links and pixels, and whether they use HTTPS."""

    redirect_domain: str
    https_policy: HttpsPolicy | None = None


class Delivery(Struct, frozen=True, kw_only=True):
    """How messages leave: TLS, dedicated IP pool, and how long delivery is tried."""

    tls_policy: TlsPolicy | None = None
    pool: str | None = None
    max_seconds: int | None = None

    @property
    def requires_tls(self) -> bool:
        """Whether a receiver without TLS gets nothing."""
        return self.tls_policy == "REQUIRE"


class Validation(Struct, frozen=True, kw_only=True):
    """Whether addresses that look undeliverable are held back, and how sure SES must be."""

    enabled: Feature
    confidence: Confidence | None = None


class Vdm(Struct, frozen=True, kw_only=True):
    """What the Virtual Deliverability Manager does for messages of the set."""

    engagement_metrics: Feature | None = None
    optimized_delivery: Feature | None = None


class SigningScheme(Struct, frozen=True, kw_only=True):
    """How messages are secured: the default way, or as S/MIME."""

    is_smime: bool
    signature_format: Literal["DETACHED"] | None = None


class ConfigurationSet(Struct, frozen=True, kw_only=True):
    """One set; an option that is None was never given.

    `suppressed_reasons` overrides the account's; empty means none at all. `last_fresh_start` is when sending was last
    enabled after a pause: reputation counts from then on.
    """

    name: str
    created: Instant
    tags: tuple[ResourceTag, ...] = ()
    sending_enabled: bool = True
    reputation_metrics: bool = False
    last_fresh_start: Instant | None = None
    tracking: Tracking | None = None
    delivery: Delivery | None = None
    suppressed_reasons: tuple[Reason, ...] | None = None
    suppression_scope: Scope | None = None
    validation: Validation | None = None
    vdm: Vdm | None = None
    archive_arn: str | None = None
    signing_scheme: SigningScheme | None = None
    destinations: tuple[EventDestination, ...] = ()

    @property
    def tls_policy(self) -> TlsPolicy:
        """Whether a receiver without TLS gets the message."""
        return (self.delivery and self.delivery.tls_policy) or "OPTIONAL"

    @property
    def has_suppression_options(self) -> bool:
        """Whether anything about suppression was ever given."""
        return any(each is not None for each in (self.suppressed_reasons, self.suppression_scope, self.validation))


def with_sending(configuration_set: ConfigurationSet, enabled: bool, now: Instant) -> ConfigurationSet:
    """The set paused or sending; sending again after a pause is a fresh start (AWS type ReputationOptions)."""
    if enabled and not configuration_set.sending_enabled:
        return replace(configuration_set, sending_enabled=True, last_fresh_start=now)
    return replace(configuration_set, sending_enabled=enabled)


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


def existing_tracking_options(name: str) -> AlreadyExists:
    """The refusal of v1 to create what is there."""
    message = f"Configuration set <{name}> already has tracking options."
    return AlreadyExists(Kind.TRACKING_OPTIONS, message, {"ConfigurationSetName": name})


def missing_tracking_options(name: str) -> Missing:
    """The refusal of v1 to change or delete what is not there."""
    message = f"There are no tracking options for configuration set <{name}>"
    return Missing(Kind.TRACKING_OPTIONS, message, {"ConfigurationSetName": name})


def unverified_redirect_domain(domain: str) -> Invalid:
    """The refusal for a redirect domain that is not a verified identity."""
    return Invalid(f"Domain <{domain}> is not verified under this account.", Kind.TRACKING_OPTIONS)


def reasonless_suppression() -> Faulty:
    """SES itself fails on a create whose SuppressionOptions are empty, and creates nothing (probed)."""
    return Faulty("An internal failure has occurred.")


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


def check_redirect_domain_is_given(domain: str | None, https_policy: str | None) -> None:
    """Refuses a blank redirect domain, and a policy for none; no options at all are allowed (probed)."""
    if (domain is not None and not domain.strip()) or (domain is None and https_policy is not None):
        raise Invalid("CustomRedirectDomain must be specified.", Kind.TRACKING_OPTIONS)


def check_pool(name: str | None) -> None:
    """Refuses every dedicated IP pool: this account has none."""
    if name is not None and not name.strip():
        raise Invalid("sendingPoolName can't be blank.")
    if name is not None:
        raise Invalid(f"SendingPool <{name}> doesn't exist")


def check_reason(reason: str) -> Reason:
    """One suppression reason as PutConfigurationSetSuppressionOptions checks it, in a sentence of its own (probed)."""
    match reason:
        case "BOUNCE" | "COMPLAINT":
            return reason
        case _:
            raise Invalid(f"Reason {reason} is invalid, must be one of [{', '.join(REASONS)}].")


def check_set_may_send(configuration_set: ConfigurationSet) -> None:
    """Refuses when the customer has paused the set."""
    if not configuration_set.sending_enabled:
        name = configuration_set.name
        raise Paused(
            f"Email sending is disabled for configuration set <{name}>.",
            Kind.CONFIGURATION_SET,
            {"ConfigurationSetName": name},
        )

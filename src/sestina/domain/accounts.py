"""Accounts: what one customer may do in one region, and how much."""

import re
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.instants import DAY, Instant
from sestina.domain.refusals import Conflicting, Invalid, Kind, Paused, Rejected

MailType = Literal["MARKETING", "TRANSACTIONAL"]
ContactLanguage = Literal["EN", "JA"]
ReviewStatus = Literal["PENDING", "FAILED", "GRANTED", "DENIED"]
SuppressionReason = Literal["BOUNCE", "COMPLAINT"]
Confidence = Literal["MEDIUM", "HIGH", "MANAGED"]

REVIEW: Final = DAY  # AWS page "Request production access": the team answers within 24 hours
HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]", re.IGNORECASE)

PAUSED_BY_CUSTOMER: Final = "Email sending is disabled for your account."
PAUSED_BY_SES: Final = (
    "Sending paused for this account. For more information, please check the inbox of the email address "
    "associated with your AWS account."
)


class Quota(Struct, frozen=True, kw_only=True):
    """How much an account may send in a rolling day, and how fast, in recipients."""

    per_day: float
    per_second: float


SANDBOX_QUOTA: Final = Quota(per_day=200.0, per_second=1.0)
PRODUCTION_QUOTA: Final = Quota(per_day=50_000.0, per_second=14.0)


class Details(Struct, frozen=True, kw_only=True):
    """What PutAccountDetails told AWS about the customer, and the review of the request for production access."""

    mail_type: MailType
    website_url: str
    contact_language: ContactLanguage | None = None
    use_case_description: str | None = None
    additional_contacts: tuple[str, ...] = ()
    review_status: ReviewStatus | None = None
    case_id: str | None = None
    submitted: Instant = 0


class Account(Struct, frozen=True, kw_only=True):
    """The account's settings in one region; a field that is None has never been set."""

    production_access: bool
    sending_enabled: bool = True
    enforcement_status: str = "HEALTHY"
    dedicated_ip_auto_warmup: bool = True
    suppressed_reasons: tuple[SuppressionReason, ...] = ("BOUNCE", "COMPLAINT")
    validation_threshold_enabled: bool | None = None
    validation_confidence: Confidence | None = None
    vdm_enabled: bool | None = None
    vdm_engagement_metrics: bool = False
    vdm_optimized_delivery: bool = False
    details: Details | None = None
    quota: Quota | None = None
    changed: Instant = 0

    @property
    def effective_quota(self) -> Quota:
        """The quota that was set, else the usual one of sandbox or production."""
        if self.quota is not None:
            return self.quota
        return PRODUCTION_QUOTA if self.production_access else SANDBOX_QUOTA


def check_account_may_send(account: Account) -> None:
    """Refuses when the customer or the service has paused the account."""
    if account.enforcement_status == "SHUTDOWN":
        raise Rejected(PAUSED_BY_SES)
    if not account.sending_enabled:
        raise Paused(PAUSED_BY_CUSTOMER, Kind.ACCOUNT)


def reviewed(account: Account, now: Instant) -> Account:
    """The account as its review stands: a request is granted when its time has come."""
    details = account.details
    if details is None or details.review_status != "PENDING" or now - details.submitted < REVIEW:
        return account
    return replace(account, production_access=True, details=replace(details, review_status="GRANTED"))


def with_details(account: Account, details: Details, *, asks_production: bool, case_id: str, now: Instant) -> Account:
    """The account with new details, and with a review if they ask to leave the sandbox.

    Raises:
        Invalid: the website is no URL.
        Conflicting: another request is still in review.
    """
    check_website(details.website_url)
    if account.details is not None and account.details.review_status == "PENDING":
        raise Conflicting("A request for production access is already in review.", Kind.ACCOUNT)
    if account.production_access:
        details = replace(details, review_status="GRANTED", case_id=case_id, submitted=now)
    elif asks_production:
        details = replace(details, review_status="PENDING", case_id=case_id, submitted=now)
    return replace(account, details=details, changed=now)


def check_website(url: str) -> None:
    """Refuses what has no host of a public kind (probed: `not a url` and made-up endings are refused)."""
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname
    except ValueError:
        host = None
    if host is None or not HOST.fullmatch(host):
        raise Invalid("Url contains invalid format")

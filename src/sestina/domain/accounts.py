"""Accounts: what one customer may do in one region, and how much."""

from typing import Final

from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.domain.refusals import Kind, Paused, Rejected

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
    """What PutAccountDetails told AWS about the customer, and the review that it started."""

    mail_type: str
    website_url: str
    contact_language: str | None = None
    use_case_description: str | None = None
    additional_contacts: tuple[str, ...] = ()
    review_status: str | None = None
    case_id: str | None = None


class Account(Struct, frozen=True, kw_only=True):
    """The account's settings in one region; a field that is None has never been set."""

    production_access: bool
    sending_enabled: bool = True
    enforcement_status: str = "HEALTHY"
    dedicated_ip_auto_warmup: bool = True
    suppressed_reasons: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    validation_threshold_enabled: bool | None = None
    validation_confidence: str | None = None
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

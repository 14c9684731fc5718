"""Bulk sends, the part both APIs share: one submission an entry, one status an entry, in the order of the request."""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from sestina.domain.accounts import check_account_may_send
from sestina.domain.configuration_sets import check_set_may_send, missing_configuration_set
from sestina.domain.refusals import (
    Invalid,
    Kind,
    MailFromNotVerified,
    Missing,
    Paused,
    Refusal,
    Rejected,
    Throttled,
)
from sestina.domain.submissions import MOST_RECIPIENTS, Submission
from sestina.operations.call import Call
from sestina.protocols.mail.addresses import AddressError, parse_address

V1Status = Literal[
    "Success",
    "MessageRejected",
    "MailFromDomainNotVerified",
    "ConfigurationSetDoesNotExist",
    "TemplateDoesNotExist",
    "AccountThrottled",
    "AccountDailyQuotaExceeded",
    "AccountSendingPaused",
    "ConfigurationSetSendingPaused",
    "InvalidParameterValue",
    "Failed",
]
V2Status = Literal[
    "SUCCESS",
    "MESSAGE_REJECTED",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED",
    "CONFIGURATION_SET_NOT_FOUND",
    "TEMPLATE_NOT_FOUND",
    "ACCOUNT_THROTTLED",
    "ACCOUNT_DAILY_QUOTA_EXCEEDED",
    "ACCOUNT_SENDING_PAUSED",
    "CONFIGURATION_SET_SENDING_PAUSED",
    "INVALID_PARAMETER",
    "FAILED",
]

STATUSES: Final[dict[tuple[type[Refusal], Kind | None], tuple[V1Status, V2Status]]] = {
    (Invalid, None): ("InvalidParameterValue", "INVALID_PARAMETER"),
    (MailFromNotVerified, None): ("MailFromDomainNotVerified", "MAIL_FROM_DOMAIN_NOT_VERIFIED"),
    (Missing, Kind.CONFIGURATION_SET): ("ConfigurationSetDoesNotExist", "CONFIGURATION_SET_NOT_FOUND"),
    (Missing, Kind.TEMPLATE): ("TemplateDoesNotExist", "TEMPLATE_NOT_FOUND"),
    (Paused, Kind.ACCOUNT): ("AccountSendingPaused", "ACCOUNT_SENDING_PAUSED"),
    (Paused, Kind.CONFIGURATION_SET): ("ConfigurationSetSendingPaused", "CONFIGURATION_SET_SENDING_PAUSED"),
    (Rejected, None): ("MessageRejected", "MESSAGE_REJECTED"),
    (Throttled, None): ("AccountThrottled", "ACCOUNT_THROTTLED"),
    (Throttled, Kind.ACCOUNT): ("AccountDailyQuotaExceeded", "ACCOUNT_DAILY_QUOTA_EXCEEDED"),
}
"""Statuses of an entry (sending.md 5.6); a daily quota is refused with kind ACCOUNT, a rate without."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one entry."""

    v1: V1Status
    v2: V2Status
    message_id: str | None = None
    error: str | None = None


async def check_bulk(call: Call, source: str | None, return_path: str | None, name: str | None, entries: int) -> None:
    """What fails a whole bulk request before any entry is looked at (sending.md 2.2, 5.6).

    Raises:
        Invalid, Missing, Paused: a bad sender or return path, too many entries, a missing or paused set or account.
    """
    if not source:
        raise Invalid("Source cannot be empty")
    for address in (source, return_path):
        try:
            if address:
                parse_address(address)
        except AddressError as error:
            raise Invalid(f"Invalid email address<{address}>.") from error
    if entries > MOST_RECIPIENTS:
        raise Invalid(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    if name:
        found = await call.region.configuration_sets.get(name)
        if found is None:
            raise missing_configuration_set(name)
        check_set_may_send(found)
    check_account_may_send(await call.region.settings(call.services.mailroom.fidelity.new_account))


async def submit_all(call: Call, submissions: Iterable[Submission]) -> list[Outcome]:
    """Sends every entry on its own; a refused one does not hold up the others."""
    outcomes = []
    for submission in submissions:
        try:
            id_ = await call.services.mailroom.submit(call.region, submission)
            outcomes.append(Outcome(v1="Success", v2="SUCCESS", message_id=id_))
        except Refusal as refusal:
            v1, v2 = status_of(refusal)
            outcomes.append(Outcome(v1=v1, v2=v2, error=refusal.message))
    return outcomes


def status_of(refusal: Refusal) -> tuple[V1Status, V2Status]:
    """The statuses of a refused entry: of its kind, else of its class, else plainly failed."""
    exact = STATUSES.get((type(refusal), refusal.kind))
    return exact or STATUSES.get((type(refusal), None)) or ("Failed", "FAILED")

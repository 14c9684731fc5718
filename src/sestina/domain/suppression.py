"""Suppression: addresses SES will not send to, and why (events-and-receiving.md 3.4)."""

from typing import Final

from msgspec import Struct

from sestina.domain.accounts import Account, SuppressionReason
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.events import Event, EventType
from sestina.domain.instants import Instant
from sestina.domain.refusals import Invalid, Kind, Missing
from sestina.protocols.mail.addresses import AddressError, parse_address

ON_ACCOUNT_LIST: Final = "OnAccountSuppressionList"
REPORTING_MTA: Final = "amazonses.com"
DIAGNOSTIC: Final = (
    "Amazon SES did not send the message to this address because it is on the suppression list for your account. For"
    " more information about removing addresses from the suppression list, see the Amazon SES Developer Guide at"
    " https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html"
)
HARD: Final = frozenset({"General", "NoEmail"})  # the other permanent bounces are of mail that was never sent


class SuppressedDestination(Struct, frozen=True, kw_only=True):
    """One address on the list; message and feedback id tell of the bounce or complaint that put it there."""

    address: str
    reason: SuppressionReason
    updated: Instant
    message_id: str | None = None
    feedback_id: str | None = None


def normal_address(text: str) -> str:
    """The stored form: blanks around gone, the domain in lower case, the local part as given (probed).

    Raises:
        Invalid: it is no address.
    """
    try:
        mailbox = parse_address(text.strip())
    except AddressError as error:
        raise Invalid(error.message) from error
    return f"{mailbox.local_part}@{mailbox.domain.lower()}"


def effective_reasons(configuration_set: ConfigurationSet | None, account: Account) -> tuple[str, ...]:
    """The reasons that count for a message: those of its set, where even none is an answer, else the account's."""
    if configuration_set is not None and configuration_set.suppressed_reasons is not None:
        return configuration_set.suppressed_reasons
    return account.suppressed_reasons


def reason_of(event: Event) -> SuppressionReason | None:
    """Why an event puts its recipients onto the list: only real hard bounces and real complaints do."""
    if event.simulated:
        return None
    if event.type is EventType.BOUNCE and event.bounce_type == "Permanent" and event.bounce_subtype in HARD:
        return "BOUNCE"
    if event.type is EventType.COMPLAINT and event.complaint_subtype is None:
        return "COMPLAINT"
    return None


def missing_suppression(address: str) -> Missing:
    """The refusal for an address that is not on the list (probed)."""
    message = f"Email address {address} does not exist on your suppression list."
    return Missing(Kind.SUPPRESSED_DESTINATION, message)

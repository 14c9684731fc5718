"""The account's suppression list, and which reasons put an address there."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.refusals import Invalid, InvalidPageToken, Kind, Missing
from sestina.domain.suppression import SuppressedDestination, missing_suppression, normal_address
from sestina.operations.accounts import account_settings
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.pages import gather, read_token, write_token

LIST: Final = "suppressed destinations"
LARGEST_PAGE: Final = 1000


@handles(sesv2.PUT_SUPPRESSED_DESTINATION)
async def put_suppressed_destination(
    call: Call, request: sesv2.PutSuppressedDestinationRequest
) -> sesv2.PutSuppressedDestinationResponse:
    """Puts an address onto the list by hand; that replaces what a bounce or complaint has put there."""
    _check_tenant(request.tenant_name)
    address = normal_address(request.email_address)
    await call.region.suppressed.put(SuppressedDestination(address=address, reason=request.reason, updated=call.now))
    return sesv2.PutSuppressedDestinationResponse()


@handles(sesv2.GET_SUPPRESSED_DESTINATION)
async def get_suppressed_destination(
    call: Call, request: sesv2.GetSuppressedDestinationRequest
) -> sesv2.GetSuppressedDestinationResponse:
    """The entry of exactly this address."""
    _check_tenant(request.tenant_name)
    address = normal_address(request.email_address)
    found = await call.region.suppressed.entries.get(address)
    if found is None:
        raise missing_suppression(address)
    attributes = None
    if found.message_id is not None or found.feedback_id is not None:
        attributes = sesv2.SuppressedDestinationAttributes(message_id=found.message_id, feedback_id=found.feedback_id)
    return sesv2.GetSuppressedDestinationResponse(
        suppressed_destination=sesv2.SuppressedDestination(
            email_address=found.address, reason=found.reason, last_update_time=found.updated, attributes=attributes
        )
    )


@handles(sesv2.DELETE_SUPPRESSED_DESTINATION)
async def delete_suppressed_destination(
    call: Call, request: sesv2.DeleteSuppressedDestinationRequest
) -> sesv2.DeleteSuppressedDestinationResponse:
    """Takes exactly this address off the list."""
    _check_tenant(request.tenant_name)
    address = normal_address(request.email_address)
    if not await call.region.suppressed.remove(address):
        raise missing_suppression(address)
    return sesv2.DeleteSuppressedDestinationResponse()


@handles(sesv2.LIST_SUPPRESSED_DESTINATIONS)
async def list_suppressed_destinations(
    call: Call, request: sesv2.ListSuppressedDestinationsRequest
) -> sesv2.ListSuppressedDestinationsResponse:
    """A page of the entries that the filter admits, by address; a token goes on with the same filter only."""
    _check_tenant(request.tenant_name)
    size = LARGEST_PAGE if request.page_size is None else request.page_size
    if not 1 <= size <= LARGEST_PAGE:
        raise Invalid(f"The page size must be between 1 and {LARGEST_PAGE}")
    reasons = ",".join(sorted(set(request.reasons or ())))
    scope = f"{reasons}|{request.start_date}|{request.end_date}"
    after = read_token(LIST, call.region, request.next_token, _bad_token, scope)
    found, following = await gather(
        call.region.suppressed.entries, after, size, lambda entry: entry.address, _filter(request)
    )
    return sesv2.ListSuppressedDestinationsResponse(
        suppressed_destination_summaries=[
            sesv2.SuppressedDestinationSummary(
                email_address=entry.address, reason=entry.reason, last_update_time=entry.updated
            )
            for entry in found
        ],
        next_token=write_token(LIST, call.region, following, scope),
    )


@handles(sesv2.PUT_ACCOUNT_SUPPRESSION_ATTRIBUTES)
async def put_account_suppression_attributes(
    call: Call, request: sesv2.PutAccountSuppressionAttributesRequest
) -> sesv2.PutAccountSuppressionAttributesResponse:
    """Replaces the reasons; without any nothing is suppressed. Validation is replaced only if it is given."""
    account = replace(
        await account_settings(call),
        suppressed_reasons=tuple(dict.fromkeys(request.suppressed_reasons or ())),
        changed=call.now,
    )
    if request.validation_attributes is not None:
        threshold = request.validation_attributes.condition_threshold
        confidence = threshold.overall_confidence_threshold
        account = replace(
            account,
            validation_threshold_enabled=threshold.condition_threshold_enabled == "ENABLED",
            validation_confidence=None if confidence is None else confidence.confidence_verdict_threshold,
        )
    await call.region.set_settings(account, call.now)
    return sesv2.PutAccountSuppressionAttributesResponse()


def _filter(request: sesv2.ListSuppressedDestinationsRequest) -> Callable[[SuppressedDestination], bool]:
    reasons, start, end = request.reasons, request.start_date, request.end_date

    def admits(entry: SuppressedDestination) -> bool:
        return (
            (not reasons or entry.reason in reasons)
            and (start is None or entry.updated >= start)
            and (end is None or entry.updated <= end)
        )

    return admits


def _check_tenant(name: str | None) -> None:
    """Lists of tenants come with tenants; there are none to own a list yet."""
    if name is not None:
        raise Missing(Kind.TENANT, f"The requested tenant <{name}> does not exist.")


def _bad_token(token: str) -> InvalidPageToken:
    return InvalidPageToken(f"Invalid NextToken <{token}>.", Kind.SUPPRESSED_DESTINATION)

"""Configuration sets as the newer API words them."""

from sestina.api import sesv2
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.refusals import Invalid, InvalidPageToken
from sestina.operations.call import Call
from sestina.operations.configuration_sets import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    LIST,
    add_configuration_set,
    configuration_set_named,
    page_of_configuration_sets,
    remove_configuration_set,
)
from sestina.operations.handles import handles
from sestina.operations.pages import read_token, write_token
from sestina.operations.tags import requested_tags, shown_tags

NAME_CONTAINS = "CONFIGURATION_SET_NAME_CONTAINS"


@handles(sesv2.CREATE_CONFIGURATION_SET)
async def create_configuration_set(
    call: Call, request: sesv2.CreateConfigurationSetRequest
) -> sesv2.CreateConfigurationSetResponse:
    """Adds a set with its options; its name must be free."""
    sending = request.sending_options
    configuration_set = ConfigurationSet(
        name=request.configuration_set_name,
        created=call.now,
        tags=requested_tags(request.tags),
        sending_enabled=True if sending is None else bool(sending.sending_enabled),
    )
    await add_configuration_set(call, configuration_set)
    return sesv2.CreateConfigurationSetResponse()


@handles(sesv2.GET_CONFIGURATION_SET)
async def get_configuration_set(
    call: Call, request: sesv2.GetConfigurationSetRequest
) -> sesv2.GetConfigurationSetResponse:
    """The set with the options that were ever given."""
    found = await configuration_set_named(call, request.configuration_set_name)
    return sesv2.GetConfigurationSetResponse(
        configuration_set_name=found.name,
        sending_options=sesv2.SendingOptions(sending_enabled=found.sending_enabled),
        tags=shown_tags(found.tags),
    )


@handles(sesv2.DELETE_CONFIGURATION_SET)
async def delete_configuration_set(
    call: Call, request: sesv2.DeleteConfigurationSetRequest
) -> sesv2.DeleteConfigurationSetResponse:
    """Removes a set that exists."""
    await remove_configuration_set(call, request.configuration_set_name)
    return sesv2.DeleteConfigurationSetResponse()


@handles(sesv2.LIST_CONFIGURATION_SETS)
async def list_configuration_sets(
    call: Call, request: sesv2.ListConfigurationSetsRequest
) -> sesv2.ListConfigurationSetsResponse:
    """A page of names in their order; page size, filter and token are checked in this order (probed)."""
    size = DEFAULT_PAGE if request.page_size is None else request.page_size
    if not 1 <= size <= LARGEST_PAGE:
        raise Invalid(f"The page size must be between 1 and {LARGEST_PAGE}")
    containing = (request.filter or {}).get(NAME_CONTAINS) or ""
    if containing and not 3 <= len(containing) <= 64:
        raise Invalid(f"{NAME_CONTAINS} must be between 3 and 64 characters")
    scope = containing.lower()
    after = read_token(LIST, call.region, request.next_token, _bad_token, scope)
    found, following = await page_of_configuration_sets(call, after, size, containing)
    return sesv2.ListConfigurationSetsResponse(
        configuration_sets=[each.name for each in found],
        next_token=write_token(LIST, call.region, following, scope),
    )


def _bad_token(token: str) -> InvalidPageToken:
    return InvalidPageToken(f"invalid nextToken {token}")

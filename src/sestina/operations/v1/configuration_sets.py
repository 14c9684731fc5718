"""Configuration sets as the older API words them: a page size out of range is served as the default."""

from typing import Final

from sestina.api import ses
from sestina.domain.configuration_sets import ConfigurationSet, TlsPolicy
from sestina.domain.refusals import InvalidPageToken
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
from sestina.operations.v1.event_destinations import shown_destination

TLS_POLICIES: Final[dict[TlsPolicy, ses.TlsPolicy]] = {"OPTIONAL": "Optional", "REQUIRE": "Require"}


@handles(ses.CREATE_CONFIGURATION_SET)
async def create_configuration_set(
    call: Call, request: ses.CreateConfigurationSetRequest
) -> ses.CreateConfigurationSetResponse:
    """Adds a set without options; its name must be free."""
    await add_configuration_set(call, ConfigurationSet(name=request.configuration_set.name, created=call.now))
    return ses.CreateConfigurationSetResponse()


@handles(ses.DESCRIBE_CONFIGURATION_SET)
async def describe_configuration_set(
    call: Call, request: ses.DescribeConfigurationSetRequest
) -> ses.DescribeConfigurationSetResponse:
    """The set, with the attributes that are asked for."""
    found = await configuration_set_named(call, request.configuration_set_name)
    asked = request.configuration_set_attribute_names or ()
    return ses.DescribeConfigurationSetResponse(
        configuration_set=ses.ConfigurationSet(name=found.name),
        event_destinations=[shown_destination(each) for each in found.destinations]
        if "eventDestinations" in asked
        else None,
        tracking_options=_tracking(found) if "trackingOptions" in asked else None,
        delivery_options=_delivery(found) if "deliveryOptions" in asked else None,
        reputation_options=_reputation(found) if "reputationOptions" in asked else None,
    )


@handles(ses.DELETE_CONFIGURATION_SET)
async def delete_configuration_set(
    call: Call, request: ses.DeleteConfigurationSetRequest
) -> ses.DeleteConfigurationSetResponse:
    """Removes a set that exists."""
    await remove_configuration_set(call, request.configuration_set_name)
    return ses.DeleteConfigurationSetResponse()


@handles(ses.LIST_CONFIGURATION_SETS)
async def list_configuration_sets(
    call: Call, request: ses.ListConfigurationSetsRequest
) -> ses.ListConfigurationSetsResponse:
    """A page of names in their order."""
    size = DEFAULT_PAGE if request.max_items is None else request.max_items
    size = size if 1 <= size <= LARGEST_PAGE else DEFAULT_PAGE
    after = read_token(LIST, call.region, request.next_token, _bad_token)
    found, following = await page_of_configuration_sets(call, after, size)
    return ses.ListConfigurationSetsResponse(
        configuration_sets=[ses.ConfigurationSet(name=each.name) for each in found],
        next_token=write_token(LIST, call.region, following),
    )


def _tracking(found: ConfigurationSet) -> ses.TrackingOptions | None:
    return ses.TrackingOptions(custom_redirect_domain=found.tracking.redirect_domain) if found.tracking else None


def _delivery(found: ConfigurationSet) -> ses.DeliveryOptions | None:
    return ses.DeliveryOptions(tls_policy=TLS_POLICIES[found.tls_policy]) if found.delivery else None


def _reputation(found: ConfigurationSet) -> ses.ReputationOptions:
    return ses.ReputationOptions(
        sending_enabled=found.sending_enabled,
        reputation_metrics_enabled=found.reputation_metrics,
        last_fresh_start=found.last_fresh_start,
    )


def _bad_token(_: str) -> InvalidPageToken:
    return InvalidPageToken(None)  # no text at all (sending.md 1.9)

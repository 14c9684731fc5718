"""Options of a configuration set as the older API changes them."""

from typing import Final

from msgspec.structs import replace

from sestina.api import ses
from sestina.domain.configuration_sets import (
    ConfigurationSet,
    Delivery,
    TlsPolicy,
    Tracking,
    existing_tracking_options,
    missing_tracking_options,
    with_sending,
)
from sestina.domain.refusals import Invalid, Kind
from sestina.operations.call import Call
from sestina.operations.configuration_sets import (
    check_redirect_domain,
    configuration_set_named,
    replace_configuration_set,
)
from sestina.operations.handles import handles

TLS_POLICIES: Final[dict[ses.TlsPolicy, TlsPolicy]] = {"Optional": "OPTIONAL", "Require": "REQUIRE"}


@handles(ses.CREATE_CONFIGURATION_SET_TRACKING_OPTIONS)
async def create_configuration_set_tracking_options(
    call: Call, request: ses.CreateConfigurationSetTrackingOptionsRequest
) -> ses.CreateConfigurationSetTrackingOptionsResponse:
    """Names a domain for links, for a set that has none; the domain is checked before the set (probed)."""
    domain = await _checked_domain(call, request.tracking_options)
    found = await configuration_set_named(call, request.configuration_set_name)
    if found.tracking is not None:
        raise existing_tracking_options(found.name)
    await replace_configuration_set(call, replace(found, tracking=Tracking(redirect_domain=domain)))
    return ses.CreateConfigurationSetTrackingOptionsResponse()


@handles(ses.UPDATE_CONFIGURATION_SET_TRACKING_OPTIONS)
async def update_configuration_set_tracking_options(
    call: Call, request: ses.UpdateConfigurationSetTrackingOptionsRequest
) -> ses.UpdateConfigurationSetTrackingOptionsResponse:
    """Names another domain for links; a policy that the newer API set stays."""
    domain = await _checked_domain(call, request.tracking_options)
    found = await configuration_set_named(call, request.configuration_set_name)
    tracking = replace(_tracking_of(found), redirect_domain=domain)
    await replace_configuration_set(call, replace(found, tracking=tracking))
    return ses.UpdateConfigurationSetTrackingOptionsResponse()


@handles(ses.DELETE_CONFIGURATION_SET_TRACKING_OPTIONS)
async def delete_configuration_set_tracking_options(
    call: Call, request: ses.DeleteConfigurationSetTrackingOptionsRequest
) -> ses.DeleteConfigurationSetTrackingOptionsResponse:
    """Goes back to the service's own domain for links."""
    found = await configuration_set_named(call, request.configuration_set_name)
    _tracking_of(found)
    await replace_configuration_set(call, replace(found, tracking=None))
    return ses.DeleteConfigurationSetTrackingOptionsResponse()


@handles(ses.PUT_CONFIGURATION_SET_DELIVERY_OPTIONS)
async def put_configuration_set_delivery_options(
    call: Call, request: ses.PutConfigurationSetDeliveryOptionsRequest
) -> ses.PutConfigurationSetDeliveryOptionsResponse:
    """Sets the TLS policy; what only the newer API knows stays."""
    found = await configuration_set_named(call, request.configuration_set_name)
    asked = request.delivery_options.tls_policy if request.delivery_options else None
    delivery = replace(found.delivery or Delivery(), tls_policy=TLS_POLICIES[asked] if asked else None)
    await replace_configuration_set(call, replace(found, delivery=None if delivery == Delivery() else delivery))
    return ses.PutConfigurationSetDeliveryOptionsResponse()


@handles(ses.UPDATE_CONFIGURATION_SET_REPUTATION_METRICS_ENABLED)
async def update_configuration_set_reputation_metrics_enabled(
    call: Call, request: ses.UpdateConfigurationSetReputationMetricsEnabledRequest
) -> ses.UpdateConfigurationSetReputationMetricsEnabledResponse:
    """Turns reputation metrics on or off."""
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, replace(found, reputation_metrics=request.enabled))
    return ses.UpdateConfigurationSetReputationMetricsEnabledResponse()


@handles(ses.UPDATE_CONFIGURATION_SET_SENDING_ENABLED)
async def update_configuration_set_sending_enabled(
    call: Call, request: ses.UpdateConfigurationSetSendingEnabledRequest
) -> ses.UpdateConfigurationSetSendingEnabledResponse:
    """Pauses the set or lets it send again."""
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, with_sending(found, request.enabled, call.now))
    return ses.UpdateConfigurationSetSendingEnabledResponse()


async def _checked_domain(call: Call, options: ses.TrackingOptions) -> str:
    domain = options.custom_redirect_domain or ""
    if not domain.strip():
        raise Invalid("At least one field of TrackingOptions must contain a value.", Kind.TRACKING_OPTIONS)
    await check_redirect_domain(call, domain)
    return domain


def _tracking_of(found: ConfigurationSet) -> Tracking:
    if found.tracking is None:
        raise missing_tracking_options(found.name)
    return found.tracking

"""Options of a configuration set as the newer API changes them, one block at a time; an empty request clears most."""

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.configuration_sets import (
    HTTPS_POLICIES,
    Delivery,
    HttpsPolicy,
    SigningScheme,
    Tracking,
    Validation,
    Vdm,
    check_pool,
    check_reason,
    check_redirect_domain_is_given,
    with_sending,
)
from sestina.operations.call import Call
from sestina.operations.configuration_sets import (
    check_redirect_domain,
    configuration_set_named,
    replace_configuration_set,
)
from sestina.operations.handles import handles
from sestina.protocols.aws.errors import Violated


@handles(sesv2.PUT_CONFIGURATION_SET_TRACKING_OPTIONS)
async def put_configuration_set_tracking_options(
    call: Call, request: sesv2.PutConfigurationSetTrackingOptionsRequest
) -> sesv2.PutConfigurationSetTrackingOptionsResponse:
    """Sets or clears the domain for links; it is checked before the policy and before the set (probed)."""
    tracking = await checked_tracking(call, request.custom_redirect_domain, request.https_policy)
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, replace(found, tracking=tracking))
    return sesv2.PutConfigurationSetTrackingOptionsResponse()


@handles(sesv2.PUT_CONFIGURATION_SET_DELIVERY_OPTIONS)
async def put_configuration_set_delivery_options(
    call: Call, request: sesv2.PutConfigurationSetDeliveryOptionsRequest
) -> sesv2.PutConfigurationSetDeliveryOptionsResponse:
    """Replaces how messages leave."""
    delivery = checked_delivery(request)
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, replace(found, delivery=delivery))
    return sesv2.PutConfigurationSetDeliveryOptionsResponse()


@handles(sesv2.PUT_CONFIGURATION_SET_REPUTATION_OPTIONS)
async def put_configuration_set_reputation_options(
    call: Call, request: sesv2.PutConfigurationSetReputationOptionsRequest
) -> sesv2.PutConfigurationSetReputationOptionsResponse:
    """Turns reputation metrics on or off; a flag that is not given is off."""
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, replace(found, reputation_metrics=bool(request.reputation_metrics_enabled)))
    return sesv2.PutConfigurationSetReputationOptionsResponse()


@handles(sesv2.PUT_CONFIGURATION_SET_SENDING_OPTIONS)
async def put_configuration_set_sending_options(
    call: Call, request: sesv2.PutConfigurationSetSendingOptionsRequest
) -> sesv2.PutConfigurationSetSendingOptionsResponse:
    """Pauses the set or lets it send; a flag that is not given pauses."""
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, with_sending(found, bool(request.sending_enabled), call.now))
    return sesv2.PutConfigurationSetSendingOptionsResponse()


@handles(sesv2.PUT_CONFIGURATION_SET_SUPPRESSION_OPTIONS)
async def put_configuration_set_suppression_options(
    call: Call, request: sesv2.PutConfigurationSetSuppressionOptionsRequest
) -> sesv2.PutConfigurationSetSuppressionOptionsResponse:
    """Replaces the override of the account's suppression; reasons that are not given are none at all (probed)."""
    reasons = tuple(check_reason(reason) for reason in request.suppressed_reasons or ())
    found = await configuration_set_named(call, request.configuration_set_name)
    changed = replace(
        found,
        suppressed_reasons=reasons,
        suppression_scope=request.suppression_scope,
        validation=validation_of(request.validation_options),
    )
    await replace_configuration_set(call, changed)
    return sesv2.PutConfigurationSetSuppressionOptionsResponse()


@handles(sesv2.PUT_CONFIGURATION_SET_VDM_OPTIONS)
async def put_configuration_set_vdm_options(
    call: Call, request: sesv2.PutConfigurationSetVdmOptionsRequest
) -> sesv2.PutConfigurationSetVdmOptionsResponse:
    """Replaces what the Virtual Deliverability Manager does."""
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, replace(found, vdm=vdm_of(request.vdm_options)))
    return sesv2.PutConfigurationSetVdmOptionsResponse()


@handles(sesv2.PUT_CONFIGURATION_SET_ARCHIVING_OPTIONS)
async def put_configuration_set_archiving_options(
    call: Call, request: sesv2.PutConfigurationSetArchivingOptionsRequest
) -> sesv2.PutConfigurationSetArchivingOptionsResponse:
    """Names the archive, or none."""
    found = await configuration_set_named(call, request.configuration_set_name)
    await replace_configuration_set(call, replace(found, archive_arn=request.archive_arn))
    return sesv2.PutConfigurationSetArchivingOptionsResponse()


@handles(sesv2.UPDATE_CONFIGURATION_SET)
async def update_configuration_set(
    call: Call, request: sesv2.UpdateConfigurationSetRequest
) -> sesv2.UpdateConfigurationSetResponse:
    """Replaces how messages are secured."""
    found = await configuration_set_named(call, request.configuration_set_name)
    scheme = signing_scheme_of(request.message_security_options)
    await replace_configuration_set(call, replace(found, signing_scheme=scheme))
    return sesv2.UpdateConfigurationSetResponse()


async def checked_tracking(call: Call, domain: str | None, https_policy: str | None) -> Tracking | None:
    """Tracking options of a request; None when there are none.

    Raises:
        Invalid: the domain is blank, missing or not verified.
        Violated: the policy is none.
    """
    check_redirect_domain_is_given(domain, https_policy)
    if domain is None:
        return None
    await check_redirect_domain(call, domain)
    return Tracking(redirect_domain=domain, https_policy=_https_policy(https_policy))


def checked_delivery(
    options: sesv2.DeliveryOptions | sesv2.PutConfigurationSetDeliveryOptionsRequest | None,
) -> Delivery | None:
    """Delivery options of a request; None when there are none.

    Raises:
        Invalid: the pool is not there.
    """
    if options is None:
        return None
    check_pool(options.sending_pool_name)
    if options.tls_policy is None and options.max_delivery_seconds is None:
        return None
    return Delivery(tls_policy=options.tls_policy, max_seconds=options.max_delivery_seconds)


def validation_of(options: sesv2.SuppressionValidationOptions | None) -> Validation | None:
    """Validation options of a request."""
    if options is None:
        return None
    threshold = options.condition_threshold
    overall = threshold.overall_confidence_threshold
    return Validation(
        enabled=threshold.condition_threshold_enabled,
        confidence=overall.confidence_verdict_threshold if overall else None,
    )


def vdm_of(options: sesv2.VdmOptions | None) -> Vdm | None:
    """VDM options of a request; None when there are none."""
    if options is None:
        return None
    dashboard, guardian = options.dashboard_options, options.guardian_options
    vdm = Vdm(
        engagement_metrics=dashboard.engagement_metrics if dashboard else None,
        optimized_delivery=guardian.optimized_shared_delivery if guardian else None,
    )
    return None if vdm == Vdm() else vdm


def signing_scheme_of(options: sesv2.MessageSecurityOptions | None) -> SigningScheme | None:
    """Message security of a request; None when there is none."""
    scheme = options.signing_scheme if options else None
    if scheme is None:
        return None
    smime = scheme.smime_scheme
    return SigningScheme(is_smime=smime is not None, signature_format=smime.signature_format if smime else None)


def _https_policy(policy: str | None) -> HttpsPolicy | None:
    match policy:
        case "OPTIONAL" | "REQUIRE" | "REQUIRE_OPEN_ONLY" | None:
            return policy
        case _:
            rule = f"Member must satisfy enum value set: [{', '.join(HTTPS_POLICIES)}]"
            raise Violated((f"Value at 'httpsPolicy' failed to satisfy constraint: {rule}",))

"""Configuration sets as the newer API words them."""

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.configuration_sets import (
    ConfigurationSet,
    check_configuration_set_name,
    reasonless_suppression,
)
from sestina.domain.identities import missing_identity, normal_name
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
from sestina.operations.v2.configuration_set_options import (
    checked_delivery,
    checked_tracking,
    signing_scheme_of,
    validation_of,
    vdm_of,
)
from sestina.operations.verification import keep

NAME_CONTAINS = "CONFIGURATION_SET_NAME_CONTAINS"


@handles(sesv2.CREATE_CONFIGURATION_SET)
async def create_configuration_set(
    call: Call, request: sesv2.CreateConfigurationSetRequest
) -> sesv2.CreateConfigurationSetResponse:
    """Adds a set; name, tags, suppression, tracking and delivery are checked in this order, then the name's freedom."""
    check_configuration_set_name(request.configuration_set_name)
    tags = requested_tags(request.tags)
    suppression = request.suppression_options
    if suppression is not None and suppression == sesv2.SuppressionOptions():
        raise reasonless_suppression()
    tracking, sending, reputation = request.tracking_options, request.sending_options, request.reputation_options
    reasons = suppression.suppressed_reasons if suppression else None
    configuration_set = ConfigurationSet(
        name=request.configuration_set_name,
        created=call.now,
        tags=tags,
        sending_enabled=True if sending is None else bool(sending.sending_enabled),
        reputation_metrics=True if reputation is None else bool(reputation.reputation_metrics_enabled),
        tracking=await checked_tracking(call, tracking.custom_redirect_domain, tracking.https_policy)
        if tracking
        else None,
        delivery=checked_delivery(request.delivery_options),
        suppressed_reasons=None if reasons is None else tuple(reasons),
        suppression_scope=suppression.suppression_scope if suppression else None,
        validation=validation_of(suppression.validation_options) if suppression else None,
        vdm=vdm_of(request.vdm_options),
        archive_arn=request.archiving_options.archive_arn if request.archiving_options else None,
        signing_scheme=signing_scheme_of(request.message_security_options),
    )
    await add_configuration_set(call, configuration_set)
    return sesv2.CreateConfigurationSetResponse()


@handles(sesv2.GET_CONFIGURATION_SET)
async def get_configuration_set(
    call: Call, request: sesv2.GetConfigurationSetRequest
) -> sesv2.GetConfigurationSetResponse:
    """The set with the options that were ever given; sending, reputation and tags are always there."""
    found = await configuration_set_named(call, request.configuration_set_name)
    return sesv2.GetConfigurationSetResponse(
        configuration_set_name=found.name,
        tracking_options=_tracking(found),
        delivery_options=_delivery(found),
        reputation_options=sesv2.ReputationOptions(
            reputation_metrics_enabled=found.reputation_metrics, last_fresh_start=found.last_fresh_start
        ),
        sending_options=sesv2.SendingOptions(sending_enabled=found.sending_enabled),
        tags=shown_tags(found.tags),
        suppression_options=_suppression(found),
        vdm_options=_vdm(found),
        archiving_options=sesv2.ArchivingOptions(archive_arn=found.archive_arn) if found.archive_arn else None,
        message_security_options=_security(found),
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


@handles(sesv2.PUT_EMAIL_IDENTITY_CONFIGURATION_SET_ATTRIBUTES)
async def put_email_identity_configuration_set_attributes(
    call: Call, request: sesv2.PutEmailIdentityConfigurationSetAttributesRequest
) -> sesv2.PutEmailIdentityConfigurationSetAttributesResponse:
    """Makes a set the default of an identity; without a set there is none."""
    identity = await call.region.identities.get(normal_name(request.email_identity))
    if identity is None:
        raise missing_identity(request.email_identity)
    name = request.configuration_set_name or None
    if name is not None:
        await configuration_set_named(call, name)
    await keep(call.region, replace(identity, configuration_set=name))
    return sesv2.PutEmailIdentityConfigurationSetAttributesResponse()


def _tracking(found: ConfigurationSet) -> sesv2.TrackingOptions | None:
    tracking = found.tracking
    if tracking is None:
        return None
    return sesv2.TrackingOptions(custom_redirect_domain=tracking.redirect_domain, https_policy=tracking.https_policy)


def _delivery(found: ConfigurationSet) -> sesv2.DeliveryOptions | None:
    delivery = found.delivery
    if delivery is None:
        return None
    return sesv2.DeliveryOptions(
        tls_policy=delivery.tls_policy,
        sending_pool_name=delivery.pool,
        max_delivery_seconds=delivery.max_seconds,
    )


def _suppression(found: ConfigurationSet) -> sesv2.SuppressionOptions | None:
    if not found.has_suppression_options:
        return None
    return sesv2.SuppressionOptions(
        suppressed_reasons=None if found.suppressed_reasons is None else list(found.suppressed_reasons),
        suppression_scope=found.suppression_scope,
        validation_options=_validation(found),
    )


def _validation(found: ConfigurationSet) -> sesv2.SuppressionValidationOptions | None:
    validation = found.validation
    if validation is None:
        return None
    confidence = validation.confidence
    return sesv2.SuppressionValidationOptions(
        condition_threshold=sesv2.SuppressionConditionThreshold(
            condition_threshold_enabled=validation.enabled,
            overall_confidence_threshold=sesv2.SuppressionConfidenceThreshold(confidence_verdict_threshold=confidence)
            if confidence
            else None,
        )
    )


def _vdm(found: ConfigurationSet) -> sesv2.VdmOptions | None:
    vdm = found.vdm
    if vdm is None:
        return None
    metrics, optimized = vdm.engagement_metrics, vdm.optimized_delivery
    return sesv2.VdmOptions(
        dashboard_options=sesv2.DashboardOptions(engagement_metrics=metrics) if metrics else None,
        guardian_options=sesv2.GuardianOptions(optimized_shared_delivery=optimized) if optimized else None,
    )


def _security(found: ConfigurationSet) -> sesv2.MessageSecurityOptions | None:
    scheme = found.signing_scheme
    if scheme is None:
        return None
    smime = sesv2.SmimeSigningScheme(signature_format=scheme.signature_format) if scheme.is_smime else None
    default = None if scheme.is_smime else sesv2.DefaultSigningScheme()
    return sesv2.MessageSecurityOptions(signing_scheme=sesv2.SigningScheme(default_scheme=default, smime_scheme=smime))


def _bad_token(token: str) -> InvalidPageToken:
    return InvalidPageToken(f"invalid nextToken {token}")

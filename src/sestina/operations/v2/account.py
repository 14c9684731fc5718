"""The account as the newer API shows it: everything in one answer, and the request to leave the sandbox."""

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.accounts import Account, Details, with_details
from sestina.operations.accounts import account_settings, sent_last_day, set_sending_enabled
from sestina.operations.call import Call
from sestina.operations.handles import handles

CASE_DIGITS = 15


@handles(sesv2.GET_ACCOUNT)
async def get_account(call: Call, _: sesv2.GetAccountRequest) -> sesv2.GetAccountResponse:
    """The account; what was never set is left out."""
    account = await account_settings(call)
    quota = account.effective_quota
    return sesv2.GetAccountResponse(
        dedicated_ip_auto_warmup_enabled=account.dedicated_ip_auto_warmup,
        enforcement_status=account.enforcement_status,
        production_access_enabled=account.production_access,
        send_quota=sesv2.SendQuota(
            max24_hour_send=quota.per_day, max_send_rate=quota.per_second, sent_last24_hours=sent_last_day(call)
        ),
        sending_enabled=account.sending_enabled,
        suppression_attributes=_suppression(account),
        details=None if account.details is None else _details(account.details),
        vdm_attributes=_vdm(account),
    )


@handles(sesv2.PUT_ACCOUNT_DETAILS)
async def put_account_details(call: Call, request: sesv2.PutAccountDetailsRequest) -> sesv2.PutAccountDetailsResponse:
    """Replaces the details; those that ask to leave the sandbox start a review."""
    details = Details(
        mail_type=request.mail_type,
        website_url=request.website_url,
        contact_language=request.contact_language,
        use_case_description=request.use_case_description,
        additional_contacts=tuple(request.additional_contact_email_addresses or ()),
    )
    account = with_details(
        await account_settings(call),
        details,
        asks_production=bool(request.production_access_enabled),
        case_id=_case_id(call),
        now=call.now,
    )
    await call.region.set_settings(account, call.now)
    return sesv2.PutAccountDetailsResponse()


@handles(sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES)
async def put_account_sending_attributes(
    call: Call, request: sesv2.PutAccountSendingAttributesRequest
) -> sesv2.PutAccountSendingAttributesResponse:
    """Pauses the account or lets it send again."""
    await set_sending_enabled(call, request.sending_enabled)
    return sesv2.PutAccountSendingAttributesResponse()


def _case_id(call: Call) -> str:
    number = int.from_bytes(call.services.outside.ids.octets(8), "big") % 10**CASE_DIGITS
    return f"{number:0{CASE_DIGITS}}"


def _details(details: Details) -> sesv2.AccountDetails:
    review = details.review_status
    return sesv2.AccountDetails(
        mail_type=details.mail_type,
        website_url=details.website_url,
        contact_language=details.contact_language,
        use_case_description=details.use_case_description,
        additional_contact_email_addresses=list(details.additional_contacts) or None,
        review_details=None if review is None else sesv2.ReviewDetails(status=review, case_id=details.case_id),
    )


def _suppression(account: Account) -> sesv2.SuppressionAttributes:
    attributes = sesv2.SuppressionAttributes(suppressed_reasons=list(account.suppressed_reasons))
    if account.validation_threshold_enabled is None:
        return attributes
    confidence = account.validation_confidence
    threshold = sesv2.SuppressionConditionThreshold(
        condition_threshold_enabled=_feature(account.validation_threshold_enabled),
        overall_confidence_threshold=None
        if confidence is None
        else sesv2.SuppressionConfidenceThreshold(confidence_verdict_threshold=confidence),
    )
    return replace(
        attributes, validation_attributes=sesv2.SuppressionValidationAttributes(condition_threshold=threshold)
    )


def _vdm(account: Account) -> sesv2.VdmAttributes | None:
    """Left out until it was configured; its two features only while it is on (probed)."""
    if account.vdm_enabled is None:
        return None
    if not account.vdm_enabled:
        return sesv2.VdmAttributes(vdm_enabled="DISABLED")
    return sesv2.VdmAttributes(
        vdm_enabled="ENABLED",
        dashboard_attributes=sesv2.DashboardAttributes(engagement_metrics=_feature(account.vdm_engagement_metrics)),
        guardian_attributes=sesv2.GuardianAttributes(
            optimized_shared_delivery=_feature(account.vdm_optimized_delivery)
        ),
    )


def _feature(enabled: bool) -> sesv2.FeatureStatus:
    return "ENABLED" if enabled else "DISABLED"

"""Custom MAIL FROM as the newer API words it; GetEmailIdentity shows it."""

from sestina.api import sesv2
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.mail_from import set_mail_from


@handles(sesv2.PUT_EMAIL_IDENTITY_MAIL_FROM_ATTRIBUTES)
async def put_email_identity_mail_from_attributes(
    call: Call, request: sesv2.PutEmailIdentityMailFromAttributesRequest
) -> sesv2.PutEmailIdentityMailFromAttributesResponse:
    """Sets the envelope domain; without one clears it."""
    behaviour = request.behavior_on_mx_failure
    reject = None if behaviour is None else behaviour == "REJECT_MESSAGE"
    await set_mail_from(call, request.email_identity, request.mail_from_domain, reject)
    return sesv2.PutEmailIdentityMailFromAttributesResponse()

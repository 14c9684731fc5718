"""Feedback forwarding as the newer API words it; its topics are event destinations."""

from sestina.api import sesv2
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.notifications import set_forwarding


@handles(sesv2.PUT_EMAIL_IDENTITY_FEEDBACK_ATTRIBUTES)
async def put_email_identity_feedback_attributes(
    call: Call, request: sesv2.PutEmailIdentityFeedbackAttributesRequest
) -> sesv2.PutEmailIdentityFeedbackAttributesResponse:
    """Forwards feedback by mail or not, whatever topics there are; a flag that is not given is off."""
    await set_forwarding(call, request.email_identity, bool(request.email_forwarding_enabled), needs_topics=False)
    return sesv2.PutEmailIdentityFeedbackAttributesResponse()

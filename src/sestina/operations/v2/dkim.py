"""DKIM as the newer API words it; GetEmailIdentity shows it."""

from sestina.api import sesv2
from sestina.operations.call import Call
from sestina.operations.dkim import set_signing
from sestina.operations.handles import handles


@handles(sesv2.PUT_EMAIL_IDENTITY_DKIM_ATTRIBUTES)
async def put_email_identity_dkim_attributes(
    call: Call, request: sesv2.PutEmailIdentityDkimAttributesRequest
) -> sesv2.PutEmailIdentityDkimAttributesResponse:
    """Turns signing on or off; a flag that is not given is off."""
    await set_signing(call, request.email_identity, bool(request.signing_enabled))
    return sesv2.PutEmailIdentityDkimAttributesResponse()

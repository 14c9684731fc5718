"""DKIM as the older API words it."""

from sestina.api import ses
from sestina.domain.identities import Dkim
from sestina.operations.call import Call
from sestina.operations.dkim import set_signing
from sestina.operations.handles import handles
from sestina.operations.identities import dkim_of
from sestina.operations.v1.identities import asked_identities


@handles(ses.SET_IDENTITY_DKIM_ENABLED)
async def set_identity_dkim_enabled(
    call: Call, request: ses.SetIdentityDkimEnabledRequest
) -> ses.SetIdentityDkimEnabledResponse:
    """Turns signing on or off."""
    await set_signing(call, request.identity, request.dkim_enabled)
    return ses.SetIdentityDkimEnabledResponse()


@handles(ses.GET_IDENTITY_DKIM_ATTRIBUTES)
async def get_identity_dkim_attributes(
    call: Call, request: ses.GetIdentityDkimAttributesRequest
) -> ses.GetIdentityDkimAttributesResponse:
    """How identities sign; those that are not there are left out."""
    found = await asked_identities(call, request.identities)
    return ses.GetIdentityDkimAttributesResponse(
        dkim_attributes={name: _attributes(await dkim_of(call, identity)) for name, identity in found.items()}
    )


def _attributes(dkim: Dkim) -> ses.IdentityDkimAttributes:
    return ses.IdentityDkimAttributes(
        dkim_enabled=dkim.enabled,
        dkim_verification_status=dkim.status.v1,
        dkim_tokens=list(dkim.tokens) or None,
    )

"""Custom MAIL FROM as the older API words it."""

from typing import Final, cast

from sestina.api import ses
from sestina.domain.identities import Identity
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.mail_from import set_mail_from
from sestina.operations.v1.identities import asked_identities

REJECT: Final = "RejectMessage"


@handles(ses.SET_IDENTITY_MAIL_FROM_DOMAIN)
async def set_identity_mail_from_domain(
    call: Call, request: ses.SetIdentityMailFromDomainRequest
) -> ses.SetIdentityMailFromDomainResponse:
    """Sets the envelope domain; without one clears it."""
    behaviour = request.behavior_on_mx_failure
    reject = None if behaviour is None else behaviour == REJECT
    await set_mail_from(call, request.identity, request.mail_from_domain, reject)
    return ses.SetIdentityMailFromDomainResponse()


@handles(ses.GET_IDENTITY_MAIL_FROM_DOMAIN_ATTRIBUTES)
async def get_identity_mail_from_domain_attributes(
    call: Call, request: ses.GetIdentityMailFromDomainAttributesRequest
) -> ses.GetIdentityMailFromDomainAttributesResponse:
    """Envelope domains and where they stand; identities that are not there are left out."""
    found = await asked_identities(call, request.identities)
    return ses.GetIdentityMailFromDomainAttributesResponse(
        mail_from_domain_attributes={name: _attributes(identity) for name, identity in found.items()}
    )


def _attributes(identity: Identity) -> ses.IdentityMailFromDomainAttributes:
    mail_from = identity.mail_from
    return ses.IdentityMailFromDomainAttributes(
        mail_from_domain=mail_from.domain,
        mail_from_domain_status=cast(ses.CustomMailFromStatus, mail_from.status.v1) if mail_from.status else None,
        behavior_on_mx_failure=REJECT if mail_from.reject_on_mx_failure else "UseDefaultValue",
    )

"""DKIM as the newer API words it; GetEmailIdentity shows it."""

from typing import Final, cast

from sestina.api import sesv2
from sestina.domain.dkim import HOSTED_ZONE, OWN_KEY
from sestina.domain.identities import Dkim
from sestina.domain.refusals import Invalid
from sestina.operations.call import Call
from sestina.operations.dkim import SigningWish, change_dkim, set_signing
from sestina.operations.handles import handles

ONE_ORIGIN: Final = "SigningAttributesOrigin and DomainSigningAttributesOrigin must be the same."


@handles(sesv2.PUT_EMAIL_IDENTITY_DKIM_ATTRIBUTES)
async def put_email_identity_dkim_attributes(
    call: Call, request: sesv2.PutEmailIdentityDkimAttributesRequest
) -> sesv2.PutEmailIdentityDkimAttributesResponse:
    """Turns signing on or off; a flag that is not given is off."""
    await set_signing(call, request.email_identity, bool(request.signing_enabled))
    return sesv2.PutEmailIdentityDkimAttributesResponse()


@handles(sesv2.PUT_EMAIL_IDENTITY_DKIM_SIGNING_ATTRIBUTES)
async def put_email_identity_dkim_signing_attributes(
    call: Call, request: sesv2.PutEmailIdentityDkimSigningAttributesRequest
) -> sesv2.PutEmailIdentityDkimSigningAttributesResponse:
    """Gives a domain another key: the customer's own, one of the service, or one of another length."""
    wish = signing_wish(request.signing_attributes, request.signing_attributes_origin)
    dkim = await change_dkim(call, request.email_identity, wish)
    return sesv2.PutEmailIdentityDkimSigningAttributesResponse(
        dkim_status=dkim.status.value, dkim_tokens=list(dkim.tokens), signing_hosted_zone=hosted_zone(dkim)
    )


def signing_wish(asked: sesv2.DkimSigningAttributes | None, origin: str | None = None) -> SigningWish:
    """What a request says about signing.

    Raises:
        Invalid: it names two origins.
    """
    if asked is None:
        return SigningWish(origin=origin)
    if origin is not None and asked.domain_signing_attributes_origin not in (None, origin):
        raise Invalid(ONE_ORIGIN)
    return SigningWish(
        origin=origin or asked.domain_signing_attributes_origin,
        selector=asked.domain_signing_selector,
        private_key=asked.domain_signing_private_key,
        key_length=asked.next_signing_key_length,
    )


def dkim_attributes(dkim: Dkim) -> sesv2.DkimAttributes:
    """Signing as both create and read show it."""
    is_own = dkim.origin == OWN_KEY
    return sesv2.DkimAttributes(
        signing_enabled=dkim.enabled,
        status=dkim.status.value,
        tokens=list(dkim.tokens) or None,
        signing_hosted_zone=hosted_zone(dkim),
        signing_attributes_origin=cast(sesv2.DkimSigningAttributesOrigin, dkim.origin),
        next_signing_key_length=None if is_own else dkim.key_length,
        current_signing_key_length=None if is_own or dkim.generated is None else dkim.key_length,
        last_key_generation_timestamp=dkim.generated,
    )


def hosted_zone(dkim: Dkim) -> str | None:
    """Where the keys of the service stand in DNS; a customer's key does not stand there."""
    return None if dkim.origin == OWN_KEY or not dkim.tokens else HOSTED_ZONE

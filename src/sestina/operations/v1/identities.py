"""Identities as the older API words them: asking again is no error, nor is deleting what is not there."""

from collections.abc import Sequence
from typing import Final

from sestina.api import ses
from sestina.domain.identities import (
    EVERYTHING,
    Identity,
    Selection,
    check_address,
    check_domain,
    is_host_name,
    normal_name,
)
from sestina.domain.refusals import Invalid, InvalidPageToken
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.identities import (
    LARGEST_PAGE,
    LIST,
    identity_named,
    page_of_identities,
    remove_identity,
    verified_addresses,
    verify_address,
    verify_dkim,
    verify_domain,
)
from sestina.operations.notifications import name_of
from sestina.operations.pages import read_token, write_token
from sestina.protocols.aws.errors import Violated

MOST_ASKED: Final = 100  # AWS page "GetIdentityVerificationAttributes"
TYPES: Final = {"EmailAddress": Selection(type="EMAIL_ADDRESS"), "Domain": Selection(type="DOMAIN")}


@handles(ses.VERIFY_EMAIL_IDENTITY)
async def verify_email_identity(call: Call, request: ses.VerifyEmailIdentityRequest) -> ses.VerifyEmailIdentityResponse:
    """Adds an address, or asks its owner again."""
    await verify_address(call, request.email_address)
    return ses.VerifyEmailIdentityResponse()


@handles(ses.VERIFY_EMAIL_ADDRESS)
async def verify_email_address(call: Call, request: ses.VerifyEmailAddressRequest) -> ses.VerifyEmailAddressResponse:
    """The deprecated twin of VerifyEmailIdentity."""
    await verify_address(call, request.email_address)
    return ses.VerifyEmailAddressResponse()


@handles(ses.VERIFY_DOMAIN_IDENTITY)
async def verify_domain_identity(
    call: Call, request: ses.VerifyDomainIdentityRequest
) -> ses.VerifyDomainIdentityResponse:
    """Adds a domain; the answer is what its TXT record has to say."""
    return ses.VerifyDomainIdentityResponse(verification_token=await verify_domain(call, request.domain))


@handles(ses.VERIFY_DOMAIN_DKIM)
async def verify_domain_dkim(call: Call, request: ses.VerifyDomainDkimRequest) -> ses.VerifyDomainDkimResponse:
    """Sets up signing; the answer names the CNAME records."""
    return ses.VerifyDomainDkimResponse(dkim_tokens=list(await verify_dkim(call, request.domain)))


@handles(ses.GET_IDENTITY_VERIFICATION_ATTRIBUTES)
async def get_identity_verification_attributes(
    call: Call, request: ses.GetIdentityVerificationAttributesRequest
) -> ses.GetIdentityVerificationAttributesResponse:
    """Where verification stands; identities that are not there are left out."""
    found = await asked_identities(call, request.identities)
    return ses.GetIdentityVerificationAttributesResponse(
        verification_attributes={name: _attributes(identity) for name, identity in found.items()}
    )


@handles(ses.LIST_IDENTITIES)
async def list_identities(call: Call, request: ses.ListIdentitiesRequest) -> ses.ListIdentitiesResponse:
    """A page of names in their order."""
    size = LARGEST_PAGE if request.max_items is None else request.max_items
    if not 1 <= size <= LARGEST_PAGE:
        raise Invalid(f"Value {size} for parameter MaxItems is invalid. MaxItems must be between 1 and {LARGEST_PAGE}.")
    selection = TYPES.get(request.identity_type or "", EVERYTHING)
    after = read_token(LIST, call.region, request.next_token, _bad_token, selection.scope)
    found, following = await page_of_identities(call, after, size, selection)
    return ses.ListIdentitiesResponse(
        identities=[each.name for each in found],
        next_token=write_token(LIST, call.region, following, selection.scope),
    )


@handles(ses.LIST_VERIFIED_EMAIL_ADDRESSES)
async def list_verified_email_addresses(
    call: Call, _: ses.ListVerifiedEmailAddressesRequest
) -> ses.ListVerifiedEmailAddressesResponse:
    """Every verified address, without pages."""
    return ses.ListVerifiedEmailAddressesResponse(verified_email_addresses=await verified_addresses(call))


@handles(ses.DELETE_IDENTITY)
async def delete_identity(call: Call, request: ses.DeleteIdentityRequest) -> ses.DeleteIdentityResponse:
    """Forgets an identity, if there is one."""
    await remove_identity(call, request.identity)
    return ses.DeleteIdentityResponse()


@handles(ses.DELETE_VERIFIED_EMAIL_ADDRESS)
async def delete_verified_email_address(
    call: Call, request: ses.DeleteVerifiedEmailAddressRequest
) -> ses.DeleteVerifiedEmailAddressResponse:
    """The deprecated twin of DeleteIdentity, for addresses."""
    if "@" in request.email_address:
        await remove_identity(call, request.email_address)
    return ses.DeleteVerifiedEmailAddressResponse()


async def asked_identities(call: Call, names: Sequence[str]) -> dict[str, Identity]:
    """The identities of these names that are there, for the operations that show up to 100 of them.

    Raises:
        Violated, Invalid: they are too many, or one could not be the name of any.
    """
    if len(names) > MOST_ASKED:
        rule = f"Member must have length less than or equal to {MOST_ASKED}"
        raise Violated((f"Value at 'identities' failed to satisfy constraint: {rule}",))
    for name in names:
        _check_asked(name_of(call, name))
    found = {name: await identity_named(call, name_of(call, name)) for name in names}
    return {name: identity for name, identity in found.items() if identity is not None}


def _check_asked(text: str) -> None:
    """Refuses a text that no identity could have as its name (aws-cli issue 168)."""
    name = normal_name(text)
    try:
        if "@" in name:
            check_address(name)
        elif not is_host_name(name):
            check_domain(name)
    except Invalid as error:
        raise Invalid(f"Identity {text} is invalid. Must be a verified email address or domain.") from error


def _attributes(identity: Identity) -> ses.IdentityVerificationAttributes:
    return ses.IdentityVerificationAttributes(verification_status=identity.status.v1, verification_token=identity.token)


def _bad_token(token: str) -> InvalidPageToken:
    return InvalidPageToken(f"Invalid NextToken <{token}>.")

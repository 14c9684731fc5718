"""Identities as the newer API words them: strict create, read and delete, and a list that filters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.identities import Dkim, MailFrom, Selection, Status, missing_identity, normal_name
from sestina.domain.refusals import Invalid, InvalidPageToken, Kind, Missing
from sestina.operations.call import Call
from sestina.operations.dkim import keeping, new_dkim, read_wish
from sestina.operations.handles import handles
from sestina.operations.identities import (
    LARGEST_PAGE,
    LIST,
    add_identity,
    check_is_free,
    dkim_of,
    identity_named,
    page_of_identities,
    remove_identity,
)
from sestina.operations.pages import read_token, write_token
from sestina.operations.tags import requested_tags, shown_tags
from sestina.operations.v2.dkim import dkim_attributes, signing_wish
from sestina.pipeline.sending.replicas import replication_error_of
from sestina.ports.engine import Statement

DEFAULT_PAGE: Final = 25
NAME: Final = "IDENTITY_NAME_CONTAINS"
TYPE: Final = "IDENTITY_TYPE"
STATUS: Final = "VERIFICATION_STATUS"
SHORTEST_NAME, LONGEST_NAME = 3, 320
TYPES: Final = ("EMAIL_ADDRESS", "DOMAIN")  # MANAGED_DOMAIN is refused (probed)


@handles(sesv2.CREATE_EMAIL_IDENTITY)
async def create_email_identity(
    call: Call, request: sesv2.CreateEmailIdentityRequest
) -> sesv2.CreateEmailIdentityResponse:
    """Adds an address or a domain; name, tags and configuration set are checked in this order (probed)."""
    name = normal_name(request.email_identity)
    await check_is_free(call, name)
    tags = requested_tags(request.tags)
    dkim, also = await _requested_dkim(call, name, request.dkim_signing_attributes)
    identity = await add_identity(call, name, dkim, tags, request.configuration_set_name, also)
    return sesv2.CreateEmailIdentityResponse(
        identity_type=identity.type,
        verified_for_sending_status=identity.is_verified,
        dkim_attributes=_created_dkim(await dkim_of(call, identity)) if identity.is_domain else None,
    )


@handles(sesv2.GET_EMAIL_IDENTITY)
async def get_email_identity(call: Call, request: sesv2.GetEmailIdentityRequest) -> sesv2.GetEmailIdentityResponse:
    """Everything about an identity."""
    identity = await identity_named(call, request.email_identity)
    if identity is None:
        raise Missing(Kind.IDENTITY, f"Identity {request.email_identity} does not exist.")
    mail_from = identity.mail_from
    replication_error = await replication_error_of(call.services.regions, call.region, identity, call.now)
    return sesv2.GetEmailIdentityResponse(
        identity_type=identity.type,
        feedback_forwarding_status=identity.notifications.forwarding,
        verified_for_sending_status=identity.status is Status.SUCCESS,
        dkim_attributes=dkim_attributes(await dkim_of(call, identity)),
        mail_from_attributes=sesv2.MailFromAttributes(
            mail_from_domain=mail_from.domain,
            mail_from_domain_status=_mail_from_status(mail_from),
            behavior_on_mx_failure="REJECT_MESSAGE" if mail_from.reject_on_mx_failure else "USE_DEFAULT_VALUE",
        ),
        policies=dict(identity.policies),
        tags=shown_tags(identity.tags),
        configuration_set_name=identity.configuration_set,
        verification_status=identity.status.value,
        verification_info=sesv2.VerificationInfo(
            last_checked_timestamp=identity.checked,
            last_success_timestamp=identity.succeeded,
            error_type=replication_error or identity.error,
        ),
    )


@handles(sesv2.DELETE_EMAIL_IDENTITY)
async def delete_email_identity(
    call: Call, request: sesv2.DeleteEmailIdentityRequest
) -> sesv2.DeleteEmailIdentityResponse:
    """Forgets an identity that exists."""
    if not await remove_identity(call, request.email_identity):
        raise missing_identity(request.email_identity)
    return sesv2.DeleteEmailIdentityResponse()


@handles(sesv2.LIST_EMAIL_IDENTITIES)
async def list_email_identities(
    call: Call, request: sesv2.ListEmailIdentitiesRequest
) -> sesv2.ListEmailIdentitiesResponse:
    """A page in the order of names; page size, filter and token are checked in this order (probed)."""
    size = DEFAULT_PAGE if request.page_size is None else request.page_size
    if not 1 <= size <= LARGEST_PAGE:
        raise Invalid(f"Value {size} for parameter PageSize is invalid. PageSize must be between 1 and {LARGEST_PAGE}.")
    selection = _selection(request.filter or {})
    after = read_token(LIST, call.region, request.next_token, _refusal_of_token(selection), selection.scope)
    found, following = await page_of_identities(call, after, size, selection)
    return sesv2.ListEmailIdentitiesResponse(
        email_identities=[
            sesv2.IdentityInfo(
                identity_type=each.type,
                identity_name=each.name,
                sending_enabled=each.status is Status.SUCCESS,
                verification_status=each.status.value,
            )
            for each in found
        ],
        next_token=write_token(LIST, call.region, following, selection.scope),
    )


def _mail_from_status(mail_from: MailFrom) -> sesv2.MailFromDomainStatus | None:
    return cast(sesv2.MailFromDomainStatus, mail_from.status.value) if mail_from.status else None


def _created_dkim(dkim: Dkim) -> sesv2.DkimAttributes:
    """What waits for its records has not started yet in the answer to a create, and waits in the next read (probed)."""
    shown = dkim_attributes(dkim)
    return replace(shown, status="NOT_STARTED") if dkim.status is Status.PENDING else shown


async def _requested_dkim(
    call: Call, name: str, asked: sesv2.DkimSigningAttributes | None
) -> tuple[Dkim | None, Sequence[Statement]]:
    """The signing of a new identity, and what is written with it."""
    if "@" not in name:
        wish = signing_wish(asked)
        own = await read_wish(call, wish)
        await check_is_free(call, name)  # somebody may have taken it in the meantime
        return new_dkim(call, name, wish, own), keeping(call, own)
    if asked is not None:
        raise Invalid("The EmailIdentity value must be a valid domain.")
    return None, ()


def _selection(filter_: Mapping[sesv2.IdentityFilterKey, str | None]) -> Selection:
    containing = (filter_.get(NAME) or "").strip()
    if filter_.get(NAME) and len(containing) < SHORTEST_NAME:
        raise Invalid(f"Filter {NAME} must be at least {SHORTEST_NAME} characters.")
    if len(containing) > LONGEST_NAME:
        raise Invalid(f"Filter {NAME} must be at most {LONGEST_NAME} characters.")
    type_, status = filter_.get(TYPE), filter_.get(STATUS)
    if type_ is not None and type_ not in TYPES:
        raise Invalid(f"Invalid identity type <{type_}> in filter.")
    if status == Status.NOT_STARTED.value:
        raise Invalid(f"Invalid verification status <{Status.NOT_STARTED.v1}>.")
    if status is not None and status not in Status.__members__:
        raise Invalid(f"Invalid verification status <{status}> in filter.")
    return Selection(containing=containing.lower(), type=type_ or "", status=status or "")


def _refusal_of_token(selection: Selection) -> Callable[[str], InvalidPageToken]:
    text = "Invalid NextToken." if selection.scope else "Invalid NextToken <{}>."
    return lambda token: InvalidPageToken(text.format(token))

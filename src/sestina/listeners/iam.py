"""The part of IAM that is ours: service-specific credentials for SES, and the memory of access keys.

Users and everything else are the neighbour's. What it answers to CreateAccessKey passes through here, and the pair is
kept, because the secret is told only once and SMTP passwords are derived from it.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from sestina.domain.credentials import SERVICE, AccessKey, ServiceCredential, Status, account_of
from sestina.domain.refusals import Invalid, LimitReached, Missing, Refusal
from sestina.listeners.caller import Caller
from sestina.listeners.http_messages import Answer
from sestina.operations import credentials as operations
from sestina.ports.gateway import Passed
from sestina.ports.neighbours import Place
from sestina.ports.outside import Outside
from sestina.protocols.aws import query
from sestina.protocols.aws.errors import WireError
from sestina.protocols.aws.operation import Operation, Shape, Timestamp
from sestina.storage.credentials import Credentials

VERSION: Final = "2010-05-08"
NAMESPACE: Final = "https://iam.amazonaws.com/doc/2010-05-08/"

PAGE: Final = 100  # IAM API reference, ListServiceSpecificCredentials, MaxItems

NO_CALLER: Final = "Must specify userName when calling with non-User credentials"
"""IAM's words: aws/aws-sdk-java issue 1304."""
BAD_MARKER: Final = "Invalid Marker."
"""IAM's words, as fakecloud has them (faiscadev/fakecloud pull request 1615)."""
ONE_OR_ALL: Final = "AllUsers cannot be specified together with UserName."
NO_AGE: Final = "CredentialAgeDays is not supported for {}."
NOT_SUPPORTED: Final = "{} does not support service specific credentials here."
NO_ENTITY: Final = b"NoSuchEntity"  # any other 404 is no word of IAM's
IN_USE: Final = "Cannot delete entity, must delete service specific credentials first."
NAME_TAKEN: Final = "User with name {} already exists."
KEYS_IN_USE: Final = "Cannot delete entity, must delete access keys first."
"""IAM's words: aws-controllers-k8s/community issue 2229."""

# Pattern and lengths of the service model; the echo is the pattern as the model writes it.
_PATTERN: Final = r"[\w+=,.@-]+"
UserName = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=rf"(?a)\A(?:{_PATTERN})\Z", extra={"pattern": _PATTERN})
]
CredentialId = Annotated[
    str, Meta(min_length=20, max_length=128, pattern=r"(?a)\A(?:[\w]+)\Z", extra={"pattern": r"[\w]+"})
]


class CreateRequest(Shape, frozen=True, kw_only=True):
    """CreateServiceSpecificCredential."""

    user_name: UserName
    service_name: str
    credential_age_days: Annotated[int, Meta(ge=1, le=36_600)] | None = None


class ListRequest(Shape, frozen=True, kw_only=True):
    """ListServiceSpecificCredentials."""

    user_name: UserName | None = None
    service_name: str | None = None
    all_users: bool | None = None
    marker: Annotated[str, Meta(min_length=1, max_length=320)] | None = None
    max_items: Annotated[int, Meta(ge=1, le=1000)] | None = None


class UpdateRequest(Shape, frozen=True, kw_only=True):
    """UpdateServiceSpecificCredential."""

    user_name: UserName | None = None
    service_specific_credential_id: CredentialId
    status: Status


class ChosenRequest(Shape, frozen=True, kw_only=True):
    """DeleteServiceSpecificCredential and ResetServiceSpecificCredential."""

    user_name: UserName | None = None
    service_specific_credential_id: CredentialId


class Shown(Shape, frozen=True, kw_only=True):
    """ServiceSpecificCredential, and without its password ServiceSpecificCredentialMetadata."""

    create_date: Timestamp
    service_name: str
    service_user_name: str
    service_password: str | None = None
    service_specific_credential_id: str
    user_name: str
    status: Status


class OneResponse(Shape, frozen=True, kw_only=True):
    """The answer that tells a password."""

    service_specific_credential: Shown


class ListResponse(Shape, frozen=True, kw_only=True):
    """The answer that tells none."""

    service_specific_credentials: list[Shown]
    is_truncated: bool
    marker: str | None = None


class NoResponse(Shape, frozen=True, kw_only=True):
    """Done."""


def _operation(name: str, request: type[Struct], response: type[Struct]) -> Operation:
    has_result = response is not NoResponse
    return Operation(
        service="iam", name=name, method="POST", path="/", request=request, response=response, has_result=has_result
    )


OPERATIONS: Final = {
    operation.name: operation
    for operation in (
        _operation("CreateServiceSpecificCredential", CreateRequest, OneResponse),
        _operation("DeleteServiceSpecificCredential", ChosenRequest, NoResponse),
        _operation("ListServiceSpecificCredentials", ListRequest, ListResponse),
        _operation("ResetServiceSpecificCredential", ChosenRequest, OneResponse),
        _operation("UpdateServiceSpecificCredential", UpdateRequest, NoResponse),
    )
}


class IamDoor:
    """Answers what is ours and reads along the rest."""

    def __init__(self, credentials: Credentials, outside: Outside) -> None:
        self._credentials = credentials
        self._outside = outside
        self._handlers: Mapping[str, Callable[[Caller, Any], Awaitable[Struct]]] = {
            "CreateServiceSpecificCredential": self._create,
            "DeleteServiceSpecificCredential": self._delete,
            "ListServiceSpecificCredentials": self._list,
            "ResetServiceSpecificCredential": self._reset,
            "UpdateServiceSpecificCredential": self._update,
        }

    async def answer(self, form: Mapping[str, str], caller: Caller) -> Answer | None:
        """The answer to an operation of ours; None for those of the neighbour. Raises `NeighbourError`."""
        name = form.get("Action", "")
        if name == "DeleteUser" and (held := await self._held_by(_place(caller), form.get("UserName", ""))):
            return _fault("DeleteConflict", 409, held, self._outside.ids.uuid())
        if name == "UpdateUser" and (taken := await self._taken_name(_place(caller), form)):
            return _fault("EntityAlreadyExists", 409, NAME_TAKEN.format(taken), self._outside.ids.uuid())
        operation = OPERATIONS.get(name)
        if operation is None:
            return None
        request_id = self._outside.ids.uuid()
        try:
            response = await self._handlers[name](caller, query.decode(form, operation.request))
        except Refusal as refusal:
            code, status = _CODES[type(refusal)]
            return _fault(code, status, refusal.message, request_id)
        except ServiceNotSupported as error:
            return _fault("NotSupportedService", 404, str(error), request_id)
        except WireError as error:
            return _fault("ValidationError", 400, error.message, request_id)
        body = query.encode_response(operation, response, request_id, NAMESPACE)
        return Answer(200, body, "text/xml", (("x-amzn-RequestId", request_id),))

    async def _taken_name(self, place: Place, form: Mapping[str, str]) -> str | None:
        """The new name for a user, if another user has it; the embedded IAM would make one of the two."""
        name = form.get("NewUserName", "")
        if not name or name == form.get("UserName"):
            return None
        return name if await self._outside.neighbours.users.exists(place, name) else None

    async def read_along(self, form: Mapping[str, str], place: Place, passed: Passed) -> None:
        """Follows what the neighbour did to users and access keys, or would have done.

        The embedded IAM forgets its users in a restart, and we do not: what it cannot find may be ours to change.
        """
        is_done, user, now = passed.status == 200, form.get("UserName"), self._outside.clock.now()
        if not is_done and not (passed.status == 404 and NO_ENTITY in passed.body):
            return
        credentials = self._credentials
        match form.get("Action"):
            case "CreateAccessKey" if is_done:
                await operations.note_access_key(credentials, _told(passed.body, place), now)
            case "UpdateAccessKey" if key := await self._remembered(form, place, is_done):
                status: Status = "Active" if form.get("Status") == "Active" else "Inactive"
                await operations.note_status(credentials, key, status, now)
            case "DeleteAccessKey" if key := await self._remembered(form, place, is_done):
                await credentials.keys.remove(key.id)
            case "UpdateUser" if is_done and user and (new := form.get("NewUserName")):
                await operations.note_new_name(credentials, place.account, user, new, now)
            case "DeleteUser" if user:
                await operations.note_deleted_user(credentials, place.account, user)

    async def _remembered(self, form: Mapping[str, str], place: Place, is_known: bool) -> AccessKey | None:
        """The key that is meant; where IAM does not know it, its user must be the one that is named, if any is."""
        key = await self._credentials.keys.get(form.get("AccessKeyId", ""))
        if key is None or key.account != place.account:
            return None
        return key if is_known or form.get("UserName") in (None, key.user) else None

    async def _create(self, caller: Caller, request: CreateRequest) -> OneResponse:
        _check_service(request.service_name)
        if request.credential_age_days is not None:
            # The model: "only valid for services that support long-term API keys". SES is not among these, and an SMTP
            # password that were to end here would not end there.
            raise Invalid(NO_AGE.format(SERVICE))
        outside = self._outside
        created = await operations.create_credential(
            self._credentials,
            outside.neighbours.users,
            outside.ids,
            _place(caller),
            request.user_name,
            outside.clock.now(),
        )
        return OneResponse(service_specific_credential=_shown(created, created.password))

    async def _list(self, caller: Caller, request: ListRequest) -> ListResponse:
        if request.service_name is not None:
            _check_service(request.service_name)
        if request.all_users and request.user_name is not None:
            raise Invalid(ONE_OR_ALL)
        user = None if request.all_users else request.user_name or await self._calling_user(caller)
        position = _position(request.marker, caller.account)
        users = self._outside.neighbours.users
        found = await operations.credentials_of(self._credentials, users, _place(caller), user)
        rest = [credential for credential in found if credential.service_user > position]
        page = rest[: request.max_items or PAGE]
        is_truncated = len(page) < len(rest)
        return ListResponse(
            service_specific_credentials=[_shown(credential) for credential in page],
            is_truncated=is_truncated,
            marker=_marker(page[-1]) if is_truncated else None,
        )

    async def _calling_user(self, caller: Caller) -> str:
        """The user of the access key that signed. The twelve digits of an account are no key: that is its root."""
        key = await self._credentials.keys.get(caller.access_key)
        if key is None or key.account != caller.account or not key.user:
            raise Invalid(NO_CALLER)
        return key.user

    async def _update(self, caller: Caller, request: UpdateRequest) -> NoResponse:
        credential = await self._chosen(caller, request)
        await operations.set_status(self._credentials, credential, request.status, self._outside.clock.now())
        return NoResponse()

    async def _delete(self, caller: Caller, request: ChosenRequest) -> NoResponse:
        await self._credentials.remove(await self._chosen(caller, request))
        return NoResponse()

    async def _reset(self, caller: Caller, request: ChosenRequest) -> OneResponse:
        credential = await self._chosen(caller, request)
        now = self._outside.clock.now()
        renewed = await operations.reset_password(self._credentials, self._outside.ids, credential, now)
        return OneResponse(service_specific_credential=_shown(renewed, renewed.password))

    async def _chosen(self, caller: Caller, request: UpdateRequest | ChosenRequest) -> ServiceCredential:
        id_ = request.service_specific_credential_id
        return await operations.credential_named(self._credentials, caller.account, id_, request.user_name)

    async def _held_by(self, place: Place, user: str) -> str | None:
        """Why a user cannot be deleted. Keys that only we remember are no reason, since no list shows them."""
        users = self._outside.neighbours.users
        if await self._credentials.keys_of(place.account, user) and await users.has_keys(place, user):
            return KEYS_IN_USE
        credentials = await self._credentials.of_account(place.account)
        return IN_USE if any(credential.user == user for credential in credentials) else None


class ServiceNotSupported(Exception):
    """The service has no credentials of this sort."""


_CODES: Final[Mapping[type[Refusal], tuple[str, int]]] = {
    Invalid: ("ValidationError", 400),
    LimitReached: ("LimitExceeded", 409),
    Missing: ("NoSuchEntity", 404),
}
_ELEMENT: Final = re.compile(r"<(AccessKeyId|SecretAccessKey|UserName)>([^<]*)</")


def _told(body: bytes, place: Place) -> AccessKey:
    """The access key in the answer to CreateAccessKey."""
    told = dict(_ELEMENT.findall(body.decode("utf-8", "replace")))
    return AccessKey(
        id=told["AccessKeyId"],
        account=place.account,
        user=told.get("UserName", ""),
        secret=told["SecretAccessKey"],
    )


def _place(caller: Caller) -> Place:
    return Place(caller.account, caller.region)


def _marker(last: ServiceCredential) -> str:
    """Where a page ended, by name: deleting the credential meanwhile moves nothing."""
    return urlsafe_b64encode(last.service_user.encode()).decode()


def _position(marker: str | None, account: str) -> str:
    """The name behind which a list goes on."""
    if marker is None:
        return ""
    try:
        name = urlsafe_b64decode(marker.encode()).decode()
    except ValueError as error:  # binascii.Error and UnicodeError are such
        raise Invalid(BAD_MARKER) from error
    if account_of(name) != account:
        raise Invalid(BAD_MARKER)
    return name


def _check_service(name: str) -> None:
    if name != SERVICE:
        raise ServiceNotSupported(NOT_SUPPORTED.format(name))


def _shown(credential: ServiceCredential, password: str | None = None) -> Shown:
    return Shown(
        create_date=credential.created,
        service_name=SERVICE,
        service_user_name=credential.service_user,
        service_password=password,
        service_specific_credential_id=credential.id,
        user_name=credential.user,
        status=credential.status,
    )


def _fault(code: str, status: int, message: str | None, request_id: str) -> Answer:
    body = query.encode_error(NAMESPACE, code, message, True, request_id, {})
    return Answer(status, body, "text/xml", (("x-amzn-RequestId", request_id),))

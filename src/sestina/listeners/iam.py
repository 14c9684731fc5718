"""The part of IAM that is ours: service-specific credentials for SES, and the memory of access keys.

Users and everything else are the neighbour's. What it answers to CreateAccessKey passes through here, and the pair is
kept, because the secret is told only once and SMTP passwords are derived from it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from sestina.domain.credentials import SERVICE, AccessKey, ServiceCredential, Status
from sestina.domain.refusals import Invalid, LimitReached, Missing, Refusal
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

NOT_SUPPORTED: Final = "{} does not support service specific credentials here."
IN_USE: Final = "Cannot delete entity, must delete service specific credentials first."

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
    credential_age_days: int | None = None


class ListRequest(Shape, frozen=True, kw_only=True):
    """ListServiceSpecificCredentials."""

    user_name: UserName | None = None
    service_name: str | None = None
    all_users: bool | None = None
    marker: str | None = None
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
        self._handlers: Mapping[str, Callable[[Place, Any], Awaitable[Struct]]] = {
            "CreateServiceSpecificCredential": self._create,
            "DeleteServiceSpecificCredential": self._delete,
            "ListServiceSpecificCredentials": self._list,
            "ResetServiceSpecificCredential": self._reset,
            "UpdateServiceSpecificCredential": self._update,
        }

    async def answer(self, form: Mapping[str, str], place: Place) -> Answer | None:
        """The answer to an operation of ours; None for those of the neighbour. Raises `NeighbourError`."""
        name = form.get("Action", "")
        if name == "DeleteUser" and await self._holds_credentials(place, form.get("UserName", "")):
            return _fault("DeleteConflict", 409, IN_USE, self._outside.ids.uuid())
        operation = OPERATIONS.get(name)
        if operation is None:
            return None
        request_id = self._outside.ids.uuid()
        try:
            response = await self._handlers[name](place, query.decode(form, operation.request))
        except Refusal as refusal:
            code, status = _CODES[type(refusal)]
            return _fault(code, status, refusal.message, request_id)
        except ServiceNotSupported as error:
            return _fault("NotSupportedService", 404, str(error), request_id)
        except WireError as error:
            return _fault("ValidationError", 400, error.message, request_id)
        body = query.encode_response(operation, response, request_id, NAMESPACE)
        return Answer(200, body, "text/xml", (("x-amzn-RequestId", request_id),))

    async def read_along(self, form: Mapping[str, str], place: Place, passed: Passed) -> None:
        """Follows what the neighbour did to access keys."""
        now, id_ = self._outside.clock.now(), form.get("AccessKeyId", "")
        if passed.status == 404 and form.get("Action") == "DeleteAccessKey":
            await self._forget(place, id_, form.get("UserName"))
        if passed.status != 200:
            return
        match form.get("Action"):
            case "CreateAccessKey":
                told = dict(_ELEMENT.findall(passed.body.decode("utf-8", "replace")))
                key = AccessKey(
                    id=told["AccessKeyId"],
                    account=place.account,
                    user=told.get("UserName", ""),
                    secret=told["SecretAccessKey"],
                )
                await operations.note_access_key(self._credentials, key, now)
            case "UpdateAccessKey":
                status: Status = "Active" if form.get("Status") == "Active" else "Inactive"
                await operations.note_status(self._credentials, id_, status, now)
            case "DeleteAccessKey":
                await self._credentials.keys.remove(id_)

    async def _forget(self, place: Place, id_: str, user: str | None) -> None:
        """Drops a key that only we remember: the embedded IAM forgets in a restart, and it must not log in for ever."""
        key = await self._credentials.keys.get(id_)
        if key is not None and key.account == place.account and user in (None, key.user):
            await self._credentials.keys.remove(id_)

    async def _create(self, place: Place, request: CreateRequest) -> OneResponse:
        _check_service(request.service_name)
        outside = self._outside
        created = await operations.create_credential(
            self._credentials, outside.neighbours.users, outside.ids, place, request.user_name, outside.clock.now()
        )
        return OneResponse(service_specific_credential=_shown(created, created.password))

    async def _list(self, place: Place, request: ListRequest) -> ListResponse:
        if request.service_name is not None:
            _check_service(request.service_name)
        users = self._outside.neighbours.users
        found = await operations.credentials_of(self._credentials, users, place, request.user_name)
        start = next((n for n, one in enumerate(found) if one.id == request.marker), 0) if request.marker else 0
        end = start + (request.max_items or 100)
        return ListResponse(
            service_specific_credentials=[_shown(credential) for credential in found[start:end]],
            is_truncated=end < len(found),
            marker=found[end].id if end < len(found) else None,
        )

    async def _update(self, place: Place, request: UpdateRequest) -> NoResponse:
        credential = await self._chosen(place, request)
        await operations.set_status(self._credentials, credential, request.status, self._outside.clock.now())
        return NoResponse()

    async def _delete(self, place: Place, request: ChosenRequest) -> NoResponse:
        await self._credentials.remove(await self._chosen(place, request))
        return NoResponse()

    async def _reset(self, place: Place, request: ChosenRequest) -> OneResponse:
        credential = await self._chosen(place, request)
        now = self._outside.clock.now()
        renewed = await operations.reset_password(self._credentials, self._outside.ids, credential, now)
        return OneResponse(service_specific_credential=_shown(renewed, renewed.password))

    async def _chosen(self, place: Place, request: UpdateRequest | ChosenRequest) -> ServiceCredential:
        id_ = request.service_specific_credential_id
        return await operations.credential_named(self._credentials, place.account, id_, request.user_name)

    async def _holds_credentials(self, place: Place, user: str) -> bool:
        return any(credential.user == user for credential in await self._credentials.of_account(place.account))


class ServiceNotSupported(Exception):
    """The service has no credentials of this sort."""


_CODES: Final[Mapping[type[Refusal], tuple[str, int]]] = {
    Invalid: ("ValidationError", 400),
    LimitReached: ("LimitExceeded", 409),
    Missing: ("NoSuchEntity", 404),
}
_ELEMENT: Final = re.compile(r"<(AccessKeyId|SecretAccessKey|UserName)>([^<]*)</")


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

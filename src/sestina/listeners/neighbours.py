"""The door to the neighbours: requests for other AWS services, handed on, and their answers handed back."""

import asyncio
from collections.abc import Iterable
from typing import Final

from msgspec import structs

from sestina.listeners.caller import Caller
from sestina.listeners.http_messages import Answer, Request
from sestina.listeners.iam import IamDoor
from sestina.listeners.neighbour_faults import fault
from sestina.listeners.neighbour_services import Meant, meant_by
from sestina.ports.gateway import Gateway, Passed, Passing
from sestina.ports.neighbours import NeighbourError, Place
from sestina.protocols.aws import query
from sestina.protocols.aws.errors import Malformed

UNKNOWN: Final = "This is not a request that sestina, or an AWS service beside it, can be meant by."
NO_BUCKET: Final = "The specified bucket does not exist"
UNSUPPORTED: Final = "{} is not an operation of SES that this version of sestina performs."

# What moto answers beside AWS: its own controls, and the metadata of a machine.
_CLOSED: Final = ("/moto-api", "/latest/meta-data/", "/latest/api/")


class NeighbourDoor:
    """Called by the front for everything that is neither SES nor ours."""

    def __init__(self, gateway: Gateway, iam: IamDoor, hosts: Iterable[str] = ()) -> None:
        self._gateway = gateway
        self._iam = iam
        self._hosts = ("localhost", *(host.lower().lstrip(".") for host in hosts))

    def __call__(self, request: Request, caller: Caller) -> "Answer | asyncio.Task[Answer]":
        """The answer, or the task that gets it: it waits with time limits, which need one."""
        meant = meant_by(request, caller, self._hosts)
        if meant is None or request.path.startswith(_CLOSED):
            return _unknown(request, caller)
        if meant.service == "s3" and not caller.access_key and not self._gateway.is_awake("s3"):
            return fault(request, "s3", 404, "NoSuchBucket", NO_BUCKET)
        return asyncio.get_running_loop().create_task(self._answer(request, caller, meant))

    async def _answer(self, request: Request, caller: Caller, meant: Meant) -> Answer:
        try:
            if meant.service == "iam":
                return await self._answer_iam(request, caller)
            return _answer_of(request, await self._gateway.pass_on(_passing(request, caller, meant)))
        except NeighbourError as error:
            return _failure(request, meant.service, error)

    async def _answer_iam(self, request: Request, caller: Caller) -> Answer:
        place = Place(caller.account, caller.region)
        try:
            form = query.parse_form(request.body if request.method == "POST" else request.query.encode())
        except Malformed:
            return fault(request, "iam", 400, "MalformedInput", "The form cannot be read.")
        own = await self._iam.answer(form, caller)
        if own is not None:
            return own
        passed = await self._gateway.pass_on(_passing(request, caller, Meant("iam")))
        await self._iam.read_along(form, place, passed)
        return _answer_of(request, passed)


def _passing(request: Request, caller: Caller, meant: Meant) -> Passing:
    """The request as the neighbour shall see it: a bucket in the host moves into the path."""
    passing = Passing(
        service=meant.service,
        place=Place(caller.account, caller.region),
        access_key=_access_key(request, caller, meant),
        method=request.method,
        target=request.path + (f"?{request.query}" if request.query else ""),
        fields=tuple(request.fields),
        body=request.body,
    )
    if meant.bucket is None:
        return passing
    fields = [field for field in passing.fields if field[0].lower() != b"host"]
    host = (b"Host", meant.base_host.encode("latin-1"))
    return structs.replace(passing, target=f"/{meant.bucket}{passing.target}", fields=(*fields, host))


def _access_key(request: Request, caller: Caller, meant: Meant) -> str | None:
    """Only S3 tells signed from unsigned requests, and a signature in the query speaks for itself there."""
    if meant.service == "s3" and "authorization" not in request.headers:
        return None
    return caller.access_key or caller.account


def _answer_of(request: Request, passed: Passed) -> Answer:
    kind = next((value for name, value in passed.fields if name.lower() == "content-type"), "")
    headers = tuple(field for field in passed.fields if field[0].lower() != "content-type")
    return Answer(passed.status, passed.body, kind, headers, passed.stream)


def _unknown(request: Request, caller: Caller) -> Answer:
    if caller.service:
        target = request.headers.get("x-amz-target", request.path)
        return fault(request, caller.service, 400, "UnknownOperationException", UNSUPPORTED.format(target))
    is_path = request.path != "/"
    return fault(request, "", 404 if is_path else 400, "UnknownOperationException", UNKNOWN)


def _failure(request: Request, service: str, error: NeighbourError) -> Answer:
    status = _STATUS.get(error.code, 503 if error.retryable else 500)
    return fault(request, service, status, error.code, error.message)


_STATUS: Final = {"InvalidAction": 400, "LoopDetected": 508, "NotImplemented": 501}

"""The two SES APIs on the wire: bytes become a call, the handler's response or refusal becomes bytes."""

from collections.abc import Mapping
from typing import Final

import msgspec

from sestina.api import ses, sesv2
from sestina.domain.faults import Injected
from sestina.domain.instants import Instant
from sestina.domain.refusals import NotBuilt, Refusal
from sestina.listeners.caller import Caller
from sestina.listeners.http_messages import Answer, Request
from sestina.operations.call import Call, Services
from sestina.operations.faults import recipients_of, strike
from sestina.operations.handles import HANDLERS
from sestina.operations.voices import voice_of
from sestina.protocols.aws import query, rest_json
from sestina.protocols.aws.errors import Malformed, Violated, WireError
from sestina.protocols.aws.operation import Operation
from sestina.protocols.aws.routes import Router
from sestina.storage.region import RefusedCall, Region

XML: Final = "text/xml"
JSON: Final = "application/json"
NOT_BUILT: Final = "{} is an operation of SES that this version of sestina does not perform yet."

V1: Final = {operation.name: operation for operation in ses.OPERATIONS}
V2: Final = Router(sesv2.OPERATIONS)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """An error on its way to the wire."""

    code: str
    status: int
    message: str | None
    details: Mapping[str, str] = {}


class SesDoors:
    """Answers requests of both APIs."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._request_id = services.outside.ids.serial
        self._now = services.outside.clock.now

    async def v2(self, request: Request, caller: Caller) -> Answer:
        """A REST-JSON request under `/v2/email`."""
        request_id = self._request_id()
        match = V2.match(request.method, request.path)
        if match is None:
            message = f"{request.method} {request.path} is not an operation of SES v2."
            return _v2_fault(Fault(code="UnknownOperationException", status=404, message=message), request_id)
        operation, now = match.operation, self._now()
        region = await self._region(caller, now)
        try:
            decoded = rest_json.decode(operation, match.labels, request.query, request.body)
            response = await self._perform(operation, decoded, caller, region, now, request_id, request.peer)
        except Refusal as refusal:
            voice = voice_of(refusal)
            fault = Fault(code=voice.v2, status=voice.v2_status, message=refusal.message)
        except Injected as ordered:
            fault = _ordered(ordered, "InternalServiceErrorException")
        except WireError as error:
            fault = Fault(code=_V2_WIRE[type(error)], status=400, message=error.message)
        else:
            return Answer(
                200, rest_json.encode_response(operation, response), JSON, (("x-amzn-RequestId", request_id),)
            )
        _remember(region, now, operation.name, fault)
        return _v2_fault(fault, request_id)

    async def v1(self, request: Request, caller: Caller) -> Answer:
        """A Query request: a form in the body of a POST, or the query string of a GET."""
        request_id = self._request_id()
        now = self._now()
        region = await self._region(caller, now)
        name = ""
        try:
            form = query.parse_form(request.body if request.method == "POST" else request.query.encode())
            name = form.get("Action", "")
            operation = V1.get(name)
            if operation is None:
                return _v1_fault(_unknown_action(name, form.get("Version")), request_id)
            decoded = query.decode(form, operation.request)
            response = await self._perform(operation, decoded, caller, region, now, request_id, request.peer)
        except Refusal as refusal:
            voice = voice_of(refusal)
            status = 403 if voice.v1 == "AccessDenied" else 400
            fault = Fault(code=voice.v1, status=status, message=refusal.message, details=refusal.details)
        except Injected as ordered:
            fault = _ordered(ordered, "InternalFailure")
        except WireError as error:
            fault = Fault(code=_V1_WIRE[type(error)], status=400, message=error.message)
        else:
            body = query.encode_response(operation, response, request_id, ses.XML_NAMESPACE)
            return Answer(200, body, XML, (("x-amzn-RequestId", request_id),))
        _remember(region, now, name, fault)
        return _v1_fault(fault, request_id)

    async def _region(self, caller: Caller, now: Instant) -> Region:
        regions = self._services.regions
        return regions.opened(caller.account, caller.region) or await regions.get(caller.account, caller.region, now)

    async def _perform(
        self,
        operation: Operation,
        decoded: msgspec.Struct,
        caller: Caller,
        region: Region,
        now: Instant,
        request_id: str,
        peer: str,
    ) -> msgspec.Struct:
        if region.faults.rules:
            await strike(region, operation.name, recipients_of(decoded), self._services.outside)
        handler = HANDLERS.get((operation.service, operation.name))
        if handler is None:
            raise NotBuilt(NOT_BUILT.format(operation.name))
        call = Call(
            operation=operation.name,
            region=region,
            now=now,
            request_id=request_id,
            caller=caller.principal,
            source_ip=peer,
            services=self._services,
        )
        return await handler(call, decoded)


def _ordered(fault: Injected, code: str) -> Fault:
    """The error that a rule asked for; `code` is that of a failure without a name."""
    usual = "ServiceUnavailable" if fault.status == 503 else code
    return Fault(code=fault.code or usual, status=fault.status, message=fault.message)


_V1_WIRE: Final[dict[type[WireError], str]] = {Malformed: "MalformedInput", Violated: "ValidationError"}
_V2_WIRE: Final[dict[type[WireError], str]] = {Malformed: "SerializationException", Violated: "BadRequestException"}


def unsupported(service: str, request_id: str) -> Answer:
    """The answer to a request that is meant for another AWS service."""
    message = f"sestina does not answer for the service '{service or 'unknown'}' here."
    return _v1_fault(Fault(code="InvalidAction", status=400, message=message), request_id)


def internal_failure(request: Request, request_id: str) -> Answer:
    """The answer when a bug of ours came between; nothing of it shows."""
    fault = Fault(code="InternalFailure", status=500, message="An internal failure has occurred.")
    if request.path.startswith("/v2/"):
        return _v2_fault(msgspec.structs.replace(fault, code="InternalServiceErrorException"), request_id)
    return _v1_fault(fault, request_id)


def _unknown_action(name: str, version: str | None) -> Fault:
    if not name:
        return Fault(code="MissingAction", status=400, message="The request must contain the parameter Action.")
    message = f"Could not find operation {name} for version {version or ses.API_VERSION}"
    return Fault(code="InvalidAction", status=400, message=message)


def _v2_fault(fault: Fault, request_id: str) -> Answer:
    body = rest_json.encode_error(fault.message, capital=fault.code == "AccessDeniedException")
    return Answer(fault.status, body, JSON, (("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", fault.code)))


def _v1_fault(fault: Fault, request_id: str) -> Answer:
    body = query.encode_error(
        ses.XML_NAMESPACE, fault.code, fault.message, fault.status < 500, request_id, _members(fault)
    )
    return Answer(fault.status, body, XML, (("x-amzn-RequestId", request_id),))


_V1_MEMBERS: Final = {shape.code: frozenset(shape.members) for shape in ses.ERRORS.values()}


def _members(fault: Fault) -> Mapping[str, str]:
    """The details that the model lets this error carry."""
    known = _V1_MEMBERS.get(fault.code, frozenset())
    return {name: value for name, value in fault.details.items() if name in known}


def _remember(region: Region, now: Instant, operation: str, fault: Fault) -> None:
    region.refused.append(RefusedCall(at=now, operation=operation, code=fault.code, message=fault.message))

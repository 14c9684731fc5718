"""The front of the one HTTP port: decides which door a request is for (sending.md 1.1)."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from sestina.listeners.caller import Caller, caller_of
from sestina.listeners.http_messages import Answer, Request
from sestina.listeners.neighbour_services import OURS
from sestina.listeners.ses import SesDoors, unsupported
from sestina.protocols.aws.sigv4 import parse_scope

Door = Callable[[Request], Answer | Awaitable[Answer]]
Neighbour = Callable[[Request, Caller], Answer | Awaitable[Answer]]

V2_PREFIX: Final = "/v2/email"
SES_VERSION: Final = "2010-12-01"


class Front:
    """Routes by path for our own endpoints, then by scope service, target, path and version for AWS."""

    def __init__(
        self, doors: SesDoors, inspection: Mapping[str, Door], neighbours: Neighbour | None, default_region: str
    ) -> None:
        self._doors = doors
        self._inspection = inspection
        self._neighbours = neighbours
        self._default_region = default_region

    def __call__(self, request: Request) -> Answer | Awaitable[Answer]:
        """The answer, or a coroutine that makes it."""
        path = request.path
        if path.startswith(V2_PREFIX):
            return self._doors.v2(request, caller_of(request, self._default_region))
        if path != "/" or request.method not in ("POST", "GET"):
            door = self._own_door(path)
            if door is not None and not _is_for_neighbour(request):
                return door(request)
        return self._by_service(request)

    def _own_door(self, path: str) -> Door | None:
        first = path.split("/", 2)[1] if path.startswith("/") else ""
        return self._inspection.get(first)

    def _by_service(self, request: Request) -> Answer | Awaitable[Answer]:
        caller = caller_of(request, self._default_region)
        if self._is_ses(request, caller):
            return self._doors.v1(request, caller)
        if self._neighbours is not None:
            return self._neighbours(request, caller)
        return unsupported(caller.service, "")

    def _is_ses(self, request: Request, caller: Caller) -> bool:
        if caller.service:
            return caller.service in OURS and "x-amz-target" not in request.headers
        if "x-amz-target" in request.headers or request.path != "/":
            return False
        parameters = request.query if request.method == "GET" else request.body[:65_536].decode("latin-1")
        if "Version=" in parameters:
            return f"Version={SES_VERSION}" in parameters
        return "Action=" in parameters or not parameters


def _is_for_neighbour(request: Request) -> bool:
    """Whether it is signed for another service: a bucket may have the name of one of our doors."""
    scope = parse_scope(request.headers.get("authorization"), request.query)
    return scope is not None and scope.service not in OURS

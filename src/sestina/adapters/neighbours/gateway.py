"""The gateway: whole requests of our users handed on to the embedded neighbours or to a configured endpoint."""

import re
import secrets
from collections.abc import AsyncIterator
from typing import Final

from sestina.adapters.neighbours.alarm_watch import AlarmWatch
from sestina.adapters.neighbours.child import ALARMS, FAILURE, NOW
from sestina.adapters.neighbours.client import Endpoint, HttpClient, Reply, Sending
from sestina.adapters.neighbours.metrics import CloudWatchMetrics
from sestina.adapters.neighbours.targets import ACCOUNT, Target, Targets, believed
from sestina.adapters.neighbours.wire import Unreachable
from sestina.ports.clock import Clock
from sestina.ports.gateway import Passed, Passing
from sestina.ports.neighbours import NeighbourError
from sestina.protocols.aws.sigv4 import SignedRequest

SECONDS: Final = 900.0  # as long as a Lambda function may run
LARGEST_WHOLE: Final = 64 * 1024 * 1024  # octets of an answer kept in memory, so that its length can be told
FLASK_DEFAULT: Final = "text/html; charset=utf-8"  # the type it names even for nothing
FORM: Final = b"application/x-www-form-urlencoded"
PASSED_BY: Final = b"x-sestina-passed-by"  # a chain of servers is fine, a ring is not
REAL: Final = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")  # hosts that check signatures

# What concerns one connection only (RFC 9110 §7.6.1), or is written anew.
_NOT_PASSED: Final = frozenset(
    (
        *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"),
        *(b"content-length", b"expect", ACCOUNT, NOW.encode(), ALARMS.encode()),
    )
)
_NOT_RETURNED: Final = frozenset(
    ("connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", FAILURE, "server")
)
_ALARM_OPERATION: Final = re.compile(rb"\b(?:Put|Set|Delete|Describe|Enable|Disable)\w*Alarm")
# Signed anew for a host that checks; these belong to the signature of the user.
_SIGNATURE: Final = frozenset((b"authorization", b"x-amz-date", b"x-amz-security-token", b"host", b"user-agent"))


class NeighbourGateway:
    """The port `Gateway`."""

    def __init__(
        self,
        targets: Targets,
        client: HttpClient,
        metrics: CloudWatchMetrics,
        alarms: AlarmWatch,
        clock: Clock,
        largest_whole: int = LARGEST_WHOLE,
    ) -> None:
        self._largest_whole = largest_whole
        self._targets = targets
        self._client = client
        self._metrics = metrics
        self._alarms = alarms
        self._clock = clock
        self._own_mark = secrets.token_hex(8).encode()

    def is_awake(self, service: str) -> bool:
        """Whether there can be anything."""
        return self._targets.is_awake(service)

    async def pass_on(self, passing: Passing) -> Passed:
        """The answer of the neighbour. Raises `NeighbourError`."""
        if any(name.lower() == PASSED_BY and value == self._own_mark for name, value in passing.fields):
            raise NeighbourError("LoopDetected", f"The endpoint of {passing.service} leads back here.", retryable=False)
        target = await self._targets.of(passing.service)
        if passing.service != "monitoring":
            return await self._pass_to(target, passing)
        if not target.is_embedded or not is_about_alarms(passing):
            await self._metrics.bring(passing.place)
            return await self._pass_to(target, passing)
        if self._alarms.watches(passing.place):
            await self._alarms.look(passing.place)
        passed = await self._pass_to(target, passing)
        await self._alarms.look(passing.place)
        return passed

    async def _pass_to(self, target: Target, passing: Passing) -> Passed:
        request = Sending(passing.method, passing.target, self._fields(target, passing), passing.body)
        try:
            reply = await self._client.send(target.endpoint, request, SECONDS)
            return await _passed(reply, self._largest_whole)
        except Unreachable as error:
            raise NeighbourError("ServiceUnavailable", f"{passing.service}: {error}", retryable=True) from error

    def _fields(self, target: Target, passing: Passing) -> list[tuple[bytes, bytes]]:
        kept = [field for field in passing.fields if field[0].lower() not in _NOT_PASSED]
        if target.is_embedded:
            if passing.service == "monitoring":
                kept.append((NOW.encode(), b"%d" % self._clock.now()))
            return _for_embedded(kept, passing)
        kept.append((PASSED_BY, self._own_mark))
        if passing.access_key is not None and _checks(target.endpoint):
            return self._signed(target, kept, passing)
        return [field for field in kept if field[0].lower() != b"host"]

    def _signed(self, target: Target, fields: list[tuple[bytes, bytes]], passing: Passing) -> list[tuple[bytes, bytes]]:
        path, _, query = passing.target.partition("?")
        headers = {name.decode("latin-1").lower(): value.decode("latin-1").strip() for name, value in fields}
        headers = {name: value for name, value in headers.items() if name.encode() not in _SIGNATURE}
        request = SignedRequest(
            method=passing.method, path=target.endpoint.path + path, query=query, headers=headers, body=passing.body
        )
        return self._targets.authorised(target, passing.service, passing.place, request)


def _for_embedded(fields: list[tuple[bytes, bytes]], passing: Passing) -> list[tuple[bytes, bytes]]:
    """moto reads the region from the User-Agent of old SDKs before it looks at the signature, so that goes too."""
    fields = [field for field in fields if field[0].lower() not in (b"authorization", b"user-agent")]
    if passing.service == "s3":  # a form would be parsed and its body lost; curl and others call any body a form
        fields = [field for field in fields if not field[1].lower().startswith(FORM)]
    claim = believed(passing.service, passing.place, passing.access_key or "")
    return fields + (claim if passing.access_key is not None else claim[1:])


def is_about_alarms(passing: Passing) -> bool:
    """Whether a request for CloudWatch names an operation on alarms, in any of its protocols."""
    names = [value for name, value in passing.fields if name.lower() == b"x-amz-target"]
    form = passing.body if FORM in dict(_lowered(passing)).get(b"content-type", b"") else b""
    return any(_ALARM_OPERATION.search(text) for text in (*names, passing.target.encode(), form))


def _lowered(passing: Passing) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in passing.fields]


def _checks(endpoint: Endpoint) -> bool:
    return endpoint.host.endswith(REAL)


async def _passed(reply: Reply, largest_whole: int) -> Passed:
    told = {name.lower(): value for name, value in reply.fields}
    if FAILURE in told:
        body = await reply.read()
        raise NeighbourError(told[FAILURE], body.decode("utf-8", "replace"), retryable=False)
    fields = tuple(field for field in reply.fields if field[0].lower() not in _NOT_RETURNED)
    if reply.length == 0:
        fields = tuple(field for field in fields if field[1] != FLASK_DEFAULT)
    if reply.length is not None and reply.length > largest_whole:
        return Passed(status=reply.status, fields=fields, stream=_closing(reply))
    return Passed(status=reply.status, fields=fields, body=await reply.read())


async def _closing(reply: Reply) -> AsyncIterator[bytes]:
    try:
        async for piece in reply.pieces():
            yield piece
    finally:
        reply.close()

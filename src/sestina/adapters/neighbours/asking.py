"""Asking a neighbour: one AWS request of ours and its answer, or the error it tells, in any of the AWS protocols."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from sestina.adapters.neighbours.client import HttpClient, Sending
from sestina.adapters.neighbours.targets import Targets
from sestina.adapters.neighbours.wire import Unreachable
from sestina.ports.neighbours import NeighbourError, Place
from sestina.protocols.aws.sigv4 import SignedRequest

SECONDS: Final = 30.0
FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"

_CODE: Final = re.compile(r"<Code>([^<]*)</Code>")
_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")
_BUSY: Final = ("Throttl", "SlowDown", "ServiceUnavailable", "ProvisionedThroughputExceeded", "TooManyRequests")


class Said(msgspec.Struct, frozen=True):
    """A successful answer."""

    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes

    def element(self, name: str) -> str:
        """The text of the first XML element of this name, or nothing."""
        found = re.search(rf"<{name}>([^<]*)</{name}>".encode(), self.body)
        return _unescaped(found[1].decode()) if found else ""

    def member(self, name: str) -> Any:  # whatever JSON the service put there
        """The JSON member of this name, or None."""
        return msgspec.json.decode(self.body or b"{}").get(name)


class Asker:
    """Sends what the ports ask for."""

    def __init__(self, targets: Targets, client: HttpClient) -> None:
        self.targets = targets
        self._client = client

    async def ask_query(self, service: str, place: Place, version: str, action: str, form: Mapping[str, str]) -> Said:
        """A request of the Query protocol. Raises `NeighbourError`."""
        body = urlencode({"Action": action, "Version": version, **form}).encode()
        return await self.ask(service, place, "POST", "/", {"content-type": FORM}, body)

    async def ask_json(self, service: str, place: Place, target: str, content: object) -> Said:
        """A request of the JSON 1.1 protocol. Raises `NeighbourError`."""
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": target}
        return await self.ask(service, place, "POST", "/", headers, msgspec.json.encode(content))

    async def ask(
        self, service: str, place: Place, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Said:
        """Any request; the path is encoded already. Raises `NeighbourError`."""
        target = await self.targets.of(service)
        request = SignedRequest(method=method, path=target.endpoint.path + path, query="", headers=headers, body=body)
        fields = self.targets.authorised(target, service, place, request)
        try:
            reply = await self._client.send(target.endpoint, Sending(method, path, fields, body), SECONDS)
            content = await reply.read()
        except Unreachable as error:
            raise NeighbourError("ServiceUnavailable", f"{service}: {error}", retryable=True) from error
        told = {name.lower(): value for name, value in reply.fields}
        if reply.status < 300:
            return Said(told, content)
        raise refusal_of(reply.status, told, content)


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> NeighbourError:
    """The error in an answer that is one."""
    code, message = _named(headers, body)
    code = code or ("NotFound" if status == 404 else f"HTTP{status}")
    is_retryable = status >= 500 or status == 429 or code.startswith(_BUSY)
    return NeighbourError(code, message or f"HTTP status {status}", retryable=is_retryable)


def _named(headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    text = body.decode("utf-8", "replace")
    if text.lstrip().startswith("<"):
        code, message = _CODE.search(text), _MESSAGE.search(text)
        return code[1] if code else "", _unescaped(message[1]) if message else ""
    try:
        told = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError:
        return "", ""
    if not isinstance(told, dict):
        return "", ""
    code_told = headers.get("x-amzn-errortype") or told.get("__type") or told.get("code") or ""
    return str(code_told).rpartition("#")[2].partition(":")[0], str(told.get("message") or told.get("Message") or "")


def _unescaped(text: str) -> str:
    for reference, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(reference, character)
    return text

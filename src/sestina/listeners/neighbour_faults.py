"""Errors of ours in the form that the SDK of another AWS service expects, whatever protocol it speaks."""

from typing import Final
from uuid import uuid4

import msgspec

from sestina.listeners.http_messages import Answer, Request
from sestina.protocols.aws import query
from sestina.protocols.aws.xml import escape

NAMESPACE: Final = "http://webservices.amazon.com/AWSFault/2005-15-09"
CBOR: Final = "rpc-v2-cbor"


def fault(request: Request, service: str, status: int, code: str, message: str) -> Answer:
    """An error answer to a request for a service (its signing name; empty if it is not known)."""
    request_id = str(uuid4())
    headers = (("x-amzn-RequestId", request_id),)
    if request.headers.get("smithy-protocol") == CBOR:
        body = _cbor({"__type": code, "message": message})
        return Answer(status, body, "application/cbor", (("smithy-protocol", CBOR), *headers))
    if service == "s3":
        text = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()
        return Answer(status, body, "application/xml", (("x-amz-request-id", request_id),))
    if "x-amz-target" in request.headers:
        kind = request.headers.get("content-type", "application/x-amz-json-1.1")
        return Answer(status, msgspec.json.encode({"__type": code, "message": message}), kind, headers)
    if request.path != "/":
        body = msgspec.json.encode({"message": message})
        return Answer(status, body, "application/json", (*headers, ("x-amzn-ErrorType", code)))
    body = query.encode_error(NAMESPACE, code, message, status < 500, request_id, {})
    return Answer(status, body, "text/xml", headers)


def _cbor(texts: dict[str, str]) -> bytes:
    """A map of short texts (RFC 8949 §3.1)."""
    body = bytes([0xA0 | len(texts)])
    for pair in texts.items():
        for text in pair:
            octets = text.encode()
            body += b"\x79" + len(octets).to_bytes(2, "big") + octets
    return body

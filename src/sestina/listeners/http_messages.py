"""HTTP messages: what a handler receives, what it answers, and how an answer looks on the wire."""

from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct

from sestina.protocols.aws import query

CLOSE: Final = "Connection: close\r\n"
KEEP: Final = "Connection: keep-alive\r\n"  # said to HTTP/1.0 only; 1.1 keeps by itself (RFC 9112 §9.3)


class Request(Struct, gc=False):
    """One request, complete. Positional and outside of the garbage collector: one is made on the hottest path."""

    method: str
    target: str
    path: str
    query: str
    headers: dict[str, str]
    fields: list[tuple[bytes, bytes]]
    body: bytes
    peer: str
    version: str = "1.1"

    def values(self, name: str) -> list[str]:
        """Every value of a header field, in the order sent (`headers` holds the first ones)."""
        wanted = name.lower().encode("latin-1")
        return [value.strip().decode("latin-1") for field, value in self.fields if field.lower() == wanted]


class Answer(Struct, frozen=True):
    """What goes back. The listener frames it: Content-Length, Transfer-Encoding and Connection in `headers` are
    dropped, but for the Content-Length of an answer to HEAD without a body."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    stream: AsyncIterator[bytes] | None = None


Handler = Callable[[Request], Answer | Awaitable[Answer]]


class Limits(Struct, frozen=True, kw_only=True):
    """How much of anything one peer may use; times are in seconds."""

    max_body: int = 64 * 1024 * 1024
    max_header_bytes: int = 64 * 1024
    max_headers: int = 128
    max_connections: int = 10_000
    header_timeout: float = 20.0
    body_timeout: float = 30.0  # to be met at once; every `min_body_rate` bytes received buy one second more
    min_body_rate: int = 4096
    idle_timeout: float = 75.0
    linger_timeout: float = 2.0


class HttpError(Exception):
    """A request that gets no further than HTTP. A handler may raise it too."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    def answer(self) -> Answer:
        """The refusal in the form SDKs show to people."""
        return Answer(self.status, msgspec.json.encode({"message": self.message}))


# AWS, "Common Error Types": what a request is refused with before any service has seen it.
_CODES: Final = {
    403: "AccessDeniedException",
    408: "RequestTimeoutException",
    413: "RequestEntityTooLargeException",
    503: "ServiceUnavailable",
}
_MALFORMED: Final = "MalformedHttpRequestException"
_FAULTS: Final = "http://webservices.amazon.com/AWSFault/2005-15-09"


def refusal(error: HttpError, *, as_xml: bool) -> Answer:
    """An error of HTTP as an SDK understands it. XML is for Query clients: they take nothing else for an answer."""
    code, request_id = _CODES.get(error.status, _MALFORMED), str(uuid4())
    headers = (("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", code))
    if not as_xml:
        return Answer(error.status, msgspec.json.encode({"message": error.message}), headers=headers)
    body = query.encode_error(_FAULTS, code, error.message, error.status < 500, request_id, {})
    return Answer(error.status, body, "text/xml", headers)


# The sentence AWS gives for the common error InternalFailure ("Common Error Types", SES API reference).
INTERNAL_FAILURE: Final = Answer(
    500,
    b'{"__type":"InternalFailure","message":"The request processing has failed because of an unknown error, '
    b'exception or failure."}',
    headers=(("x-amzn-ErrorType", "InternalFailure"),),
)

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

BODILESS: Final = frozenset({204, 304})
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection", "keep-alive"})
_TOKEN: Final = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")  # RFC 9110 §5.6.2, in lower case
_CACHED: Final = 1024  # entries; neighbours answer with names and types of their users' choice

_starts: Final[dict[tuple[int, str], str]] = {}
_names: Final[dict[str, str]] = {}


def render(answer: Answer, connection: str) -> bytes:
    """Head and body in one piece; `connection` is the Connection line, or nothing."""
    body = answer.body
    start = _starts.get((answer.status, answer.content_type)) or _start(answer.status, answer.content_type)
    lines = _lines(answer.headers) if answer.headers else ""
    return f"{start}Content-Length: {len(body)}\r\n{lines}{connection}\r\n".encode("latin-1") + body


def render_bodiless(answer: Answer, connection: str, *, to_head: bool) -> bytes:
    """The answer to HEAD, or one whose status allows no body (RFC 9110 §6.4.1)."""
    length = ""
    if to_head and answer.status not in BODILESS and answer.stream is None:
        told = [value for name, value in answer.headers if name.lower() == "content-length"]
        length = f"Content-Length: {int(told[0]) if told and not answer.body else len(answer.body)}\r\n"
    return f"{_start(answer.status, answer.content_type)}{length}{_lines(answer.headers)}{connection}\r\n".encode(
        "latin-1"
    )


def render_stream_head(answer: Answer, connection: str, *, chunked: bool) -> bytes:
    """The head of a streamed answer: in chunks, or to HTTP/1.0 until the connection closes."""
    framing = "Transfer-Encoding: chunked\r\n" if chunked else ""
    return f"{_start(answer.status, answer.content_type)}{framing}{_lines(answer.headers)}{connection}\r\n".encode(
        "latin-1"
    )


def _start(status: int, content_type: str) -> str:
    if not 200 <= status <= 599:
        raise ValueError(f"not the status of a final answer: {status}")
    if not content_type.isprintable():
        raise ValueError(f"a content type with control characters: {content_type!r}")
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    start = f"HTTP/1.1 {status:d} {phrase}\r\n"
    if content_type and status not in BODILESS:
        start += f"Content-Type: {content_type}\r\n"
    if len(_starts) < _CACHED:
        _starts[status, content_type] = start
    return start


def _lines(headers: tuple[tuple[str, str], ...]) -> str:
    lines = ""
    for name, value in headers:
        prefix = _names.get(name)
        if prefix is None:
            prefix = _prefix(name)
        if not value.isprintable() and not value.replace("\t", "").isprintable():  # RFC 9110 §5.5
            raise ValueError(f"a header value with control characters: {name}: {value!r}")
        if prefix:
            lines += f"{prefix}{value}\r\n"
    return lines


def _prefix(name: str) -> str:
    lowered = name.lower()
    if not lowered or not _TOKEN.issuperset(lowered):
        raise ValueError(f"not a header name: {name!r}")
    prefix = "" if lowered in _FRAMING else f"{name}: "
    if len(_names) < _CACHED:
        _names[name] = prefix
    return prefix

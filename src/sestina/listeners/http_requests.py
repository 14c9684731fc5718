"""HTTP requests: the bytes of one connection, read into whole requests, without I/O.

llhttp (through httptools) judges the syntax and the framing, strictly; here is what it leaves open: sizes, hosts,
codings and expectations. Called for every request, so it does for the plain ones only what they need, and everything
rare is behind one test (`_examine`).
"""

import re
from io import BytesIO
from typing import Final, Protocol

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from sestina.listeners.http_hosts import AllowedHost, host_name
from sestina.listeners.http_messages import CLOSE, KEEP, HttpError, Limits, Request

IDLE: Final = 0  # between two requests; false, so that the hot path tests truth
HEAD: Final = 1
BODY: Final = 2

_FROM_BROWSER: Final = ("origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "sec-fetch-user")
_RARE: Final = frozenset({"transfer-encoding", "expect", "upgrade", *_FROM_BROWSER})
_SINGLE: Final = ("host", "content-type", "authorization")  # RFC 9110 §5.3: no lists, so never repeated
_REQUEST_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} [^ \r\n]+ HTTP/\d\.\d\r\n")
_OVERHEAD: Final = 16  # bytes on the wire granted for each byte of a chunked body


class Receiver(Protocol):
    """Who gets the requests."""

    def on_request(self, request: Request, connection: str) -> None:
        """A whole request; `connection` is the Connection line of its answer."""

    def on_expectation(self) -> None:
        """The client waits for 100 Continue before it sends the body."""


class _Names(dict[bytes, str]):
    """Header names as sent, in lower case; the usual ones are converted once in a process."""

    def __missing__(self, name: bytes) -> str:
        lowered = name.decode("latin-1").lower()
        if len(self) < 1024:
            self[name] = lowered
        return lowered


class _Methods(dict[bytes, str]):
    def __missing__(self, method: bytes) -> str:
        self[method] = method.decode("ascii")  # llhttp knows about fifty
        return self[method]


_names: Final = _Names()
_methods: Final = _Methods()


class RequestReader:
    """Reads what one peer sends. `serial` counts its requests and `phase` says where in one we are."""

    __slots__ = (
        "_allowed_host",
        "_body",
        "_chunked",
        "_connection",
        "_earlier",
        "_fields",
        "_headers",
        "_length",
        "_limits",
        "_now",
        "_parser",
        "_path",
        "_peer",
        "_query",
        "_receiver",
        "_seen",
        "_sent",
        "_spare",
        "_store",
        "_target",
        "_upgrade",
        "_url",
        "_version",
        "phase",
        "serial",
        "to_head",
    )

    _fields: list[tuple[bytes, bytes]]
    _store: BytesIO | None

    def __init__(self, receiver: Receiver, limits: Limits, peer: str, allowed_host: AllowedHost) -> None:
        self._receiver = receiver
        self._limits = limits
        self._peer = peer
        self._allowed_host = allowed_host
        self._parser = HttpRequestParser(self)
        self.serial = 0
        self._now = self._spare = 0
        self._sent: list[tuple[bytes, bytes]] = []
        self._headers: dict[str, str] = {}
        self._target = self._path = self._query = self._connection = ""
        self.on_message_begin()
        self.phase = IDLE

    def feed(self, data: bytes) -> None:
        """Takes what has arrived; whole requests go to the receiver. Raises HttpError, after which nothing follows."""
        self._now = len(data)
        before = self.serial
        offset = 0
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            offset = upgrade.args[0]
        except HttpParserError as error:
            raise _explained(error, data if before == self.serial else b"") from error.__context__
        if offset:
            self._decline_upgrades(data, offset)
        if self.phase:
            self._count_pending()

    @property
    def speaks_query(self) -> bool:
        """Whether the last head read was one of AWS's Query protocol."""
        return self._path == "/" and "x-amz-target" not in self._headers

    @property
    def received(self) -> int:
        """The size of the body so far."""
        return self._store.tell() if self._store else len(self._body)

    @property
    def begun(self) -> bytes:
        """The body so far."""
        return self._store.getvalue() if self._store else self._body

    @property
    def missing(self) -> int:
        """How much of a body of known length has not come yet."""
        return self._length - self.received if self.phase == BODY and not self._chunked else 0

    def complete(self, body: bytes) -> None:
        """Ends a request whose body was received around the parser, which therefore is worn out."""
        self._body = body
        self._store = None
        self._parser, worn = HttpRequestParser(self), self._parser
        self._deliver(worn)

    def close(self) -> None:
        """Lets go of the parser and the receiver, which hold us."""
        del self._parser
        del self._receiver

    def on_message_begin(self) -> None:
        """Called by the parser at the first byte."""
        self.phase = HEAD
        self._url = b""
        self._fields = []
        self._body = b""
        self._store = None
        self._version = "1.1"
        self._length = self._earlier = self._seen = 0
        self._chunked = self._upgrade = self.to_head = False

    def on_url(self, piece: bytes) -> None:
        """Called by the parser with the target, or part of it."""
        self._url += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for each header field, and for the trailers of a chunked body."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser between head and body."""
        fields = self._fields
        limits = self._limits
        headers = {_names[name]: value.strip().decode("latin-1") for name, value in fields}
        if len(headers) != len(fields):
            headers = _first_values(fields)
        if self._earlier + self._now > limits.max_header_bytes or len(fields) > limits.max_headers:
            self._measure()
        self._target = target = self._url.decode("latin-1")
        self._path, _, self._query = target.partition("?")
        self._headers = headers
        self._sent = fields
        self._fields = []  # what follows are trailers, and dropped: they may not pass for headers (RFC 9110 §6.5.1)
        length = headers.get("content-length")
        if length is not None:
            self._length = int(length)
            if self._length > limits.max_body:
                raise _too_large(limits)
        if (
            self._parser.should_keep_alive()
            and _RARE.isdisjoint(headers)
            and "host" in headers
            and target.startswith("/")
            and ("connection" not in headers or self._parser.get_http_version() == "1.1")
        ):
            self._connection = ""
        else:
            self._examine(self._parser, target)
        self.phase = BODY

    def on_body(self, piece: bytes) -> None:
        """Called by the parser with a piece of the body."""
        store = self._store
        if store is None:
            if not self._body:
                self._body = piece
                if len(piece) > self._limits.max_body:
                    raise _too_large(self._limits)
                return
            self._store = store = BytesIO()
            store.write(self._body)
        store.write(piece)
        if store.tell() > self._limits.max_body:
            raise _too_large(self._limits)

    def on_message_complete(self) -> None:
        """Called by the parser at the last byte."""
        if not self._upgrade:
            self._deliver(self._parser)

    def _deliver(self, parser: HttpRequestParser) -> None:
        request = Request(
            _methods[parser.get_method()],
            self._target,
            self._path,
            self._query,
            self._headers,
            self._sent,
            self._body if self._store is None else self._store.getvalue(),
            self._peer,
            self._version,
        )
        self._body = b""
        self._store = None
        self.serial += 1
        self.phase = IDLE
        self._receiver.on_request(request, self._connection)

    def _examine(self, parser: HttpRequestParser, target: str) -> None:
        headers = self._headers
        method = parser.get_method()
        if method == b"CONNECT":
            raise HttpError(501, "This is not a proxy.")
        self.to_head = method == b"HEAD"  # a refusal must have no body then
        self._version = version = parser.get_http_version()
        if version not in ("1.0", "1.1"):
            raise HttpError(505, f"HTTP/{version} is not spoken here.")
        if not target.startswith("/"):
            self._split_absolute(target)
        if "host" not in headers and version == "1.1":  # RFC 9112 §3.2
            raise HttpError(400, "A request needs a Host header.")
        coding = headers.get("transfer-encoding")
        if coding is not None:
            self._chunked = True
            self._spare = self._now + 4 * self._limits.max_header_bytes
            if version == "1.0":  # RFC 9112 §6.1: faulty framing
                raise HttpError(400, "HTTP/1.0 has no Transfer-Encoding.")
            if coding.lower() != "chunked":
                raise HttpError(501, f"The transfer coding {coding} is not supported.")
        self._check_host(headers)
        if parser.should_upgrade():
            self._upgrade = True  # the parser now takes the request to end with its head
            return
        expectation = headers.get("expect")
        if expectation is not None and version == "1.1":  # RFC 9110 §10.1.1: ignored in HTTP/1.0
            if expectation.lower() != "100-continue":
                raise HttpError(417, f"The expectation {expectation} cannot be met.")
            if self._length or self._chunked:
                self._receiver.on_expectation()
        if not parser.should_keep_alive():
            self._connection = CLOSE
        else:
            self._connection = KEEP if version == "1.0" else ""

    def _split_absolute(self, target: str) -> None:
        scheme, found, rest = target.partition("://")
        if not found or not scheme.isalpha():
            self._path = target  # asterisk-form, or the authority of a CONNECT
            return
        before, _, self._query = rest.partition("?")
        authority, slash, path = before.partition("/")
        self._path = slash + path or "/"
        self._headers["host"] = authority  # RFC 9112 §3.2.2: stands above the Host header
        self._sent = [(name, value) for name, value in self._sent if _names[name] != "host"]
        self._sent.append((b"Host", authority.encode("latin-1")))

    def _check_host(self, headers: dict[str, str]) -> None:
        if any(name in headers for name in _FROM_BROWSER):
            host = host_name(headers.get("host", ""))
            if not self._allowed_host(host):
                raise HttpError(403, f"Web pages may not call this server under the name {host}.")

    def _measure(self) -> None:
        size = len(self._url) + sum(len(name) + len(value) for name, value in self._fields)
        if size > self._limits.max_header_bytes or len(self._fields) > self._limits.max_headers:
            raise _head_too_large()

    def _count_pending(self) -> None:
        """Bounds what is not a whole head or body yet. The first piece may begin with the end of the previous
        request and is taken as free."""
        if self.phase == HEAD:
            if self._earlier > self._limits.max_header_bytes:
                raise _head_too_large()
            self._earlier += self._now
        elif self._chunked:
            growth = self.received - self._seen
            self._seen += growth
            most = 4 * self._limits.max_header_bytes
            self._spare = min(self._spare + _OVERHEAD * growth - self._now, most)
            if self._spare < 0:  # endless chunk extensions or trailers
                raise HttpError(400, "The body is almost only chunk framing.")

    def _decline_upgrades(self, data: bytes, offset: int) -> None:
        """Goes on as if the Upgrade header were not there (RFC 9110 §7.8): h2c is offered by some clients. Not to be
        called while an exception is handled: that would hide the one behind a parser's error."""
        rest = memoryview(data)
        while offset:
            method = self._parser.get_method()
            fields = [(name, value) for name, value in self._sent if _names[name] != "upgrade"]
            head = b"%b %b HTTP/%b\r\n" % (method, self._url, self._version.encode())
            head += b"".join([b"%b: %b\r\n" % field for field in fields])
            self._parser = HttpRequestParser(self)
            self._parser.feed_data(head + b"\r\n")
            rest = rest[offset:]
            offset = 0
            try:
                self._parser.feed_data(rest)
            except HttpParserUpgrade as upgrade:
                offset = upgrade.args[0]
            except HttpParserError as error:
                raise _explained(error, b"") from error.__context__


def _first_values(fields: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in fields:
        lowered = _names[name]
        if lowered not in headers:
            headers[lowered] = value.strip().decode("latin-1")
        elif lowered in _SINGLE:  # RFC 9112 §3.2 for Host; the others would mean two things to two readers
            raise HttpError(400, f"The header {lowered} is repeated.")
    return headers


def _explained(error: HttpParserError, data: bytes) -> HttpError:
    """The refusal behind a parser's error: ours if one of the callbacks raised it, else the fitting status. `data`
    tells an unknown method from nonsense, if the request starts there."""
    if isinstance(error, HttpParserCallbackError):
        cause = error.__context__
        if isinstance(cause, HttpError):
            return cause
        raise cause or error
    reason = str(error)
    if isinstance(error, HttpParserInvalidMethodError):
        if _REQUEST_LINE.match(data):
            return HttpError(501, "The method is not known.")
        return HttpError(400, "This is not an HTTP request.")
    if "HTTP version" in reason or "PRI" in reason:
        return HttpError(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
    if "overflow" in reason:
        return HttpError(413, "The body is too large.")
    return HttpError(400, f"The request is not valid HTTP: {reason}.")


def _too_large(limits: Limits) -> HttpError:
    return HttpError(413, f"The body is larger than {limits.max_body} bytes.")


def _head_too_large() -> HttpError:
    return HttpError(431, "The request line and the headers are too large.")

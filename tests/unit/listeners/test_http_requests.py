"""HTTP requests: every way to deliver one gives the same request, and every ambiguous one is refused."""

from typing import Any

import pytest
from fakes.http_peer import chunked, post

from sestina.listeners.http_hosts import browser_hosts
from sestina.listeners.http_messages import CLOSE, KEEP, HttpError, Limits, Request
from sestina.listeners.http_requests import BODY, HEAD, IDLE, RequestReader


class Collector:
    """Keeps what a reader tells."""

    def __init__(self, **limits: Any) -> None:
        self.requests: list[Request] = []
        self.connections: list[str] = []
        self.expectations = 0
        self.reader = RequestReader(self, Limits(**limits), "192.0.2.1", browser_hosts())

    def on_request(self, request: Request, connection: str) -> None:
        self.requests.append(request)
        self.connections.append(connection)

    def on_expectation(self) -> None:
        self.expectations += 1


def read(data: bytes, size: int = 1 << 20, **limits: Any) -> Collector:
    """Feeds the data in pieces of a size."""
    collector = Collector(**limits)
    for start in range(0, len(data), size):
        collector.reader.feed(data[start : start + size])
    return collector


def refused(data: bytes, size: int = 1 << 20, **limits: Any) -> int:
    with pytest.raises(HttpError) as refusal:
        read(data, size, **limits)
    return refusal.value.status


def get(*lines: str, first: str = "GET / HTTP/1.1", host: str = "Host: localhost\r\n") -> bytes:
    return "\r\n".join([first + "\r\n" + host + "".join(line + "\r\n" for line in lines), ""]).encode("latin-1")


# --- what a request is


def test_a_request_has_its_parts() -> None:
    [request] = read(post(b"body", "/a%20b?c=d&e", "X-Name:  A Value\t", "x-name: other", "X-Empty:")).requests
    assert ("POST", "/a%20b?c=d&e", "/a%20b", "c=d&e", b"body") == (
        request.method, request.target, request.path, request.query, request.body,
    )  # fmt: skip
    assert {"host": "localhost", "x-name": "A Value", "x-empty": "", "content-length": "4"} == request.headers
    assert ["A Value", "other"] == request.values("X-Name")
    assert ("192.0.2.1", "1.1") == (request.peer, request.version)


REQUESTS = {
    "plain": post(b"the body"),
    "without body": get(),
    "chunked": chunked(b"the ", b"b", b"ody"),
    "with trailers": chunked(b"the body", trailers=b"Host: evil\r\nX-Trailer: y\r\n"),
    "with extensions": chunked(b"the body").replace(b"8\r\n", b'8;a=b;c="d e"\r\n'),
    "upgrade": get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: x"),
    "upgrade with body": post(b"the body", "/", "Connection: Upgrade", "Upgrade: h2c"),
    "absolute": get(first="GET http://example.com/p?q HTTP/1.1"),
    "after empty lines": b"\r\n\r\n" + post(b"x"),
}


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64])
@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_is_the_same_however_it_is_cut(kind: str, size: int) -> None:
    whole = read(REQUESTS[kind] * 3)
    cut = read(REQUESTS[kind] * 3, size)
    assert 3 == len(whole.requests)
    assert whole.requests == cut.requests
    assert (IDLE, 3) == (cut.reader.phase, cut.reader.serial)


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_is_the_same_at_every_cut_in_two(kind: str) -> None:
    data = REQUESTS[kind]
    [expected] = read(data).requests
    for cut in range(1, len(data)):
        collector = Collector()
        collector.reader.feed(data[:cut])
        collector.reader.feed(data[cut:])
        assert [expected] == collector.requests


def test_a_chunked_body_is_the_same_in_all_its_splits() -> None:
    body = b"abcdefg"
    for pattern in range(1 << (len(body) - 1)):
        chunks, chunk = [], body[:1]
        for index in range(1, len(body)):
            if pattern >> (index - 1) & 1:
                chunks.append(chunk)
                chunk = b""
            chunk += body[index : index + 1]
        [request] = read(chunked(*chunks, chunk)).requests
        assert body == request.body


def test_trailers_are_no_headers() -> None:
    [request] = read(REQUESTS["with trailers"]).requests
    assert ["localhost"] == request.values("host")
    assert "x-trailer" not in request.headers
    assert [] == request.values("x-trailer")


def test_the_phase_says_where_in_a_request_we_are() -> None:
    collector = Collector()
    reader = collector.reader
    assert IDLE == reader.phase
    reader.feed(b"P")
    assert HEAD == reader.phase
    reader.feed(b"OST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\na")
    assert (BODY, 1, 3, b"a") == (reader.phase, reader.received, reader.missing, reader.begun)
    reader.feed(b"bc")
    assert (BODY, 3, 1, b"abc") == (reader.phase, reader.received, reader.missing, reader.begun)
    reader.feed(b"d")
    assert (IDLE, 0) == (reader.phase, reader.missing)


def test_a_body_received_elsewhere_completes_the_request_and_the_next_one_is_read() -> None:
    collector = Collector()
    collector.reader.feed(post(b"12345678")[:-3])
    collector.reader.complete(b"the body")
    collector.reader.feed(post(b"next"))
    assert [b"the body", b"next"] == [request.body for request in collector.requests]


def test_an_upgrade_is_ignored_and_what_follows_is_read() -> None:
    once = REQUESTS["upgrade with body"]
    collector = read(once * 500 + post(b"last"))
    assert [b"the body"] * 500 + [b"last"] == [request.body for request in collector.requests]
    assert "upgrade" not in collector.requests[0].headers


def test_an_upgrade_without_the_connection_option_is_no_upgrade() -> None:
    [request] = read(get("Upgrade: h2c")).requests
    assert "h2c" == request.headers["upgrade"]


def test_nonsense_after_an_upgrade_is_refused() -> None:
    assert 400 == refused(REQUESTS["upgrade"] + b"PRIX\r\n\r\n")


@pytest.mark.parametrize("kind", ["no host", "rebinding by Origin", "length too large", "NUL"])
def test_a_refusal_after_an_upgrade_keeps_its_status(kind: str) -> None:
    status, data = REFUSED[kind]
    assert status == refused(REQUESTS["upgrade"] + data)


# --- targets


@pytest.mark.parametrize(
    ("target", "path", "query", "host"),
    [
        ("http://example.com/p/q?r=s?t", "/p/q", "r=s?t", "example.com"),
        ("http://example.com:81", "/", "", "example.com:81"),
        ("https://example.com?q", "/", "q", "example.com"),
        ("*", "*", "", "localhost"),
    ],
)
def test_a_target_in_absolute_form_overrules_the_host_header(target: str, path: str, query: str, host: str) -> None:
    method = "OPTIONS" if target == "*" else "GET"
    [request] = read(get(first=f"{method} {target} HTTP/1.1")).requests
    assert (target, path, query, host) == (request.target, request.path, request.query, request.headers["host"])
    assert [host] == request.values("host")


# --- persistence


@pytest.mark.parametrize(
    ("first", "line", "expected"),
    [
        ("GET / HTTP/1.1", "X: y", ""),
        ("GET / HTTP/1.1", "Connection: keep-alive", ""),
        ("GET / HTTP/1.1", "Connection: close", CLOSE),
        ("GET / HTTP/1.1", "Connection: x, CLOSE", CLOSE),
        ("GET / HTTP/1.0", "X: y", CLOSE),
        ("GET / HTTP/1.0", "Connection: Keep-Alive", KEEP),
    ],
)
def test_the_connection_persists_as_the_versions_say(first: str, line: str, expected: str) -> None:
    assert [expected] == read(get(line, first=first)).connections


def test_http_1_0_needs_no_host() -> None:
    [request] = read(get(first="GET / HTTP/1.0", host="")).requests
    assert "1.0" == request.version


# --- expectations


def test_an_expectation_is_told_once_when_a_body_is_to_come() -> None:
    data = post(b"abc", "/", "Expect: 100-Continue")
    assert 1 == read(data[:-3]).expectations
    assert 1 == read(data, 1).expectations


@pytest.mark.parametrize(
    "data",
    [
        get("Expect: 100-continue"),
        get("Expect: 100-continue", "Content-Length: 0"),
        get("Expect: 100-continue", "Content-Length: 3", first="POST / HTTP/1.0") + b"abc",
    ],
)
def test_an_expectation_without_body_or_in_http_1_0_is_ignored(data: bytes) -> None:
    collector = read(data)
    assert (0, 1) == (collector.expectations, len(collector.requests))


def test_another_expectation_cannot_be_met() -> None:
    assert 417 == refused(get("Expect: 200-ok"))


# --- refusals

TE = "Transfer-Encoding"
CL = "Content-Length"
REFUSED = {
    "no host": (400, get(host="")),
    "two hosts": (400, get("host: other")),
    "two authorizations": (400, get("Authorization: a", "Authorization: b")),
    "obs-fold": (400, get("X: a\r\n b")),
    "obs-fold first": (400, b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    "NUL": (400, get("X: a\0b")),
    "control": (400, get("X: a\x01b")),
    "bare CR": (400, get("X: a\rb")),
    "bare LF": (400, get("X: a\nY: b")),
    "LF after the request line": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "space before colon": (400, get("X : a")),
    "no colon": (400, get("abc")),
    "no name": (400, get(": a")),
    "name not ASCII": (400, get("\xe9: a")),
    "target with control": (400, get(first="GET /\x01 HTTP/1.1")),
    "target relative": (400, get(first="GET foo HTTP/1.1")),
    "length twice": (400, get(f"{CL}: 1", f"{CL}: 1", first="POST / HTTP/1.1")),
    "lengths differ": (400, get(f"{CL}: 1", f"{CL}: 2", first="POST / HTTP/1.1")),
    "length list": (400, get(f"{CL}: 1, 1", first="POST / HTTP/1.1")),
    "length signed": (400, get(f"{CL}: +1", first="POST / HTTP/1.1")),
    "length negative": (400, get(f"{CL}: -1", first="POST / HTTP/1.1")),
    "length hexadecimal": (400, get(f"{CL}: 0x1", first="POST / HTTP/1.1")),
    "length empty": (400, get(f"{CL}:", first="POST / HTTP/1.1")),
    "length too large": (413, get(f"{CL}: 99999999999", first="POST / HTTP/1.1")),
    "length too large for 64 bits": (413, get(f"{CL}: 99999999999999999999999", first="POST / HTTP/1.1")),
    "length and chunked": (400, get(f"{CL}: 1", f"{TE}: chunked", first="POST / HTTP/1.1")),
    "chunked and length": (400, get(f"{TE}: chunked", f"{CL}: 1", first="POST / HTTP/1.1")),
    "chunked twice": (400, get(f"{TE}: chunked", f"{TE}: chunked", first="POST / HTTP/1.1")),
    "chunked twice in one": (400, get(f"{TE}: chunked, chunked", first="POST / HTTP/1.1")),
    "chunked in HTTP/1.0": (400, get(f"{TE}: chunked", first="POST / HTTP/1.0")),
    "empty coding": (400, get(f"{TE}:", first="POST / HTTP/1.1")),
    "gzip, chunked": (501, get(f"{TE}: gzip, chunked", first="POST / HTTP/1.1")),
    "gzip": (501, get(f"{TE}: gzip", first="POST / HTTP/1.1")),
    "xchunked": (501, get(f"{TE}: xchunked", first="POST / HTTP/1.1")),
    "chunk size": (400, chunked(b"x").replace(b"1\r\nx", b"z\r\nx")),
    "chunk size with space": (400, chunked(b"x").replace(b"1\r\nx", b"1 \r\nx")),
    "chunk size huge": (413, chunked(b"x").replace(b"1\r\nx", b"ffffffffffffffffffff\r\nx")),
    "chunk longer than said": (400, chunked(b"x").replace(b"1\r\nx", b"1\r\nxy")),
    "version 1.2": (505, get(first="GET / HTTP/1.2")),
    "version 2.0": (505, get(first="GET / HTTP/2.0")),
    "version 0.9": (505, get(first="GET / HTTP/0.9")),
    "no version": (505, b"GET /\r\n\r\n"),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "unknown method": (501, get(first="FOO / HTTP/1.1")),
    "lower-case method": (501, get(first="get / HTTP/1.1")),
    "CONNECT": (501, get(first="CONNECT localhost:1 HTTP/1.1")),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "SMTP": (400, b"EHLO localhost\r\n"),
    "data after close": (400, get("Connection: close") + get()),
    "rebinding by Origin": (403, get("Origin: http://evil.example", host="Host: evil.example\r\n")),
    "rebinding by Sec-Fetch": (403, get("Sec-Fetch-Site: same-origin", host="Host: evil.example:4566\r\n")),
    "rebinding in HTTP/1.0": (403, get("Origin: null", host="", first="GET / HTTP/1.0")),
    "rebinding by target": (403, get("Origin: null", first="GET http://evil.example/ HTTP/1.1")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_faulty_request_is_refused_with_its_status(kind: str) -> None:
    status, data = REFUSED[kind]
    assert status == refused(data)


@pytest.mark.parametrize("kind", [kind for kind in REFUSED if "method" not in kind])  # 501 needs the line in one piece
def test_a_faulty_request_is_refused_byte_by_byte_too(kind: str) -> None:
    status, data = REFUSED[kind]
    assert status == refused(data, 1)


def test_an_unknown_method_in_pieces_is_no_request() -> None:
    assert 400 == refused(get(first="FOO / HTTP/1.1"), 1)


@pytest.mark.parametrize("host", ["localhost:4566", "inbox.localhost", "email.us-east-1.amazonaws.com", "[::1]:4566"])
def test_a_browser_is_served_under_our_own_names(host: str) -> None:
    data = get("Origin: http://x", "Sec-Fetch-Mode: cors", host=f"Host: {host}\r\n")
    assert 1 == len(read(data).requests)


def test_other_clients_may_use_any_name() -> None:
    assert 1 == len(read(get(host="Host: ses.internal\r\n")).requests)


# --- limits


def test_many_headers_are_refused() -> None:
    lines = [f"X-{number}: y" for number in range(9)]
    assert 1 == len(read(get(*lines), max_headers=10).requests)
    assert 431 == refused(get(*lines, "X: y"), max_headers=10)


@pytest.mark.parametrize("size", [1, 10, 1 << 20])
@pytest.mark.parametrize(
    "data",
    [get("X: " + "y" * 200), get(first=f"GET /{'y' * 200} HTTP/1.1"), get("X" * 200 + ": y"), get(*["X: y"] * 60)],
)
def test_a_large_head_is_refused(data: bytes, size: int) -> None:
    assert 431 == refused(data, size, max_header_bytes=100)


@pytest.mark.parametrize("data", [b"GET /", b"GET / HTTP/1.1\r\nX: ", b"GET / HTTP/1.1\r\nX"])
def test_an_endless_head_is_refused_before_its_end(data: bytes) -> None:
    assert 431 == refused(data + b"y" * 400, 50, max_header_bytes=100)


def test_a_small_head_after_a_large_body_is_not_too_large() -> None:
    data = post(b"x" * 5000)
    collector = read(data * 3, 700, max_header_bytes=200)
    assert 3 == len(collector.requests)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(size: int) -> None:
    assert 1 == len(read(post(b"x" * 100), size, max_body=100).requests)
    assert 413 == refused(post(b"x" * 101), size, max_body=100)
    assert 1 == len(read(chunked(b"x" * 60, b"x" * 40), size, max_body=100).requests)
    assert 413 == refused(chunked(b"x" * 60, b"x" * 41), size, max_body=100)
    assert 413 == refused(chunked(b"x" * 101), size, max_body=100)


def test_a_body_in_chunks_of_one_byte_is_fine() -> None:
    [request] = read(chunked(*[b"x"] * 5000), 100, max_header_bytes=200).requests
    assert b"x" * 5000 == request.body


@pytest.mark.parametrize("end", [b"1;" + b"x" * 5000, b"0\r\nX: " + b"y" * 5000, b"0\r\n" + b"X: y\r\n" * 1000])
def test_a_body_that_is_almost_only_framing_is_refused(end: bytes) -> None:
    begin = chunked(b"x" * 100)[: -len(b"0\r\n\r\n")]
    assert 400 == refused(begin + end, 50, max_header_bytes=200)


def test_more_header_names_than_are_remembered_are_still_read() -> None:
    for start in range(0, 1500, 100):
        names = [f"X-Many-{number}" for number in range(start, start + 100)]
        [request] = read(get(*(f"{name}: {name}" for name in names))).requests
        assert {name.lower(): name for name in names} == {
            name: value for name, value in request.headers.items() if name != "host"
        }


def test_a_refused_head_request_is_remembered_as_one() -> None:
    collector = Collector()
    with pytest.raises(HttpError):
        collector.reader.feed(get("Expect: x", first="HEAD / HTTP/1.1"))
    assert collector.reader.to_head


def test_an_exception_of_the_receiver_is_not_hidden() -> None:
    collector = Collector()

    def fail(request: Request, connection: str) -> None:
        raise ZeroDivisionError

    collector.on_request = fail  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        collector.reader.feed(get())

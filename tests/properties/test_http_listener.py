"""Laws of the HTTP listener: no bytes break it, no cut changes what it reads, and h11 never reads another request."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise

import h11
import pytest
from fakes.http_peer import GET, LOOPS, PATIENCE, chunked, echo, post
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sestina.listeners.http import HttpServer, Limits, Request, listen
from sestina.listeners.http_hosts import browser_hosts
from sestina.listeners.http_messages import HttpError
from sestina.listeners.http_requests import RequestReader

relaxed = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))

SEEDS = (
    GET,
    post(b"the body"),
    post(b"GET / HTTP/1.1\r\nHost: inner\r\n\r\n", "/", "X-Name: value"),
    post(b"body", "/?q", "Expect: 100-continue"),
    post(b"", "/", "Connection: close"),
    chunked(b"the", b" body"),
    chunked(b"x" * 20, trailers=b"X-Trailer: y\r\n"),
    b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"HEAD http://localhost/x HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
)
GERMS = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b";", b"0\r\n\r\n", b"1\r\n", b"ffffffffffffffff\r\n", b"-1",
    b"Content-Length: 4\r\n", b"Content-Length: 5\r\n", b"content-length:\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding : chunked\r\n", b"Transfer-Encoding:\tchunked\r\n",
    b"Host: localhost\r\n", b"Host: evil\r\n", b"Origin: http://evil\r\n", b"Upgrade: h2c\r\n", b" folded\r\n",
    b"Connection: Upgrade\r\n", b"HTTP/1.0", b"HTTP/2.0", b"CONNECT a:1 ", b"PRI * HTTP/2.0", b"\xff", b"X" * 300,
)  # fmt: skip


@st.composite
def hostile(draw: st.DrawFn) -> bytes:
    """Requests one after another, some of them damaged."""
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(SEEDS), min_size=1, max_size=4))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["germ", "bytes", "cut", "copy", "flip"])):
            case "germ":
                data[at:at] = draw(st.sampled_from(GERMS))
            case "bytes":
                data[at:at] = draw(st.binary(max_size=8))
            case "cut":
                del data[at : at + draw(st.integers(1, 20))]
            case "copy":
                data[at:at] = data[at : at + draw(st.integers(1, 60))]
            case _ if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case _:
                pass
    return bytes(data)


class Reading:
    """What one reader makes of some bytes: its requests, then the status of a refusal if there is one."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        self.requests: list[Request] = []
        self.status = 0
        reader = RequestReader(self, Limits(max_body=1000, max_header_bytes=400), "", browser_hosts())
        edges = [0, *sorted(cuts), len(data)]
        try:
            for start, end in pairwise(edges):
                reader.feed(data[start:end])
        except HttpError as error:
            self.status = error.status

    def on_request(self, request: Request, connection: str) -> None:
        self.requests.append(request)

    def on_expectation(self) -> None:
        pass


@relaxed
@given(hostile() | st.binary(max_size=60), st.lists(st.integers(0, 60), max_size=6))
def test_no_cut_changes_what_is_read(data: bytes, cuts: list[int]) -> None:
    whole = Reading(data, [])
    cut = Reading(data, [min(cut, len(data)) for cut in cuts])
    single = Reading(data, list(range(len(data))))
    assert whole.requests == cut.requests == single.requests
    # One refusal may have two names: an unknown method is known as such only in one piece, and a large head is
    # noticed before its other faults when it comes slowly.
    assert bool(whole.status) == bool(cut.status) == bool(single.status)
    event(f"status {whole.status}")


def read_by_h11(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Method, target and body of each request until h11 refuses or the connection ends."""
    judge = h11.Connection(h11.SERVER)
    judge.receive_data(data)
    method = target = body = b""
    while True:
        try:
            happened = judge.next_event()
        except h11.RemoteProtocolError:
            return
        match happened:
            case h11.Request():
                method, target, body = happened.method, happened.target, b""
            case h11.Data():
                body += bytes(happened.data)
            case h11.EndOfMessage():
                yield method, target, body
                judge.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                judge.send(h11.EndOfMessage())
                if judge.our_state is not h11.DONE:
                    return
                judge.start_next_cycle()
            case _:
                return


@relaxed
@given(hostile())
def test_h11_never_reads_another_request(data: bytes) -> None:
    ours = Reading(data, [])
    theirs = list(read_by_h11(data))
    for request, (method, target, body) in zip(ours.requests, theirs, strict=False):
        assert (request.method.encode(), request.target.encode("latin-1"), request.body) == (method, target, body)
    event(f"{len(ours.requests)} read here, {len(theirs)} by h11")


tokens = st.text("!#$%&'*+-.^_`|~0123456789abcXYZ", min_size=1, max_size=10).map(lambda name: f"x-{name}")
values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=20)


@relaxed
@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]),
    st.text("abc/%20.~-_?=&+:@!$'()*,;", max_size=30).map(lambda rest: f"/{rest}"),
    st.lists(st.tuples(tokens, values), max_size=8),
    st.none() | st.lists(st.binary(max_size=40), max_size=4),
    st.lists(st.integers(0, 400), max_size=5),
)
def test_what_h11_writes_is_read_as_it_was_meant(
    method: str, target: str, fields: list[tuple[str, str]], pieces: list[bytes] | None, cuts: list[int]
) -> None:
    writer = h11.Connection(h11.CLIENT)
    framing = [("Content-Length", "0")] if pieces is None else [("Transfer-Encoding", "chunked")]
    data = writer.send(h11.Request(method=method, target=target, headers=[("Host", "localhost"), *fields, *framing]))
    for piece in pieces or []:
        data += writer.send(h11.Data(piece)) or b""
    data += writer.send(h11.EndOfMessage()) or b""
    [request] = Reading(data, [min(cut, len(data)) for cut in cuts]).requests
    assert (method, target, b"".join(pieces or [])) == (request.method, request.target, request.body)
    assert target == request.path + ("?" if "?" in target else "") + request.query
    for name in {name for name, _ in fields}:
        expected = [value for key, value in fields if key.lower() == name.lower()]
        assert expected == request.values(name)
        assert expected[0] == request.headers[name.lower()]


class Attacked:
    """A listener that lives through all examples."""

    def __init__(self, loop: str) -> None:
        self.runner = asyncio.Runner(loop_factory=LOOPS[loop])
        self.bugs: list[object] = []
        self.server: HttpServer = self.runner.run(self._start())

    async def _start(self) -> HttpServer:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self.bugs.append(context))
        limits = Limits(max_body=1000, max_header_bytes=400, linger_timeout=0.2)
        return await listen(echo, "127.0.0.1", 0, limits, on_bug=lambda error, _: self.bugs.append(error))

    def attack(self, pieces: list[bytes]) -> bytes:
        return self.runner.run(self._attack(pieces))

    async def _attack(self, pieces: list[bytes]) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
        try:
            return await asyncio.wait_for(reader.read(), PATIENCE)
        finally:
            writer.transport.abort()

    def close(self) -> None:
        self.runner.run(self.server.close(1.0))
        self.runner.close()


@pytest.fixture(scope="module", params=LOOPS)
def attacked(request: pytest.FixtureRequest) -> Iterator[Attacked]:
    attacked = Attacked(request.param)
    yield attacked
    attacked.close()


@settings(relaxed, max_examples=150)
@given(st.lists(hostile() | st.binary(max_size=100), max_size=3))
def test_no_bytes_break_the_listener(attacked: Attacked, pieces: list[bytes]) -> None:
    answers = attacked.attack(pieces)
    assert answers.startswith(b"HTTP/1.1 ") or answers == b""
    assert attacked.attack([post(b"still here")]).endswith(b"\r\n\r\nPOST / still here")
    assert [] == attacked.bugs

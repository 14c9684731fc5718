"""The HTTP client against a peer that answers with given bytes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from fakes.elsewhere import ended

from sestina.adapters.neighbours.client import Endpoint, HttpClient, Sending, endpoint_of
from sestina.adapters.neighbours.wire import BUFFERED, Unreachable

GET = Sending("GET", "/", ())
Story = Callable[[HttpClient, Endpoint, "Peer"], Awaitable[object]]


class Peer:
    """Answers each request with the next of its answers; an empty one ends the connection instead."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.heads: list[bytes] = []
        self.connections = 0
        self.serving: list[asyncio.Task[None] | None] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.append(asyncio.current_task())
        try:
            while self.answers:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                answer = self.answers.pop(0)
                if not answer:
                    break
                writer.write(answer)
                await writer.drain()
                if b"close" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            await ended(writer)


def play(peer: Peer, story: Story) -> object:
    async def run() -> object:
        server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
        client = HttpClient()
        try:
            return await story(client, Endpoint("127.0.0.1", server.sockets[0].getsockname()[1]), peer)
        finally:
            client.close()
            server.close()
            await server.wait_closed()
            await asyncio.gather(*(task for task in peer.serving if task is not None))

    return asyncio.run(run())


async def ask(client: HttpClient, endpoint: Endpoint, sending: Sending = GET) -> tuple[int, bytes]:
    reply = await client.send(endpoint, sending, 5)
    return reply.status, await reply.read()


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, b""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n", 200, b"hi!"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, b"hi"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end", 200, b"to the end"),
    ],
)
def test_answers_are_read_in_every_framing(answer: bytes, status: int, body: bytes) -> None:
    assert (status, body) == play(Peer(answer), lambda client, endpoint, _: ask(client, endpoint))


def test_an_answer_to_head_has_no_body_but_a_length() -> None:
    async def story(client: HttpClient, endpoint: Endpoint, _: Peer) -> object:
        reply = await client.send(endpoint, Sending("HEAD", "/", ()), 5)
        return reply.length, await reply.read()

    assert (7, b"") == play(Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"), story)


def test_a_connection_is_used_again() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n."

    async def story(client: HttpClient, endpoint: Endpoint, peer: Peer) -> object:
        for _ in range(3):
            await ask(client, endpoint)
        return peer.connections

    assert 1 == play(Peer(answer, answer, answer), story)


def test_a_connection_that_ended_while_idle_is_replaced() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n."

    async def story(client: HttpClient, endpoint: Endpoint, peer: Peer) -> object:
        return await ask(client, endpoint), await ask(client, endpoint), peer.connections

    assert ((200, b"."), (200, b"."), 2) == play(Peer(answer, b"", answer), story)


def test_no_answer_on_a_fresh_connection_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="closed before the answer was complete"):
        play(Peer(b""), lambda client, endpoint, _: ask(client, endpoint))


def test_half_an_answer_is_unreachable_and_not_asked_again() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nhi")
    with pytest.raises(Unreachable, match="closed before the answer was complete"):
        play(peer, lambda client, endpoint, _: ask(client, endpoint))
    assert 1 == peer.connections


def test_what_is_not_http_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="not an HTTP answer"):
        play(Peer(b"220 mail.example.com ESMTP\r\n"), lambda client, endpoint, _: ask(client, endpoint))


@pytest.mark.parametrize("is_tls", [False, True])
def test_nobody_there_is_unreachable(is_tls: bool) -> None:
    async def story(client: HttpClient, endpoint: Endpoint, _: Peer) -> object:
        return await ask(client, Endpoint("127.0.0.1", 1, is_tls))

    with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1:1"):
        play(Peer(), story)


def test_an_answer_that_does_not_come_is_unreachable() -> None:
    async def story(client: HttpClient, endpoint: Endpoint, _: Peer) -> object:
        return await client.send(endpoint, GET, 0.01)

    with pytest.raises(Unreachable, match=r"did not answer within 0\.01 seconds"):
        play(Peer(b"HTTP/1.1 100 Continue\r\n\r\n", b""), story)


def test_a_large_answer_is_read_in_pieces_and_the_peer_held_back() -> None:
    size = 8 * BUFFERED
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)

    async def story(client: HttpClient, endpoint: Endpoint, _: Peer) -> object:
        reply = await client.send(endpoint, GET, 5)
        return sum([len(piece) async for piece in reply.pieces()])

    assert size == play(Peer(answer), story)


def test_an_answer_given_up_costs_its_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n."

    async def story(client: HttpClient, endpoint: Endpoint, peer: Peer) -> object:
        reply = await client.send(endpoint, GET, 5)
        reply.close()
        reply.close()
        await ask(client, endpoint)
        return peer.connections

    assert 2 == play(Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n.", answer), story)


def test_a_request_says_where_it_goes_and_how_long_it_is() -> None:
    endpoint = Endpoint("sns.example.com", 443, True, "/base")
    assert (b"POST /base/?a=b HTTP/1.1\r\nHost: sns.example.com\r\nX: y\r\nContent-Length: 2\r\n\r\n") == Sending(
        "POST", "/?a=b", [(b"X", b"y")], b"hi"
    ).head(endpoint)
    assert b"GET /base/ HTTP/1.1\r\nhost: other\r\n\r\n" == Sending("GET", "/", [(b"host", b"other")]).head(endpoint)


@pytest.mark.parametrize(
    ("url", "endpoint", "authority"),
    [
        ("http://127.0.0.1:4575", Endpoint("127.0.0.1", 4575), "127.0.0.1:4575"),
        ("https://sns.eu-west-1.amazonaws.com/", Endpoint("sns.eu-west-1.amazonaws.com", 443, True), None),
        ("http://localstack/aws/", Endpoint("localstack", 80, False, "/aws"), "localstack"),
        ("http://[::1]:80", Endpoint("::1", 80), "[::1]"),
    ],
)
def test_endpoints_are_read_from_urls(url: str, endpoint: Endpoint, authority: str | None) -> None:
    assert endpoint == endpoint_of(url)
    assert (authority or endpoint.host) == endpoint.authority


@pytest.mark.parametrize("url", ["", "sns", "ftp://h", "http://", "http://h?q", "http://h#f", "file:///etc/passwd"])
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        endpoint_of(url)

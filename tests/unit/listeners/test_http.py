"""The HTTP listener on real sockets, on both loops: answers in order, from any kind of handler."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import pytest
from fakes.http_peer import GET, PATIENCE, Gate, Run, chunked, echo, post, serving, turn

from sestina.listeners.http import Answer, HttpError, Request, log_bug


def test_a_request_is_answered(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(post(b"body", "/path?query"))
            reply = await peer.reply()
            assert (200, b"POST /path?query body") == (reply.status, reply.body)
            assert {"content-type": "application/json", "content-length": "21"} == reply.headers

    run(story())


def test_the_address_of_the_peer_is_known(run: Run) -> None:
    async def story() -> None:
        async with serving(lambda request: Answer(200, request.peer.encode())) as place:
            peer = await place.peer()
            await peer.send(GET)
            assert b"127.0.0.1" == (await peer.reply()).body

    run(story())


def test_a_connection_serves_many_requests(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            for number in range(100):
                await peer.send(post(b"%d" % number))
                assert b"POST / %d" % number == (await peer.reply()).body

    run(story())


async def sometimes_waits(request: Request) -> Answer:
    if request.target.endswith("0"):
        for _ in range(3):
            await turn()
    return Answer(200, request.target.encode())


@pytest.mark.parametrize("handler", [echo, sometimes_waits])
def test_pipelined_requests_are_answered_in_order(run: Run, handler: Any) -> None:
    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(b"".join(post(b"x", f"/{number}") for number in range(300)))
            for number in range(300):
                assert f"/{number}" in (await peer.reply()).body.decode()

    run(story())


@pytest.mark.parametrize("data", [post(b"the body", "/p", "Expect: 100-continue"), chunked(b"the", b" body")])
def test_a_request_may_come_byte_by_byte(run: Run, data: bytes) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            sock = peer.writer.get_extra_info("socket")
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(2):
                for byte in data:
                    await peer.send(bytes([byte]))
                assert (await peer.reply()).body.endswith(b" the body")

    run(story())


def test_the_next_request_is_not_begun_before_the_answer_is_written(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/1") + post(b"", "/2"))
            assert "/1" == await gate.next()
            await peer.send(post(b"", "/3") + post(b"", "/4")[:-1])
            await peer.send(b"\n" + post(b"", "/5"))
            for number in range(1, 6):
                assert gate.arrived.empty()
                gate.opened.put_nowait(Answer(200, b"%d" % number))
                assert b"%d" % number == (await peer.reply()).body
                if number < 5:
                    assert f"/{number + 1}" == await gate.next()

    run(story())


def test_head_gets_the_head_only(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(b"HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET)
            reply = await peer.reply("HEAD")
            assert ("8", b"") == (reply.headers["content-length"], reply.body)
            assert b"GET / " == (await peer.reply()).body

    run(story())


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_gets_none(run: Run, status: int) -> None:
    async def story() -> None:
        async with serving(lambda request: Answer(status, b"dropped")) as place:
            peer = await place.peer()
            await peer.send(GET + GET)
            for _ in range(2):
                reply = await peer.reply("GET")
                assert (status, b"", {}) == (reply.status, reply.body, reply.headers)

    run(story())


@pytest.mark.parametrize(
    "first", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]
)
def test_a_connection_is_closed_when_the_peer_wants_it(run: Run, first: bytes) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(first)
            assert "close" == (await peer.reply()).headers["connection"]
            assert b"" == await peer.ended()

    run(story())


def test_http_1_0_can_be_kept_alive(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            for _ in range(2):
                await peer.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                assert "keep-alive" == (await peer.reply()).headers["connection"]

    run(story())


def test_what_follows_a_last_request_is_dropped(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/1", "Connection: close") + post(b"", "/2"))
            await gate.next()
            gate.opened.put_nowait(Answer(200))
            await peer.reply()
            assert b"" == await peer.ended()
            assert gate.arrived.empty()

    run(story())


def test_a_coroutine_that_never_waits_costs_no_task(run: Run) -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def handler(request: Request) -> Answer:
        tasks.append(asyncio.current_task())
        return Answer(200)

    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(GET)
            await peer.reply()
            assert [None] == tasks

    run(story())


def test_a_coroutine_that_waits_becomes_a_task(run: Run) -> None:
    tasks: list[asyncio.Task[Any] | None] = []

    async def handler(request: Request) -> Answer:
        await turn()
        tasks.append(asyncio.current_task())
        async with asyncio.timeout(PATIENCE):
            await turn()
        return Answer(200, b"waited")

    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(GET)
            assert b"waited" == (await peer.reply()).body
            assert None not in tasks

    run(story())


def test_a_handler_may_return_a_task_or_a_future(run: Run) -> None:
    async def late(request: Request) -> Answer:
        async with asyncio.timeout(PATIENCE):
            await turn()
        return Answer(200, request.target.encode())

    def handler(request: Request) -> Awaitable[Answer]:
        if request.target == "/task":
            return asyncio.create_task(late(request))
        future = asyncio.get_running_loop().create_future()
        future.set_result(Answer(200, request.target.encode()))
        return future

    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/task") + post(b"", "/future"))
            assert [b"/task", b"/future"] == [(await peer.reply()).body for _ in range(2)]

    run(story())


def raises(request: Request) -> Answer:
    raise ZeroDivisionError("secret")


async def raises_at_once(request: Request) -> Answer:
    raise ZeroDivisionError("secret")


async def raises_later(request: Request) -> Answer:
    await turn()
    raise ZeroDivisionError("secret")


async def cancels_itself(request: Request) -> Answer:
    raise asyncio.CancelledError("secret")


def answers_nothing(request: Request) -> Any:
    return None


async def awaits_nothing(request: Request) -> Any:
    return None


async def awaits_nothing_later(request: Request) -> Any:
    await turn()


def answers_an_impossible_header(request: Request) -> Answer:
    return Answer(200, headers=(("X", "secret\r\nY: z"),))


def streams_an_impossible_header(request: Request) -> Answer:
    return Answer(200, headers=(("X", "secret\r\nY: z"),), stream=pieces(request))


async def pieces(request: Request) -> AsyncIterator[bytes]:
    yield b"never sent"


@pytest.mark.parametrize(
    "handler",
    [
        raises,
        raises_at_once,
        raises_later,
        cancels_itself,
        answers_nothing,
        awaits_nothing,
        awaits_nothing_later,
        answers_an_impossible_header,
        streams_an_impossible_header,
    ],
)
def test_a_bug_is_reported_and_says_nothing_on_the_wire(run: Run, handler: Any) -> None:
    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(GET + GET)
            for _ in range(2):
                reply = await peer.reply()
                assert (500, "InternalFailure") == (reply.status, reply.headers["x-amzn-errortype"])
                assert b"secret" not in reply.body
            assert 2 == len(place.bugs)

    run(story())


def test_a_bug_is_logged_with_its_traceback_by_default(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with serving(raises, on_bug=log_bug) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/path"))
            assert 500 == (await peer.reply()).status

    with caplog.at_level("ERROR", logger="sestina"):
        run(story())
    assert "/path" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_handler_may_refuse_as_http_does(run: Run) -> None:
    async def handler(request: Request) -> Answer:
        raise HttpError(415, "No such coding.")

    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(GET + GET)
            for _ in range(2):
                reply = await peer.reply()
                assert (415, b'{"message":"No such coding."}') == (reply.status, reply.body)
            assert [] == place.bugs

    run(story())


def test_a_handler_finishes_although_its_peer_has_left(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(GET)
            await gate.next()
            peer.vanish()
            other = await place.peer()
            await other.send(GET)  # by now the listener has seen the first one leave
            await gate.next()
            gate.opened.put_nowait(ZeroDivisionError())
            gate.opened.put_nowait(Answer(200))
            assert 200 == (await other.reply()).status
            assert [ZeroDivisionError] == [type(bug) for bug in place.bugs]

    run(story())


def test_a_cancelled_handler_ends_the_connection(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(GET)
            await gate.next()
            gate.opened.put_nowait(asyncio.CancelledError())
            assert b"" == await peer.ended()

    run(story())

"""Deadlines, room and the end: no peer can hold the listener, and closing it loses no answer."""

import asyncio

import pytest
from fakes.http_peer import GET, PATIENCE, Gate, Run, Source, chunked, echo, post, serving

from sestina.listeners.http import Answer, Limits

QUICK = Limits(header_timeout=0.02, body_timeout=0.02, min_body_rate=10**9, idle_timeout=0.15, linger_timeout=0.02)


@pytest.mark.parametrize(
    "data", [b"P", b"GET / HTTP/1.1\r\nX: y", post(b"body")[:-1], chunked(b"b")[:-1], post(b"x" * 200_000)[:-1]]
)
def test_a_slow_request_is_refused_and_forgotten(run: Run, data: bytes) -> None:
    async def story() -> None:
        async with serving(echo, QUICK) as place:
            peer = await place.peer()
            await peer.send(data)
            reply = await peer.reply()
            assert (408, "close") == (reply.status, reply.headers["connection"])
            assert b"" == await peer.ended()

    run(story())


def test_a_refused_peer_that_goes_on_sending_is_cut_off(run: Run) -> None:
    async def story() -> None:
        async with serving(echo, QUICK) as place:
            peer = await place.peer()
            await peer.send(b"nonsense\r\n\r\n")
            assert 400 == (await peer.reply()).status

            async def flood() -> None:
                while True:
                    await peer.send(b"x" * 1000)

            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                await asyncio.wait_for(flood(), PATIENCE)

    run(story())


def test_an_idle_connection_is_closed_without_a_word(run: Run) -> None:
    async def story() -> None:
        async with serving(echo, QUICK) as place:
            fresh, used = await place.peer(), await place.peer()
            await used.send(GET)
            await used.reply()
            assert [b"", b""] == [await fresh.ended(), await used.ended()]

    run(story())


def test_a_handler_may_take_longer_than_any_limit_on_its_peer(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate, QUICK) as place:
            peer, idle = await place.peer(), await place.peer()
            await peer.send(GET)
            await gate.next()
            assert b"" == await idle.ended()  # the limit has passed
            gate.opened.put_nowait(Answer(200))
            assert 200 == (await peer.reply()).status

    run(story())


def test_a_body_that_keeps_its_rate_may_take_longer(run: Run) -> None:
    async def story() -> None:
        limits = Limits(header_timeout=0.02, body_timeout=0.02, min_body_rate=1, idle_timeout=0.05)
        async with serving(echo, limits) as place:
            peer, idle = await place.peer(), await place.peer()
            await peer.send(post(b"x" * 200)[:-1])
            assert b"" == await idle.ended()
            await peer.send(b"x")
            assert 200 == (await peer.reply()).status

    run(story())


def test_a_peer_that_never_reads_is_cut_off(run: Run) -> None:
    async def story() -> None:
        async with serving(lambda request: Answer(200, b"x" * 30_000_000), QUICK) as place:
            peer = await place.peer()
            await peer.send(GET + GET)
            while place.server.connections:
                other = await place.peer()  # each visit is one turn of the listener's clock
                assert b"" == await other.ended()

    run(story())


def test_too_many_connections_are_turned_away(run: Run) -> None:
    async def story() -> None:
        async with serving(echo, Limits(max_connections=2)) as place:
            first, second = await place.peer(), await place.peer()
            for peer in (first, second):
                await peer.send(GET)
                assert 200 == (await peer.reply()).status
            third = await place.peer()
            assert 503 == (await third.reply()).status
            assert b"" == await third.ended()
            await first.send(GET)
            assert 200 == (await first.reply()).status

    run(story())


def test_a_closing_server_finishes_what_runs_and_closes_what_idles(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            idle, busy = await place.peer(), await place.peer()
            await busy.send(post(b"", "/1") + post(b"", "/2"))
            await gate.next()
            closing = asyncio.create_task(place.server.close(PATIENCE))
            assert b"" == await idle.ended()
            gate.opened.put_nowait(Answer(200, b"done"))
            reply = await busy.reply()
            assert (b"done", "close") == (reply.body, reply.headers["connection"])
            assert b"" == await busy.ended()
            await asyncio.wait_for(closing, PATIENCE)
            with pytest.raises(OSError, match=r".*"):
                await place.peer()
            assert gate.arrived.empty()

    run(story())


def test_a_closing_server_takes_the_rest_of_a_request(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer, idle = await place.peer(), await place.peer()
            await peer.send(post(b"body")[:-1])
            await idle.send(GET)
            await idle.reply()
            closing = asyncio.create_task(place.server.close(PATIENCE))
            assert b"" == await idle.ended()
            await peer.send(b"y")
            reply = await peer.reply()
            assert (b"POST / body", "close") == (reply.body, reply.headers["connection"])
            await asyncio.wait_for(closing, PATIENCE)

    run(story())


def test_a_closing_server_cancels_what_does_not_end(run: Run) -> None:
    async def story() -> None:
        gate, source = Gate(), Source()
        handler = lambda request: gate(request) if request.method == "POST" else source.handler(request)  # noqa: E731
        async with serving(handler) as place:
            peer, listener, slow = await place.peer(), await place.peer(), await place.peer()
            await slow.send(b"P")
            await peer.send(post(b""))
            await gate.next()
            await listener.send(GET)
            await listener.informed()
            await asyncio.wait_for(place.server.close(0.001), PATIENCE)
            assert (True, True) == (gate.cancelled.is_set(), source.closed.is_set())
            for one in (peer, listener, slow):
                assert b"" == await one.ended()
            assert [] == place.bugs

    run(story())


def test_a_server_waits_for_a_handler_whose_peer_has_left(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(GET)
            await gate.next()
            peer.vanish()
            closing = asyncio.create_task(place.server.close(PATIENCE))
            gate.opened.put_nowait(Answer(200))
            await asyncio.wait_for(closing, PATIENCE)
            assert not gate.cancelled.is_set()

    run(story())


def test_a_server_without_connections_closes_at_once(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            await asyncio.wait_for(place.server.close(PATIENCE), PATIENCE)

    run(story())

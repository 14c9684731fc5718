"""Streamed answers: piece by piece, at the peer's pace, and closed whatever happens."""

import asyncio
from collections.abc import AsyncIterator

from fakes.http_peer import GET, PATIENCE, Run, Source, serving

from sestina.listeners.http import Answer, Request


def test_a_stream_is_sent_piece_by_piece_and_the_connection_goes_on(run: Run) -> None:
    async def story() -> None:
        source = Source()
        async with serving(source.handler) as place:
            peer = await place.peer()
            await peer.send(GET + GET)
            for _ in range(2):
                source.pieces.put_nowait(b"first")
                assert (await peer.informed()).endswith(b"Transfer-Encoding: chunked\r\n\r\n")
                assert b"5\r\nfirst\r\n" == await peer.reader.readexactly(10)
                for piece in (b"", b"second", None):
                    source.pieces.put_nowait(piece)
                assert b"6\r\nsecond\r\n0\r\n\r\n" == await peer.reader.readexactly(16)

    run(story())


def test_h11_understands_a_stream(run: Run) -> None:
    async def story() -> None:
        source = Source()
        async with serving(source.handler) as place:
            peer = await place.peer()
            await peer.send(GET)
            for piece in (b"first ", b"second", None):
                source.pieces.put_nowait(piece)
            assert b"first second" == (await peer.reply()).body

    run(story())


def test_a_stream_to_http_1_0_ends_with_the_connection(run: Run) -> None:
    async def story() -> None:
        source = Source()
        async with serving(source.handler) as place:
            peer = await place.peer()
            await peer.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            for piece in (b"first ", b"second", None):
                source.pieces.put_nowait(piece)
            reply = await peer.reply()
            assert ("close", b"first second") == (reply.headers["connection"], reply.body)

    run(story())


def test_head_closes_a_stream_unread(run: Run) -> None:
    class Unread:
        """An iterator that holds something, as a body from elsewhere does."""

        closed = 0

        def __aiter__(self) -> "Unread":
            return self

        async def __anext__(self) -> bytes:
            raise AssertionError

        async def aclose(self) -> None:
            self.closed += 1

    unread = Unread()

    async def story() -> None:
        async with serving(lambda request: Answer(200, stream=unread)) as place:
            peer = await place.peer()
            await peer.send(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2)
            for _ in range(2):
                assert b"" == (await peer.reply("HEAD")).body

    run(story())
    assert 2 == unread.closed


def test_a_stream_without_close_is_fine(run: Run) -> None:
    class Once:
        """The least that is an asynchronous iterator."""

        left = 1

        def __aiter__(self) -> "Once":
            return self

        async def __anext__(self) -> bytes:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return b"piece"

    async def story() -> None:
        async with serving(lambda request: Answer(200, stream=Once())) as place:
            peer = await place.peer()
            await peer.send(GET)
            assert b"piece" == (await peer.reply()).body

    run(story())


def test_a_stream_that_fails_breaks_off_and_is_reported(run: Run) -> None:
    async def story() -> None:
        source = Source()
        async with serving(source.handler) as place:
            peer = await place.peer()
            await peer.send(GET)
            source.pieces.put_nowait(b"first")
            await peer.informed()
            await peer.reader.readexactly(10)
            source.pieces.put_nowait(ZeroDivisionError())
            assert b"" == await peer.ended()
            assert [ZeroDivisionError] == [type(bug) for bug in place.bugs]

    run(story())


def test_a_stream_ends_when_its_peer_leaves(run: Run) -> None:
    async def story() -> None:
        source = Source()
        async with serving(source.handler) as place:
            peer = await place.peer()
            await peer.send(GET)
            await peer.informed()
            peer.vanish()
            source.pieces.put_nowait(b"x")
            await asyncio.wait_for(source.closed.wait(), PATIENCE)
            assert [] == place.bugs

    run(story())


def test_a_stream_waits_for_a_slow_peer(run: Run) -> None:
    given = 0

    async def flood() -> AsyncIterator[bytes]:
        nonlocal given
        for _ in range(400):
            given += 1
            yield b"x" * 65536

    async def story() -> None:
        async with serving(lambda request: Answer(200, stream=flood())) as place:
            peer = await place.peer()
            await peer.send(GET)
            await peer.informed()
            other = await place.peer()
            await other.send(b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await other.reply("HEAD")
            assert 400 > given
            received = 0
            while received < 400 * (65536 + 9) + 5:
                received += len(await asyncio.wait_for(peer.reader.read(1 << 20), PATIENCE))
            assert 400 == given

    run(story())


def test_a_peer_that_reads_nothing_gets_no_more_answers_made(run: Run) -> None:
    made = 0

    def handler(request: Request) -> Answer:
        nonlocal made
        made += 1
        return Answer(200, b"x" * 1_000_000)

    async def story() -> None:
        async with serving(handler) as place:
            peer = await place.peer()
            await peer.send(GET * 200)
            other = await place.peer()
            await other.send(GET)
            await other.reply()
            assert 100 > made
            for _ in range(200):
                assert 1_000_000 == len((await peer.reply()).body)

    run(story())

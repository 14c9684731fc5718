"""One client connection, fed by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sestina.adapters.neighbours.wire import BUFFERED, Unreachable, Wire


class Line(asyncio.Transport):
    """A transport that writes down what is asked of it."""

    def __init__(self) -> None:
        super().__init__()
        self.done: list[str] = []
        self.sent = b""

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.sent += data

    def pause_reading(self) -> None:
        self.done.append("pause")

    def resume_reading(self) -> None:
        self.done.append("resume")

    def abort(self) -> None:
        self.done.append("abort")


def play(story: Callable[[Wire, Line], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        wire, line = Wire(), Line()
        wire.connection_made(line)
        return await story(wire, line)

    return asyncio.run(run())


async def begin(wire: Wire, head: bytes, body: bytes = b"") -> None:
    """An exchange whose answer begins with `head`."""
    asking = asyncio.ensure_future(wire.exchange(b"GET / HTTP/1.1\r\n\r\n", body, to_head=False))
    asyncio.get_running_loop().call_soon(wire.data_received, head)
    await asking


def test_a_peer_is_held_back_while_nobody_reads() -> None:
    async def story(wire: Wire, line: Line) -> list[str]:
        await begin(wire, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (2 * BUFFERED))
        for _ in range(4):
            wire.data_received(bytes(BUFFERED // 2))
        assert ["pause"] == line.done
        assert not wire.may_be_kept
        while await wire.next_piece():
            pass
        assert wire.may_be_kept
        return line.done

    assert ["pause", "resume"] == play(story)


def test_a_peer_that_ended_is_not_asked_to_go_on() -> None:
    async def story(wire: Wire, line: Line) -> list[str]:
        await begin(wire, b"HTTP/1.1 200 OK\r\n\r\n" + bytes(2 * BUFFERED))
        wire.connection_lost(None)
        while await wire.next_piece():
            pass
        return line.done

    assert ["pause"] == play(story)


def test_what_was_not_asked_for_ends_the_connection() -> None:
    async def story(wire: Wire, line: Line) -> list[str]:
        await begin(wire, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        assert b"" == await wire.next_piece()
        wire.data_received(b"HTTP/1.1 200 OK\r\n")
        assert not wire.may_be_kept
        return line.done

    assert ["abort"] == play(story)


def test_a_closed_connection_takes_no_request() -> None:
    async def story(wire: Wire, _: Line) -> None:
        wire.connection_lost(None)
        wire.abort()
        with pytest.raises(Unreachable, match="closed"):
            await wire.exchange(b"", b"", to_head=False)

    play(story)


def test_a_large_body_follows_its_head() -> None:
    async def story(wire: Wire, line: Line) -> int:
        await begin(wire, b"HTTP/1.1 204 X\r\n\r\n", bytes(BUFFERED))
        return len(line.sent)

    assert 18 + BUFFERED == play(story)


def test_a_body_that_breaks_off_says_so() -> None:
    async def story(wire: Wire, _: Line) -> None:
        await begin(wire, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")
        assert b"hi" == await wire.next_piece()
        reading = asyncio.ensure_future(wire.next_piece())
        asyncio.get_running_loop().call_soon(wire.connection_lost, ConnectionResetError())
        with pytest.raises(Unreachable):
            await reading

    play(story)

"""One connection without a network: its deadlines by the clock it is shown, and the moments between two callbacks."""

import asyncio
from typing import Any

import pytest
from fakes.http_peer import GET, Gate, Run, chunked, echo, post, turn

from sestina.listeners.http_connection import Connection
from sestina.listeners.http_hall import Hall
from sestina.listeners.http_hosts import browser_hosts
from sestina.listeners.http_messages import Answer, Handler, Limits, Request


class Wire(asyncio.Transport):
    """A transport that keeps what it is told."""

    def __init__(self, handler: Handler = echo, **limits: Any) -> None:
        super().__init__()
        self.bugs: list[BaseException] = []
        self.hall = Hall(handler, Limits(**limits), browser_hosts(), lambda error, _: self.bugs.append(error))
        self.written = b""
        self.unsent = 0
        self.reading = True
        self.state = "open"
        self.connection = Connection(self.hall)
        self.protocol: Any = self.connection
        self.connection.connection_made(self)

    def write(self, data: Any) -> None:
        self.written += data

    def write_eof(self) -> None:
        self.state = "half-closed"

    def close(self) -> None:
        self.state = "closed"

    def abort(self) -> None:
        self.state = "aborted"

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def get_write_buffer_size(self) -> int:
        return self.unsent

    @property
    def status(self) -> str:
        return self.written[9:12].decode()

    def state_at(self, *times: float) -> list[str]:
        """The state after each look at the clock."""
        states = []
        for now in times:
            self.connection.check(now)
            states.append(self.state)
        return states


# --- deadlines


def test_an_idle_connection_has_its_time_and_no_more() -> None:
    assert ["open", "open", "closed"] == Wire(idle_timeout=75).state_at(100, 175, 175.1)


def test_each_request_begins_the_idle_time_anew() -> None:
    wire = Wire(idle_timeout=75)
    wire.state_at(100)
    wire.protocol.data_received(GET)
    assert ["open", "open", "closed"] == wire.state_at(174, 249, 249.1)


@pytest.mark.parametrize("data", [b"\r\nP", GET[:-1], GET + b"P"])
def test_a_head_has_its_time_from_its_first_byte(data: bytes) -> None:
    wire = Wire(header_timeout=20)
    wire.protocol.data_received(data)
    assert ["open"] == wire.state_at(100)
    wire.protocol.data_received(b"")
    assert ["open", "half-closed"] == wire.state_at(120, 120.1)
    assert b"HTTP/1.1 408 Request Timeout\r\n" in wire.written


@pytest.mark.parametrize("data", [post(b"x" * 100)[:-50], chunked(b"x" * 50)[:-7]])
def test_a_body_buys_time_with_its_bytes(data: bytes) -> None:
    wire = Wire(body_timeout=30, min_body_rate=10)
    wire.protocol.data_received(data)
    assert ["open", "open", "half-closed"] == wire.state_at(0, 35, 35.1)
    assert "408" == wire.status


def test_a_large_body_buys_time_too() -> None:
    async def story() -> None:
        wire = Wire(body_timeout=30, min_body_rate=100_000)
        wire.protocol.data_received(post(b"x" * 1_000_000)[:-900_000])
        assert ["open"] == wire.state_at(0)
        wire.protocol.get_buffer(-1)
        wire.protocol.buffer_updated(400_000)
        assert ["open", "half-closed"] == wire.state_at(35, 35.1)
        assert wire.connection is wire.protocol

    asyncio.run(story())


def test_a_running_handler_has_all_the_time() -> None:
    async def story() -> None:
        wire = Wire(Gate())
        wire.protocol.data_received(GET)
        assert ["open", "open"] == wire.state_at(0, 1e9)
        [task] = wire.hall.tasks
        task.cancel()

    asyncio.run(story())


def test_a_peer_that_reads_a_little_now_and_then_is_not_cut_off() -> None:
    wire = Wire(idle_timeout=75)
    wire.unsent = 1000
    wire.protocol.pause_writing()
    assert ["open", "open"] == wire.state_at(0, 75)
    wire.unsent = 999
    assert ["open", "open", "aborted"] == wire.state_at(76, 151, 151.1)


def test_a_refused_peer_has_the_time_to_read_why() -> None:
    wire = Wire(linger_timeout=2)
    wire.protocol.data_received(b"nonsense\r\n\r\n")
    wire.protocol.data_received(GET)
    assert ["half-closed", "half-closed", "aborted"] == wire.state_at(0, 2, 2.1)
    assert 1 == wire.written.count(b"HTTP/1.1")


# --- moments


def test_a_connection_accepted_while_the_server_closes_is_closed() -> None:
    wire = Wire()
    wire.hall.draining = True
    other = Connection(wire.hall)
    other.connection_made(wire)
    assert "closed" == wire.state


def test_a_large_body_that_is_whole_after_the_end_is_dropped() -> None:
    async def story() -> None:
        requests: list[Request] = []

        def handler(request: Request) -> Answer:
            requests.append(request)
            return Answer(200)

        wire = Wire(handler)
        wire.protocol.data_received(post(b"x" * 1_000_000)[:-900_000])
        body = wire.protocol
        body.get_buffer(-1)
        body.buffer_updated(900_000)
        assert not wire.reading
        wire.connection.abort()
        body.connection_lost(None)
        await turn()
        assert [] == requests
        assert set() == wire.hall.connections

    asyncio.run(story())


def test_an_answer_for_a_peer_that_is_gone_is_dropped() -> None:
    async def story() -> None:
        gate = Gate()
        wire = Wire(gate)
        wire.protocol.data_received(GET)
        wire.protocol.connection_lost(ConnectionResetError())
        gate.opened.put_nowait(Answer(200))
        await asyncio.wait(wire.hall.tasks)
        await turn()
        assert b"" == wire.written
        assert [] == wire.bugs

    asyncio.run(story())


def test_what_comes_while_an_answer_is_made_is_left_unread() -> None:
    async def story() -> None:
        gate = Gate()
        wire = Wire(gate)
        wire.protocol.data_received(GET)
        assert wire.reading
        wire.protocol.data_received(GET)
        assert not wire.reading
        gate.opened.put_nowait(Answer(200))
        await asyncio.wait(wire.hall.tasks)
        await turn()
        assert wire.reading
        assert 2 == gate.arrived.qsize()
        for task in wire.hall.tasks:
            task.cancel()

    asyncio.run(story())


def test_the_end_of_input_after_a_refusal_ends_the_connection(run: Run) -> None:
    async def story() -> None:
        wire = Wire()
        wire.protocol.data_received(b"nonsense\r\n\r\n")
        assert not wire.protocol.eof_received()

    run(story())

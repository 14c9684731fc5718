"""One HTTP connection: requests in, their answers out, in order, within the limits.

What arrives while an answer is being made stays unread (RFC 9112 §9.3.2), so no peer can queue work without bound.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from types import CoroutineType
from typing import Any, Final, cast

from sestina.listeners.first_step import Begun
from sestina.listeners.http_bodies import DirectBody
from sestina.listeners.http_hall import Hall
from sestina.listeners.http_messages import (
    BODILESS,
    CLOSE,
    CONTINUE,
    INTERNAL_FAILURE,
    Answer,
    HttpError,
    Request,
    refusal,
    render,
    render_bodiless,
    render_stream_head,
)
from sestina.listeners.http_outgoing import Outgoing
from sestina.listeners.http_requests import BODY, HEAD, RequestReader

_RUNNING: Final = 1  # an answer is being made or streamed
_CHOKED: Final = 2  # the peer does not read what we write
_DONE: Final = 4  # nothing more is taken from this peer

_DIRECT: Final = 128 * 1024  # a body of which more is missing is received into its place, without copies


class Connection(asyncio.Protocol):
    """One peer."""

    __slots__ = (
        "_connection",
        "_direct",
        "_drained",
        "_ended",
        "_expecting",
        "_hall",
        "_held",
        "_mark",
        "_outgoing",
        "_reader",
        "_refusal",
        "_request",
        "_since",
        "_stops",
        "_streaming",
        "_task",
        "_transport",
        "_waiting",
    )

    _transport: asyncio.Transport
    _outgoing: Outgoing
    _reader: RequestReader
    _request: Request
    _connection: str
    _since: float

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._stops = 0
        self._waiting: deque[tuple[Request, str]] = deque()  # whole requests behind the running one
        self._held: list[bytes] = []  # what came after those, unread
        self._refusal: HttpError | None = None  # of something after those
        self._expecting = self._ended = self._streaming = False
        self._direct: DirectBody | None = None
        self._task: asyncio.Future[Any] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._mark: tuple[int, ...] = ()

    # --- what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports have the methods, not the base class
        self._outgoing = Outgoing(self._transport)
        hall = self._hall
        peer = transport.get_extra_info("peername")
        self._reader = RequestReader(self, hall.limits, peer[0] if peer else "", hall.allowed_host)
        hall.connections.add(self)
        if len(hall.connections) > hall.limits.max_connections:
            self._refuse(HttpError(503, "Too many connections."))
        elif hall.draining:
            self._finish()

    def data_received(self, data: bytes) -> None:
        if self._stops:
            if not self._stops & _DONE:
                self._held.append(data)
                self._transport.pause_reading()
            return
        try:
            self._reader.feed(data)
        except HttpError as error:
            self._refuse(error)
            return
        if self._reader.phase == BODY:
            self._receive_directly()

    def eof_received(self) -> bool:
        """The peer writes no more; it may still read."""
        if self._stops & _DONE:
            return False
        if self._streaming:  # a browser that left; a client that half-closes and then reads a stream is not known
            self.abort()
            return False
        if self._stops or self._waiting:
            self._ended = True
            return True
        self._end_of_input()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        hall = self._hall
        hall.connections.discard(self)
        self._stops |= _DONE
        self._waiting.clear()
        self._held.clear()
        self._direct = None
        self._reader.close()
        if self._streaming and self._task is not None:
            self._task.cancel()
        hall.left()

    def pause_writing(self) -> None:
        self._stops |= _CHOKED

    def resume_writing(self) -> None:
        self._stops &= ~_CHOKED
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)
        self._go_on()

    # --- what the server asks

    def check(self, now: float) -> None:
        """Ends the connection if nothing has happened for too long."""
        stops = self._stops
        reader = self._reader
        mark = (reader.serial, reader.phase, stops, self._transport.get_write_buffer_size() if stops else 0)
        if mark != self._mark:
            self._mark = mark
            self._since = now
            return
        limits = self._hall.limits
        waited = now - self._since
        if stops & _DONE:
            if waited > limits.linger_timeout:
                self.abort()
        elif stops & _CHOKED:
            if waited > limits.idle_timeout:
                self.abort()
        elif stops:
            return
        elif reader.phase == HEAD:
            if waited > limits.header_timeout:
                self._refuse(HttpError(408, "The headers took too long."))
        elif reader.phase == BODY:
            received = self._direct.filled if self._direct is not None else reader.received
            if waited > limits.body_timeout + received / limits.min_body_rate:
                self._refuse(HttpError(408, "The body took too long."))
        elif waited > limits.idle_timeout:
            self._finish()

    def drain(self) -> None:
        """No more requests; the one that runs or arrives is finished."""
        if not self._stops and not self._reader.phase:
            self._finish()

    def abort(self) -> None:
        """Ends at once."""
        self._stops |= _DONE
        self._transport.abort()

    # --- what the reader tells

    def on_request(self, request: Request, connection: str) -> None:
        if self._stops or self._waiting:
            self._waiting.append((request, connection))
            return
        self._begin(request, connection)

    def on_expectation(self) -> None:
        if self._stops or self._waiting:
            self._expecting = True  # not before the answers that are due (RFC 9110 §10.1.1)
            return
        self._outgoing.write(CONTINUE)

    def on_direct_body(self, body: bytes) -> None:
        """A large body is whole."""
        self._direct = None
        if not self._stops & _DONE:
            self._reader.complete(body)

    # --- answering

    def _begin(self, request: Request, connection: str) -> None:
        self._request = request
        self._connection = connection
        try:
            answer = self._hall.handler(request)
        except Exception as error:
            answer = self._failure(error)
        if isinstance(answer, Answer):
            self._deliver(answer)
        else:
            self._await(answer)

    def _await(self, awaitable: object) -> None:
        """Takes the first step here: most coroutines end with it, and cost no task."""
        if isinstance(awaitable, CoroutineType):
            try:
                awaited = awaitable.send(None)
            except StopIteration as end:
                self._deliver(self._checked(end.value))
            except (Exception, asyncio.CancelledError) as error:
                self._deliver(self._failure(error))
            else:
                self._run(asyncio.get_running_loop().create_task(Begun(awaitable, awaited)), self._answered)
        elif isinstance(awaitable, Awaitable):
            self._run(asyncio.ensure_future(awaitable), self._answered)
        else:
            self._deliver(self._checked(awaitable))

    def _run(self, task: "asyncio.Future[Any]", then: "Callable[[asyncio.Future[Any]], None]") -> None:
        self._stops |= _RUNNING
        self._task = task
        self._hall.tasks.add(task)
        task.add_done_callback(then)

    def _settle(self, task: "asyncio.Future[Any]") -> None:
        self._stops &= ~_RUNNING
        self._task = None
        self._hall.tasks.discard(task)
        self._hall.left()

    def _answered(self, task: "asyncio.Future[Any]") -> None:
        self._settle(task)
        if task.cancelled():
            self.abort()
            return
        error = task.exception()
        answer = self._checked(task.result()) if error is None else self._failure(error)
        if not self._stops & _DONE:
            self._deliver(answer)
            self._go_on()

    def _checked(self, answer: object) -> Answer:
        if isinstance(answer, Answer):
            return answer
        return self._failure(TypeError(f"the handler answered {type(answer).__name__}, not an Answer"))

    def _failure(self, error: BaseException) -> Answer:
        if isinstance(error, HttpError):
            return error.answer()
        self._hall.on_bug(error, self._request)
        return INTERNAL_FAILURE

    def _deliver(self, answer: Answer) -> None:
        connection = CLOSE if self._hall.draining else self._connection
        try:
            if answer.stream is not None:
                self._start_stream(answer, answer.stream, connection)
                return
            data = self._rendered(answer, connection)
        except Exception as error:  # a header that must not be sent
            data = self._rendered(self._failure(error), connection)
        self._outgoing.say(data)
        if connection is CLOSE:
            self._finish()

    def _rendered(self, answer: Answer, connection: str) -> bytes:
        to_head = self._request.method == "HEAD"
        if to_head or answer.status in BODILESS:
            return render_bodiless(answer, connection, to_head=to_head)
        return render(answer, connection)

    def _start_stream(self, answer: Answer, pieces: AsyncIterator[bytes], connection: str) -> None:
        chunked = self._request.version != "1.0"
        if not chunked:
            connection = CLOSE
        if self._request.method == "HEAD" or answer.status in BODILESS:
            self._outgoing.write(self._rendered(answer, connection))
            sending = _closed(pieces)
        else:
            self._outgoing.write(render_stream_head(answer, connection, chunked=chunked))
            sending = self._send(pieces, chunked=chunked)
        self._connection = connection
        self._streaming = True
        self._run(asyncio.ensure_future(sending), self._streamed)

    async def _send(self, pieces: AsyncIterator[bytes], *, chunked: bool) -> None:
        try:
            async for piece in pieces:
                if piece:  # an empty chunk would be the last
                    self._outgoing.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                if self._stops & _CHOKED:
                    self._drained = asyncio.get_running_loop().create_future()
                    await self._drained
        finally:
            await _closed(pieces)
        if chunked:
            self._outgoing.write(b"0\r\n\r\n")

    def _streamed(self, task: "asyncio.Future[Any]") -> None:
        self._settle(task)
        self._streaming = False
        if task.cancelled():
            self.abort()
            return
        error = task.exception()
        if error is not None:
            self._hall.on_bug(error, self._request)
            self.abort()  # the only way left to say that it is not whole
        elif self._connection is CLOSE:
            self._finish()
        else:
            self._go_on()

    # --- going on and ending

    def _go_on(self) -> None:
        """Takes up what had to wait for an answer or for the peer to read."""
        while self._waiting and not self._stops:
            self._begin(*self._waiting.popleft())
        if self._stops:
            return
        if self._refusal is not None:
            self._refuse(self._refusal)
        elif self._held:
            data = b"".join(self._held)
            self._held.clear()
            self._expecting = False
            self._transport.resume_reading()
            self.data_received(data)
        elif self._ended:
            self._end_of_input()
        else:
            if self._expecting:
                self._expecting = False
                self._outgoing.write(CONTINUE)
            self._receive_directly()

    def _receive_directly(self) -> None:
        """Has the rest of a large body read into its place, if it is large and the turn is its."""
        if not self._stops and self._reader.missing > _DIRECT:
            begun = self._reader.begun
            self._direct = DirectBody(self, self._transport, begun, len(begun) + self._reader.missing)

    def _end_of_input(self) -> None:
        if self._reader.phase:
            self._refuse(HttpError(400, "The request ended before it was complete."))
        else:
            self._finish()

    def _refuse(self, error: HttpError) -> None:
        """Says why, and reads on for a while without listening: closing on unread data would destroy the answer
        before the peer has seen it (RFC 9112 §9.6)."""
        if self._stops or self._waiting:
            self._refusal = error
            return
        self._stops |= _DONE
        if self._direct is not None:
            self._direct = None
            self._transport.set_protocol(self)
        answer = refusal(error, as_xml=self._reader.speaks_query)
        to_head = self._reader.to_head
        self._outgoing.write(render_bodiless(answer, CLOSE, to_head=True) if to_head else render(answer, CLOSE))
        if self._ended:
            self._transport.close()
        else:
            self._transport.write_eof()

    def _finish(self) -> None:
        """Closes when everything written has been sent."""
        self._stops |= _DONE
        self._outgoing.flush()
        self._transport.close()


async def _closed(pieces: AsyncIterator[bytes]) -> None:
    close = getattr(pieces, "aclose", None)
    if close is not None:
        await close()

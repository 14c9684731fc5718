"""One SMTP connection: octets to its session, the session's questions to its desk, the answers back, within limits."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from msgspec import Struct

from sestina.listeners.first_step import Begun
from sestina.listeners.smtp_desks import Desk, OpenDesk, Peer, Request
from sestina.logs import bug, event, get_log
from sestina.protocols.smtp.events import Closed, StartTls
from sestina.protocols.smtp.order import Phase
from sestina.protocols.smtp.replies import Reply, reply
from sestina.protocols.smtp.session import Session

TOO_MANY: Final = reply("421 Too many concurrent SMTP connections")
TIMED_OUT: Final = reply("451 4.4.2 Timeout waiting for data from client.")
FAILED: Final = reply("451 Temporary service failure")
CLOSING: Final = reply("421 Service closing transmission channel")

log = get_log("smtp")


class SmtpLimits(Struct, frozen=True, kw_only=True):
    """How many may come, and how long each may wait; seconds, and octets a second."""

    max_connections: int = 200
    before_login: float = 10.0  # as AWS closes, sending.md 7.1
    until_login: float = 60.0  # in all: commands that lead nowhere must not hold a place, and a login takes seconds
    idle: float = 300.0  # RFC 5321 §4.5.3.2.7
    content: float = 180.0  # RFC 5321 §4.5.3.2.5, for each piece
    slowest: int = 256  # octets a second of a message, on top of that
    handshake: float = 10.0
    linger: float = 5.0  # for a peer that does not read our last words
    room: int = 512 * 1024 * 1024  # octets of messages on their way in, over all sessions


class Hall(Struct, kw_only=True):
    """What the connections of one server share."""

    limits: SmtpLimits
    tls: ssl.SSLContext
    connections: "set[Connection]"
    tasks: set[asyncio.Future[Any]]
    held: int = 0  # octets of messages on their way in
    draining: bool = False
    emptied: asyncio.Event | None = None

    def left(self) -> None:
        """Something has ended."""
        if self.emptied is not None and not self.connections and not self.tasks:
            self.emptied.set()


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, hall: Hall, open_desk: OpenDesk) -> None:
        self._hall = hall
        self._open_desk = open_desk
        self._is_busy = False  # a question is being answered, or TLS begins
        self._is_upgrading = False
        self._is_choked = False  # the peer does not read what we write
        self._is_paused = False
        self._has_ended = False  # the peer writes no more
        self._held = 0
        self._mark: tuple[int, ...] = ()
        self._since = 0.0
        self._unknown_since = 0.0  # when it was last seen with a login, or came
        self._transport: asyncio.Transport
        self._session: Session
        self._desk: Desk
        self._peer: Peer

    # --- what the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports have the methods, not the base class
        name = transport.get_extra_info("peername")
        self._peer = Peer(address=str(name[0]) if name else "")
        self._desk = self._open_desk(self._peer)
        self._note_tls()
        self._session = Session(self._desk.dialect, tls=bool(self._peer.tls))
        self._hall.connections.add(self)
        self._unknown_since = asyncio.get_running_loop().time()
        self._greet()

    def data_received(self, data: bytes) -> None:
        self._session.receive(data)
        if not (self._is_busy or self._is_choked):
            self._go_on()
        elif not (self._is_paused or self._is_upgrading):
            self._is_paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """The peer writes no more; it may still read, but not inside TLS, where the end is one of both ways."""
        self._has_ended = True
        return self._is_busy and not self._session.tls

    def connection_lost(self, error: Exception | None) -> None:
        self._session.end(CLOSING)
        self._count(0)
        self._hall.connections.discard(self)
        self._hall.left()

    def pause_writing(self) -> None:
        self._is_choked = True

    def resume_writing(self) -> None:
        self._is_choked = False
        self._go_on()

    # --- what the server asks

    def check(self, now: float) -> None:
        """Ends the session if the client has not got on for too long."""
        session, limits = self._session, self._hall.limits
        if self._may_idle():
            self._unknown_since = now
        if self._is_busy:
            self._mark = ()
            return
        if now - self._unknown_since > limits.until_login and session.phase is not Phase.CLOSED:
            self.end(TIMED_OUT)
            return
        mark = (session.commands, session.phase is Phase.CONTENT, session.phase is Phase.CLOSED, self._is_choked)
        if mark != self._mark:
            self._mark, self._since = mark, now
            return
        waited = now - self._since
        if session.phase is Phase.CLOSED or self._is_choked:
            if waited > limits.linger:
                self.abort()
        elif session.phase is Phase.CONTENT:
            if waited > limits.content + session.content.received / limits.slowest:
                self.end(TIMED_OUT)
        elif waited > (limits.idle if self._may_idle() else limits.before_login):
            self.end(TIMED_OUT)

    def drain(self) -> None:
        """No more commands; a message that is on its way in or being accepted is finished."""
        if not self._is_busy and self._session.phase is not Phase.CONTENT:
            self.end(CLOSING)

    def end(self, farewell: Reply) -> None:
        """Ends with a last word."""
        self._session.end(farewell)
        self._go_on()

    def abort(self) -> None:
        """Ends at once."""
        self._transport.abort()

    # --- the dialogue

    def _greet(self) -> None:
        if len(self._hall.connections) > self._hall.limits.max_connections:
            self._session.greet(TOO_MANY)
        else:
            self._session.greet(self._desk.greeting())
        self._go_on()

    def _go_on(self) -> None:
        """Reads what has come until an answer is due, then writes all there is to say at once."""
        session = self._session
        if self._transport.is_closing():
            return
        while not (self._is_busy or self._is_choked):
            asked = session.next_event()
            if asked is None:
                break
            if isinstance(asked, Closed):
                self._write()
                self._transport.close()
                return
            if isinstance(asked, StartTls):
                self._write()
                self._begin_tls()
                return
            self._ask(asked)
        self._write()
        self._find_room()
        if self._is_busy:
            return
        if self._is_paused and not self._is_choked:
            self._is_paused = False
            self._transport.resume_reading()
        if self._has_ended:
            self._transport.close()
        elif self._hall.draining and session.phase is not Phase.CONTENT:
            self.end(CLOSING)

    def _find_room(self) -> None:
        """Drops the message that comes in here if no room is left; those that are whole already keep theirs."""
        session, hall = self._session, self._hall
        self._count(session.held)
        if hall.held > hall.limits.room and session.phase is Phase.CONTENT:
            session.drop_content(FAILED)  # a code to try again with, RFC 5321 §4.2.1
            self._count(session.held)

    def _count(self, held: int) -> None:
        self._hall.held += held - self._held
        self._held = held

    def _write(self) -> None:
        output = self._session.take_output()
        if output:
            self._transport.write(output)

    def _ask(self, request: Request) -> None:
        """Takes the first step here: answers that need not wait cost no task."""
        self._peer.hello = self._session.hello
        coroutine = self._desk.answer(request)
        try:
            awaited = coroutine.send(None)
        except StopIteration as end:
            self._session.decide(end.value)
        except Exception as error:
            self._fail(error)
        else:
            self._run(Begun(coroutine, awaited), self._answered)

    def _answered(self, task: "asyncio.Future[Any]") -> None:
        self._settle(task)
        if task.cancelled():
            self.abort()
            return
        error = task.exception()
        if error is None:
            self._session.decide(task.result())
        else:
            self._fail(error)
        self._go_on()

    def _fail(self, error: BaseException) -> None:
        bug(log, "request failed", error, peer=self._peer.address)
        self._session.decide(FAILED)

    def _run(self, coroutine: Coroutine[Any, Any, Any], then: "Callable[[asyncio.Future[Any]], None]") -> None:
        self._is_busy = True
        task = asyncio.get_running_loop().create_task(coroutine)
        self._hall.tasks.add(task)
        task.add_done_callback(then)

    def _settle(self, task: "asyncio.Future[Any]") -> None:
        self._is_busy = False
        self._hall.tasks.discard(task)
        self._hall.left()

    def _may_idle(self) -> bool:
        return self._session.is_authenticated or not self._session.dialect.needs_login

    # --- TLS

    def _begin_tls(self) -> None:
        """Nothing may be read in the clear from here on, so reading stops before anybody else gets a turn."""
        self._is_upgrading = True
        self._transport.pause_reading()
        self._run(self._upgrade(), self._upgraded)

    async def _upgrade(self) -> None:
        self._session.tls_started()  # what comes in from here on has come through TLS
        transport = await asyncio.get_running_loop().start_tls(
            self._transport,
            self,
            self._hall.tls,
            server_side=True,
            ssl_handshake_timeout=self._hall.limits.handshake,
        )
        self._transport = cast(asyncio.Transport, transport)
        self._note_tls()

    def _note_tls(self) -> None:
        tls = self._transport.get_extra_info("ssl_object")
        self._peer.tls = tls.version() or "" if tls is not None else ""

    def _upgraded(self, task: "asyncio.Future[Any]") -> None:
        self._settle(task)
        self._is_upgrading = False
        error = None if task.cancelled() else task.exception()
        if error is not None:
            event(log, "no TLS", peer=self._peer.address, error=repr(error))
        if error is not None or task.cancelled():
            self.abort()
        else:
            self._go_on()

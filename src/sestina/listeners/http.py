"""The HTTP listener: one port, one handler, and the clock that watches the connections.

A request is answered inside the callback that read its last byte when the handler answers at once; then there is no
task, no future and no timer. Only answers that must wait become tasks. One timer of the server looks at all
connections from time to time instead of one timer for each request.
"""

import asyncio
from typing import Final

from sestina import logs
from sestina.listeners.http_connection import Connection
from sestina.listeners.http_hall import Hall, OnBug
from sestina.listeners.http_hosts import AllowedHost, browser_hosts
from sestina.listeners.http_messages import Answer, Handler, HttpError, Limits, Request

__all__ = ["Answer", "Handler", "HttpError", "HttpServer", "Limits", "Request", "browser_hosts", "listen"]

_log = logs.get_log("http")
_DEFAULTS: Final = Limits()
_BACKLOG: Final = 1024
_ABORT_SECONDS: Final = 1.0  # for what was told to end at once


def log_bug(error: BaseException, request: Request) -> None:
    """What happens with a handler's exception by default."""
    logs.bug(_log, "bug", error, method=request.method, path=request.path)


async def listen(
    handler: Handler,
    host: str,
    port: int,
    limits: Limits = _DEFAULTS,
    *,
    allowed_host: AllowedHost | None = None,
    on_bug: OnBug = log_bug,
) -> "HttpServer":
    """Starts to serve. The first step of a coroutine handler runs outside of any task: one that needs
    `asyncio.timeout` or `current_task` before its first real wait should return a task instead."""
    server = HttpServer(Hall(handler, limits, allowed_host or browser_hosts(), on_bug))
    await server.start(host, port)
    return server


class HttpServer:
    """A listening port; `port` is the one really bound."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._loop = asyncio.get_running_loop()
        limits = hall.limits
        shortest = min(limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.linger_timeout)
        self._interval = min(max(shortest / 4, 0.001), 1.0)
        self.port = 0

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._hall.connections)

    async def start(self, host: str, port: int) -> None:
        """Binds and accepts."""
        self._server = await self._loop.create_server(lambda: Connection(self._hall), host, port, backlog=_BACKLOG)
        self.port = self._server.sockets[0].getsockname()[1]
        self._timer = self._loop.call_later(self._interval, self._look_around)

    async def close(self, drain_seconds: float) -> None:
        """Stops accepting, lets running requests finish for so long, then ends what is left."""
        hall = self._hall
        hall.draining = True
        self._server.close()
        for connection in tuple(hall.connections):
            connection.drain()
        await self._emptied(drain_seconds)
        for task in tuple(hall.tasks):
            task.cancel()
        for connection in tuple(hall.connections):
            connection.abort()
        await self._emptied(_ABORT_SECONDS)
        self._timer.cancel()
        await self._server.wait_closed()

    async def _emptied(self, seconds: float) -> None:
        hall = self._hall
        if hall.connections or hall.tasks:
            hall.emptied = asyncio.Event()
            waiting = asyncio.ensure_future(hall.emptied.wait())
            await asyncio.wait([waiting], timeout=seconds)
            waiting.cancel()

    def _look_around(self) -> None:
        now = self._loop.time()
        for connection in tuple(self._hall.connections):
            connection.check(now)
        self._timer = self._loop.call_later(self._interval, self._look_around)

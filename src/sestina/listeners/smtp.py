"""The SMTP listener: some ports, one hall of connections, and the clock that watches them."""

import asyncio
import ssl
from typing import Final

from sestina.listeners.smtp_connection import Connection, Hall, SmtpLimits
from sestina.listeners.smtp_desks import OpenDesk
from sestina.listeners.smtp_wrapped import BACKLOG, WrappedPort

__all__ = ["SmtpLimits", "SmtpServer"]

_DEFAULTS: Final = SmtpLimits()
_ABORT_SECONDS: Final = 1.0  # for what was told to end at once


class SmtpServer:
    """Serves any number of ports under one set of limits.

    Like the HTTP listener it has one timer that looks at all connections from time to time, not one for each.
    """

    def __init__(self, tls: ssl.SSLContext, limits: SmtpLimits = _DEFAULTS) -> None:
        self._hall = Hall(limits=limits, tls=tls, connections=set(), tasks=set())
        self._loop = asyncio.get_running_loop()
        self._servers: list[asyncio.Server] = []
        self._wrapped: list[WrappedPort] = []
        shortest = min(limits.before_login, limits.until_login, limits.idle, limits.content, limits.linger)
        self._interval = min(max(shortest / 4, 0.001), 1.0)
        self._timer = self._loop.call_later(self._interval, self._look_around)

    async def open(self, open_desk: OpenDesk, host: str, port: int, *, wrapped: bool = False) -> int:
        """Listens on one more port, inside TLS from the first octet if `wrapped`; the port really bound."""
        hall = self._hall
        if wrapped:
            self._wrapped.append(WrappedPort(hall, open_desk))
            return await self._wrapped[-1].open(host, port)
        server = await self._loop.create_server(lambda: Connection(hall, open_desk), host, port, backlog=BACKLOG)
        self._servers.append(server)
        bound: int = server.sockets[0].getsockname()[1]
        return bound

    async def close(self, drain_seconds: float) -> None:
        """Stops accepting, lets messages under way be finished for so long, then ends what is left."""
        hall = self._hall
        hall.draining = True
        for server in self._servers:
            server.close()
        for port in self._wrapped:
            await port.close()
        for connection in tuple(hall.connections):
            connection.drain()
        await self._emptied(drain_seconds)
        for task in tuple(hall.tasks):
            task.cancel()
        for connection in tuple(hall.connections):
            connection.abort()
        await self._emptied(_ABORT_SECONDS)
        self._timer.cancel()
        for server in self._servers:
            await server.wait_closed()

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

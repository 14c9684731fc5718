"""A port inside TLS: it accepts by itself, because connections are to count while they shake hands.

A server of the event loop tells of a connection when its handshake is over. Until then any number of peers could each
hold a descriptor and buffers; here as many shake hands at once as may be connected, and the others wait in the backlog.
"""

import asyncio
import errno
import socket
from collections.abc import Sequence
from typing import Any, Final

from sestina.listeners.smtp_connection import Connection, Hall
from sestina.listeners.smtp_desks import OpenDesk
from sestina.logs import event, get_log

BACKLOG: Final = 1024
BREATH: Final = 1.0  # seconds, when no connection can be had

log = get_log("smtp")


class WrappedPort:
    """One port, on every address that its host has."""

    def __init__(self, hall: Hall, open_desk: OpenDesk) -> None:
        self._hall = hall
        self._open_desk = open_desk
        self._listening: list[socket.socket] = []
        self._accepting: list[asyncio.Task[None]] = []
        self._shaking: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int) -> int:
        """Begins to accept; the port really bound."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        self._listening = listen(found)
        self._accepting = [loop.create_task(self._accept(one)) for one in self._listening]
        bound: int = self._listening[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Accepts no more, and leaves those who still shake hands."""
        tasks = [*self._accepting, *self._shaking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in self._listening:
            one.close()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while len(self._shaking) >= self._hall.limits.max_connections:
                await asyncio.wait(self._shaking, return_when=asyncio.FIRST_COMPLETED)
            try:
                peer, address = await loop.sock_accept(listening)
            except OSError as error:  # the peer has gone again, or no descriptor is left
                event(log, "no connection", error=repr(error))
                await asyncio.sleep(BREATH)
                continue
            task = loop.create_task(self._shake_hands(peer, str(address[0])))
            self._shaking.add(task)
            task.add_done_callback(self._shaking.discard)

    async def _shake_hands(self, peer: socket.socket, address: str) -> None:
        hall = self._hall
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: Connection(hall, self._open_desk),
                peer,
                ssl=hall.tls,
                ssl_handshake_timeout=hall.limits.handshake,
            )
        except OSError as error:
            event(log, "no TLS", peer=address, error=repr(error))


def listen(found: Sequence[tuple[Any, ...]]) -> list[socket.socket]:
    """A socket for each address of a look-up, but for families that the system does not have."""
    listening: list[socket.socket] = []
    for family, _, _, _, address in dict.fromkeys(found):
        try:
            one = socket.create_server(address, family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno == errno.EAFNOSUPPORT:
                continue
            for other in listening:
                other.close()
            raise
        one.setblocking(False)
        listening.append(one)
    return listening

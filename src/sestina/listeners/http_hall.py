"""The hall: what all connections of one HTTP server share."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from sestina.listeners.http_hosts import AllowedHost
from sestina.listeners.http_messages import Handler, Limits, Request

OnBug = Callable[[BaseException, Request], None]


class Guest(Protocol):
    """A connection, as the server sees it."""

    def check(self, now: float) -> None:
        """Ends the connection if nothing has happened for too long."""

    def drain(self) -> None:
        """No more requests; the one that runs or arrives is finished."""

    def abort(self) -> None:
        """Ends at once."""


class Hall:
    """The handler, the rules, and who is there."""

    def __init__(self, handler: Handler, limits: Limits, allowed_host: AllowedHost, on_bug: OnBug) -> None:
        self.handler = handler
        self.limits = limits
        self.allowed_host = allowed_host
        self.on_bug = on_bug
        self.draining = False
        self.connections: set[Guest] = set()
        self.tasks: set[asyncio.Future[Any]] = set()  # answers being made; some outlive their connection
        self.emptied: asyncio.Event | None = None

    def left(self) -> None:
        """Something has ended."""
        if self.emptied is not None and not self.connections and not self.tasks:
            self.emptied.set()

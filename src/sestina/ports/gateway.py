"""The gateway we need from outside: hands whole requests of our users on to the service they are meant for."""

from collections.abc import AsyncIterator
from typing import Protocol

from msgspec import Struct

from sestina.ports.neighbours import Place

Fields = tuple[tuple[bytes, bytes], ...]


class Passing(Struct, frozen=True, kw_only=True):
    """A request on its way to a neighbour."""

    service: str
    """The signing name: `sns`, `s3`, `monitoring` …"""
    place: Place
    access_key: str | None
    """None leaves the request unsigned."""
    method: str
    target: str
    """Path and query as sent."""
    fields: Fields
    body: bytes


class Passed(Struct, frozen=True, kw_only=True):
    """What the neighbour answered. A `stream` is there when the body is larger than fits in memory."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None


class Gateway(Protocol):
    """The way to the neighbours."""

    def is_awake(self, service: str) -> bool:
        """Whether there can be anything: not before the embedded neighbours were first needed."""
        ...

    async def pass_on(self, passing: Passing) -> Passed:
        """The neighbour's answer. Raises `NeighbourError` if there is none."""
        ...

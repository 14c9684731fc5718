"""What an AWS service model says about an operation, as values the codecs read.

The generated API modules build on these: every structure of a model is a `Shape`, every operation one `Operation`
constant, every modelled error one `ErrorShape`.
"""

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

Timestamp = Annotated[int, Meta(extra={"timestamp": True})]
"""Epoch milliseconds in Python; each protocol writes its own form on the wire."""

if TYPE_CHECKING:
    PrimitiveBoolean = bool | None
else:
    # Absent is None, yet an explicit null is refused, as the service refuses it for its unboxed booleans.
    PrimitiveBoolean = bool


class Shape(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, rename="pascal"):
    """A structure of a service model; members that are None are never written."""


class Operation(Struct, frozen=True, kw_only=True):
    """One operation of a service model."""

    service: str
    name: str
    method: str
    path: str
    request: type[Struct]
    response: type[Struct]
    has_result: bool = True
    errors: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    """Wire names of the members that travel in the query string."""
    older_routes: tuple[tuple[str, str], ...] = ()
    """Method and path under which older models knew the operation."""
    older_query: tuple[str, ...] = ()
    """Members that travel in the query string on an older route and in the body on the newest."""


class ErrorShape(Struct, frozen=True, kw_only=True):
    """One modelled error: how it is named in the model and how it looks on the wire."""

    name: str
    code: str
    status: int
    sender: bool
    members: tuple[str, ...] = ()
    """Wire names of the members beside the message."""

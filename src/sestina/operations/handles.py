"""Handles: which function answers which operation. Routing is data; an operation is declared once."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec

from sestina.api import ses, sesv2
from sestina.operations.call import Call
from sestina.protocols.aws.operation import Operation

Request = TypeVar("Request", bound=msgspec.Struct)
Response = TypeVar("Response", bound=msgspec.Struct)
AnyHandler = Callable[[Call, Any], Awaitable[msgspec.Struct]]  # each handler takes the request type of its operation

HANDLERS: dict[tuple[str, str], AnyHandler] = {}
"""By service (`ses` is v1) and operation name."""

HandlerOf = Callable[[Call, Request], Awaitable[Response]]


def handles(operation: Operation) -> Callable[[HandlerOf[Request, Response]], HandlerOf[Request, Response]]:
    """Declares the decorated function to be the answer to an operation."""

    def declare(function: HandlerOf[Request, Response]) -> HandlerOf[Request, Response]:
        key = (operation.service, operation.name)
        assert key not in HANDLERS, f"{operation.name} is answered twice"
        HANDLERS[key] = function
        return function

    return declare


def pending_operations() -> frozenset[tuple[str, str]]:
    """Operations that are known but not built yet, as (service, name): they answer with a proper AWS error."""
    known = {(operation.service, operation.name) for operation in (*ses.OPERATIONS, *sesv2.OPERATIONS)}
    return frozenset(known - HANDLERS.keys())

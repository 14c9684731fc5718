"""Patience: how long a call waits for a neighbour before it answers without."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from sestina.ports.neighbours import NeighbourError

T = TypeVar("T")
SECONDS: Final = 10.0


async def in_time(asking: Coroutine[Any, Any, T], seconds: float = SECONDS) -> T:
    """What a neighbour answers, asked in a task of its own: a handler's first step runs outside of any.

    Raises:
        NeighbourError: it refuses, or it does not answer.
    """
    task = asyncio.ensure_future(asking)
    try:
        await asyncio.wait([task], timeout=seconds)
        if task.done():
            return task.result()
    finally:
        task.cancel()
    raise NeighbourError("ServiceUnavailable", f"no answer within {seconds:g} seconds", retryable=True)

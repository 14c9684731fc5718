"""Coroutines begun without a task: the rest of one that has taken its first step by hand and really waits."""

from collections.abc import Callable, Coroutine, Generator
from typing import Any


async def rest(coroutine: Coroutine[Any, Any, Any], awaited: object) -> Any:  # what the coroutine returns
    """Goes on with a coroutine whose first `send` gave `awaited`, as if it had been a task from its start."""
    return await _Begun(coroutine, awaited)


class _Begun:
    def __init__(self, coroutine: Coroutine[Any, Any, Any], awaited: object) -> None:
        self._coroutine = coroutine
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, Any]:
        awaited = self._awaited
        while True:
            step: Callable[[Any], Any]
            try:
                argument = yield awaited
                step = self._coroutine.send
            except BaseException as error:  # a cancellation is the coroutine's to handle
                argument = error
                step = self._coroutine.throw
            try:
                awaited = step(argument)
            except StopIteration as end:
                return end.value

"""Coroutines begun without a task: the rest of one that has taken its first step by hand and really waits."""

from collections.abc import Coroutine, Generator
from typing import Any


class Begun(Coroutine[Any, Any, Any]):
    """What a task needs to go on with a coroutine whose first `send` gave `awaited`, as if it had begun it."""

    __slots__ = ("_awaited", "_coroutine", "_told")

    def __init__(self, coroutine: Coroutine[Any, Any, Any], awaited: object) -> None:
        self._coroutine = coroutine
        self._awaited = awaited
        self._told = False

    def send(self, value: Any) -> Any:
        """The first time what was awaited already, then the coroutine's own steps."""
        if self._told:
            return self._coroutine.send(value)
        self._told = True
        return self._awaited

    def throw(self, *error: Any) -> Any:
        """A cancellation is the coroutine's to handle."""
        self._told = True
        return self._coroutine.throw(*error)

    def close(self) -> None:
        self._coroutine.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        raise TypeError("only a task goes on with this")

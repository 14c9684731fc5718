"""Coroutines begun by hand: the rest of one behaves as a task's coroutine does."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from fakes.http_peer import turn

from sestina.listeners.first_step import Begun


def begun(coroutine: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
    return asyncio.get_running_loop().create_task(Begun(coroutine, coroutine.send(None)))


def test_the_rest_returns_what_the_coroutine_returns() -> None:
    async def story() -> None:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def waits() -> int:
            number = await future
            await turn()
            return number + 1

        task = begun(waits())
        future.set_result(1)
        assert 2 == await task

    asyncio.run(story())


def test_what_was_awaited_may_be_done_before_the_task_begins() -> None:
    async def story() -> None:
        async def waits() -> int:
            await turn()
            return 1

        assert 1 == await begun(waits())

    asyncio.run(story())


def test_the_failure_of_what_was_awaited_reaches_the_coroutine() -> None:
    async def story() -> None:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def waits() -> str:
            try:
                await future
            except ZeroDivisionError:
                return "seen"
            return "missed"

        task = begun(waits())
        future.set_exception(ZeroDivisionError())
        assert "seen" == await task

    asyncio.run(story())


@pytest.mark.parametrize("steps", [0, 1])
def test_a_cancellation_reaches_the_coroutine_before_and_after_the_task_has_begun(steps: int) -> None:
    async def story() -> None:
        seen = []

        async def waits() -> None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

        task = begun(waits())
        for _ in range(steps):
            await turn()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ["cancelled"] == seen

    asyncio.run(story())


def test_a_coroutine_may_outlive_its_cancellation() -> None:
    async def story() -> None:
        async def waits() -> str:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                await turn()
            return "finished"

        task = begun(waits())
        await turn()
        task.cancel()
        assert "finished" == await task

    asyncio.run(story())


def test_it_closes_as_the_coroutine_does_and_is_for_tasks_only() -> None:
    async def story() -> None:
        seen = []

        async def waits() -> None:
            try:
                await turn()
            finally:
                seen.append("closed")

        coroutine = waits()
        remaining = Begun(coroutine, coroutine.send(None))
        with pytest.raises(TypeError, match="task"):
            await remaining
        remaining.close()
        assert ["closed"] == seen

    asyncio.run(story())

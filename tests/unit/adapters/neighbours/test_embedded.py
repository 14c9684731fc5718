"""The keeper of the embedded neighbours, with children that go wrong."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sestina.adapters.neighbours.child import READY
from sestina.adapters.neighbours.embedded import ENVIRONMENT, Embedded
from sestina.ports.neighbours import NeighbourError

LISTEN = f"import sys; print('noise'); print('{READY} 4321', flush=True); "
UNTIL_PARENT_ENDS = LISTEN + "sys.stdin.read()"


def live(program: str, story: Callable[[Embedded], Awaitable[Any]], **seconds: float) -> Any:
    """What a story comes to while a program plays the child."""

    async def run() -> Any:
        embedded = Embedded({}, (sys.executable, "-c", program), **seconds)
        keeper = asyncio.create_task(embedded.keep())
        try:
            return await story(embedded)
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)

    return asyncio.run(run())


def test_all_who_ask_wait_for_one_start() -> None:
    async def story(embedded: Embedded) -> Any:
        assert not embedded.is_awake
        return await asyncio.gather(*(embedded.endpoint() for _ in range(5)))

    assert {4321} == {endpoint.port for endpoint in live(UNTIL_PARENT_ENDS, story)}


def test_a_child_that_does_not_start_says_why() -> None:
    async def story(embedded: Embedded) -> None:
        for _ in range(2):
            with pytest.raises(NeighbourError) as caught:
                await embedded.endpoint()
            assert caught.value.retryable
            assert caught.value.message.endswith("did not start: no moto here")
        assert not embedded.is_awake

    live("raise SystemExit('no moto here')", story)


def test_a_program_that_is_not_there_says_so() -> None:
    async def run() -> None:
        embedded = Embedded({}, ("/nonexistent/python",))
        keeper = asyncio.create_task(embedded.keep())
        with pytest.raises(NeighbourError, match="No such file"):
            await embedded.endpoint()
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    asyncio.run(run())


def test_a_start_that_takes_too_long_is_not_waited_for() -> None:
    async def story(embedded: Embedded) -> None:
        with pytest.raises(NeighbourError, match="it said nothing"):
            await embedded.endpoint()

    live("import sys; sys.stdin.read()", story, start_seconds=0.01)


def test_a_child_that_does_not_end_is_killed() -> None:
    live(LISTEN + "import signal; signal.pause()", lambda embedded: embedded.endpoint(), stop_seconds=0.01)


def test_the_child_knows_nothing_of_our_account() -> None:
    embedded = Embedded({"AWS_SECRET_ACCESS_KEY": "real", "AWS_PROFILE": "p", "MOTO_ACCOUNT_ID": "1", "PATH": "/bin"})
    assert {**ENVIRONMENT, "PATH": "/bin"} == embedded._environment

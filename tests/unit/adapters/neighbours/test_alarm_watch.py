"""The alarm watch against an answer that is scripted: when it looks, whom it tells, what it survives."""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from sestina.adapters.clock import SystemClock
from sestina.adapters.neighbours.alarm_watch import EVERY, AlarmWatch
from sestina.adapters.neighbours.asking import Said
from sestina.ports.neighbours import NeighbourError, Place

HERE = Place("111122223333", "eu-west-1")
NOON = 1_800_000_000_000
AWAY = NeighbourError("ServiceUnavailable", "away", retryable=True)


class Child:
    """Answers as told, the last answer again and again, and keeps the times it was asked for."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.asked: list[int] = []

    async def ask(self, service: str, place: Place, method: str, path: str, headers: Mapping[str, str]) -> Said:
        account, region, now = headers["x-sestina-alarms"].split(" ")
        assert ("monitoring", HERE) == (service, Place(account, region))
        self.asked.append((int(now) - NOON) // 1000)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Said({}, msgspec.json.encode(answer))


class Brought:
    """Metrics that are always there."""

    async def bring(self, place: Place) -> None:
        assert HERE == place


class Topics:
    """Keeps what is published; there is no topic `gone`."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, str | None]] = []

    async def publish(self, place: Place, topic_arn: str, message: str, *, subject: str | None = None) -> str:
        if topic_arn == "gone":
            raise NeighbourError("NotFound", "Topic does not exist", retryable=False)
        self.told.append((topic_arn, message, subject))
        return "id"


class Scene:
    """A watch with everything around it."""

    def __init__(self, *answers: Any) -> None:
        self.child, self.topics, self.clock = Child(*answers), Topics(), SystemClock()
        self.clock.freeze(NOON)
        self.watch = AlarmWatch(self.child, Brought(), self.topics, self.clock)  # type: ignore[arg-type]

    async def advance(self, *seconds: int) -> None:
        for step in seconds:
            self.clock.advance(step * 1000)
            await self.rest()

    async def rest(self) -> None:
        """Some turns of the loop, in which the watch comes to rest."""
        for _ in range(20):
            turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(turn.set_result, None)
            await turn


def seen(alarms: int, *topics: str) -> dict[str, Any]:
    notices = [{"topics": topics, "subject": "s", "message": "m"}] if topics else []
    return {"alarms": alarms, "notices": notices}


def play(scene: Scene, *seconds: int, first_look: bool = True) -> list[int]:
    """The seconds after noon at which the child was asked."""

    async def run() -> None:
        keeper = asyncio.ensure_future(scene.watch.keep())
        if first_look:
            await scene.watch.look(HERE)
        await scene.rest()
        await scene.advance(*seconds)
        keeper.cancel()

    asyncio.run(run())
    return scene.child.asked


def test_nobody_is_asked_before_there_is_an_alarm() -> None:
    assert [] == play(Scene(seen(0)), 5, 3600, first_look=False)


def test_it_looks_every_few_seconds_while_there_are_alarms() -> None:
    assert 5_000 == EVERY
    scene = Scene(seen(2), seen(1), seen(1), seen(0))
    assert [0, 5, 10, 3610] == play(scene, 5, 4, 1, 3600, 5, 5)
    assert not scene.watch.watches(HERE)


def test_every_topic_is_told_although_one_is_gone() -> None:
    scene = Scene(seen(1, "first", "gone", "second"))
    play(scene)
    assert [("first", "m", "s"), ("second", "m", "s")] == scene.topics.told
    assert scene.watch.watches(HERE)


@pytest.mark.parametrize("trouble", [AWAY, ValueError("not foreseen")])
def test_after_trouble_it_looks_again(trouble: Exception) -> None:
    assert [0, 5, 10] == play(Scene(seen(1), trouble, seen(1)), 5, 5)


def test_a_clock_that_is_set_back_does_not_put_it_to_sleep() -> None:
    scene = Scene(seen(1))

    async def run() -> None:
        keeper = asyncio.ensure_future(scene.watch.keep())
        await scene.watch.look(HERE)
        await scene.rest()
        await scene.advance(86_400)
        scene.clock.freeze(NOON)
        await scene.watch.look(HERE)
        await scene.rest()
        await scene.advance(5)
        keeper.cancel()

    asyncio.run(run())
    assert [0, 86_400, 0, 5] == scene.child.asked

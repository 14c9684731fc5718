"""Neighbours are waited for, but not for ever."""

import asyncio

import pytest

from sestina.operations.patience import in_time
from sestina.ports.neighbours import NeighbourError


async def answer() -> str:
    return "yes"


async def refusal() -> str:
    raise NeighbourError("NotFound", "no such thing", retryable=False)


def test_an_answer_and_a_refusal_arrive_as_they_are() -> None:
    assert "yes" == asyncio.run(in_time(answer()))
    with pytest.raises(NeighbourError, match="no such thing"):
        asyncio.run(in_time(refusal()))


def test_silence_is_an_error_and_the_question_is_withdrawn() -> None:
    withdrawn = []

    async def silence() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            withdrawn.append(True)
            raise

    with pytest.raises(NeighbourError, match="no answer within"):
        asyncio.run(in_time(silence(), seconds=0.001))
    assert [True] == withdrawn

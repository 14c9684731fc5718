"""Fixtures of the listeners' tests: each story runs on both event loops."""

import pytest
from fakes.http_peer import LOOPS, Run, run_on


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Run:
    return lambda story: run_on(request.param, story)

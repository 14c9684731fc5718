"""Fixtures: one server for all tests of a worker, a fresh account for each test, real clients."""

from collections.abc import Iterator
from typing import Any

import pytest
from harness import Server, new_account


@pytest.fixture(scope="session")
def shared_server() -> Iterator[Server]:
    with Server() as server:
        yield server


@pytest.fixture
def server(shared_server: Server) -> Iterator[Server]:
    """The shared server, with its clock running again after the test."""
    yield shared_server
    shared_server.loop.call_soon_threadsafe(shared_server.app.clock.resume)


@pytest.fixture
def account() -> str:
    return new_account()


@pytest.fixture
def ses(server: Server, account: str) -> Any:
    return server.client("ses", account)


@pytest.fixture
def sesv2(server: Server, account: str) -> Any:
    return server.client("sesv2", account)

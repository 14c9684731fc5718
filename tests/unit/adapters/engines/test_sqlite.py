"""The database on disk: who may read it."""

import asyncio
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sestina.adapters.engines.sqlite import SqliteEngine


@pytest.fixture
def _generous() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_generous")
def test_only_its_owner_may_read_what_holds_passwords_and_keys(tmp_path: Path) -> None:
    modes = asyncio.run(modes_in_use(tmp_path))
    assert dict.fromkeys(("sestina.db", "sestina.db-shm", "sestina.db-wal"), 0o600) == modes


async def modes_in_use(folder: Path) -> dict[str, int]:
    engine = SqliteEngine(folder / "sestina.db")
    modes = modes_in(folder)
    await engine.close()
    return modes


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}

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


@pytest.mark.parametrize("on_disk", [True, False])
def test_the_beginning_of_a_long_value_is_read_alone(tmp_path: Path, on_disk: bool) -> None:
    async def beginnings() -> list[bytes]:
        engine = SqliteEngine(tmp_path / "sestina.db" if on_disk else None)
        await engine.add([("INSERT INTO signatures VALUES (?, ?)", (7, b"abc" * 1000))])
        found = [await engine.beginning("signatures", "fields", row, 4) for row in (7, 8)]
        await engine.close()
        return found

    assert [b"abca", b""] == asyncio.run(beginnings())


async def modes_in_use(folder: Path) -> dict[str, int]:
    engine = SqliteEngine(folder / "sestina.db")
    modes = modes_in(folder)
    await engine.close()
    return modes


def modes_in(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}

"""The list in memory and in the database agree, whatever the case of the addresses."""

import asyncio
from collections.abc import Awaitable, Callable

from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.domain.suppression import SuppressedDestination
from sestina.storage.suppression import SuppressionList


def entry(address: str) -> SuppressedDestination:
    return SuppressedDestination(address=address, reason="BOUNCE", updated=1)


def with_list(story: Callable[[SuppressionList, SqliteEngine], Awaitable[None]]) -> None:
    async def run() -> None:
        engine = SqliteEngine(None, "normal")
        suppressed = SuppressionList(engine, 1)
        await suppressed.load()
        await story(suppressed, engine)
        await engine.close()

    asyncio.run(run())


def test_entries_of_other_case_are_others_but_hold_back_alike() -> None:
    async def story(suppressed: SuppressionList, engine: SqliteEngine) -> None:
        await suppressed.put(entry("Foo@example.org"))
        await suppressed.put(entry("foo@example.org"))
        assert "FOO@EXAMPLE.ORG" in suppressed
        assert 1 == len(suppressed)
        assert "foo@example.org" == (await _found(suppressed, "foo@example.org"))
        assert "Foo@example.org" == (await _found(suppressed, "FOO@example.org"))
        assert not await suppressed.remove("FOO@example.org")
        assert await suppressed.remove("Foo@example.org")
        assert "foo@example.org" == (await _found(suppressed, "FOO@example.org"))
        assert await suppressed.remove("foo@example.org")
        assert "foo@example.org" not in suppressed
        assert await suppressed.find("foo@example.org") is None

    with_list(story)


def test_an_entry_that_is_written_with_others_counts_at_once_and_later() -> None:
    async def story(suppressed: SuppressionList, engine: SqliteEngine) -> None:
        await engine.add([suppressed.insertion(entry("a@b.test"))])
        assert "A@b.test" in suppressed
        again = SuppressionList(engine, 1)
        await again.load()
        assert "a@b.test" == await _found(again, "A@B.test")
        other = SuppressionList(engine, 2)
        await other.load()
        assert 0 == len(other)

    with_list(story)


def test_what_is_forgotten_is_gone_from_memory() -> None:
    async def story(suppressed: SuppressionList, engine: SqliteEngine) -> None:
        await suppressed.put(entry("a@b.test"))
        suppressed.forget()
        assert "a@b.test" not in suppressed

    with_list(story)


async def _found(suppressed: SuppressionList, address: str) -> str | None:
    found = await suppressed.find(address)
    return None if found is None else found.address

"""SQLite as the embedded engine: one connection on the event loop's thread, commits shared by all who wait.

Units that arrive while the loop is busy share one commit ("group commit"): the first opens the transaction, and the
commit runs after the loop has turned twice, so that requests already in the sockets join it. In a file, a second
connection on a thread of its own moves the log into the database and asks the disk to keep it, away from every answer.
Measured choices: docs/decisions/0003-sqlite-on-the-loop.md.
"""

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from sestina.logs import event, get_log
from sestina.ports.engine import Parameters, Row, Statement, Unit

Durability = Literal["normal", "full"]

GATHER_TURNS: Final = 2  # turns of the loop before a commit: +27 % at 16 connections, nothing lost at one
CHECKPOINT_SECONDS: Final = 0.2
RESTART_OCTETS: Final = 256 * 1024 * 1024  # above this the log is emptied even under load

log = get_log("storage")


class SqliteEngine:
    """The port `Engine` on a file, or in memory when `path` is None."""

    def __init__(self, path: Path | None, durability: Durability = "normal") -> None:
        self._path = path
        self._full = durability == "full"
        if path is not None:
            path.touch(mode=0o600)  # it holds passwords, keys and mail; SQLite gives its -wal and -shm the same mode
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None, cached_statements=512)
        self._waiting: list[asyncio.Future[None]] = []
        self._open = False
        self._unit_lock = asyncio.Lock()
        self._before_commit: list[Callable[[], Sequence[Statement]]] = []
        self._added: dict[str, list[Parameters]] = {}
        self._keeper: _Keeper | None = None
        self._configure()
        self._migrate()
        if path is not None:
            self._keeper = _Keeper(path, sync=not self._full)
            self._keeper.start()

    def before_commit(self, source: Callable[[], Sequence[Statement]]) -> None:
        """Registers statements that join every group: counters that many units share are written once."""
        self._before_commit.append(source)

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a query."""
        if self._added:
            self._flush()
        return self._connection.execute(sql, parameters).fetchall()

    async def beginning(self, table: str, column: str, row: int, size: int) -> bytes:
        """Up to `size` first octets of a long value: substr() would read all of it."""
        if self._added:
            self._flush()
        try:
            with self._connection.blobopen(table, column, row, readonly=True) as blob:
                return blob.read(size)
        except sqlite3.OperationalError:  # no such row, or no value in it
            return b""

    async def add(self, statements: Sequence[Statement]) -> None:
        """Notes the statements; they run together at the next read, unit or commit, inserts before deletions."""
        if not self._open:
            self._begin()
        added = self._added
        for sql, parameters in statements:
            rows = added.get(sql)
            if rows is None:
                added[sql] = [parameters]
            else:
                rows.append(parameters)
        if self._path is not None:
            await self._committed()

    async def write(self, statements: Sequence[Statement]) -> None:
        """Runs the statements as one unit and returns after the commit they share with their neighbours."""
        if self._unit_lock.locked():
            async with self._unit_lock:
                self._run(statements)
        else:
            self._run(statements)
        if self._path is not None:
            await self._committed()

    @contextlib.asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """A unit that reads before it writes; others wait for it, so it must not wait for anything else."""
        async with self._unit_lock:
            self._flush()
            unit = _SqliteUnit(self._connection, self._begin)
            try:
                yield unit
            except BaseException:
                unit.undo()
                raise
            unit.keep()
        if unit.has_written and self._path is not None:
            await self._committed()

    async def close(self) -> None:
        """Commits what is open and closes the file."""
        self._commit()
        if self._keeper is not None:
            self._keeper.stop()
        self._connection.close()

    def _configure(self) -> None:
        run = self._connection.execute
        run("PRAGMA temp_store=MEMORY")
        if self._path is not None:
            run("PRAGMA journal_mode=WAL")
            run("PRAGMA wal_autocheckpoint=0")
            run(f"PRAGMA synchronous={'FULL' if self._full else 'NORMAL'}")
            run("PRAGMA cache_size=-16384")
        else:
            run("PRAGMA journal_mode=MEMORY")
            run("PRAGMA synchronous=OFF")

    def _migrate(self) -> None:
        present = self._connection.execute("PRAGMA user_version").fetchone()[0]
        folder = resources.files("sestina.storage") / "migrations"
        scripts = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
        for number, name in enumerate(scripts, 1):
            if number > present:
                script = (folder / name).read_text()
                self._connection.executescript(f"BEGIN;{script}PRAGMA user_version={number};COMMIT;")

    def _run(self, statements: Sequence[Statement]) -> None:
        self._begin()
        self._flush()
        execute = self._connection.execute
        try:
            for sql, parameters in statements:
                execute(sql, parameters)
        except sqlite3.Error as error:
            self._abandon(error)
            raise

    def _flush(self) -> None:
        added, self._added = self._added, {}
        try:
            for sql in sorted(added, key=_phase):
                self._connection.executemany(sql, added[sql])
        except sqlite3.Error as error:
            self._abandon(error)
            raise

    def _begin(self) -> None:
        if self._open:
            return
        self._connection.execute("BEGIN IMMEDIATE")
        self._open = True
        asyncio.get_running_loop().call_soon(self._turn, GATHER_TURNS)

    def _turn(self, turns: int) -> None:
        if not self._open:
            return
        if turns or self._unit_lock.locked():
            asyncio.get_running_loop().call_soon(self._turn, max(turns - 1, 0))
            return
        try:
            self._commit()
        except sqlite3.Error as error:
            self._abandon(error)

    def _commit(self) -> None:
        if not self._open:
            return
        self._flush()
        for source in self._before_commit:
            for sql, parameters in source():
                self._connection.execute(sql, parameters)
        self._connection.execute("COMMIT")
        self._open = False
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        if self._keeper is not None:
            self._keeper.dirty = True

    def _abandon(self, error: sqlite3.Error) -> None:
        """A statement or commit failed (disk full, a bug): the whole group is undone and everyone in it is told."""
        event(log, "group abandoned", error=str(error))
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        self._open = False
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_exception(error)

    async def _committed(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future


def _phase(sql: str) -> str:
    """Sorts INSERT before UPDATE before DELETE, and statements of one kind by table."""
    return {"I": "0", "U": "1", "D": "2"}[sql[0]] + sql


class _SqliteUnit:
    """A unit inside the group's transaction, kept apart by a savepoint once it writes."""

    def __init__(self, connection: sqlite3.Connection, begin: Callable[[], None]) -> None:
        self._connection = connection
        self._begin = begin
        self.has_written = False

    async def fetch(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    async def execute(self, sql: str, parameters: Parameters = ()) -> int:
        if not self.has_written:
            self._begin()
            self._connection.execute("SAVEPOINT unit")
            self.has_written = True
        return self._connection.execute(sql, parameters).rowcount

    def keep(self) -> None:
        if self.has_written:
            self._connection.execute("RELEASE unit")

    def undo(self) -> None:
        if self.has_written:
            self._connection.execute("ROLLBACK TO unit")
            self._connection.execute("RELEASE unit")


class _Keeper(threading.Thread):
    """Moves the write-ahead log into the database and syncs it, so that no answer ever waits for either."""

    def __init__(self, path: Path, *, sync: bool) -> None:
        super().__init__(name="sestina-keeper", daemon=True)
        self._path = path
        self._sync = sync
        self._ended = threading.Event()
        self.dirty = False

    def run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0.05)
        connection.execute("PRAGMA wal_autocheckpoint=0")
        wal = Path(f"{self._path}-wal")
        while not self._ended.wait(CHECKPOINT_SECONDS):
            if self.dirty:
                self.dirty = False
                self._keep(connection, wal)
        connection.close()

    def _keep(self, connection: sqlite3.Connection, wal: Path) -> None:
        try:
            if self._sync:
                descriptor = os.open(wal, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
            mode = "RESTART" if wal.stat().st_size > RESTART_OCTETS else "PASSIVE"
            connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
        except (OSError, sqlite3.Error) as error:
            event(log, "checkpoint put off", error=str(error))
            self.dirty = True

    def stop(self) -> None:
        self._ended.set()
        self.join()

"""Region: everything one account owns in one region, behind one door."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from sestina.domain.accounts import Account
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.identities import Identity
from sestina.domain.instants import Instant
from sestina.domain.pace import Pace
from sestina.domain.templates import Template
from sestina.ports.engine import Engine, Statement
from sestina.storage.collection import Collection
from sestina.storage.dispatches import Dispatches, open_dispatches
from sestina.storage.faults import Faults, FaultTable
from sestina.storage.messages import Messages, Sequences, load_sequences
from sestina.storage.outbox import Outbox
from sestina.storage.signatures import Signatures
from sestina.storage.suppression import SuppressionList
from sestina.storage.tallies import Tallies

REFUSED_KEPT: Final = 100
SETTINGS: Final = "settings"  # the name of the one document of kind `account`

GET_SCOPE: Final = "SELECT scope FROM scopes WHERE account = ? AND region = ?"
ADD_SCOPE: Final = "INSERT INTO scopes (account, region) VALUES (?, ?)"
ALL_SCOPES: Final = "SELECT scope, account, region FROM scopes ORDER BY scope"
CLEAR: Final = (
    "DELETE FROM journeys WHERE message IN (SELECT seq FROM messages WHERE scope = ?)",
    "DELETE FROM signatures WHERE message IN (SELECT seq FROM messages WHERE scope = ?)",
    "DELETE FROM timeline WHERE scope = ?",
    "DELETE FROM recipients WHERE scope = ?",
    "DELETE FROM outbox WHERE scope = ?",
    "DELETE FROM dispatches WHERE scope = ?",
    "DELETE FROM messages WHERE scope = ?",
    "DELETE FROM documents WHERE scope = ?",
    "DELETE FROM tallies WHERE scope = ?",
)
CLEAR_MESSAGES: Final = CLEAR[:7]
OWED: Final = "SELECT message FROM outbox WHERE scope = ?"
SETTLED: Final = f"SELECT seq FROM messages WHERE scope = ? AND seq NOT IN ({OWED})"
CLEAR_SETTLED: Final = (
    f"DELETE FROM journeys WHERE message IN ({SETTLED})",
    f"DELETE FROM signatures WHERE message IN ({SETTLED})",
    f"DELETE FROM timeline WHERE scope = ? AND message NOT IN ({OWED})",
    f"DELETE FROM recipients WHERE scope = ? AND message NOT IN ({OWED})",
    f"DELETE FROM dispatches WHERE scope = ? AND message NOT IN ({OWED})",
    f"DELETE FROM messages WHERE scope = ? AND seq NOT IN ({OWED})",
)


class RefusedCall(Struct, frozen=True, kw_only=True):
    """A call that was answered with an error, for a user who wonders why nothing arrived."""

    at: Instant
    operation: str
    code: str
    message: str | None


class Arrivals:
    """Wakes whoever waits for messages or events, of one region or of all."""

    def __init__(self, everywhere: "Arrivals | None" = None) -> None:
        self._waiting: set[asyncio.Future[None]] = set()
        self._everywhere = everywhere

    def notify(self) -> None:
        """Something arrived."""
        if self._everywhere is not None:
            self._everywhere.notify()
        if self._waiting:
            waiting, self._waiting = self._waiting, set()
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    async def wait(self) -> None:
        """Returns at the next arrival."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)


class Region:
    """The collections, messages and counts of one account in one region."""

    def __init__(
        self,
        engine: Engine,
        scope: int,
        account: str,
        name: str,
        sequences: Sequences,
        everywhere: Arrivals,
        faults: FaultTable,
        dirty: set[Tallies],
    ) -> None:
        self.account = account
        self.name = name
        self.scope = scope
        self.identities = Collection(engine, scope, "identity", Identity)
        self.templates = Collection(engine, scope, "template", Template)
        self.configuration_sets = Collection(engine, scope, "configuration set", ConfigurationSet)
        self.accounts = Collection(engine, scope, "account", Account)
        self.messages = Messages(engine, scope, sequences)
        self.suppressed = SuppressionList(engine, scope)
        self.tallies = Tallies(scope, dirty)
        self.pace = Pace()
        self.faults = faults
        self.arrivals = Arrivals(everywhere)
        self.refused: deque[RefusedCall] = deque(maxlen=REFUSED_KEPT)

    async def settings(self, default: Account) -> Account:
        """The account's settings here, or the default while nothing was ever set."""
        return await self.accounts.get(SETTINGS) or default

    async def set_settings(self, account: Account, now: Instant) -> None:
        """Replaces the account's settings."""
        await self.accounts.put(SETTINGS, account, now)

    def forget(self) -> None:
        """Drops every cached document."""
        for collection in (self.identities, self.templates, self.configuration_sets, self.accounts):
            collection.forget()


class Regions:
    """All accounts in all regions, opened when first asked for."""

    def __init__(self, engine: Engine, sequences: Sequences, dispatches: Dispatches) -> None:
        self._engine = engine
        self._sequences = sequences
        self.dispatches = dispatches
        self._open: dict[tuple[str, str], Region] = {}
        self._opening = asyncio.Lock()
        self.outbox = Outbox(engine, sequences)
        self.signatures = Signatures(engine)
        self.arrivals = Arrivals()
        self.faults = Faults()
        self.engine = engine
        self._dirty: set[Tallies] = set()

    def opened(self, account: str, name: str) -> Region | None:
        """The region if it is already open: no wait, for the hot path."""
        return self._open.get((account, name))

    def in_use(self) -> list[Region]:
        """The regions that are open: those that have been called since the start."""
        return list(self._open.values())

    async def get(self, account: str, name: str, now: Instant) -> Region:
        """The region of an account, made when it is new."""
        region = self._open.get((account, name))
        return region if region is not None else await self._load(account, name, now)

    async def known(self, account: str, name: str, now: Instant) -> Region | None:
        """The region of an account, if it was ever used; none is made."""
        if (account, name) not in self._open and not await self._engine.fetch(GET_SCOPE, (account, name)):
            return None
        return await self.get(account, name, now)

    async def all(self, now: Instant) -> list[Region]:
        """Every region of every account that was ever used."""
        rows = await self._engine.fetch(ALL_SCOPES)
        return [await self.get(str(account), str(name), now) for _, account, name in rows]

    async def by_scope(self, scope: int, now: Instant) -> Region | None:
        """The region with this number."""
        for region in self._open.values():
            if region.scope == scope:
                return region
        return next((region for region in await self.all(now) if region.scope == scope), None)

    async def clear(self, region: Region) -> None:
        """Forgets everything of a region."""
        await self.clear_messages(region, statements=CLEAR)
        region.suppressed.forget()
        region.tallies.clear()
        region.pace = Pace()
        region.refused.clear()
        self.faults.clear(region.account)

    async def clear_messages(self, region: Region, *, statements: Sequence[str] = CLEAR_MESSAGES) -> None:
        """Forgets the messages of a region, and all that is owed for them."""
        region.messages.forget_all()
        await self._engine.write([(sql, (region.scope,)) for sql in statements])
        region.forget()

    async def clear_settled_messages(self, region: Region) -> None:
        """Forgets the messages of a region that are no longer on their way."""
        owed = {int(row[0] or 0) for row in await self._engine.fetch(OWED, (region.scope,))}
        region.messages.forget_all(but=owed)
        await self._engine.write([(sql, (region.scope, region.scope)) for sql in CLEAR_SETTLED])

    def tally_changes(self) -> list[Statement]:
        """What the tallies of all regions still have to save."""
        dirty = list(self._dirty)
        self._dirty.clear()
        return [statement for tallies in dirty for statement in tallies.take_changes()]

    async def _load(self, account: str, name: str, now: Instant) -> Region:
        async with self._opening:
            if (account, name) in self._open:
                return self._open[account, name]
            async with self._engine.unit() as unit:
                rows = await unit.fetch(GET_SCOPE, (account, name))
                if not rows:
                    await unit.execute(ADD_SCOPE, (account, name))
                    rows = await unit.fetch(GET_SCOPE, (account, name))
            scope, table = int(rows[0][0] or 0), self.faults.of(account)
            region = Region(self._engine, scope, account, name, self._sequences, self.arrivals, table, self._dirty)
            await region.tallies.load(self._engine, now)
            await region.suppressed.load()
            self._open[account, name] = region
            return region


async def open_regions(engine: Engine) -> Regions:
    """Everything the database holds, ready to be asked for."""
    return Regions(engine, await load_sequences(engine), await open_dispatches(engine))

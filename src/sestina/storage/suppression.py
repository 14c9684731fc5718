"""The suppression list of one account in one region: documents by address, and which addresses there are, in memory.

Addresses that differ in case only are entries of their own (probed), yet a send compares without case; so the names are
kept folded beside the documents, and a send to somebody who is not on the list costs no query.
"""

from typing import Final

from sestina.domain.suppression import SuppressedDestination
from sestina.ports.engine import Engine, Statement
from sestina.storage.collection import Collection

KIND: Final = "suppressed destination"
NAMES: Final = "SELECT name FROM documents WHERE scope = ? AND kind = ?"


class SuppressionList:
    """`entries` are the documents; what is put and removed goes through here."""

    def __init__(self, engine: Engine, scope: int) -> None:
        self._engine = engine
        self._scope = scope
        self.entries = Collection(engine, scope, KIND, SuppressedDestination)
        self._folded: dict[str, tuple[str, ...]] = {}

    async def load(self) -> None:
        """Takes over what an earlier run has kept."""
        for (name,) in await self._engine.fetch(NAMES, (self._scope, KIND)):
            self._note(str(name))

    def __len__(self) -> int:
        return len(self._folded)

    def __contains__(self, address: str) -> bool:
        return address.lower() in self._folded

    async def find(self, address: str) -> SuppressedDestination | None:
        """The entry that holds an address back: the one of the same case, else any."""
        names = self._folded.get(address.lower(), ())
        return await self.entries.get(address if address in names else names[0]) if names else None

    async def put(self, entry: SuppressedDestination) -> None:
        """Adds or replaces."""
        self._note(entry.address)
        await self.entries.put(entry.address, entry, entry.updated)

    def insertion(self, entry: SuppressedDestination) -> Statement:
        """The statement that adds an entry, for a unit that adds more."""
        self._note(entry.address)
        return self.entries.insertion(entry.address, entry, entry.updated)

    async def remove(self, address: str) -> bool:
        """Removes the entry of exactly this address; False if there was none."""
        names = self._folded.get(address.lower(), ())
        if address not in names:
            return False
        left = tuple(name for name in names if name != address)
        if left:
            self._folded[address.lower()] = left
        else:
            del self._folded[address.lower()]
        return await self.entries.remove(address)

    def forget(self) -> None:
        """Drops everything in memory, after a reset behind its back."""
        self._folded.clear()
        self.entries.forget()

    def _note(self, name: str) -> None:
        names = self._folded.get(name.lower(), ())
        if name not in names:
            self._folded[name.lower()] = (*names, name)

"""Faults: the rules of every account, in memory, with how often each has matched and struck."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from sestina.domain.faults import Effect, FaultRule
from sestina.domain.instants import Instant

E = TypeVar("E", bound=Effect)


class Standing(Struct, kw_only=True):
    """A rule that was added, and what came of it so far."""

    number: int
    account: str
    rule: FaultRule
    added: Instant
    matched: int = 0
    struck: int = 0

    def is_over(self, now: Instant) -> bool:
        """Whether it has struck often enough, or its time is over."""
        rule = self.rule
        return (rule.times is not None and self.struck >= rule.times) or (rule.until is not None and now >= rule.until)

    def strike(self, operation: str, region: str, recipients: Sequence[str], now: Instant) -> tuple[str, ...] | None:
        """Counts a match; the recipients that are struck, or None if nothing is."""
        hits = None if self.is_over(now) else self.rule.hits(operation, region, recipients)
        if hits is None:
            return None
        self.matched += 1
        if not self.rule.falls_on(self.matched):
            return None
        self.struck += 1
        return hits


class FaultTable:
    """The rules of one account, oldest first. `rules` is empty for nearly everybody, and stages look at that first."""

    def __init__(self) -> None:
        self.rules: list[Standing] = []

    def strikes(
        self, kinds: tuple[type[E], ...], operation: str, region: str, recipients: Sequence[str], now: Instant
    ) -> Iterator[tuple[E, tuple[str, ...]]]:
        """The effects of these kinds that strike, each with the recipients it strikes; every match is counted."""
        for standing in tuple(self.rules):
            effect = standing.rule.effect
            if isinstance(effect, kinds):
                hits = standing.strike(operation, region, recipients, now)
                if hits is not None:
                    yield effect, hits


class Faults:
    """The tables of all accounts."""

    def __init__(self) -> None:
        self._tables: dict[str, FaultTable] = {}
        self._last = 0

    def of(self, account: str) -> FaultTable:
        """The table of an account, the same one for all its regions."""
        return self._tables.setdefault(account, FaultTable())

    def add(self, account: str, rule: FaultRule, now: Instant) -> Standing:
        """Adds a rule behind the others."""
        self._last += 1
        standing = Standing(number=self._last, account=account, rule=rule, added=now)
        self.of(account).rules.append(standing)
        return standing

    def all(self, account: str | None = None) -> list[Standing]:
        """The rules of one account or of all, oldest first."""
        found = [one for table in self._tables.values() for one in table.rules if account in (None, one.account)]
        return sorted(found, key=lambda one: one.number)

    def remove(self, number: int) -> bool:
        """Removes one rule; False if there is none of this number."""
        for table in self._tables.values():
            for standing in table.rules:
                if standing.number == number:
                    table.rules.remove(standing)
                    return True
        return False

    def clear(self, account: str | None = None) -> int:
        """Removes all rules of one account or of all; how many there were."""
        gone = self.all(account)
        for standing in gone:
            self._tables[standing.account].rules.remove(standing)
        return len(gone)

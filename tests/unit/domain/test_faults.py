"""Rules of faults: what they match, which match they fall on, and which rules cannot be."""

import pytest

from sestina.domain.faults import Bounce, Delay, Failure, FaultRule, Throttle, trouble_with
from sestina.storage.faults import Faults

TO = ("You@example.org", "other@b.test")


@pytest.mark.parametrize(
    ("rule", "hits"),
    [
        ({}, TO),
        ({"operation": "Send*"}, TO),
        ({"operation": "send*"}, None),
        ({"operation": "SendEmail", "region": "us-east-1"}, TO),
        ({"region": "eu-west-1"}, None),
        ({"recipient": "you@*"}, TO[:1]),
        ({"recipient": "*@B.TEST"}, TO[1:]),
        ({"recipient": "nobody@*"}, None),
    ],
)
def test_a_rule_hits_what_its_globs_match(rule: dict[str, str], hits: tuple[str, ...] | None) -> None:
    assert hits == FaultRule(effect=Throttle(), **rule).hits("SendEmail", "us-east-1", TO)


@pytest.mark.parametrize(
    ("rule", "falls"),
    [({}, [1, 2, 3, 4, 5, 6]), ({"nth": 4}, [4]), ({"every": 3}, [3, 6]), ({"every": 1}, [1, 2, 3, 4, 5, 6])],
)
def test_a_rule_falls_on_the_matches_it_counts(rule: dict[str, int], falls: list[int]) -> None:
    struck = FaultRule(effect=Throttle(), **rule)
    assert falls == [match for match in range(1, 7) if struck.falls_on(match)]


def test_rules_that_can_be_are_no_trouble() -> None:
    for effect in (Throttle(), Failure(status=503, code="ServiceUnavailable"), Delay(ms=0), Bounce()):
        assert trouble_with(FaultRule(effect=effect, every=2, times=1)) is None


def test_only_effects_that_are_asked_for_count_a_match() -> None:
    faults = Faults()
    standing = faults.add("111122223333", FaultRule(effect=Bounce(), until=10), now=0)
    table = faults.of("111122223333")
    assert [] == list(table.strikes((Throttle,), "SendEmail", "us-east-1", TO, 0))
    assert (0, 0) == (standing.matched, standing.struck)
    assert [(Bounce(), TO)] == list(table.strikes((Bounce,), "SendEmail", "us-east-1", TO, 9))
    assert [] == list(table.strikes((Bounce,), "SendEmail", "us-east-1", TO, 10))
    assert (1, 1, True) == (standing.matched, standing.struck, standing.is_over(10))


def test_accounts_have_tables_of_their_own() -> None:
    faults = Faults()
    first = faults.add("1", FaultRule(effect=Throttle()), now=0)
    second = faults.add("2", FaultRule(effect=Throttle()), now=0)
    assert [first, second] == faults.all()
    assert [second] == faults.all("2")
    assert 1 == faults.clear("1")
    assert not faults.remove(first.number)
    assert faults.remove(second.number)
    assert [] == faults.all()

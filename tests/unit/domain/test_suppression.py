"""Suppression: the stored form of an address, whose reasons count, and which events put somebody onto the list."""

import pytest

from sestina.domain.accounts import Account
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.events import Event, EventType
from sestina.domain.refusals import Invalid
from sestina.domain.suppression import effective_reasons, normal_address, reason_of


@pytest.mark.parametrize(
    ("given", "stored"),
    [("a@b.test", "a@b.test"), (" Foo@EXAMPLE.org\t", "Foo@example.org"), ("Me <Me@B.test>", "Me@b.test")],
)
def test_the_domain_is_folded_and_the_local_part_kept(given: str, stored: str) -> None:
    assert stored == normal_address(given)


@pytest.mark.parametrize("given", ["", "nobody", "@b.test", "a@", "a@b@c"])
def test_what_is_no_address_is_refused(given: str) -> None:
    with pytest.raises(Invalid):
        normal_address(given)


def test_the_sets_reasons_count_even_when_there_are_none() -> None:
    account = Account(production_access=True, suppressed_reasons=("COMPLAINT",))
    plain = ConfigurationSet(name="plain", created=0)
    empty = ConfigurationSet(name="empty", created=0, suppressed_reasons=())
    assert ("COMPLAINT",) == effective_reasons(None, account) == effective_reasons(plain, account)
    assert () == effective_reasons(empty, account)


def bounce(type_: str, subtype: str, *, simulated: bool = False) -> Event:
    return Event(type=EventType.BOUNCE, at=0, bounce_type=type_, bounce_subtype=subtype, simulated=simulated)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (bounce("Permanent", "General"), "BOUNCE"),
        (bounce("Permanent", "NoEmail"), "BOUNCE"),
        (bounce("Permanent", "General", simulated=True), None),
        (bounce("Permanent", "Suppressed"), None),
        (bounce("Permanent", "OnAccountSuppressionList"), None),
        (bounce("Permanent", "UnsubscribedRecipient"), None),
        (bounce("Transient", "General"), None),
        (bounce("Undetermined", "Undetermined"), None),
        (Event(type=EventType.COMPLAINT, at=0), "COMPLAINT"),
        (Event(type=EventType.COMPLAINT, at=0, simulated=True), None),
        (Event(type=EventType.COMPLAINT, at=0, complaint_subtype="OnAccountSuppressionList"), None),
        (Event(type=EventType.DELIVERY, at=0), None),
    ],
)
def test_only_real_hard_bounces_and_complaints_suppress(event: Event, reason: str | None) -> None:
    assert reason == reason_of(event)

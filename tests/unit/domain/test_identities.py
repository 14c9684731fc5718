"""The rules of identities, by value."""

import pytest

from sestina.domain.identities import (
    EVERYTHING,
    Identity,
    Selection,
    Status,
    as_of,
    check_name,
    covering_names,
    is_host_name,
    normal_name,
)
from sestina.domain.instants import HOUR
from sestina.domain.refusals import Invalid

NOW = 1_790_000_000_000


def identity(name: str, status: Status, started: int = NOW) -> Identity:
    return Identity(name=name, created=NOW, status=status, started=started)


def test_each_status_has_its_word_in_both_apis() -> None:
    expected = ["NotStarted", "Pending", "Success", "Failed", "TemporaryFailure"]
    assert expected == [status.v1 for status in Status]


@pytest.mark.parametrize(("name", "hours"), [("a@example.com", 24), ("example.com", 72)])
def test_what_is_pending_too_long_has_failed(name: str, hours: int) -> None:
    pending = identity(name, Status.PENDING)
    assert Status.PENDING is as_of(pending, NOW + hours * HOUR).status
    assert Status.FAILED is as_of(pending, NOW + hours * HOUR + 1).status


def test_a_temporary_failure_may_send_for_three_days() -> None:
    failing = identity("example.com", Status.TEMPORARY_FAILURE)
    assert as_of(failing, NOW + 72 * HOUR).is_verified
    assert Status.FAILED is as_of(failing, NOW + 72 * HOUR + 1).status


@pytest.mark.parametrize("status", [Status.SUCCESS, Status.FAILED, Status.NOT_STARTED])
def test_time_does_nothing_to_what_does_not_wait(status: Status) -> None:
    assert status is as_of(identity("example.com", status), NOW + 10_000 * HOUR).status


def test_domains_lose_their_case_and_addresses_keep_it() -> None:
    assert "example.com" == normal_name(" EXAMPLE.com ")
    assert "A@EXAMPLE.com" == normal_name(" A@EXAMPLE.com ")


@pytest.mark.parametrize("name", ["a_b.example.com", "x1.y2.co", "xn--bcher-kva.de", "user+tag@example.com", "a@b"])
def test_these_can_be_identities(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize(
    "name",
    ["localhost", "a..b", "_a.com", "a-.com", "a.1", f"{'a' * 64}.com", f"{'a.' * 127}com", "a@", f"a@{'b' * 320}"],
)
def test_these_cannot(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name)


def test_a_host_name_may_be_one_label() -> None:
    assert is_host_name("localhost")
    assert not is_host_name("")


def test_an_address_is_covered_by_itself_its_base_its_domain_and_the_domains_above() -> None:
    expected = ["a+b@Mail.Example.com", "a@Mail.Example.com", "mail.example.com", "example.com"]
    assert expected == covering_names("a+b", "Mail.Example.com")


def test_a_selection_takes_what_all_its_parts_take() -> None:
    domain = identity("mail.Example.com", Status.PENDING)
    assert Selection(containing="example", type="DOMAIN", status="PENDING").takes(domain)
    assert EVERYTHING.takes(domain)
    for other in (Selection(containing="other"), Selection(type="EMAIL_ADDRESS"), Selection(status="SUCCESS")):
        assert not other.takes(domain)


def test_different_selections_have_different_scopes() -> None:
    selections = [
        EVERYTHING,
        Selection(containing="a"),
        Selection(containing="a|DOMAIN"),
        Selection(containing="a", type="DOMAIN"),
        Selection(type="DOMAIN"),
        Selection(status="PENDING"),
    ]
    assert len(selections) == len({selection.scope for selection in selections})
    assert "" == EVERYTHING.scope

"""How identities move between pending, verified and failed, by value."""

import pytest

from sestina.domain.dkim import begun_dkim, easy_dkim
from sestina.domain.fidelity import Verification
from sestina.domain.identities import Confirmation, Status
from sestina.domain.instants import HOUR
from sestina.domain.verification import (
    Record,
    after_check,
    is_at_once,
    is_link_valid,
    new_identity,
    restarted,
    sends_link,
    shown,
    txt_name,
    verification_token,
    verified,
    with_status,
)

NOW = 1_790_000_000_000
WHO = ("000000000000", "us-east-1", "example.com")
EASY = easy_dkim(*WHO, NOW)
PENDING = new_identity("example.com", NOW, at_once=False, dkim=EASY)
FOUND, WRONG, ABSENT = Record.FOUND, Record.WRONG, Record.ABSENT


def test_the_token_depends_on_account_region_and_domain_and_on_nothing_else() -> None:
    others = [("1" * 12, *WHO[1:]), (WHO[0], "eu-west-1", WHO[2]), (*WHO[:2], "example.org")]
    assert verification_token(*WHO) == verification_token(*WHO)
    assert 44 == len(verification_token(*WHO))
    assert 4 == len({verification_token(*who) for who in (WHO, *others)})


@pytest.mark.parametrize(
    ("verification", "address", "domain", "link"),
    [
        ("auto", True, True, False),
        ("email", False, True, True),
        ("dns", False, False, True),
        ("manual", False, False, False),
    ],
)
def test_what_each_way_of_verification_does_by_itself(
    verification: Verification, address: bool, domain: bool, link: bool
) -> None:
    assert address == is_at_once(verification, is_domain=False)
    assert domain == is_at_once(verification, is_domain=True)
    assert link == sends_link(verification)


def test_an_identity_verified_at_once_signs_at_once() -> None:
    identity = new_identity("example.com", NOW, at_once=True, dkim=EASY)
    assert (Status.SUCCESS, Status.SUCCESS, NOW) == (identity.status, identity.dkim.status, identity.succeeded)
    assert Status.NOT_STARTED is new_identity("a@b.com", NOW, at_once=True).dkim.status


@pytest.mark.parametrize(
    ("ownership", "signing", "status", "dkim", "error"),
    [
        (ABSENT, ABSENT, Status.PENDING, Status.PENDING, "HOST_NOT_FOUND"),
        (WRONG, ABSENT, Status.PENDING, Status.PENDING, "INVALID_VALUE"),
        (ABSENT, WRONG, Status.PENDING, Status.PENDING, "INVALID_VALUE"),
        (FOUND, ABSENT, Status.SUCCESS, Status.PENDING, None),
        (ABSENT, FOUND, Status.SUCCESS, Status.SUCCESS, None),
        (FOUND, FOUND, Status.SUCCESS, Status.SUCCESS, None),
    ],
)
def test_either_record_proves_a_domain_and_only_its_own_proves_signing(
    ownership: Record, signing: Record, status: Status, dkim: Status, error: str | None
) -> None:
    after = after_check(PENDING, NOW + 1, ownership, signing)
    assert (status, dkim, error, NOW + 1) == (after.status, after.dkim.status, after.error, after.checked)
    assert (NOW if status is Status.PENDING else NOW + 1) == after.started


def test_records_that_vanish_and_come_back() -> None:
    proven = after_check(PENDING, NOW, ABSENT, FOUND)
    gone = after_check(proven, NOW + HOUR, ABSENT, ABSENT)
    assert (Status.TEMPORARY_FAILURE, Status.TEMPORARY_FAILURE) == (gone.status, gone.dkim.status)
    assert (NOW, NOW + HOUR) == (gone.succeeded, gone.started)
    still = after_check(gone, NOW + 2 * HOUR, ABSENT, ABSENT)
    assert (Status.TEMPORARY_FAILURE, NOW + HOUR, NOW + HOUR) == (still.status, still.started, still.dkim.since)
    back = after_check(still, NOW + 3 * HOUR, ABSENT, FOUND)
    assert (Status.SUCCESS, Status.SUCCESS) == (back.status, back.dkim.status)


def test_signing_that_was_never_set_up_stays_so() -> None:
    plain = new_identity("example.com", NOW, at_once=False)
    assert Status.NOT_STARTED is after_check(plain, NOW, FOUND, ABSENT).dkim.status


def test_what_has_failed_needs_to_be_asked_for_again() -> None:
    failed = with_status(PENDING, Status.FAILED, NOW)
    assert Status.FAILED is after_check(failed, NOW, FOUND, FOUND).status
    again = restarted(failed, NOW + HOUR)
    assert (Status.PENDING, Status.PENDING, NOW + HOUR) == (again.status, again.dkim.status, again.started)
    assert (NOW + HOUR, True) == (again.dkim.since, again.dkim.enabled)


def test_asking_for_what_is_verified_changes_nothing() -> None:
    done = verified(PENDING, NOW)
    assert done == restarted(done, NOW + HOUR)


def test_signing_fails_three_days_after_it_began_to_wait() -> None:
    done = after_check(PENDING, NOW, FOUND, ABSENT)
    assert Status.PENDING is shown(done, NOW + 72 * HOUR).dkim.status
    late = shown(done, NOW + 72 * HOUR + 1)
    assert (Status.SUCCESS, Status.FAILED) == (late.status, late.dkim.status)
    assert Status.PENDING is begun_dkim(late.dkim, NOW + 80 * HOUR).status


def test_the_record_of_a_domain() -> None:
    assert "_amazonses.example.com" == txt_name("example.com")


def test_a_link_is_good_for_its_time_and_only_the_last_one() -> None:
    confirmation = Confirmation(secret="s", issued=NOW)
    assert is_link_valid(confirmation, "s", NOW + HOUR, HOUR)
    assert not is_link_valid(confirmation, "s", NOW + HOUR + 1, HOUR)
    assert not is_link_valid(confirmation, "t", NOW, HOUR)
    assert not is_link_valid(None, "s", NOW, HOUR)

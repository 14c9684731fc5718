"""The rules of accounts, by value."""

import pytest
from msgspec.structs import replace

from sestina.domain.accounts import (
    PRODUCTION_QUOTA,
    REVIEW,
    SANDBOX_QUOTA,
    Account,
    Details,
    Quota,
    check_account_may_send,
    check_website,
    reviewed,
    with_details,
)
from sestina.domain.refusals import Conflicting, Invalid, Kind, Paused, Rejected

NOW = 1_790_000_000_000
BOXED = Account(production_access=False)
DETAILS = Details(mail_type="TRANSACTIONAL", website_url="https://example.com")


def ask(account: Account, *, production: bool = True, now: int = NOW) -> Account:
    return with_details(account, DETAILS, asks_production=production, case_id="42", now=now)


def test_the_quota_is_the_one_that_was_set_else_that_of_the_stage() -> None:
    assert SANDBOX_QUOTA == BOXED.effective_quota
    assert PRODUCTION_QUOTA == replace(BOXED, production_access=True).effective_quota
    own = Quota(per_day=5.0, per_second=2.0)
    assert own == replace(BOXED, quota=own).effective_quota


def test_the_customer_pauses_in_other_words_than_the_service() -> None:
    with pytest.raises(Paused) as pause:
        check_account_may_send(replace(BOXED, sending_enabled=False))
    assert Kind.ACCOUNT is pause.value.kind
    with pytest.raises(Rejected):
        check_account_may_send(replace(BOXED, sending_enabled=False, enforcement_status="SHUTDOWN"))
    check_account_may_send(BOXED)


def test_a_request_is_granted_when_its_time_has_come() -> None:
    asked = ask(BOXED)
    assert asked == reviewed(asked, NOW + REVIEW - 1)
    granted = reviewed(asked, NOW + REVIEW)
    assert granted.production_access
    assert granted.details is not None
    assert ("GRANTED", "42") == (granted.details.review_status, granted.details.case_id)
    assert granted == reviewed(granted, NOW + 2 * REVIEW)


def test_one_request_at_a_time() -> None:
    with pytest.raises(Conflicting):
        ask(ask(BOXED), now=NOW + 1)
    assert ask(reviewed(ask(BOXED), NOW + REVIEW)).production_access


def test_details_alone_start_no_review() -> None:
    account = ask(BOXED, production=False)
    assert account.details == DETAILS
    assert account == reviewed(account, NOW + REVIEW)


@pytest.mark.parametrize("url", ["https://example.com", "http://a.b.co.uk:8080/x?y#z", "example.com", "EXAMPLE.COM/a"])
def test_these_are_websites(url: str) -> None:
    check_website(url)


@pytest.mark.parametrize("url", ["", "not a url", "https://", "http://localhost", "https://1.2.3.4", "https://a..com"])
def test_these_are_not(url: str) -> None:
    with pytest.raises(Invalid, match="Url contains invalid format"):
        check_website(url)

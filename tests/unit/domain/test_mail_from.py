"""The rules of a custom MAIL FROM, by value."""

import pytest

from sestina.domain.identities import Identity, MailFrom, Status
from sestina.domain.instants import DAY
from sestina.domain.mail_from import after_look_up, envelope_domain, has_records, with_mail_from
from sestina.domain.refusals import Invalid, MailFromNotVerified

MX = [(10, "feedback-smtp.eu-west-1.amazonses.com.")]
SPF = ["v=spf1 include:amazonses.com ~all"]


def mail_from(status: Status, *, reject: bool = False, since: int = 0) -> MailFrom:
    return MailFrom(domain="m.shop.test", status=status, reject_on_mx_failure=reject, since=since)


def test_one_right_mx_and_an_spf_record_are_wanted() -> None:
    assert has_records(MX, SPF, "eu-west-1")
    assert not has_records(MX, SPF, "us-east-1")
    assert not has_records([*MX, (20, "mx.shop.test")], SPF, "eu-west-1")
    assert not has_records(MX, ["v=spf1 -all", "include:amazonses.com"], "eu-west-1")
    assert not has_records([], [], "eu-west-1")


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED, Status.TEMPORARY_FAILURE])
def test_without_records_the_customer_chooses_between_the_services_domain_and_no_mail(status: Status) -> None:
    assert envelope_domain(mail_from(status)) is None
    with pytest.raises(MailFromNotVerified):
        envelope_domain(mail_from(status, reject=True))


def test_with_records_the_domain_is_used() -> None:
    assert "m.shop.test" == envelope_domain(mail_from(Status.SUCCESS, reject=True))
    assert envelope_domain(MailFrom()) is None


@pytest.mark.parametrize(
    ("before", "found", "later", "after"),
    [
        (Status.PENDING, True, DAY, Status.SUCCESS),
        (Status.PENDING, False, DAY, Status.PENDING),
        (Status.PENDING, False, 3 * DAY + 1, Status.FAILED),
        (Status.SUCCESS, False, 9 * DAY, Status.TEMPORARY_FAILURE),
        (Status.SUCCESS, True, 9 * DAY, Status.SUCCESS),
        (Status.TEMPORARY_FAILURE, True, DAY, Status.SUCCESS),
        (Status.TEMPORARY_FAILURE, False, 3 * DAY, Status.TEMPORARY_FAILURE),
        (Status.TEMPORARY_FAILURE, False, 3 * DAY + 1, Status.FAILED),
        (Status.FAILED, True, DAY, Status.FAILED),
    ],
)
def test_records_have_three_days_to_appear_and_three_to_come_back(
    before: Status, found: bool, later: int, after: Status
) -> None:
    looked = after_look_up(mail_from(before), later, found=found)
    assert (after, later if after is not before else 0) == (looked.status, looked.since)


def test_the_same_domain_again_stays_proven_and_keeps_the_choice() -> None:
    identity = Identity(name="me@Shop.test", created=0, status=Status.SUCCESS)
    identity = with_mail_from(identity, "M.shop.test", True, Status.SUCCESS, 1)
    again = with_mail_from(identity, "m.shop.test", None, Status.PENDING, 2).mail_from
    assert ("m.shop.test", Status.SUCCESS, True) == (again.domain, again.status, again.reject_on_mx_failure)
    other = with_mail_from(identity, "n.shop.test", False, Status.PENDING, 2).mail_from
    assert (Status.PENDING, False) == (other.status, other.reject_on_mx_failure)


@pytest.mark.parametrize("domain", ["shop.test", "other.test", "a b.shop.test", "-.shop.test"])
def test_a_domain_must_be_one_below_the_identitys(domain: str) -> None:
    with pytest.raises(Invalid):
        with_mail_from(Identity(name="shop.test", created=0, status=Status.SUCCESS), domain, None, Status.SUCCESS, 0)

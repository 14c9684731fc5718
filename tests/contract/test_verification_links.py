"""Verification by the link in a mail, with its time limits."""

import http.client
import pathlib
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import WaiterError
from harness import Server, new_account
from msgspec.structs import replace
from verifying import ADDRESS, HOUR, advance, freeze, link_in, mail_to, status_in_both
from wire import fetch

from sestina.domain.verification import new_identity
from sestina.operations.verification import confirmation_link, keep, new_confirmation


@pytest.fixture(scope="module")
def mailing() -> Iterator[Server]:
    with Server(verification="email") as server:
        yield server


def test_an_address_waits_for_its_link_and_is_verified_by_it(mailing: Server) -> None:
    account = new_account()
    freeze(mailing)
    ses, sesv2 = mailing.client("ses", account), mailing.client("sesv2", account)
    ses.verify_email_identity(EmailAddress=ADDRESS)
    assert ("Pending", "PENDING") == status_in_both(mailing, account, ADDRESS)
    assert {} == sesv2.get_email_identity(EmailIdentity=ADDRESS)["VerificationInfo"]
    assert [] == ses.list_verified_email_addresses()["VerifiedEmailAddresses"]
    with pytest.raises(WaiterError):
        ses.get_waiter("identity_exists").wait(Identities=[ADDRESS], WaiterConfig={"Delay": 0, "MaxAttempts": 2})
    mail = mail_to(mailing, account, ADDRESS)
    assert f"To: {ADDRESS}\r\n" in mail
    assert "From: Amazon Web Services <no-reply-aws@amazon.com>\r\n" in mail
    page = fetch(link_in(mail))
    assert (200, "text/html; charset=utf-8") == (page.status, page.headers["content-type"])
    assert "Congratulations!" in page.text
    assert ADDRESS in page.text
    assert ("Success", "SUCCESS") == status_in_both(mailing, account, ADDRESS)
    ses.get_waiter("identity_exists").wait(Identities=[ADDRESS], WaiterConfig={"Delay": 0, "MaxAttempts": 1})
    assert 200 == fetch(link_in(mail)).status


def test_the_mail_names_the_region_in_its_subject(mailing: Server) -> None:
    account = new_account()
    mailing.client("sesv2", account, "eu-west-1").create_email_identity(EmailIdentity=ADDRESS)
    mail = mail_to(mailing, account, ADDRESS, "eu-west-1")
    assert "Europe (Ireland)" in mail
    assert f"/{account}/eu-west-1/" in link_in(mail)


def test_an_unverified_sender_is_refused_until_its_link_was_opened(mailing: Server) -> None:
    account = new_account()
    sesv2 = mailing.client("sesv2", account)
    created = sesv2.create_email_identity(EmailIdentity=ADDRESS)
    assert created["VerifiedForSendingStatus"] is False
    send = {
        "FromEmailAddress": ADDRESS,
        "Destination": {"ToAddresses": ["b@example.com"]},
        "Content": {"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    }
    with pytest.raises(sesv2.exceptions.MessageRejected):
        sesv2.send_email(**send)
    fetch(link_in(mail_to(mailing, account, ADDRESS)))
    sesv2.send_email(**send)


def test_a_link_works_for_a_day_and_then_the_address_has_failed(mailing: Server) -> None:
    account = new_account()
    freeze(mailing)
    ses = mailing.client("ses", account)
    ses.verify_email_identity(EmailAddress=ADDRESS)
    first = link_in(mail_to(mailing, account, ADDRESS))
    advance(mailing, 24 * HOUR)
    assert ("Pending", "PENDING") == status_in_both(mailing, account, ADDRESS)
    advance(mailing, 1)
    assert ("Failed", "FAILED") == status_in_both(mailing, account, ADDRESS)
    page = fetch(first)
    assert 400 == page.status
    assert "24 hours" in page.text
    ses.verify_email_identity(EmailAddress=ADDRESS)
    assert ("Pending", "PENDING") == status_in_both(mailing, account, ADDRESS)
    assert 400 == fetch(first).status
    assert 200 == fetch(link_in(mail_to(mailing, account, ADDRESS))).status
    assert ("Success", "SUCCESS") == status_in_both(mailing, account, ADDRESS)
    advance(mailing, 1000 * HOUR)
    ses.verify_email_identity(EmailAddress=ADDRESS)
    assert ("Success", "SUCCESS") == status_in_both(mailing, account, ADDRESS)


def test_domains_need_no_link(mailing: Server) -> None:
    account = new_account()
    mailing.client("ses", account).verify_domain_identity(Domain="example.com")
    assert ("Success", "SUCCESS") == status_in_both(mailing, account, "example.com")


def test_looking_whether_a_link_is_alive_verifies_nothing(mailing: Server) -> None:
    account = new_account()
    mailing.client("ses", account).verify_email_identity(EmailAddress=ADDRESS)
    link = link_in(mail_to(mailing, account, ADDRESS))
    assert 200 == fetch(urllib.request.Request(link, method="HEAD")).status
    assert 405 == fetch(urllib.request.Request(link, b"", method="POST")).status
    assert ("Pending", "PENDING") == status_in_both(mailing, account, ADDRESS)


def test_a_link_survives_a_restart(tmp_path: pathlib.Path) -> None:
    account = new_account()
    with Server(verification="email", data=str(tmp_path)) as server:
        server.client("ses", account).verify_email_identity(EmailAddress=ADDRESS)
        path = link_in(mail_to(server, account, ADDRESS)).removeprefix(server.url)
    with Server(verification="email", data=str(tmp_path)) as server:
        assert 200 == fetch(server.url + path).status
        assert ("Success", "SUCCESS") == status_in_both(server, account, ADDRESS)


def test_links_lead_where_the_settings_say() -> None:
    account = new_account()
    with Server(verification="email", public_url="https://mail.example.com/ses/") as server:
        server.client("ses", account).verify_email_identity(EmailAddress=ADDRESS)
        mail = mail_to(server, account, ADDRESS).replace("=\r\n", "")
        assert f"https://mail.example.com/ses/_link/verify/{account}/" in mail


def test_a_link_may_send_the_browser_somewhere_else(mailing: Server) -> None:
    account = new_account()
    freeze(mailing)
    services = mailing.app.services

    async def prepared() -> str:
        region = await services.regions.get(account, "us-east-1", 0)
        now = services.clock.now()
        confirmation = new_confirmation(services, now, "https://a.example.com/yes", "https://a.example.com/no")
        await keep(region, replace(new_identity(ADDRESS, now, at_once=False), confirmation=confirmation))
        return confirmation_link(services, region, ADDRESS, confirmation)

    link = mailing.run(prepared())
    assert "https://a.example.com/no" == where_to(link[:-1])
    assert "https://a.example.com/yes" == where_to(link)
    assert ("Success", "SUCCESS") == status_in_both(mailing, account, ADDRESS)


def where_to(link: str) -> str | None:
    """Where the answer sends the browser, which stays here."""
    connection = http.client.HTTPConnection(urlsplit(link).netloc, timeout=10)
    connection.request("GET", urlsplit(link).path)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert 302 == answer.status
    return answer.getheader("Location")


@pytest.mark.parametrize("end", ["", "/", "/x", "/000000000000/us-east-1/a%40b.com/secret"])
def test_links_that_nobody_mailed_lead_nowhere(mailing: Server, end: str) -> None:
    assert fetch(f"{mailing.url}/_link/verify{end}").status in (400, 404)
    assert 404 == fetch(f"{mailing.url}/_link{end}").status

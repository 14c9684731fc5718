"""Verification as it can be set: by the link in a mail, by DNS records, by hand; and what time does to it."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from botocore.exceptions import WaiterError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fakes.zone import ZoneResolver
from harness import Server, new_account
from msgspec.structs import force_setattr
from wire import fetch

from sestina.domain.identities import Status
from sestina.listeners.http_messages import HttpError, Request
from sestina.listeners.inspection.verification import verification_door

HOUR = 3_600_000
ADDRESS = "owner+a@example.com"


@pytest.fixture(scope="module")
def mailing() -> Iterator[Server]:
    with Server(verification="email") as server:
        yield server


@pytest.fixture(scope="module")
def looking_up() -> Iterator[Server]:
    with Server(verification="dns") as server:
        yield server


@pytest.fixture(scope="module")
def manual() -> Iterator[Server]:
    with Server(verification="manual") as server:
        yield server


@pytest.fixture
def zone(looking_up: Server) -> ZoneResolver:
    zone = ZoneResolver()
    force_setattr(looking_up.app.services.outside, "names", zone)
    return zone


def freeze(server: Server) -> None:
    server.loop.call_soon_threadsafe(server.app.clock.freeze)


def advance(server: Server, milliseconds: int) -> None:
    server.loop.call_soon_threadsafe(server.app.clock.advance, milliseconds)


def mail_to(server: Server, account: str, address: str, region: str = "us-east-1") -> str:
    """The newest mail in the account's mailbox, as text."""

    async def newest() -> bytes:
        services = server.app.services
        here = await services.regions.get(account, region, 0)
        found = await here.messages.newest(1, recipient=address)
        raw = await here.messages.raw(found[0].seq)
        assert raw is not None
        return raw

    return server.run(newest()).decode()


def link_in(mail: str) -> str:
    found = re.search(r"http://\S+", mail.replace("=\r\n", "").replace("=3D", "="))
    assert found is not None
    return found[0]


def status_in_both(server: Server, account: str, name: str) -> tuple[str, str]:
    v1, v2 = server.client("ses", account), server.client("sesv2", account)
    attributes = v1.get_identity_verification_attributes(Identities=[name])["VerificationAttributes"]
    identity = v2.get_email_identity(EmailIdentity=name)
    assert identity["VerifiedForSendingStatus"] == (identity["VerificationStatus"] == "SUCCESS")
    return attributes[name]["VerificationStatus"], identity["VerificationStatus"]


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


@pytest.mark.parametrize("end", ["", "/", "/x", "/000000000000/us-east-1/a%40b.com/secret"])
def test_links_that_nobody_mailed_lead_nowhere(mailing: Server, end: str) -> None:
    assert fetch(f"{mailing.url}/_link/verify{end}").status in (400, 404)
    assert 404 == fetch(f"{mailing.url}/_link{end}").status


def test_a_domain_waits_for_its_txt_record(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    ses, sesv2 = looking_up.client("ses", account), looking_up.client("sesv2", account)
    token = ses.verify_domain_identity(Domain="example.com")["VerificationToken"]
    assert ("Pending", "PENDING") == status_in_both(looking_up, account, "example.com")
    info = sesv2.get_email_identity(EmailIdentity="example.com")["VerificationInfo"]
    assert "HOST_NOT_FOUND" == info["ErrorType"]
    zone.texts["_amazonses.example.com"] = ["something else"]
    info = sesv2.get_email_identity(EmailIdentity="example.com")["VerificationInfo"]
    assert "INVALID_VALUE" == info["ErrorType"]
    zone.texts["_amazonses.example.com"] = ["something else", token]
    assert ("Success", "SUCCESS") == status_in_both(looking_up, account, "example.com")
    info = sesv2.get_email_identity(EmailIdentity="example.com")["VerificationInfo"]
    assert info["LastSuccessTimestamp"] == info["LastCheckedTimestamp"]
    assert "ErrorType" not in info


def test_a_domain_is_verified_by_all_three_dkim_records(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    sesv2 = looking_up.client("sesv2", account)
    created = sesv2.create_email_identity(EmailIdentity="example.com")
    assert (False, "NOT_STARTED") == (created["VerifiedForSendingStatus"], created["DkimAttributes"]["Status"])
    records = {
        f"{token}._domainkey.example.com": [f"{token}.dkim.amazonses.com"]
        for token in created["DkimAttributes"]["Tokens"]
    }
    assert "PENDING" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]
    zone.targets.update(list(records.items())[:2])
    assert ("Pending", "PENDING") == status_in_both(looking_up, account, "example.com")
    zone.targets.update(records)
    assert ("Success", "SUCCESS") == status_in_both(looking_up, account, "example.com")
    assert "SUCCESS" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]


def test_an_own_key_is_found_by_its_public_half(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    private, public = key_pair()
    sesv2 = looking_up.client("sesv2", account)
    for domain, key in (("example.com", private), ("example.org", "AAAA")):
        sesv2.create_email_identity(
            EmailIdentity=domain,
            DkimSigningAttributes={"DomainSigningSelector": "own", "DomainSigningPrivateKey": key},
        )
        zone.texts[f"own._domainkey.{domain}"] = [f"v=DKIM1; k=rsa; p={public}"]
    found = sesv2.get_email_identity(EmailIdentity="example.com")
    assert ("SUCCESS", "SUCCESS") == (found["VerificationStatus"], found["DkimAttributes"]["Status"])
    unusable = sesv2.get_email_identity(EmailIdentity="example.org")
    assert ("PENDING", "INVALID_VALUE") == (unusable["VerificationStatus"], unusable["VerificationInfo"]["ErrorType"])


def key_pair() -> tuple[str, str]:
    """Private and public half as the API and DNS show them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    forms, encodings = serialization, serialization.Encoding
    private = key.private_bytes(encodings.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    public = key.public_key().public_bytes(encodings.PEM, forms.PublicFormat.SubjectPublicKeyInfo)
    body, record = ("".join(pem.decode().splitlines()[1:-1]) for pem in (private, public))
    return body, record


def test_records_have_three_days_to_appear(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    ses, sesv2 = looking_up.client("ses", account), looking_up.client("sesv2", account)
    tokens = ses.verify_domain_dkim(Domain="example.com")["DkimTokens"]
    token = ses.verify_domain_identity(Domain="example.com")["VerificationToken"]
    advance(looking_up, 72 * HOUR + 1)
    assert ("Failed", "FAILED") == status_in_both(looking_up, account, "example.com")
    assert "FAILED" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]
    zone.texts["_amazonses.example.com"] = [token]
    assert ("Failed", "FAILED") == status_in_both(looking_up, account, "example.com")
    assert token == ses.verify_domain_identity(Domain="example.com")["VerificationToken"]
    assert ("Success", "SUCCESS") == status_in_both(looking_up, account, "example.com")
    assert tokens == ses.verify_domain_dkim(Domain="example.com")["DkimTokens"]


def test_records_that_vanish_leave_three_days_of_grace(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    ses = looking_up.client("ses", account)
    zone.texts["_amazonses.example.com"] = [ses.verify_domain_identity(Domain="example.com")["VerificationToken"]]
    assert ("Success", "SUCCESS") == status_in_both(looking_up, account, "example.com")
    zone.texts.clear()
    assert ("TemporaryFailure", "TEMPORARY_FAILURE") == status_in_both(looking_up, account, "example.com")
    advance(looking_up, 72 * HOUR)
    assert ("TemporaryFailure", "TEMPORARY_FAILURE") == status_in_both(looking_up, account, "example.com")
    advance(looking_up, 1)
    assert ("Failed", "FAILED") == status_in_both(looking_up, account, "example.com")


def test_records_are_looked_up_without_anybody_asking(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    ses, sesv2 = looking_up.client("ses", account), looking_up.client("sesv2", account)
    zone.texts["_amazonses.example.com"] = [ses.verify_domain_identity(Domain="example.com")["VerificationToken"]]
    listed = sesv2.list_email_identities()["EmailIdentities"]
    assert [("PENDING", False)] == [(each["VerificationStatus"], each["SendingEnabled"]) for each in listed]
    advance(looking_up, HOUR)
    assert Status.SUCCESS is looking_up.run(turns_until_verified(looking_up, account, "example.com"))
    listed = sesv2.list_email_identities(Filter={"VERIFICATION_STATUS": "SUCCESS"})["EmailIdentities"]
    assert ["example.com"] == [each["IdentityName"] for each in listed]


async def turns_until_verified(server: Server, account: str, name: str) -> Status | None:
    """Lets what the clock has woken run, for a limited number of turns of the loop."""
    region = await server.app.services.regions.get(account, "us-east-1", 0)
    for _ in range(1_000):
        identity = await region.identities.get(name)
        if identity is not None and identity.is_verified:
            return identity.status
        turned: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turned.set_result, None)
        await turned
    return None


def test_addresses_are_verified_by_link_where_domains_are_by_dns(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    looking_up.client("ses", account).verify_email_identity(EmailAddress=ADDRESS)
    assert ("Pending", "PENDING") == status_in_both(looking_up, account, ADDRESS)
    fetch(link_in(mail_to(looking_up, account, ADDRESS)))
    assert ("Success", "SUCCESS") == status_in_both(looking_up, account, ADDRESS)


def set_by_hand(server: Server, account: str, name: str, body: object, method: str = "POST") -> Any:
    """What the inspection call answers."""
    path = f"/_sestina/identities/{quote(name, safe='')}/verification"
    query = f"account={account}&region=us-east-1"
    request = Request(method, f"{path}?{query}", path, query, {}, [], json.dumps(body).encode(), "127.0.0.1")

    async def answer() -> Any:
        return json.loads((await verification_door(server.app.services, "us-east-1")(request)).body)

    return server.run(answer())


def test_by_hand_an_identity_takes_any_status(manual: Server) -> None:
    account = new_account()
    ses, sesv2 = manual.client("ses", account), manual.client("sesv2", account)
    for name in ("example.com", ADDRESS):
        sesv2.create_email_identity(EmailIdentity=name)
        assert ("Pending", "PENDING") == status_in_both(manual, account, name)
        for v1, v2 in (("Failed", "FAILED"), ("TemporaryFailure", "TEMPORARY_FAILURE"), ("Success", "SUCCESS")):
            assert v2 == set_by_hand(manual, account, name, {"status": v2})["status"]
            assert (v1, v2) == status_in_both(manual, account, name)
    assert "SUCCESS" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]
    ses.get_waiter("identity_exists").wait(Identities=["example.com", ADDRESS])


def test_by_hand_no_mail_is_sent_and_nothing_happens_by_itself(manual: Server) -> None:
    account = new_account()
    manual.client("ses", account).verify_email_identity(EmailAddress=ADDRESS)

    async def mails() -> int:
        region = await manual.app.services.regions.get(account, "us-east-1", 0)
        return len(await region.messages.newest(10))

    assert 0 == manual.run(mails())
    assert ("Pending", "PENDING") == status_in_both(manual, account, ADDRESS)


@pytest.mark.parametrize(
    ("name", "body", "method", "status"),
    [
        ("ghost.example.com", {"status": "SUCCESS"}, "POST", 404),
        ("ghost.example.com", {"status": "Success"}, "POST", 400),
        ("ghost.example.com", {}, "POST", 400),
        ("ghost.example.com", {"status": "SUCCESS"}, "GET", 405),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(
    manual: Server, name: str, body: object, method: str, status: int
) -> None:
    with pytest.raises(HttpError) as error:
        set_by_hand(manual, new_account(), name, body, method)
    assert status == error.value.status

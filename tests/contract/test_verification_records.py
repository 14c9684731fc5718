"""Verification of domains by DNS records, and what happens when they come late or vanish."""

import asyncio
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fakes.zone import ZoneResolver
from harness import Server, new_account
from msgspec.structs import force_setattr, replace
from verifying import ADDRESS, HOUR, advance, freeze, link_in, mail_to, status_in_both
from wire import fetch

from sestina.domain.dkim import PublicKey, own_dkim
from sestina.domain.identities import Status
from sestina.domain.verification import new_identity
from sestina.operations.verification import look_up


@pytest.fixture(scope="module")
def looking_up() -> Iterator[Server]:
    with Server(verification="dns") as server:
        yield server


@pytest.fixture
def zone(looking_up: Server) -> ZoneResolver:
    zone = ZoneResolver()
    force_setattr(looking_up.app.services.outside, "names", zone)
    return zone


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


def test_a_domain_deleted_during_its_look_up_stays_deleted(looking_up: Server, zone: ZoneResolver) -> None:
    services = looking_up.app.services

    async def deleted_meanwhile() -> bool:
        region = await services.regions.get(new_account(), "us-east-1", 0)
        await look_up(services, region, new_identity("example.com", services.clock.now(), at_once=False))
        return await region.identities.get("example.com") is None

    assert looking_up.run(deleted_meanwhile())


def test_what_was_found_about_one_key_says_nothing_about_the_next(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    sesv2 = looking_up.client("sesv2", account)
    tokens = sesv2.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Tokens"]
    zone.targets.update({f"{token}._domainkey.example.com": [f"{token}.dkim.amazonses.com"] for token in tokens})
    services = looking_up.app.services

    async def switched_meanwhile() -> Status:
        region = await services.regions.get(account, "us-east-1", 0)
        before = await region.identities.get("example.com")
        assert before is not None
        switched = replace(before, dkim=own_dkim("own", "own-1", PublicKey(1024, "MII"), services.clock.now()))
        await region.identities.put("example.com", switched, switched.created)
        after = await look_up(services, region, before)
        return after.dkim.status

    assert Status.PENDING is looking_up.run(switched_meanwhile())


@pytest.mark.parametrize("door", ["v1", "v2"])
def test_signing_whose_time_is_over_is_asked_for_again(looking_up: Server, zone: ZoneResolver, door: str) -> None:
    account = new_account()
    freeze(looking_up)
    ses, sesv2 = looking_up.client("ses", account), looking_up.client("sesv2", account)
    zone.texts["_amazonses.example.com"] = [ses.verify_domain_identity(Domain="example.com")["VerificationToken"]]
    tokens = ses.verify_domain_dkim(Domain="example.com")["DkimTokens"]
    advance(looking_up, 72 * HOUR + 1)
    assert "FAILED" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]
    if door == "v1":
        assert tokens == ses.verify_domain_dkim(Domain="example.com")["DkimTokens"]
    else:
        again = sesv2.put_email_identity_dkim_signing_attributes(
            EmailIdentity="example.com", SigningAttributesOrigin="AWS_SES"
        )
        assert ("PENDING", tokens) == (again["DkimStatus"], again["DkimTokens"])
    assert "PENDING" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]
    zone.targets.update({f"{token}._domainkey.example.com": [f"{token}.dkim.amazonses.com"] for token in tokens})
    assert "SUCCESS" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]


def test_a_domain_whose_time_is_over_comes_back_with_its_signing(looking_up: Server, zone: ZoneResolver) -> None:
    account = new_account()
    freeze(looking_up)
    sesv2 = looking_up.client("sesv2", account)
    short = {"NextSigningKeyLength": "RSA_1024_BIT"}
    created = sesv2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=short)
    tokens = created["DkimAttributes"]["Tokens"]
    advance(looking_up, 72 * HOUR + 1)
    assert ("Failed", "FAILED") == status_in_both(looking_up, account, "example.com")
    again = sesv2.put_email_identity_dkim_signing_attributes(
        EmailIdentity="example.com", SigningAttributesOrigin="AWS_SES", SigningAttributes=short
    )
    assert ("PENDING", tokens) == (again["DkimStatus"], again["DkimTokens"])
    zone.targets.update({f"{token}._domainkey.example.com": [f"{token}.dkim.amazonses.com"] for token in tokens})
    assert ("Success", "SUCCESS") == status_in_both(looking_up, account, "example.com")


def test_a_replica_without_parent_says_so_first(looking_up: Server, zone: ZoneResolver) -> None:
    sesv2 = looking_up.client("sesv2", new_account())
    origin = {"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1"}
    sesv2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=origin)
    info = sesv2.get_email_identity(EmailIdentity="example.com")["VerificationInfo"]
    assert "REPLICATION_PRIMARY_NOT_FOUND" == info["ErrorType"]


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

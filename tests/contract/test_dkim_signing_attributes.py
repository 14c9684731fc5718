"""PutEmailIdentityDkimSigningAttributes, and the records that a domain's owner would publish (sending.md 4.3)."""

from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from harness import Server, new_account
from inspecting import look, send, verified
from signing import FORMS, attributes, judged, octets, own_key, records
from wire import refused

NAME = "example.com"


@pytest.fixture
def domain(sesv2: Any) -> Any:
    return verified(sesv2)


def dkim(client: Any) -> Any:
    return client.get_email_identity(EmailIdentity=NAME)["DkimAttributes"]


def put(client: Any, origin: str, name: str = NAME, **given: Any) -> Any:
    """Puts them; what is answered, without the metadata."""
    more = {"SigningAttributes": given} if given else {}
    answer = client.put_email_identity_dkim_signing_attributes(
        EmailIdentity=name, SigningAttributesOrigin=origin, **more
    )
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.mark.parametrize("form", [FORMS.PKCS8, FORMS.TraditionalOpenSSL])
def test_a_domain_changes_to_its_own_key_and_back(domain: Any, form: FORMS) -> None:
    tokens = dkim(domain)["Tokens"]
    private, _ = own_key(form=form)
    assert {"DkimStatus": "SUCCESS", "DkimTokens": ["own"]} == put(domain, "EXTERNAL", **attributes(private))
    assert ("EXTERNAL", ["own"], True) == tuple(
        dkim(domain)[name] for name in ("SigningAttributesOrigin", "Tokens", "SigningEnabled")
    )
    assert {"DkimStatus": "SUCCESS", "DkimTokens": tokens, "SigningHostedZone": "dkim.amazonses.com"} == put(
        domain, "AWS_SES"
    )
    assert "AWS_SES" == dkim(domain)["SigningAttributesOrigin"]


def test_a_domain_without_dkim_gets_it(ses: Any, sesv2: Any) -> None:
    ses.verify_domain_identity(Domain=NAME)
    assert ("NOT_STARTED", False) == (dkim(sesv2)["Status"], dkim(sesv2)["SigningEnabled"])
    assert 3 == len(put(sesv2, "AWS_SES")["DkimTokens"])
    assert ("SUCCESS", True) == (dkim(sesv2)["Status"], dkim(sesv2)["SigningEnabled"])


def test_signing_that_was_off_stays_off(domain: Any) -> None:
    domain.put_email_identity_dkim_attributes(EmailIdentity=NAME, SigningEnabled=False)
    put(domain, "EXTERNAL", **attributes(own_key()[0]))
    assert dkim(domain)["SigningEnabled"] is False


def test_the_same_origin_again_changes_nothing(domain: Any) -> None:
    before = dkim(domain)
    put(domain, "AWS_SES")
    assert before == dkim(domain)


def test_another_length_makes_another_key_once_a_day(server: Server, domain: Any) -> None:
    look(server, "/_sestina/clock", "POST", {"freeze": True})
    before = dkim(domain)
    assert set(before["Tokens"]).isdisjoint(put(domain, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")["DkimTokens"])
    after = dkim(domain)
    assert ("RSA_1024_BIT",) * 2 == (after["NextSigningKeyLength"], after["CurrentSigningKeyLength"])
    with pytest.raises(domain.exceptions.BadRequestException):
        put(domain, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")
    with pytest.raises(domain.exceptions.BadRequestException):
        put(domain, "AWS_SES", NextSigningKeyLength="RSA_2048_BIT")
    look(server, "/_sestina/clock", "POST", {"advance": "PT24H"})
    put(domain, "AWS_SES", NextSigningKeyLength="RSA_2048_BIT")
    assert set(after["Tokens"]).isdisjoint(dkim(domain)["Tokens"])


def test_a_domain_becomes_a_replica(server: Server, account: str, domain: Any) -> None:
    parent = verified(server.client("sesv2", account, region="eu-west-1"))
    assert dkim(parent)["Tokens"] == put(domain, "AWS_SES_EU_WEST_1")["DkimTokens"]
    assert "AWS_SES_EU_WEST_1" == dkim(domain)["SigningAttributesOrigin"]
    put(domain, "AWS_SES_EU_WEST_1")
    assert dkim(parent)["Tokens"] == dkim(domain)["Tokens"]


@pytest.mark.parametrize(
    ("origin", "given", "text"),
    [
        ("EXTERNAL", {}, "DomainSigningSelector and DomainSigningPrivateKey must be specified together."),
        (
            "EXTERNAL",
            {"DomainSigningSelector": "s"},
            "DomainSigningSelector and DomainSigningPrivateKey must be specified together.",
        ),
        (
            "EXTERNAL",
            {"DomainSigningSelector": "s", "DomainSigningPrivateKey": "AAAA", "NextSigningKeyLength": "RSA_1024_BIT"},
            "NextSigningKeyLength can be given for Easy DKIM only.",
        ),
        (
            "AWS_SES",
            {"DomainSigningSelector": "s", "DomainSigningPrivateKey": "AAAA"},
            "A selector and a private key go with the origin EXTERNAL only.",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(domain: Any, origin: str, given: dict[str, str], text: str) -> None:
    before = dkim(domain)
    with pytest.raises(domain.exceptions.BadRequestException) as error:
        put(domain, origin, **given)
    assert ("BadRequestException", text) == refused(error)
    assert before == dkim(domain)


def test_one_request_names_one_origin(domain: Any) -> None:
    with pytest.raises(domain.exceptions.BadRequestException):
        put(domain, "AWS_SES", DomainSigningAttributesOrigin="EXTERNAL")
    with pytest.raises(domain.exceptions.BadRequestException):
        put(domain, "AWS_SES_EU_WEST_1", NextSigningKeyLength="RSA_1024_BIT")


@pytest.mark.parametrize(
    "asked",
    [
        {"DomainSigningAttributesOrigin": "EXTERNAL"},
        {"DomainSigningAttributesOrigin": "AWS_SES", **attributes("AAAA")},
        {"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1", **attributes("AAAA")},
        {"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1", "NextSigningKeyLength": "RSA_1024_BIT"},
        {"NextSigningKeyLength": "RSA_1024_BIT", **attributes("AAAA")},
    ],
)
def test_create_refuses_what_does_not_go_together(sesv2: Any, asked: dict[str, str]) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException):
        sesv2.create_email_identity(EmailIdentity=NAME, DkimSigningAttributes=asked)
    assert [] == sesv2.list_email_identities()["EmailIdentities"]


def test_the_length_that_is_told_is_the_length_that_signs(server: Server, sesv2: Any) -> None:
    short = {"DkimSigningAttributes": {"NextSigningKeyLength": "RSA_1024_BIT"}}
    for given, bits in ((short, 1024), ({}, 2048)):
        sesv2.create_email_identity(EmailIdentity=NAME, **given)
        id_ = send(sesv2)
        assert f"RSA_{bits}_BIT" == dkim(sesv2)["CurrentSigningKeyLength"]
        assert (bits, len(octets(server, id_))) == (own_bits(server, id_), listed_size(server, id_))
        sesv2.delete_email_identity(EmailIdentity=NAME)


def own_bits(server: Server, id_: str) -> int:
    (record,) = [value for name, value in records(server, id_).items() if name.endswith(NAME)]
    key = load_der_public_key(b64decode(record.removeprefix("p=")))
    return int(key.key_size)  # type: ignore[union-attr]


def listed_size(server: Server, id_: str) -> int:
    account = look(server, f"/_sestina/messages/{id_}").json["account"]
    messages = look(server, "/_sestina/messages", account=account).json["messages"]
    return int(next(message["size"] for message in messages if message["id"] == id_))


def test_v1_asks_for_a_key_of_the_service_and_leaves_signing_off(ses: Any, domain: Any) -> None:
    put(domain, "EXTERNAL", **attributes(own_key()[0]))
    domain.put_email_identity_dkim_attributes(EmailIdentity=NAME, SigningEnabled=False)
    assert 3 == len(ses.verify_domain_dkim(Domain=NAME)["DkimTokens"])
    assert ("AWS_SES", False) == (dkim(domain)["SigningAttributesOrigin"], dkim(domain)["SigningEnabled"])


def test_a_replica_follows_its_parent(server: Server, account: str, sesv2: Any) -> None:
    there = server.client("sesv2", account, region="eu-west-1")
    origin = {"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1"}
    created = sesv2.create_email_identity(EmailIdentity=NAME, DkimSigningAttributes=origin)["DkimAttributes"]
    assert ("NOT_STARTED", False) == (created["Status"], "Tokens" in created)
    assert "REPLICATION_PRIMARY_NOT_FOUND" == error_type(sesv2)
    verified(there)
    assert (dkim(there)["Tokens"], "SUCCESS", None) == (dkim(sesv2)["Tokens"], dkim(sesv2)["Status"], error_type(sesv2))
    put(there, "AWS_SES", NextSigningKeyLength="RSA_1024_BIT")
    assert dkim(there)["Tokens"] == dkim(sesv2)["Tokens"]
    id_ = send(sesv2)
    assert (1024, listed_size(server, id_)) == (own_bits(server, id_), len(octets(server, id_)))
    put(there, "EXTERNAL", **attributes(own_key()[0]))
    assert ("PENDING", "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED") == (dkim(sesv2)["Status"], error_type(sesv2))
    assert ["amazonses.com"] == [domain for domain, _ in judged(server, send(sesv2))]


def error_type(client: Any) -> Any:
    return client.get_email_identity(EmailIdentity=NAME)["VerificationInfo"].get("ErrorType")


def test_what_is_changed_while_a_key_is_read_is_not_lost(domain: Any) -> None:
    private, _ = own_key(2048)
    for number in range(10):
        enabled = bool(number % 2)
        with ThreadPoolExecutor(3) as pool:
            key = pool.submit(put, domain, "EXTERNAL", **attributes(private, f"s{number}"))
            forwarding = pool.submit(
                domain.put_email_identity_feedback_attributes, EmailIdentity=NAME, EmailForwardingEnabled=enabled
            )
            key.result()
            forwarding.result()
        found = domain.get_email_identity(EmailIdentity=NAME)
        assert ([f"s{number}"], enabled) == (found["DkimAttributes"]["Tokens"], found["FeedbackForwardingStatus"])


def test_of_many_who_create_one_domain_one_does(sesv2: Any) -> None:
    def create(private: str) -> bool:
        try:
            sesv2.create_email_identity(EmailIdentity=NAME, DkimSigningAttributes=attributes(private))
        except sesv2.exceptions.AlreadyExistsException:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert 1 == sum(pool.map(create, [own_key()[0] for _ in range(4)]))


def test_keys_that_customers_brought_are_forgotten_with_everything_else() -> None:
    with Server() as server:
        client = server.client("sesv2", new_account())
        with pytest.raises(client.exceptions.NotFoundException):
            client.create_email_identity(
                EmailIdentity=NAME, ConfigurationSetName="none", DkimSigningAttributes=attributes(own_key()[0])
            )
        assert [] == kept_keys(server)
        client.create_email_identity(EmailIdentity=NAME, DkimSigningAttributes=attributes(own_key()[0]))
        assert 1 == len(kept_keys(server))
        server.reset()
        assert [] == kept_keys(server)


def kept_keys(server: Server) -> list[Any]:
    engine = server.app.services.regions.engine
    return server.run(engine.fetch("SELECT name FROM signing_keys WHERE name LIKE 'own-%'"))  # type: ignore[arg-type]


def test_only_domains_that_are_there_have_signing_attributes(sesv2: Any) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as address:
        put(sesv2, "AWS_SES", name="a@example.com")
    assert ("BadRequestException", "The EmailIdentity value must be a valid domain.") == refused(address)
    with pytest.raises(sesv2.exceptions.NotFoundException) as missing:
        put(sesv2, "AWS_SES", name="ghost.example")
    assert ("NotFoundException", "Email identity ghost.example does not exist.") == refused(missing)


def test_the_records_of_a_domain_with_a_key_of_the_service(server: Server, account: str, domain: Any) -> None:
    domain.put_email_identity_mail_from_attributes(EmailIdentity=NAME, MailFromDomain="m.example.com")
    found = look(server, f"/_sestina/identities/{NAME}/records", account=account).json
    tokens = dkim(domain)["Tokens"]
    owner = {(record["name"], record["type"]): record["value"] for record in found["owner"]}
    assert [f"{token}.dkim.amazonses.com" for token in tokens] == [
        owner[f"{token}._domainkey.{NAME}", "CNAME"] for token in tokens
    ]
    assert 44 == len(owner[f"_amazonses.{NAME}", "TXT"])
    assert "10 feedback-smtp.us-east-1.amazonses.com" == owner["m.example.com", "MX"]
    assert "v=spf1 include:amazonses.com ~all" == owner["m.example.com", "TXT"]
    service, *keys = found["amazonses"]
    assert service["name"].endswith("._domainkey.amazonses.com")
    assert [f"{token}.dkim.amazonses.com" for token in tokens] == [record["name"] for record in keys]
    assert all(record["value"].startswith("p=MI") for record in (service, *keys))


def test_the_records_of_a_domain_with_its_own_key(server: Server, account: str, sesv2: Any) -> None:
    private, public = own_key()
    sesv2.create_email_identity(EmailIdentity=NAME, DkimSigningAttributes=attributes(private))
    found = look(server, f"/_sestina/identities/{NAME}/records", account=account).json
    assert {"name": f"own._domainkey.{NAME}", "type": "TXT", "value": f"p={public}"} in found["owner"]
    assert 1 == len(found["amazonses"])
    assert private not in str(found)


@pytest.mark.parametrize("name", ["ghost.example", "me@example.com"])
def test_only_domains_have_records(server: Server, account: str, sesv2: Any, name: str) -> None:
    sesv2.create_email_identity(EmailIdentity="me@example.com")
    assert 404 == look(server, f"/_sestina/identities/{name}/records", account=account).status
    assert 404 == look(server, "/_sestina/messages/none/signatures").status

"""Identities through real clients: one state, two views, and the words of each."""

import re
from typing import Any

import pytest
from harness import Server, new_account
from wire import refused, send_v1, send_v2

from sestina.domain.verification import new_identity

DKIM_TOKEN = re.compile(r"[a-z2-7]{32}")
VERIFICATION_TOKEN = re.compile(r"[A-Za-z0-9+/]{43}=")


def test_an_address_verified_by_v1_is_read_by_both(ses: Any, sesv2: Any) -> None:
    ses.verify_email_identity(EmailAddress="a@example.com")
    attributes = ses.get_identity_verification_attributes(Identities=["a@example.com"])["VerificationAttributes"]
    assert {"a@example.com": {"VerificationStatus": "Success"}} == attributes
    identity = sesv2.get_email_identity(EmailIdentity="a@example.com")
    del identity["ResponseMetadata"]
    info = identity.pop("VerificationInfo")
    assert {"LastCheckedTimestamp", "LastSuccessTimestamp"} == info.keys()
    expected = {
        "IdentityType": "EMAIL_ADDRESS",
        "FeedbackForwardingStatus": True,
        "VerifiedForSendingStatus": True,
        "VerificationStatus": "SUCCESS",
        "DkimAttributes": {
            "SigningEnabled": False,
            "Status": "NOT_STARTED",
            "SigningAttributesOrigin": "AWS_SES",
            "NextSigningKeyLength": "RSA_1024_BIT",
        },
        "MailFromAttributes": {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
        "Policies": {},
        "Tags": [],
    }
    assert expected == identity


def test_a_domain_created_by_v2_has_three_tokens_and_a_full_view(ses: Any, sesv2: Any) -> None:
    created = sesv2.create_email_identity(EmailIdentity="Example.COM")
    assert ("DOMAIN", True) == (created["IdentityType"], created["VerifiedForSendingStatus"])
    identity = sesv2.get_email_identity(EmailIdentity="example.com")
    dkim = identity["DkimAttributes"]
    assert 3 == len(set(dkim["Tokens"]))
    assert all(DKIM_TOKEN.fullmatch(token) for token in dkim["Tokens"])
    assert dkim["Tokens"] == created["DkimAttributes"]["Tokens"]
    assert (True, "SUCCESS", "AWS_SES") == (dkim["SigningEnabled"], dkim["Status"], dkim["SigningAttributesOrigin"])
    assert ("RSA_2048_BIT", "RSA_2048_BIT") == (dkim["NextSigningKeyLength"], dkim["CurrentSigningKeyLength"])
    assert "dkim.amazonses.com" == dkim["SigningHostedZone"]
    assert "LastKeyGenerationTimestamp" in dkim
    assert dkim["Tokens"] == ses.verify_domain_dkim(Domain="example.com")["DkimTokens"]


def test_an_address_created_by_v2_has_no_dkim_in_the_answer(sesv2: Any) -> None:
    created = sesv2.create_email_identity(EmailIdentity="a@example.com")
    del created["ResponseMetadata"]
    assert {"IdentityType": "EMAIL_ADDRESS", "VerifiedForSendingStatus": True} == created


def test_an_address_signs_as_its_exact_domain_does(sesv2: Any) -> None:
    tokens = sesv2.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Tokens"]
    for address in ("a@example.com", "a@sub.example.com"):
        sesv2.create_email_identity(EmailIdentity=address)
    exact = sesv2.get_email_identity(EmailIdentity="a@example.com")["DkimAttributes"]
    below = sesv2.get_email_identity(EmailIdentity="a@sub.example.com")["DkimAttributes"]
    assert (tokens, "SUCCESS", True) == (exact["Tokens"], exact["Status"], exact["SigningEnabled"])
    assert ("NOT_STARTED", False) == (below["Status"], below["SigningEnabled"])


def test_the_token_of_a_domain_is_stable_even_when_it_was_deleted(ses: Any, sesv2: Any) -> None:
    token = ses.verify_domain_identity(Domain="EXAMPLE.com")["VerificationToken"]
    assert 44 == len(token)
    assert VERIFICATION_TOKEN.fullmatch(token)
    assert token == ses.verify_domain_identity(Domain="example.com")["VerificationToken"]
    assert token != ses.verify_domain_identity(Domain="example.org")["VerificationToken"]
    ses.delete_identity(Identity="example.com")
    assert token == ses.verify_domain_identity(Domain="example.com")["VerificationToken"]
    attributes = ses.get_identity_verification_attributes(Identities=["example.com"])["VerificationAttributes"]
    assert {"VerificationStatus": "Success", "VerificationToken": token} == attributes["example.com"]


def test_a_domain_verified_by_v1_signs_only_after_verify_domain_dkim(ses: Any, sesv2: Any) -> None:
    ses.verify_domain_identity(Domain="example.com")
    before = sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]
    assert (False, "NOT_STARTED") == (before["SigningEnabled"], before["Status"])
    assert "Tokens" not in before
    tokens = ses.verify_domain_dkim(Domain="example.com")["DkimTokens"]
    after = sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]
    assert (True, "SUCCESS", tokens) == (after["SigningEnabled"], after["Status"], after["Tokens"])


def test_verify_domain_dkim_adds_a_domain_that_is_new(ses: Any) -> None:
    tokens = ses.verify_domain_dkim(Domain="new.example.com")["DkimTokens"]
    assert tokens == ses.verify_domain_dkim(Domain="new.example.com")["DkimTokens"]
    assert ["new.example.com"] == ses.list_identities()["Identities"]


def test_create_keeps_tags_set_and_own_key(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="default")
    tags = [{"Key": "team", "Value": "mail"}]
    created = sesv2.create_email_identity(
        EmailIdentity="example.com",
        Tags=tags,
        ConfigurationSetName="default",
        DkimSigningAttributes={"DomainSigningSelector": "own", "DomainSigningPrivateKey": "AAAA"},
    )
    dkim = created["DkimAttributes"]
    assert (["own"], "EXTERNAL") == (dkim["Tokens"], dkim["SigningAttributesOrigin"])
    assert {"SigningHostedZone", "NextSigningKeyLength", "CurrentSigningKeyLength"}.isdisjoint(dkim)
    identity = sesv2.get_email_identity(EmailIdentity="example.com")
    assert (tags, "default") == (identity["Tags"], identity["ConfigurationSetName"])


def test_create_with_a_key_length_or_another_region_keeps_it(sesv2: Any) -> None:
    short = sesv2.create_email_identity(
        EmailIdentity="example.com", DkimSigningAttributes={"NextSigningKeyLength": "RSA_1024_BIT"}
    )["DkimAttributes"]
    assert ("RSA_1024_BIT", "RSA_1024_BIT") == (short["NextSigningKeyLength"], short["CurrentSigningKeyLength"])
    origin = "AWS_SES_EU_WEST_1"
    replica = sesv2.create_email_identity(
        EmailIdentity="example.org", DkimSigningAttributes={"DomainSigningAttributesOrigin": origin}
    )["DkimAttributes"]
    assert origin == replica["SigningAttributesOrigin"]


def test_a_replica_has_the_tokens_of_its_primary(server: Server, account: str, sesv2: Any) -> None:
    primary = server.client("sesv2", account, "eu-west-1")
    tokens = primary.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Tokens"]
    replica = sesv2.create_email_identity(
        EmailIdentity="example.com", DkimSigningAttributes={"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1"}
    )
    assert tokens == replica["DkimAttributes"]["Tokens"]


def test_a_name_is_taken_once_in_v2_and_asked_again_in_v1(ses: Any, sesv2: Any) -> None:
    ses.verify_email_identity(EmailAddress="a@example.com")
    ses.verify_email_identity(EmailAddress="a@example.com")
    with pytest.raises(sesv2.exceptions.AlreadyExistsException) as error:
        sesv2.create_email_identity(EmailIdentity="a@example.com", Tags=[{"Key": "bad!", "Value": ""}])
    assert ("AlreadyExistsException", "Email identity a@example.com already exist.") == refused(error)


def test_a_create_that_fails_leaves_nothing_behind(sesv2: Any) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException):
        sesv2.create_email_identity(
            EmailIdentity="a@example.com", Tags=[{"Key": "k", "Value": "bad!"}], ConfigurationSetName="ghost"
        )
    with pytest.raises(sesv2.exceptions.NotFoundException) as error:
        sesv2.create_email_identity(EmailIdentity="a@example.com", ConfigurationSetName="ghost")
    assert ("NotFoundException", "Configuration set <ghost> does not exist.") == refused(error)
    with pytest.raises(sesv2.exceptions.NotFoundException):
        sesv2.get_email_identity(EmailIdentity="a@example.com")


def test_signing_attributes_belong_to_domains(sesv2: Any) -> None:
    own = {"DomainSigningSelector": "own", "DomainSigningPrivateKey": "AAAA"}
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.create_email_identity(EmailIdentity="a@example.com", DkimSigningAttributes=own)
    assert ("BadRequestException", "The EmailIdentity value must be a valid domain.") == refused(error)
    with pytest.raises(sesv2.exceptions.BadRequestException):
        sesv2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes={"DomainSigningSelector": "own"})


@pytest.mark.parametrize("name", ["STUB", "a@", "@b.com", "A <a@b.com>", "a b@c.com", "a@-b.com", ""])
def test_what_is_no_address_is_refused_by_v1(ses: Any, name: str) -> None:
    for operation in (ses.verify_email_identity, ses.verify_email_address):
        with pytest.raises(ses.exceptions.ClientError) as error:
            operation(EmailAddress=name)
        assert ("InvalidParameterValue", f"Invalid email address<{name}>.") == refused(error)


@pytest.mark.parametrize("name", ["nodots", "a..b", "-a.com", "a_.com", "b\u00fccher.de", "foo.123", "a b.com"])
def test_what_is_no_domain_is_refused_by_both(ses: Any, sesv2: Any, name: str) -> None:
    text = f"Invalid domain name {name}."
    for operation in (ses.verify_domain_identity, ses.verify_domain_dkim):
        with pytest.raises(ses.exceptions.ClientError) as v1:
            operation(Domain=name)
        assert ("InvalidParameterValue", text) == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.create_email_identity(EmailIdentity=name)
    assert ("BadRequestException", text) == refused(v2)


def test_addresses_keep_their_case_and_domains_lose_it(ses: Any, sesv2: Any) -> None:
    ses.verify_email_identity(EmailAddress="Sender@EXAMPLE.com")
    ses.verify_domain_identity(Domain="EXAMPLE.com")
    assert ["Sender@EXAMPLE.com", "example.com"] == ses.list_identities()["Identities"]
    with pytest.raises(sesv2.exceptions.NotFoundException):
        sesv2.get_email_identity(EmailIdentity="sender@example.com")


def test_deleting_what_is_not_there_succeeds_in_v1_and_not_in_v2(ses: Any, sesv2: Any) -> None:
    ses.delete_identity(Identity="ghost.example.com")
    ses.delete_verified_email_address(EmailAddress="ghost@example.com")
    with pytest.raises(sesv2.exceptions.NotFoundException) as error:
        sesv2.delete_email_identity(EmailIdentity="ghost.example.com")
    assert ("NotFoundException", "Email identity ghost.example.com does not exist.") == refused(error)
    with pytest.raises(sesv2.exceptions.NotFoundException) as error:
        sesv2.get_email_identity(EmailIdentity="ghost.example.com")
    assert ("NotFoundException", "Identity ghost.example.com does not exist.") == refused(error)


def test_a_deleted_identity_is_gone_for_both_and_sends_no_more(ses: Any, sesv2: Any) -> None:
    ses.verify_email_address(EmailAddress="a@example.com")
    ses.verify_email_address(EmailAddress="b@example.com")
    sesv2.delete_email_identity(EmailIdentity="a@example.com")
    ses.delete_verified_email_address(EmailAddress="b@example.com")
    assert [] == sesv2.list_email_identities()["EmailIdentities"]
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_email(
            Source="a@example.com",
            Destination={"ToAddresses": ["c@example.com"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )


def test_verified_addresses_are_listed_without_domains(ses: Any) -> None:
    ses.verify_domain_identity(Domain="example.com")
    for address in ("b@example.com", "a@example.com"):
        ses.verify_email_identity(EmailAddress=address)
    assert ["a@example.com", "b@example.com"] == ses.list_verified_email_addresses()["VerifiedEmailAddresses"]


def test_unknown_identities_are_left_out_and_malformed_ones_refused(ses: Any) -> None:
    answer = ses.get_identity_verification_attributes(Identities=["ghost.example.com", "ghost@example.com", "single"])
    assert {} == answer["VerificationAttributes"]
    for name in ('"dixonb@amazon.com"', "a b", "x..y"):
        with pytest.raises(ses.exceptions.ClientError) as error:
            ses.get_identity_verification_attributes(Identities=[name])
        text = f"Identity {name} is invalid. Must be a verified email address or domain."
        assert ("InvalidParameterValue", text) == refused(error)


def test_more_than_a_hundred_identities_are_too_many_to_ask_for(ses: Any) -> None:
    ses.get_identity_verification_attributes(Identities=[f"{number}.example.com" for number in range(100)])
    with pytest.raises(ses.exceptions.ClientError) as error:
        ses.get_identity_verification_attributes(Identities=[f"{number}.example.com" for number in range(101)])
    assert "ValidationError" == refused(error)[0]


def test_the_waiter_finds_a_verified_identity(ses: Any) -> None:
    ses.verify_email_identity(EmailAddress="a@example.com")
    ses.verify_domain_identity(Domain="example.com")
    ses.get_waiter("identity_exists").wait(Identities=["a@example.com", "example.com"])


def test_pages_cover_each_identity_once_and_their_tokens_serve_both_apis(ses: Any, sesv2: Any) -> None:
    names = sorted([*(f"d{number}.example.com" for number in range(4)), *(f"a{number}@b.com" for number in range(4))])
    for name in reversed(names):
        sesv2.create_email_identity(EmailIdentity=name)
    first = ses.list_identities(MaxItems=3)
    second = sesv2.list_email_identities(PageSize=3, NextToken=first["NextToken"])
    third = ses.list_identities(MaxItems=3, NextToken=second["NextToken"])
    listed = [*first["Identities"], *(each["IdentityName"] for each in second["EmailIdentities"]), *third["Identities"]]
    assert names == listed
    assert "NextToken" not in third


def test_the_types_of_v1_and_the_filters_of_v2_are_the_same_selection(ses: Any, sesv2: Any) -> None:
    for name in ("a@b.com", "b.com", "c.com", "d.com", "z@b.com"):
        sesv2.create_email_identity(EmailIdentity=name)
    assert ["a@b.com", "z@b.com"] == ses.list_identities(IdentityType="EmailAddress")["Identities"]
    first = ses.list_identities(IdentityType="Domain", MaxItems=2)
    rest = sesv2.list_email_identities(Filter={"IDENTITY_TYPE": "DOMAIN"}, NextToken=first["NextToken"])
    assert ["b.com", "c.com"] == first["Identities"]
    assert ["d.com"] == [each["IdentityName"] for each in rest["EmailIdentities"]]
    pages = ses.get_paginator("list_identities").paginate(IdentityType="Domain", PaginationConfig={"PageSize": 1})
    assert ["b.com", "c.com", "d.com"] == [name for page in pages for name in page["Identities"]]


def test_the_filter_of_v2_trims_combines_and_ignores_case(sesv2: Any) -> None:
    for name in ("alpha.filter.test", "beta.filter.test", "alice@filter.test", "bob@example.org"):
        sesv2.create_email_identity(EmailIdentity=name)

    def names(**filter_: str) -> list[str]:
        return [each["IdentityName"] for each in sesv2.list_email_identities(Filter=filter_)["EmailIdentities"]]

    assert ["alice@filter.test", "alpha.filter.test", "beta.filter.test"] == names(
        IDENTITY_NAME_CONTAINS="  FILTER.Test "
    )
    assert ["alpha.filter.test"] == names(IDENTITY_NAME_CONTAINS="pha")
    assert ["bob@example.org"] == names(IDENTITY_NAME_CONTAINS="example", IDENTITY_TYPE="EMAIL_ADDRESS")
    assert 4 == len(names(VERIFICATION_STATUS="SUCCESS"))
    assert [] == names(VERIFICATION_STATUS="PENDING")


@pytest.mark.parametrize(
    ("filter_", "text"),
    [
        ({"IDENTITY_NAME_CONTAINS": " ab "}, "Filter IDENTITY_NAME_CONTAINS must be at least 3 characters."),
        ({"IDENTITY_NAME_CONTAINS": "a" * 321}, "Filter IDENTITY_NAME_CONTAINS must be at most 320 characters."),
        ({"IDENTITY_TYPE": "MANAGED_DOMAIN"}, "Invalid identity type <MANAGED_DOMAIN> in filter."),
        ({"IDENTITY_TYPE": "X", "VERIFICATION_STATUS": "X"}, "Invalid identity type <X> in filter."),
        ({"VERIFICATION_STATUS": "Pending"}, "Invalid verification status <Pending> in filter."),
        ({"VERIFICATION_STATUS": "NOT_STARTED"}, "Invalid verification status <NotStarted>."),
        (
            {"BOGUS": "x"},
            "1 validation error detected: Value at 'filter' failed to satisfy constraint: Map keys must satisfy "
            "constraint: [Member must satisfy enum value set: "
            "[IDENTITY_NAME_CONTAINS, VERIFICATION_STATUS, IDENTITY_TYPE]]",
        ),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_before_the_token(sesv2: Any, filter_: Any, text: str) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.list_email_identities(Filter=filter_, NextToken="garbage")
    assert ("BadRequestException", text) == refused(error)


def test_a_token_belongs_to_its_filter(sesv2: Any) -> None:
    for name in ("a.filter.test", "b.filter.test"):
        sesv2.create_email_identity(EmailIdentity=name)
    filtered = sesv2.list_email_identities(Filter={"IDENTITY_NAME_CONTAINS": "filter"}, PageSize=1)["NextToken"]
    plain = sesv2.list_email_identities(PageSize=1)["NextToken"]
    again = sesv2.list_email_identities(Filter={"IDENTITY_NAME_CONTAINS": " FILTER"}, NextToken=filtered)
    assert ["b.filter.test"] == [each["IdentityName"] for each in again["EmailIdentities"]]
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.list_email_identities(NextToken=filtered)
    assert ("BadRequestException", f"Invalid NextToken <{filtered}>.") == refused(error)
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.list_email_identities(Filter={"IDENTITY_TYPE": "DOMAIN"}, NextToken=plain)
    assert ("BadRequestException", "Invalid NextToken.") == refused(error)


def test_page_sizes_out_of_range_are_refused_by_both(ses: Any, sesv2: Any) -> None:
    for size in (0, 1001):
        with pytest.raises(ses.exceptions.ClientError) as v1:
            ses.list_identities(MaxItems=size)
        text = f"Value {size} for parameter MaxItems is invalid. MaxItems must be between 1 and 1000."
        assert ("InvalidParameterValue", text) == refused(v1)
        with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
            sesv2.list_email_identities(PageSize=size)
        text = f"Value {size} for parameter PageSize is invalid. PageSize must be between 1 and 1000."
        assert ("BadRequestException", text) == refused(v2)
    with pytest.raises(ses.exceptions.ClientError) as v1:
        ses.list_identities(NextToken="nonsense")
    assert ("InvalidParameterValue", "Invalid NextToken <nonsense>.") == refused(v1)


def test_both_routes_of_the_list_answer_alike(server: Server, account: str, sesv2: Any) -> None:
    sesv2.create_email_identity(EmailIdentity="example.com")
    old = send_v2(server, account, "GET", "/v2/email/identities?PageSize=2")
    new = send_v2(server, account, "POST", "/v2/email/list-identities", {"Filter": {"IDENTITY_TYPE": None}})
    entry = {
        "IdentityType": "DOMAIN",
        "IdentityName": "example.com",
        "SendingEnabled": True,
        "VerificationStatus": "SUCCESS",
    }
    assert {"EmailIdentities": [entry]} == old.json == new.json


def test_the_answers_of_v1_are_wrapped_as_the_service_wraps_them(server: Server, account: str) -> None:
    answer = send_v1(server, account, "VerifyEmailIdentity", EmailAddress="a@example.com")
    assert (200, "text/xml") == (answer.status, answer.headers["content-type"])
    assert "<VerifyEmailIdentityResult/>" in answer.text.replace("></VerifyEmailIdentityResult>", "/>")
    answer = send_v1(server, account, "GetIdentityVerificationAttributes", Identities__member__1="a@example.com")
    entry = "<entry><key>a@example.com</key><value><VerificationStatus>Success</VerificationStatus></value></entry>"
    assert f"<VerificationAttributes>{entry}</VerificationAttributes>" in answer.text


def test_other_accounts_and_regions_have_identities_of_their_own(server: Server, account: str, sesv2: Any) -> None:
    tokens = sesv2.create_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Tokens"]
    for other in (server.client("sesv2", account, "eu-west-1"), server.client("sesv2", new_account())):
        assert [] == other.list_email_identities()["EmailIdentities"]
        created = other.create_email_identity(EmailIdentity="example.com")
        assert set(tokens).isdisjoint(created["DkimAttributes"]["Tokens"])
        other.delete_email_identity(EmailIdentity="example.com")
    sesv2.get_email_identity(EmailIdentity="example.com")


def test_ten_thousand_identities_are_enough(server: Server, account: str, ses: Any, sesv2: Any) -> None:
    async def fill() -> None:
        region = await server.app.services.regions.get(account, "us-east-1", 0)
        for number in range(10_000):
            name = f"d{number}.example.com"
            await region.identities.put(name, new_identity(name, 0, at_once=True), 0)

    server.run(fill())
    text = "Number of identities exceeds the limit of 10000."
    with pytest.raises(sesv2.exceptions.LimitExceededException) as v2:
        sesv2.create_email_identity(EmailIdentity="example.com")
    assert ("LimitExceededException", text) == refused(v2)
    with pytest.raises(ses.exceptions.LimitExceededException) as v1:
        ses.verify_domain_identity(Domain="example.com")
    assert ("LimitExceeded", text) == refused(v1)
    assert 1000 == len(ses.list_identities()["Identities"])

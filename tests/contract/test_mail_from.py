"""Custom MAIL FROM, default configuration sets and DKIM switches of an identity through real clients."""

from typing import Any

import pytest
from fakes.zone import ZoneResolver
from harness import Server, new_account
from msgspec.structs import force_setattr
from wire import refused

from sestina.domain.identities import Status
from sestina.operations.verification import set_status

NOT_BELOW = "Provided MAIL-FROM domain <{}> is not subdomain of the domain of the identity <shop.test>."
REJECT = {"MailFromDomain": "m.shop.test", "BehaviorOnMxFailure": "REJECT_MESSAGE"}


@pytest.fixture
def shop(sesv2: Any) -> str:
    sesv2.create_email_identity(EmailIdentity="shop.test")
    return "shop.test"


def of_v1(ses: Any, identity: str = "shop.test") -> dict[str, Any]:
    found: dict[str, Any] = ses.get_identity_mail_from_domain_attributes(Identities=[identity, "ghost.test"])
    return {**found["MailFromDomainAttributes"]}[identity]


def of_v2(sesv2: Any, identity: str = "shop.test") -> dict[str, Any]:
    found: dict[str, Any] = sesv2.get_email_identity(EmailIdentity=identity)["MailFromAttributes"]
    return found


def send(sesv2: Any, sender: str) -> str:
    return str(
        sesv2.send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": ["you@other.test"]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        )["MessageId"]
    )


def envelope_of(server: Server, account: str, message_id: str) -> str:
    """The envelope sender of a message."""

    async def ask() -> str:
        services = server.app.services
        region = await services.regions.get(account, "us-east-1", services.outside.clock.now())
        stored = await region.messages.get(message_id)
        assert stored is not None
        return stored.message.mail_from

    return server.run(ask())


def test_without_one_only_the_behaviour_is_shown(ses: Any, sesv2: Any, shop: str) -> None:
    assert {"BehaviorOnMXFailure": "UseDefaultValue"} == of_v1(ses)
    assert {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"} == of_v2(sesv2)


def test_each_api_sees_and_changes_what_the_other_set(ses: Any, sesv2: Any, shop: str) -> None:
    sesv2.put_email_identity_mail_from_attributes(EmailIdentity=shop, **REJECT)
    assert {
        "MailFromDomain": "m.shop.test",
        "MailFromDomainStatus": "Success",
        "BehaviorOnMXFailure": "RejectMessage",
    } == of_v1(ses)
    ses.set_identity_mail_from_domain(Identity=shop, MailFromDomain="N.shop.test")
    assert {**REJECT, "MailFromDomain": "n.shop.test", "MailFromDomainStatus": "SUCCESS"} == of_v2(sesv2)
    ses.set_identity_mail_from_domain(Identity=shop)
    assert {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"} == of_v2(sesv2)


@pytest.mark.parametrize("domain", ["other.test", "shop.test", "xshop.test"])
def test_a_domain_that_is_not_below_the_identity_is_refused(ses: Any, sesv2: Any, shop: str, domain: str) -> None:
    with pytest.raises(ses.exceptions.ClientError) as v1:
        ses.set_identity_mail_from_domain(Identity=shop, MailFromDomain=domain)
    assert ("InvalidParameterValue", NOT_BELOW.format(domain)) == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.put_email_identity_mail_from_attributes(EmailIdentity=shop, MailFromDomain=domain)
    assert ("BadRequestException", NOT_BELOW.format(domain)) == refused(v2)


def test_an_identity_that_is_not_there_is_refused(ses: Any, sesv2: Any) -> None:
    with pytest.raises(ses.exceptions.ClientError) as v1:
        ses.set_identity_mail_from_domain(Identity="ghost.test", MailFromDomain="m.ghost.test")
    assert ("InvalidParameterValue", "Identity <ghost.test> does not exist.") == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.put_email_identity_mail_from_attributes(EmailIdentity="ghost.test", MailFromDomain="m.ghost.test")
    assert ("BadRequestException", "Identity <ghost.test> does not exist.") == refused(v2)


def test_mail_leaves_with_the_envelope_domain_of_the_identity_or_of_the_domain_above(
    server: Server, account: str, sesv2: Any, shop: str
) -> None:
    sesv2.create_email_identity(EmailIdentity="me@shop.test")
    plain = send(sesv2, "me@shop.test")
    assert f"{plain}@amazonses.com" == envelope_of(server, account, plain)
    sesv2.put_email_identity_mail_from_attributes(EmailIdentity=shop, **REJECT)
    inherited = send(sesv2, "me@shop.test")
    assert f"{inherited}@m.shop.test" == envelope_of(server, account, inherited)
    sesv2.put_email_identity_mail_from_attributes(EmailIdentity="me@shop.test", MailFromDomain="own.shop.test")
    own = send(sesv2, "me@shop.test")
    assert f"{own}@own.shop.test" == envelope_of(server, account, own)


def test_a_domain_without_records_falls_back_or_refuses_as_the_customer_chose() -> None:
    account = new_account()
    with Server(verification="manual", sender_gate=False) as server:
        ses, sesv2 = server.client("ses", account), server.client("sesv2", account)
        sesv2.create_email_identity(EmailIdentity="shop.test")
        verify(server, account, "shop.test")
        sesv2.put_email_identity_mail_from_attributes(EmailIdentity="shop.test", MailFromDomain="m.shop.test")
        assert "PENDING" == of_v2(sesv2)["MailFromDomainStatus"]
        fallen_back = send(sesv2, "me@shop.test")
        assert f"{fallen_back}@amazonses.com" == envelope_of(server, account, fallen_back)
        sesv2.put_email_identity_mail_from_attributes(EmailIdentity="shop.test", **REJECT)
        with pytest.raises(sesv2.exceptions.MailFromDomainNotVerifiedException) as v2:
            send(sesv2, "me@shop.test")
        text = "DNS setup for MAIL FROM domain is invalid."
        assert ("MailFromDomainNotVerifiedException", text) == refused(v2)
        with pytest.raises(ses.exceptions.MailFromDomainNotVerifiedException):
            ses.send_email(
                Source="me@shop.test",
                Destination={"ToAddresses": ["you@other.test"]},
                Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
            )


def test_where_records_decide_they_are_looked_up_at_every_read() -> None:
    account = new_account()
    with Server(verification="dns", sender_gate=False) as server:
        zone = ZoneResolver()
        force_setattr(server.app.services.outside, "names", zone)
        ses, sesv2 = server.client("ses", account), server.client("sesv2", account)
        sesv2.create_email_identity(EmailIdentity="shop.test")
        sesv2.put_email_identity_mail_from_attributes(EmailIdentity="shop.test", **REJECT)
        assert "PENDING" == of_v2(sesv2)["MailFromDomainStatus"]
        zone.exchangers["m.shop.test"] = [(10, "feedback-smtp.us-east-1.amazonses.com")]
        zone.texts["m.shop.test"] = ["v=spf1 include:amazonses.com ~all"]
        assert "SUCCESS" == of_v2(sesv2)["MailFromDomainStatus"]
        zone.exchangers.clear()
        assert "TemporaryFailure" == of_v1(ses)["MailFromDomainStatus"]


def verify(server: Server, account: str, name: str) -> None:
    """Declares an identity verified by hand."""

    async def ask() -> None:
        services = server.app.services
        region = await services.regions.get(account, "us-east-1", services.outside.clock.now())
        await set_status(services, region, name, Status.SUCCESS)

    server.run(ask())


def test_a_default_configuration_set_is_set_used_and_cleared(sesv2: Any, shop: str) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="quiet", SendingOptions={"SendingEnabled": False})
    sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=shop, ConfigurationSetName="quiet")
    assert "quiet" == sesv2.get_email_identity(EmailIdentity=shop)["ConfigurationSetName"]
    with pytest.raises(sesv2.exceptions.SendingPausedException):
        send(sesv2, "me@shop.test")
    sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=shop)
    assert "ConfigurationSetName" not in sesv2.get_email_identity(EmailIdentity=shop)
    send(sesv2, "me@shop.test")


def test_a_default_set_or_identity_that_is_not_there_is_refused(sesv2: Any, shop: str) -> None:
    with pytest.raises(sesv2.exceptions.NotFoundException) as no_set:
        sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=shop, ConfigurationSetName="ghost")
    assert "Configuration set <ghost> does not exist." == refused(no_set)[1]
    with pytest.raises(sesv2.exceptions.NotFoundException) as no_identity:
        sesv2.put_email_identity_configuration_set_attributes(EmailIdentity="ghost.test")
    assert "Email identity ghost.test does not exist." == refused(no_identity)[1]


def test_a_default_set_that_was_deleted_is_a_bad_request_in_v2(sesv2: Any, shop: str) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="brief")
    sesv2.put_email_identity_configuration_set_attributes(EmailIdentity=shop, ConfigurationSetName="brief")
    sesv2.delete_configuration_set(ConfigurationSetName="brief")
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        send(sesv2, "me@shop.test")
    assert ("BadRequestException", "Configuration set <brief> does not exist.") == refused(error)


def test_signing_is_switched_by_both_and_seen_by_both(ses: Any, sesv2: Any, shop: str) -> None:
    def of_shop() -> dict[str, Any]:
        return dict(ses.get_identity_dkim_attributes(Identities=[shop, "ghost.test"])["DkimAttributes"])

    before = of_shop()
    assert {shop} == before.keys()
    assert (True, "Success", 3) == (
        before[shop]["DkimEnabled"],
        before[shop]["DkimVerificationStatus"],
        len(before[shop]["DkimTokens"]),
    )
    ses.set_identity_dkim_enabled(Identity=shop, DkimEnabled=False)
    assert not sesv2.get_email_identity(EmailIdentity=shop)["DkimAttributes"]["SigningEnabled"]
    sesv2.put_email_identity_dkim_attributes(EmailIdentity=shop, SigningEnabled=True)
    assert before == of_shop()


def test_an_address_signs_as_its_domain_whatever_is_asked_of_it(ses: Any, sesv2: Any, shop: str) -> None:
    sesv2.put_email_identity_dkim_attributes(EmailIdentity="nobody@shop.test")
    assert sesv2.get_email_identity(EmailIdentity=shop)["DkimAttributes"]["SigningEnabled"]
    ses.verify_email_identity(EmailAddress="me@other.test")
    attributes = ses.get_identity_dkim_attributes(Identities=["me@other.test"])["DkimAttributes"]
    assert {"me@other.test": {"DkimEnabled": False, "DkimVerificationStatus": "NotStarted"}} == attributes


def test_signing_of_a_domain_that_is_not_there_is_refused(ses: Any, sesv2: Any) -> None:
    with pytest.raises(ses.exceptions.ClientError) as v1:
        ses.set_identity_dkim_enabled(Identity="ghost.test", DkimEnabled=True)
    text = "Domain ghost.test is not verified for DKIM signing."
    assert ("InvalidParameterValue", text) == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.put_email_identity_dkim_attributes(EmailIdentity="me@ghost.test", SigningEnabled=True)
    assert ("BadRequestException", text) == refused(v2)

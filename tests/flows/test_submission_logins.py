"""Who may submit, when credentials are checked: those that IAM has handed out here, and nobody else."""

import smtplib
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Server
from smtp_sockets import Wire, address, refusal_of, smtp, submit

from sestina.protocols.aws.sigv4 import smtp_password

INVALID = (535, "Authentication Credentials Invalid")


@pytest.fixture(scope="module")
def checking() -> Iterator[Server]:
    """A server that checks credentials."""
    with Server(smtp_credentials="check") as server:
        yield server


@pytest.fixture
def iam(checking: Server, account: str) -> Any:
    """A client of an account that has the user jane."""
    client = checking.client("iam", account)
    client.create_user(UserName="jane")
    return client


def callers(server: Server, account: str, region: str) -> list[tuple[str, str]]:
    """Who has sent the messages of a region: the user of IAM, and the name given at login."""
    place = server.run(server.app.services.regions.get(account, region, 0))
    return [(one.message.caller, one.message.smtp_user) for one in server.run(place.messages.newest(10))]


def refused(server: Server, user: str, password: str) -> tuple[int, str]:
    with smtp(server) as client, pytest.raises(smtplib.SMTPAuthenticationError) as error:
        client.login(user, password)
    return refusal_of(error)


def test_nobody_logs_in_with_just_anything(checking: Server, account: str) -> None:
    assert INVALID == refused(checking, account, "anything")


def test_a_service_specific_credential_logs_in(checking: Server, iam: Any, account: str) -> None:
    made = iam.create_service_specific_credential(UserName="jane", ServiceName="ses.amazonaws.com")
    user, password = (made["ServiceSpecificCredential"][key] for key in ("ServiceUserName", "ServicePassword"))
    checking.client("sesv2", account).create_email_identity(EmailIdentity="example.com")
    assert INVALID == refused(checking, user, password + "x")
    with smtp(checking, user=user, password=password) as client:
        assert 250 == submit(client)[0]
    assert [("jane", user)] == callers(checking, account, "us-east-1")


def test_a_password_derived_from_an_access_key_logs_in_to_its_region(checking: Server, iam: Any, account: str) -> None:
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    checking.client("sesv2", account, "eu-west-1").create_email_identity(EmailIdentity="example.com")
    password = smtp_password(key["SecretAccessKey"], "eu-west-1")
    with smtp(checking, "submission_tls", key["AccessKeyId"], password) as client:
        assert 250 == submit(client)[0]
    assert [("jane", key["AccessKeyId"])] == callers(checking, account, "eu-west-1")


def test_no_deleted_user_logs_in(checking: Server, iam: Any) -> None:
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    password = smtp_password(key["SecretAccessKey"], "us-east-1")
    with pytest.raises(iam.exceptions.DeleteConflictException):
        iam.delete_user(UserName="jane")
    with smtp(checking, user=key["AccessKeyId"], password=password) as client:
        assert 250 == client.noop()[0]
    iam.delete_access_key(UserName="jane", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="jane")
    assert INVALID == refused(checking, key["AccessKeyId"], password)


def test_the_secret_itself_is_no_password(checking: Server, iam: Any) -> None:
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    assert INVALID == refused(checking, key["AccessKeyId"], key["SecretAccessKey"])


def test_a_credential_that_was_switched_off_logs_in_no_more(checking: Server, iam: Any) -> None:
    made = iam.create_service_specific_credential(UserName="jane", ServiceName="ses.amazonaws.com")
    made = made["ServiceSpecificCredential"]
    iam.update_service_specific_credential(
        UserName="jane", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"], Status="Inactive"
    )
    assert INVALID == refused(checking, made["ServiceUserName"], made["ServicePassword"])


def test_a_session_may_try_again(checking: Server, iam: Any) -> None:
    made = iam.create_service_specific_credential(UserName="jane", ServiceName="ses.amazonaws.com")
    made = made["ServiceSpecificCredential"]
    with smtp(checking) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(made["ServiceUserName"], "wrong")
        assert 235 == client.login(made["ServiceUserName"], made["ServicePassword"])[0]


def test_the_third_wrong_password_is_the_last(checking: Server, account: str) -> None:
    wrong = b"AUTH PLAIN AHVzZXIAd3Jvbmc=\r\n"
    with Wire(*address(checking, "submission_tls")) as wire:
        wire.begin_tls()
        wire.send(b"EHLO client\r\n" + wrong * 4)
        lines = [wire.read_line() for _ in range(10)]
        assert ["535 Authentication Credentials Invalid"] * 3 + ["421 Error: too many errors"] == lines[-4:]
        assert wire.has_ended()

"""Service-specific credentials for SES, and the access keys that SMTP passwords are derived from."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import Server, new_account

from sestina.domain.credentials import AccessKey, Login
from sestina.protocols.aws.sigv4 import smtp_password
from sestina.storage.credentials import Credentials

SES = "ses.amazonaws.com"


@pytest.fixture
def iam(server: Server, account: str) -> Any:
    """A client of an account that has the user jane."""
    client = server.client("iam", account, parameter_validation=False)
    client.create_user(UserName="jane")
    return client


def create(iam: Any, user: str = "jane") -> dict[str, Any]:
    answer = iam.create_service_specific_credential(UserName=user, ServiceName=SES)
    return dict(answer["ServiceSpecificCredential"])


def login(server: Server, name: str, region: str = "us-east-1") -> Login | None:
    """What SMTP learns of a user name."""
    credentials = Credentials(server.app.services.regions.engine)
    return server.run(credentials.login(name, region))


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str, str]:
    told = error.value.response
    return (told["ResponseMetadata"]["HTTPStatusCode"], told["Error"]["Code"], told["Error"]["Message"])


def test_a_credential_names_its_user_and_account(server: Server, iam: Any, account: str) -> None:
    made = create(iam)
    assert ("jane", SES, f"jane-at-{account}", "Active") == (
        made["UserName"],
        made["ServiceName"],
        made["ServiceUserName"],
        made["Status"],
    )
    assert (21, "ACCA", 44) == (
        len(made["ServiceSpecificCredentialId"]),
        made["ServiceSpecificCredentialId"][:4],
        len(made["ServicePassword"]),
    )
    expected = Login(account=account, user="jane", password=made["ServicePassword"], is_active=True)
    assert expected == login(server, made["ServiceUserName"])


def test_a_user_has_two_credentials_at_most(iam: Any, account: str) -> None:
    create(iam)
    assert f"jane+1-at-{account}" == create(iam)["ServiceUserName"]
    with pytest.raises(ClientError) as caught:
        create(iam)
    assert (409, "LimitExceeded", "Cannot exceed quota for ServiceSpecificCredentialsPerUser: 2") == refused(caught)


def test_names_of_users_never_meet(iam: Any, account: str) -> None:
    create(iam)
    create(iam)
    iam.create_user(UserName="jane+1")
    assert f"jane+1+1-at-{account}" == create(iam, "jane+1")["ServiceUserName"]


def test_a_user_must_exist(server: Server, iam: Any) -> None:
    for call in (
        lambda: create(iam, "nobody"),
        lambda: iam.list_service_specific_credentials(UserName="nobody"),
        lambda: create(server.client("iam", new_account())),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        assert (404, "NoSuchEntity") == refused(caught)[:2]


def test_other_services_have_no_such_credentials(iam: Any) -> None:
    with pytest.raises(ClientError) as caught:
        iam.create_service_specific_credential(UserName="jane", ServiceName="codecommit.amazonaws.com")
    assert (404, "NotSupportedService") == refused(caught)[:2]


def test_lists_show_no_password(iam: Any) -> None:
    iam.create_user(UserName="joe")
    made = [create(iam), create(iam), create(iam, "joe")]
    listed = iam.list_service_specific_credentials(UserName="jane", ServiceName=SES)
    shown = listed["ServiceSpecificCredentials"]
    assert not listed["IsTruncated"]
    assert {one["ServiceSpecificCredentialId"] for one in made[:2]} == {
        one["ServiceSpecificCredentialId"] for one in shown
    }
    assert all("ServicePassword" not in one for one in shown)
    assert made[0]["CreateDate"] == min(one["CreateDate"] for one in shown)


def test_lists_have_pages(iam: Any) -> None:
    iam.create_user(UserName="joe")
    made = [create(iam), create(iam), create(iam, "joe")]
    first = iam.list_service_specific_credentials(AllUsers=True, ServiceName=SES, MaxItems=2)
    rest = iam.list_service_specific_credentials(AllUsers=True, ServiceName=SES, Marker=first["Marker"])
    assert (True, 2, False, 1) == (
        first["IsTruncated"],
        len(first["ServiceSpecificCredentials"]),
        rest["IsTruncated"],
        len(rest["ServiceSpecificCredentials"]),
    )
    both = first["ServiceSpecificCredentials"] + rest["ServiceSpecificCredentials"]
    assert {one["ServiceUserName"] for one in made} == {one["ServiceUserName"] for one in both}


def names(listed: dict[str, Any]) -> list[str]:
    return [one["ServiceUserName"] for one in listed["ServiceSpecificCredentials"]]


def test_a_list_goes_on_though_the_last_of_its_page_was_deleted(iam: Any) -> None:
    made = [create(iam), create(iam)]
    first = iam.list_service_specific_credentials(UserName="jane", MaxItems=1)
    [last] = first["ServiceSpecificCredentials"]
    iam.delete_service_specific_credential(ServiceSpecificCredentialId=last["ServiceSpecificCredentialId"])
    rest = iam.list_service_specific_credentials(UserName="jane", Marker=first["Marker"])
    assert not rest["IsTruncated"]
    assert {one["ServiceUserName"] for one in made} - set(names(first)) == set(names(rest))


@pytest.mark.parametrize("marker", ["unknown", "ü", "amFuZQ==", "x", "/w=="])
def test_an_unknown_marker_is_refused(iam: Any, marker: str) -> None:
    create(iam)
    with pytest.raises(ClientError) as caught:
        iam.list_service_specific_credentials(UserName="jane", Marker=marker)
    assert (400, "ValidationError", "Invalid Marker.") == refused(caught)


def test_a_marker_of_another_account_is_refused(server: Server, iam: Any) -> None:
    create(iam)
    create(iam)
    marker = iam.list_service_specific_credentials(UserName="jane", MaxItems=1)["Marker"]
    with pytest.raises(ClientError) as caught:
        server.client("iam", new_account()).list_service_specific_credentials(AllUsers=True, Marker=marker)
    assert (400, "ValidationError", "Invalid Marker.") == refused(caught)


def test_without_a_name_those_of_the_calling_user_are_listed(server: Server) -> None:
    root = server.client("iam", "000000000000")  # keys of IAM act in this account
    root.create_user(UserName="caller")
    root.create_user(UserName="bystander")
    made = create(root, "caller")
    create(root, "bystander")
    key = root.create_access_key(UserName="caller")["AccessKey"]["AccessKeyId"]
    own = server.client("iam", key)
    assert [made["ServiceUserName"]] == names(own.list_service_specific_credentials())
    assert [made["ServiceUserName"]] == names(own.list_service_specific_credentials(AllUsers=False))
    assert {made["ServiceUserName"], "bystander-at-000000000000"} <= set(
        names(own.list_service_specific_credentials(AllUsers=True))
    )


def test_an_account_itself_has_to_name_a_user_or_ask_for_all(iam: Any) -> None:
    with pytest.raises(ClientError) as caught:
        iam.list_service_specific_credentials()
    assert (400, "ValidationError", "Must specify userName when calling with non-User credentials") == refused(caught)
    with pytest.raises(ClientError) as caught:
        iam.list_service_specific_credentials(UserName="jane", AllUsers=True)
    assert (400, "ValidationError", "AllUsers cannot be specified together with UserName.") == refused(caught)
    assert [] == names(iam.list_service_specific_credentials(AllUsers=True))


@pytest.mark.parametrize("days", [30, 0])
def test_a_credential_for_ses_has_no_end(iam: Any, days: int) -> None:
    with pytest.raises(ClientError) as caught:
        iam.create_service_specific_credential(UserName="jane", ServiceName=SES, CredentialAgeDays=days)
    assert (400, "ValidationError") == refused(caught)[:2]
    assert [] == names(iam.list_service_specific_credentials(UserName="jane"))


def test_a_credential_is_switched_off_and_on(server: Server, iam: Any) -> None:
    made = create(iam)
    for status, is_active in (("Inactive", False), ("Active", True)):
        iam.update_service_specific_credential(
            UserName="jane", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"], Status=status
        )
        found = login(server, made["ServiceUserName"])
        assert found is not None
        assert is_active is found.is_active


def test_a_reset_makes_another_password(server: Server, iam: Any) -> None:
    made = create(iam)
    renewed = iam.reset_service_specific_credential(
        UserName="jane", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"]
    )["ServiceSpecificCredential"]
    assert made["ServicePassword"] != renewed["ServicePassword"]
    assert {**made, "ServicePassword": ""} == {**renewed, "ServicePassword": ""}
    found = login(server, made["ServiceUserName"])
    assert found is not None
    assert renewed["ServicePassword"] == found.password


def test_a_deleted_credential_is_gone(server: Server, iam: Any) -> None:
    made = create(iam)
    with pytest.raises(ClientError) as caught:
        iam.delete_user(UserName="jane")
    assert (409, "DeleteConflict") == refused(caught)[:2]
    chosen = {"UserName": "jane", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    iam.delete_service_specific_credential(**chosen)
    assert login(server, made["ServiceUserName"]) is None
    with pytest.raises(ClientError) as caught:
        iam.delete_service_specific_credential(**chosen)
    assert (404, "NoSuchEntity") == refused(caught)[:2]
    iam.delete_user(UserName="jane")


def test_a_credential_of_another_account_is_not_found(server: Server, iam: Any) -> None:
    made = create(iam)
    stranger = server.client("iam", new_account())
    with pytest.raises(ClientError) as caught:
        stranger.reset_service_specific_credential(ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"])
    assert (404, "NoSuchEntity") == refused(caught)[:2]


def test_a_request_that_breaks_the_model_is_a_validation_error(iam: Any) -> None:
    with pytest.raises(ClientError) as caught:
        iam.create_service_specific_credential(UserName="no spaces", ServiceName=SES)
    assert (400, "ValidationError") == refused(caught)[:2]


def test_an_access_key_logs_in_with_the_derived_password(server: Server, iam: Any, account: str) -> None:
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    password = smtp_password(key["SecretAccessKey"], "eu-west-1")
    expected = Login(account=account, user="jane", password=password, is_active=True)
    assert expected == login(server, key["AccessKeyId"], "eu-west-1")


def test_access_keys_follow_iam(server: Server, iam: Any) -> None:
    key = iam.create_access_key(UserName="jane")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="jane", AccessKeyId=key, Status="Inactive")
    found = login(server, key)
    assert found is not None
    assert not found.is_active
    iam.delete_access_key(UserName="jane", AccessKeyId=key)
    assert login(server, key) is None


def remember(server: Server, account: str, user: str = "gone") -> str:
    """The id of a key that IAM, which has started anew, does not know."""
    id_ = f"AKIA{account}"
    keys = Credentials(server.app.services.regions.engine).keys
    server.run(keys.put(id_, AccessKey(id=id_, account=account, user=user, secret="s"), 0))
    return id_


def named(user: str | None) -> dict[str, str]:
    return {} if user is None else {"UserName": user}


@pytest.mark.parametrize(
    ("user", "expected"), [("gone", None), (None, None), ("jane", "gone")], ids=["its user", "no user", "another user"]
)
def test_a_key_that_only_we_remember_can_be_revoked(
    server: Server, iam: Any, account: str, user: str | None, expected: str | None
) -> None:
    id_ = remember(server, account)
    with pytest.raises(ClientError):
        server.client("iam", new_account()).delete_access_key(AccessKeyId=id_, UserName="gone")
    assert login(server, id_) is not None
    with pytest.raises(ClientError) as caught:
        iam.delete_access_key(AccessKeyId=id_, **named(user))
    assert (404, "NoSuchEntity") == refused(caught)[:2]
    found = login(server, id_)
    assert expected == (found.user if found is not None else None)


@pytest.mark.parametrize(
    ("user", "expected"), [("gone", True), (None, True), ("jane", False)], ids=["its user", "no user", "another user"]
)
def test_a_key_that_only_we_remember_can_be_switched_off_and_on(
    server: Server, iam: Any, account: str, user: str | None, expected: bool
) -> None:
    id_ = remember(server, account)
    with pytest.raises(ClientError):
        server.client("iam", new_account()).update_access_key(AccessKeyId=id_, UserName="gone", Status="Inactive")
    assert is_active(server, id_)
    for status in ("Inactive", "Active"):
        with pytest.raises(ClientError) as caught:
            iam.update_access_key(AccessKeyId=id_, Status=status, **named(user))
        assert (404, "NoSuchEntity") == refused(caught)[:2]
        assert (status == "Active" or not expected) is is_active(server, id_)


def is_active(server: Server, name: str) -> bool:
    found = login(server, name)
    return found is not None and found.is_active


def test_a_user_with_access_keys_is_not_deleted(server: Server, iam: Any) -> None:
    key = iam.create_access_key(UserName="jane")["AccessKey"]["AccessKeyId"]
    with pytest.raises(ClientError) as caught:
        iam.delete_user(UserName="jane")
    assert (409, "DeleteConflict", "Cannot delete entity, must delete access keys first.") == refused(caught)
    assert is_active(server, key)
    iam.delete_access_key(UserName="jane", AccessKeyId=key)
    iam.delete_user(UserName="jane")


@pytest.mark.parametrize("user", ["jane", "gone"])
def test_keys_that_only_we_remember_go_with_their_user(server: Server, iam: Any, account: str, user: str) -> None:
    """They are in no list, so that nobody could be asked to delete them first."""
    id_ = remember(server, account, user)
    if user == "jane":
        iam.delete_user(UserName="jane")
    else:
        with pytest.raises(ClientError) as caught:
            iam.delete_user(UserName="gone")
        assert (404, "NoSuchEntity") == refused(caught)[:2]
    assert login(server, id_) is None


def test_what_a_user_logs_in_with_follows_a_new_name(server: Server, iam: Any, account: str) -> None:
    iam.create_user(UserName="joe")
    joes, made = create(iam, "joe"), create(iam)
    key = iam.create_access_key(UserName="jane")["AccessKey"]
    iam.update_user(UserName="jane", NewPath="/people/")
    iam.update_user(UserName="jane", NewUserName="janet")
    [listed] = iam.list_service_specific_credentials(UserName="janet")["ServiceSpecificCredentials"]
    assert ("janet", f"jane-at-{account}", made["CreateDate"]) == (
        listed["UserName"],
        listed["ServiceUserName"],
        listed["CreateDate"],
    )
    assert Login(account=account, user="janet", password=made["ServicePassword"], is_active=True) == login(
        server, made["ServiceUserName"]
    )
    found = [login(server, name) for name in (key["AccessKeyId"], joes["ServiceUserName"])]
    assert ["janet", "joe"] == [one.user for one in found if one is not None]


def test_no_user_takes_the_name_of_another(iam: Any) -> None:
    iam.create_user(UserName="joan")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException) as error:
        iam.update_user(UserName="jane", NewUserName="joan")
    assert (409, "EntityAlreadyExists", "User with name joan already exists.") == refused(error)
    iam.update_user(UserName="jane", NewUserName="jane")


def test_a_renamed_user_is_held_by_what_it_logs_in_with(iam: Any) -> None:
    create(iam)
    iam.update_user(UserName="jane", NewUserName="janet")
    with pytest.raises(ClientError) as caught:
        iam.delete_user(UserName="janet")
    assert (409, "DeleteConflict") == refused(caught)[:2]


def test_names_nobody_was_given_are_nobodys(server: Server) -> None:
    assert login(server, "jane-at-999999999999") is None
    assert login(server, "jane") is None
    assert login(server, "") is None

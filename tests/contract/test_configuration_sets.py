"""Configuration sets through real clients: one state, two views."""

from typing import Any

import pytest
from harness import Server, new_account
from wire import refused, send_v1, send_v2

BAD_NAME = "Invalid configuration set name <{}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
TOO_LONG = "Configuration set name cannot exceed 64 characters."


def test_a_set_made_by_v1_is_read_by_v2(ses: Any, sesv2: Any) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "first"})
    answer = sesv2.get_configuration_set(ConfigurationSetName="first")
    assert "first" == answer["ConfigurationSetName"]
    assert {"SendingEnabled": True} == answer["SendingOptions"]
    assert [] == answer["Tags"]


def test_a_set_made_by_v2_is_described_by_v1_with_its_name_only(ses: Any, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="second", Tags=[{"Key": "team", "Value": "mail"}])
    answer = ses.describe_configuration_set(ConfigurationSetName="second")
    assert {"Name": "second"} == answer["ConfigurationSet"]
    assert {"ConfigurationSet", "ResponseMetadata"} == answer.keys()


def test_tags_and_sending_options_are_kept(sesv2: Any) -> None:
    tags = [{"Key": "team", "Value": "mail"}, {"Key": "empty", "Value": ""}]
    sesv2.create_configuration_set(ConfigurationSetName="kept", Tags=tags, SendingOptions={"SendingEnabled": False})
    answer = sesv2.get_configuration_set(ConfigurationSetName="kept")
    assert tags == answer["Tags"]
    assert {"SendingEnabled": False} == answer["SendingOptions"]


def test_empty_sending_options_at_creation_pause_the_set(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="paused", SendingOptions={})
    answer = sesv2.get_configuration_set(ConfigurationSetName="paused")
    assert {"SendingEnabled": False} == answer["SendingOptions"]


def test_a_taken_name_is_refused_by_both(ses: Any, sesv2: Any) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "taken"})
    with pytest.raises(ses.exceptions.ConfigurationSetAlreadyExistsException) as v1:
        ses.create_configuration_set(ConfigurationSet={"Name": "taken"})
    with pytest.raises(sesv2.exceptions.AlreadyExistsException) as v2:
        sesv2.create_configuration_set(ConfigurationSetName="taken")
    text = "Configuration set <taken> already exists."
    assert ("ConfigurationSetAlreadyExists", text) == refused(v1)
    assert ("AlreadyExistsException", text) == refused(v2)


def test_a_set_that_is_not_there_is_refused_by_every_operation(ses: Any, sesv2: Any) -> None:
    text = "Configuration set <ghost> does not exist."
    for operation in (ses.describe_configuration_set, ses.delete_configuration_set):
        with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException) as v1:
            operation(ConfigurationSetName="ghost")
        assert ("ConfigurationSetDoesNotExist", text) == refused(v1)
    for operation in (sesv2.get_configuration_set, sesv2.delete_configuration_set):
        with pytest.raises(sesv2.exceptions.NotFoundException) as v2:
            operation(ConfigurationSetName="ghost")
        assert ("NotFoundException", text) == refused(v2)
        assert 404 == v2.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_deleted_set_is_gone_for_both(ses: Any, sesv2: Any) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "brief"})
    sesv2.delete_configuration_set(ConfigurationSetName="brief")
    with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException):
        ses.describe_configuration_set(ConfigurationSetName="brief")
    assert [] == ses.list_configuration_sets()["ConfigurationSets"]
    sesv2.create_configuration_set(ConfigurationSetName="brief")
    ses.delete_configuration_set(ConfigurationSetName="brief")
    assert [] == sesv2.list_configuration_sets()["ConfigurationSets"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.b", BAD_NAME.format("a.b")),
        ("bad name", BAD_NAME.format("bad name")),
        ("é", BAD_NAME.format("é")),
        ("b." + "a" * 65, TOO_LONG),
        ("", "The configuration set name must be specified."),
    ],
)
def test_a_name_that_cannot_be_one_is_refused_wherever_a_set_is_named(
    server: Server, account: str, ses: Any, sesv2: Any, name: str, text: str
) -> None:
    with pytest.raises(ses.exceptions.ClientError) as v1:
        ses.create_configuration_set(ConfigurationSet={"Name": name})
    assert ("InvalidParameterValue", text) == refused(v1)
    with pytest.raises(ses.exceptions.ClientError) as v1:
        ses.delete_configuration_set(ConfigurationSetName=name)
    assert ("InvalidParameterValue", text) == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.create_configuration_set(ConfigurationSetName=name)
    assert ("BadRequestException", text) == refused(v2)


def test_pages_cover_each_set_once_and_their_tokens_serve_both_apis(ses: Any, sesv2: Any) -> None:
    names = [f"set-{number:02}" for number in range(7)]
    for name in reversed(names):
        sesv2.create_configuration_set(ConfigurationSetName=name)
    first = ses.list_configuration_sets(MaxItems=3)
    second = sesv2.list_configuration_sets(PageSize=3, NextToken=first["NextToken"])
    third = ses.list_configuration_sets(MaxItems=3, NextToken=second["NextToken"])
    assert names[:3] == [each["Name"] for each in first["ConfigurationSets"]]
    assert names[3:6] == second["ConfigurationSets"]
    assert names[6:] == [each["Name"] for each in third["ConfigurationSets"]]
    assert "NextToken" not in third


def test_the_last_full_page_has_no_token(sesv2: Any) -> None:
    for name in ("a-1", "a-2"):
        sesv2.create_configuration_set(ConfigurationSetName=name)
    assert "NextToken" not in sesv2.list_configuration_sets(PageSize=2)


def test_the_paginator_of_v1_covers_each_set_once(ses: Any) -> None:
    names = [f"set-{number:02}" for number in range(5)]
    for name in names:
        ses.create_configuration_set(ConfigurationSet={"Name": name})
    pages = ses.get_paginator("list_configuration_sets").paginate(PaginationConfig={"PageSize": 2})
    assert names == [each["Name"] for page in pages for each in page["ConfigurationSets"]]


def test_page_sizes_out_of_range_are_refused_by_v2_and_served_by_v1(ses: Any, sesv2: Any) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "one"})
    for size in (0, -1, 1001):
        with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
            sesv2.list_configuration_sets(PageSize=size)
        assert ("BadRequestException", "The page size must be between 1 and 1000") == refused(v2)
        assert [{"Name": "one"}] == ses.list_configuration_sets(MaxItems=size)["ConfigurationSets"]


def test_a_foreign_token_is_refused_in_the_words_of_each(server: Server, account: str, ses: Any, sesv2: Any) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.list_configuration_sets(NextToken="nonsense")
    assert ("BadRequestException", "invalid nextToken nonsense") == refused(v2)
    answer = send_v1(server, account, "ListConfigurationSets", NextToken="nonsense")
    assert 400 == answer.status
    assert "<Code>InvalidParameterValue</Code>" in answer.text
    assert "<Message>" not in answer.text


def test_a_token_of_another_region_or_account_is_refused(server: Server, account: str, sesv2: Any) -> None:
    for name in ("a-1", "a-2"):
        sesv2.create_configuration_set(ConfigurationSetName=name)
    token = sesv2.list_configuration_sets(PageSize=1)["NextToken"]
    for other in (server.client("sesv2", account, "eu-west-1"), server.client("sesv2", new_account())):
        with pytest.raises(other.exceptions.BadRequestException):
            other.list_configuration_sets(NextToken=token)


def test_the_filter_finds_a_part_of_the_name_whatever_its_case(sesv2: Any) -> None:
    for name in ("Filter-Alpha", "filter-beta", "other-FILTER-gamma", "unrelated"):
        sesv2.create_configuration_set(ConfigurationSetName=name)
    first = sesv2.list_configuration_sets(Filter={"CONFIGURATION_SET_NAME_CONTAINS": "filter"}, PageSize=2)
    assert ["Filter-Alpha", "filter-beta"] == first["ConfigurationSets"]
    again = {"CONFIGURATION_SET_NAME_CONTAINS": "FILTER"}
    second = sesv2.list_configuration_sets(Filter=again, PageSize=2, NextToken=first["NextToken"])
    assert ["other-FILTER-gamma"] == second["ConfigurationSets"]
    assert "NextToken" not in second
    for other in ({}, {"CONFIGURATION_SET_NAME_CONTAINS": "alpha"}):
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            sesv2.list_configuration_sets(Filter=other, NextToken=first["NextToken"])
        assert ("BadRequestException", f"invalid nextToken {first['NextToken']}") == refused(error)


def test_a_filter_out_of_bounds_is_refused_after_the_page_size(sesv2: Any) -> None:
    text = "CONFIGURATION_SET_NAME_CONTAINS must be between 3 and 64 characters"
    for name in ("ab", "a" * 65):
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            sesv2.list_configuration_sets(Filter={"CONFIGURATION_SET_NAME_CONTAINS": name}, NextToken="garbage")
        assert ("BadRequestException", text) == refused(error)
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.list_configuration_sets(Filter={"CONFIGURATION_SET_NAME_CONTAINS": "ab"}, PageSize=0)
    assert ("BadRequestException", "The page size must be between 1 and 1000") == refused(error)


def test_both_routes_of_the_list_are_served_and_unknown_filters_pass(server: Server, account: str, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="routed")
    old = send_v2(server, account, "GET", "/v2/email/configuration-sets?PageSize=5")
    new = send_v2(server, account, "POST", "/v2/email/list-configuration-sets", {"Filter": {"BOGUS": "x"}})
    assert {"ConfigurationSets": ["routed"]} == old.json == new.json


def test_other_accounts_and_regions_see_nothing(server: Server, account: str, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="mine")
    for other in (server.client("sesv2", account, "eu-west-1"), server.client("sesv2", new_account())):
        assert [] == other.list_configuration_sets()["ConfigurationSets"]
        with pytest.raises(other.exceptions.NotFoundException):
            other.get_configuration_set(ConfigurationSetName="mine")


def test_bad_tags_leave_no_set_behind(sesv2: Any) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.create_configuration_set(ConfigurationSetName="tagged", Tags=[{"Key": "aws:x", "Value": ""}])
    text = "Caller is an end user and not allowed to mutate system tags"
    assert ("BadRequestException", text) == refused(error)
    assert [] == sesv2.list_configuration_sets()["ConfigurationSets"]

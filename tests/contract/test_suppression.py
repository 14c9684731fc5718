"""The suppression list through real clients: entries, filters, pages, and the account's reasons."""

import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import Server, new_account
from outcomes import suppressed
from wire import refused, send_v2

MISSING = "Email address {} does not exist on your suppression list."
LIST = "/v2/email/suppression/addresses"


def put(client: Any, address: str, reason: str = "BOUNCE") -> None:
    client.put_suppressed_destination(EmailAddress=address, Reason=reason)


def test_an_entry_put_by_hand_has_no_attributes(server: Server, sesv2: Any) -> None:
    put(sesv2, "you@example.org", "COMPLAINT")
    entry = sesv2.get_suppressed_destination(EmailAddress="you@example.org")["SuppressedDestination"]
    assert {"EmailAddress", "Reason", "LastUpdateTime"} == entry.keys()
    assert ("you@example.org", "COMPLAINT") == (entry["EmailAddress"], entry["Reason"])


def test_blanks_go_the_domain_is_folded_and_the_local_part_is_kept(sesv2: Any) -> None:
    put(sesv2, "  Foo@EXAMPLE.org ")
    put(sesv2, "foo@example.org")
    assert ["Foo@example.org", "foo@example.org"] == suppressed(sesv2)
    sesv2.delete_suppressed_destination(EmailAddress="Foo@Example.Org")
    assert ["foo@example.org"] == suppressed(sesv2)
    assert (
        "foo@example.org"
        == (sesv2.get_suppressed_destination(EmailAddress="foo@EXAMPLE.org")["SuppressedDestination"]["EmailAddress"])
    )


def test_a_second_put_replaces_the_reason(sesv2: Any) -> None:
    put(sesv2, "you@example.org")
    put(sesv2, "you@example.org", "COMPLAINT")
    (entry,) = sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert "COMPLAINT" == entry["Reason"]


def test_who_is_not_on_the_list_is_missing(sesv2: Any) -> None:
    for operation in (sesv2.get_suppressed_destination, sesv2.delete_suppressed_destination):
        with pytest.raises(sesv2.exceptions.NotFoundException) as error:
            operation(EmailAddress="You@Example.org")
        assert ("NotFoundException", MISSING.format("You@example.org")) == refused(error)


def test_what_is_no_address_is_refused(sesv2: Any) -> None:
    for operation in (sesv2.get_suppressed_destination, sesv2.delete_suppressed_destination):
        with pytest.raises(sesv2.exceptions.BadRequestException) as error:
            operation(EmailAddress="nobody")
        assert ("BadRequestException", "Missing final '@domain'") == refused(error)
    with pytest.raises(sesv2.exceptions.BadRequestException):
        put(sesv2, "nobody")


def test_a_bad_reason_is_refused_in_the_form_of_its_operation(server: Server, account: str) -> None:
    body = {"EmailAddress": "you@example.org", "Reason": "SPAM"}
    status, code, text = send_v2(server, account, "PUT", LIST, body).error
    rule = "Member must satisfy enum value set: [BOUNCE, COMPLAINT]"
    assert (400, "BadRequestException") == (status, code)
    assert f"1 validation error detected: Value at 'reason' failed to satisfy constraint: {rule}" == text
    _, _, text = send_v2(server, account, "PUT", "/v2/email/account/suppression", {"SuppressedReasons": ["X"]}).error
    assert (
        "1 validation error detected: Value at 'suppressedReasons' failed to satisfy constraint: "
        f"Member must satisfy constraint: [{rule}]"
    ) == text


def test_accounts_and_regions_have_lists_of_their_own(server: Server, sesv2: Any, account: str) -> None:
    put(sesv2, "you@example.org")
    assert [] == suppressed(server.client("sesv2", account, "eu-west-1"))
    assert [] == suppressed(server.client("sesv2", new_account()))


def test_the_list_is_filtered_by_reason_and_time(server: Server, sesv2: Any) -> None:
    clock = server.app.clock
    server.loop.call_soon_threadsafe(clock.freeze, 1_750_000_000_000)
    put(sesv2, "a@example.org")
    put(sesv2, "b@example.org", "COMPLAINT")
    server.loop.call_soon_threadsafe(clock.advance, 3_600_000)
    put(sesv2, "c@example.org")
    middle = datetime.datetime.fromtimestamp(1_750_001_000, datetime.UTC)

    def listed(**filters: Any) -> list[str]:
        answer = sesv2.list_suppressed_destinations(**filters)
        return [entry["EmailAddress"] for entry in answer["SuppressedDestinationSummaries"]]

    assert ["a@example.org", "c@example.org"] == listed(Reasons=["BOUNCE"])
    assert ["b@example.org"] == listed(Reasons=["COMPLAINT"])
    assert ["a@example.org", "b@example.org", "c@example.org"] == listed(Reasons=["COMPLAINT", "BOUNCE"])
    assert ["c@example.org"] == listed(StartDate=middle)
    assert ["a@example.org"] == listed(EndDate=middle, Reasons=["BOUNCE"])


def test_pages_cover_every_entry_once(sesv2: Any) -> None:
    addresses = [f"user{number}@example.org" for number in range(7)]
    for address in addresses:
        put(sesv2, address)
    found, token = [], None
    while True:
        more = {} if token is None else {"NextToken": token}
        page = sesv2.list_suppressed_destinations(PageSize=3, **more)
        found += [entry["EmailAddress"] for entry in page["SuppressedDestinationSummaries"]]
        token = page.get("NextToken")
        if token is None:
            break
    assert addresses == found


def test_a_token_is_bound_to_its_filter(sesv2: Any) -> None:
    put(sesv2, "a@example.org")
    put(sesv2, "b@example.org")
    token = sesv2.list_suppressed_destinations(PageSize=1, Reasons=["BOUNCE"])["NextToken"]
    assert 1 == len(
        sesv2.list_suppressed_destinations(PageSize=1, Reasons=["BOUNCE"], NextToken=token)[
            "SuppressedDestinationSummaries"
        ]
    )
    for bad in ({"NextToken": token}, {"NextToken": "nonsense"}, {"NextToken": token, "Reasons": ["COMPLAINT"]}):
        with pytest.raises(sesv2.exceptions.InvalidNextTokenException) as error:
            sesv2.list_suppressed_destinations(PageSize=1, **bad)
        assert f"Invalid NextToken <{bad['NextToken']}>." == refused(error)[1]


@pytest.mark.parametrize("size", [0, 1001])
def test_a_page_size_has_bounds(sesv2: Any, size: int) -> None:
    with pytest.raises(ClientError) as error:
        sesv2.list_suppressed_destinations(PageSize=size)
    assert ("BadRequestException", "The page size must be between 1 and 1000") == refused(error)


def test_a_tenant_that_is_not_there_has_no_list(sesv2: Any) -> None:
    with pytest.raises(sesv2.exceptions.NotFoundException) as error:
        sesv2.list_suppressed_destinations(TenantName="acme")
    assert "The requested tenant <acme> does not exist." == refused(error)[1]


def test_the_accounts_reasons_are_replaced_and_shown(sesv2: Any) -> None:
    def shown() -> Any:
        return sesv2.get_account()["SuppressionAttributes"]

    assert {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]} == shown()
    sesv2.put_account_suppression_attributes(SuppressedReasons=["COMPLAINT"])
    assert {"SuppressedReasons": ["COMPLAINT"]} == shown()
    threshold = {
        "ConditionThresholdEnabled": "ENABLED",
        "OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "HIGH"},
    }
    sesv2.put_account_suppression_attributes(
        SuppressedReasons=["BOUNCE"], ValidationAttributes={"ConditionThreshold": threshold}
    )
    assert {
        "SuppressedReasons": ["BOUNCE"],
        "ValidationAttributes": {"ConditionThreshold": threshold},
    } == shown()
    sesv2.put_account_suppression_attributes()
    assert [] == shown()["SuppressedReasons"]

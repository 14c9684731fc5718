"""Path labels, query strings and JSON bodies to requests, and responses to JSON."""

import json

import pytest

from sestina.api import sesv2
from sestina.protocols.aws import rest_json
from sestina.protocols.aws.errors import Malformed, Violated


def test_a_request_in_the_body_alone_is_decoded() -> None:
    body = b'{"EmailAddress":"a@example.com","Reason":"BOUNCE","Unknown":{"x":[1]}}'
    expected = sesv2.PutSuppressedDestinationRequest(email_address="a@example.com", reason="BOUNCE")
    assert expected == rest_json.decode(sesv2.PUT_SUPPRESSED_DESTINATION, {}, "", body)


@pytest.mark.parametrize("body", [b"", b"{}"])
def test_an_absent_body_is_an_empty_one(body: bytes) -> None:
    assert sesv2.ListTenantsRequest() == rest_json.decode(sesv2.LIST_TENANTS, {}, "", body)


def test_labels_join_the_body_and_win_over_it() -> None:
    body = b'{"TemplateName":"body","TemplateContent":{"Subject":"s"}}'
    expected = sesv2.UpdateEmailTemplateRequest(
        template_name="label", template_content=sesv2.EmailTemplateContent(subject="s")
    )
    assert expected == rest_json.decode(sesv2.UPDATE_EMAIL_TEMPLATE, {"TemplateName": "label"}, "", body)


def test_a_label_may_differ_from_its_member() -> None:
    assert "192.0.2.1" == rest_json.decode(sesv2.GET_DEDICATED_IP, {"IP": "192.0.2.1"}, "", b"").ip


def test_query_members_are_typed_and_lists_repeat() -> None:
    query = "Reason=BOUNCE&Reason=COMPLAINT&StartDate=2025-01-01T00%3A00%3A00Z&PageSize=10&PageSize=11"
    query += "&NextToken=a%2Fb&X=y"
    assert sesv2.ListSuppressedDestinationsRequest(
        reasons=["BOUNCE", "COMPLAINT"], start_date=1735689600000, page_size=10, next_token="a/b"
    ) == rest_json.decode(sesv2.LIST_SUPPRESSED_DESTINATIONS, {}, query, b"")


def test_an_empty_number_is_left_out_and_an_empty_text_is_empty() -> None:
    expected = sesv2.ListEmailTemplatesRequest(next_token="")
    assert expected == rest_json.decode(sesv2.LIST_EMAIL_TEMPLATES, {}, "PageSize=&NextToken=", b"")


def test_an_older_route_carries_paging_in_the_query() -> None:
    expected = sesv2.ListEmailIdentitiesRequest(page_size=5, next_token="t")
    assert expected == rest_json.decode(sesv2.LIST_EMAIL_IDENTITIES, {}, "PageSize=5&NextToken=t", b"")
    assert expected == rest_json.decode(sesv2.LIST_EMAIL_IDENTITIES, {}, "", b'{"PageSize":5,"NextToken":"t"}')


def test_a_query_of_too_many_fields_is_malformed() -> None:
    with pytest.raises(Malformed):
        rest_json.decode(sesv2.LIST_EMAIL_TEMPLATES, {}, "X=1&" * 2000, b"")


def test_required_query_members_are_missed() -> None:
    with pytest.raises(Violated, match="Value at 'resourceArn' failed to satisfy constraint: Member must not be null"):
        rest_json.decode(sesv2.LIST_TAGS_FOR_RESOURCE, {}, "", b"")


@pytest.mark.parametrize("depth", [5_000, 1_000_000])
def test_a_very_deep_body_is_malformed(depth: int) -> None:
    for body in (b'{"Unknown":' + b"[" * depth, b'{"Content":' + b'{"a":' * depth):
        with pytest.raises(Malformed):
            rest_json.decode(sesv2.SEND_EMAIL, {}, "", body)
        with pytest.raises(Malformed):
            rest_json.decode(sesv2.UPDATE_EMAIL_TEMPLATE, {"TemplateName": "x"}, "", body)


def test_absent_members_are_never_written_and_empty_lists_are() -> None:
    response = sesv2.ListEmailIdentitiesResponse(email_identities=[])
    assert b'{"EmailIdentities":[]}' == rest_json.encode_response(sesv2.LIST_EMAIL_IDENTITIES, response)
    assert b"{}" == rest_json.encode_response(sesv2.DELETE_CONTACT, sesv2.DeleteContactResponse())


@pytest.mark.parametrize(
    ("expected", "instant"),
    [(1700000000, 1700000000000), (1700000000.123, 1700000000123), (1700000000.1, 1700000000100), (0, 0)],
)
def test_instants_are_epoch_seconds(expected: float, instant: int) -> None:
    response = sesv2.ListEmailTemplatesResponse(
        templates_metadata=[sesv2.EmailTemplateMetadata(template_name="t", created_timestamp=instant)], next_token="n"
    )
    written = rest_json.encode_response(sesv2.LIST_EMAIL_TEMPLATES, response)
    shown = {"TemplatesMetadata": [{"TemplateName": "t", "CreatedTimestamp": expected}], "NextToken": "n"}
    assert shown == json.loads(written)


def test_instants_inside_maps_and_structures_are_epoch_seconds() -> None:
    entry = sesv2.BlacklistEntry(rbl_name="rbl", listing_time=1500)
    written = rest_json.encode_response(
        sesv2.GET_BLACKLIST_REPORTS, sesv2.GetBlacklistReportsResponse(blacklist_report={"192.0.2.1": [entry]})
    )
    assert {"BlacklistReport": {"192.0.2.1": [{"RblName": "rbl", "ListingTime": 1.5}]}} == json.loads(written)


def test_booleans_that_are_false_are_written() -> None:
    response = sesv2.GetAccountResponse(sending_enabled=False)
    assert b'{"SendingEnabled":false}' == rest_json.encode_response(sesv2.GET_ACCOUNT, response)


def test_an_error_body_holds_the_message() -> None:
    assert b'{"message":"m"}' == rest_json.encode_error("m")
    assert b'{"message":null}' == rest_json.encode_error(None)
    assert b'{"Message":"m"}' == rest_json.encode_error("m", capital=True)

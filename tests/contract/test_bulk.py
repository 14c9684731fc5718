"""Bulk sends: one status an entry in the order of the request, whatever becomes of the others (sending.md 5.6)."""

import json
from typing import Any

import pytest
from harness import Server
from sending import ME, Doors, event_types, refusal
from wire import refused


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    doors = Doors(server, account).verified()
    content = {"Subject": "Hi {{name}}", "Text": "{{name}} likes {{colour}}"}
    doors.v2("POST", "templates", TemplateName="t", TemplateContent=content)
    return doors


def bulk_v1(client: Any, *to: str, data: str = "{}", **more: Any) -> list[dict[str, str]]:
    destinations = [{"Destination": {"ToAddresses": [address]}, "ReplacementTemplateData": data} for address in to]
    request = {"Source": ME, "Template": "t", "DefaultTemplateData": '{"name": "you", "colour": "red"}'}
    status: list[dict[str, str]] = client.send_bulk_templated_email(Destinations=destinations, **{**request, **more})[
        "Status"
    ]
    return status


def bulk_v2(client: Any, *entries: Any, template: Any = None, **more: Any) -> list[dict[str, str]]:
    defaults = {"TemplateName": "t", "TemplateData": '{"name": "you", "colour": "red"}'}
    results: list[dict[str, str]] = client.send_bulk_email(
        FromEmailAddress=ME,
        DefaultContent={"Template": template or defaults},
        BulkEmailEntries=list(entries),
        **more,
    )["BulkEmailEntryResults"]
    return results


def entry(to: str, **more: Any) -> dict[str, Any]:
    data = more.pop("data", None)
    if data is not None:
        more["ReplacementEmailContent"] = {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps(data)}}
    return {"Destination": {"ToAddresses": [to]}, **more}


def test_every_entry_is_a_message_of_its_own_with_its_own_data(doors: Doors, sesv2: Any) -> None:
    results = bulk_v2(
        sesv2, entry("a@x.org", data={"name": "Ann"}), entry("b@x.org"), entry("c@x.org", data={"colour": "blue"})
    )
    assert ["SUCCESS"] * 3 == [result["Status"] for result in results]
    assert 3 == len({result["MessageId"] for result in results})
    shown = [doors.shown(result["MessageId"]) for result in results]
    assert ["Ann likes red", "you likes red", "you likes blue"] == [one["text"].strip() for one in shown]
    assert ["Hi Ann", "Hi you", "Hi you"] == [one["subject"] for one in shown]
    assert [["a@x.org"], ["b@x.org"], ["c@x.org"]] == [one["recipients"] for one in shown]
    assert ["Send", "Delivery"] == event_types(shown[0])


def test_the_older_api_does_the_same(doors: Doors, ses: Any) -> None:
    status = bulk_v1(ses, "a@x.org", "b@x.org", data='{"name": "Bo"}')
    assert [{"Status", "MessageId"}] * 2 == [set(one) for one in status]
    assert ["Success"] * 2 == [one["Status"] for one in status]
    assert "Bo likes red" == doors.shown(status[1]["MessageId"])["text"].strip()


def test_a_bad_entry_fails_alone(doors: Doors, ses: Any, sesv2: Any) -> None:
    v1 = bulk_v1(ses, "a@x.org", "plain", "c@x.org")
    v2 = bulk_v2(sesv2, entry("a@x.org"), entry("plain"), entry("c@x.org"))
    assert ["Success", "InvalidParameterValue", "Success"] == [one["Status"] for one in v1]
    assert ["SUCCESS", "INVALID_PARAMETER", "SUCCESS"] == [one["Status"] for one in v2]
    for one in (v1[1], v2[1]):
        assert "Missing final '@domain'" == one["Error"]
        assert "MessageId" not in one


def test_a_bad_reply_to_fails_every_entry(doors: Doors, ses: Any, sesv2: Any) -> None:
    v1 = bulk_v1(ses, "a@x.org", "b@x.org", ReplyToAddresses=["a@.b"])
    v2 = bulk_v2(sesv2, entry("a@x.org"), entry("b@x.org"), ReplyToAddresses=["a@.b"])
    assert [("InvalidParameterValue", "Domain starts with dot")] * 2 == [(one["Status"], one["Error"]) for one in v1]
    assert [("INVALID_PARAMETER", "Domain starts with dot")] * 2 == [(one["Status"], one["Error"]) for one in v2]


@pytest.mark.parametrize("member", ["source", "return path"])
def test_a_bad_sender_or_return_path_fails_the_request(doors: Doors, ses: Any, sesv2: Any, member: str) -> None:
    v1 = {"Source": "plain"} if member == "source" else {"ReturnPath": "plain"}
    with pytest.raises(ses.exceptions.ClientError) as error:
        bulk_v1(ses, "a@x.org", Template="none", **v1)
    assert ("InvalidParameterValue", "Invalid email address<plain>.") == refused(error)
    document = (
        {"FromEmailAddress": "plain"}
        if member == "source"
        else {"FromEmailAddress": ME, "FeedbackForwardingEmailAddress": "plain"}
    )
    content = {"Template": {"TemplateName": "none", "TemplateData": "{}"}}
    answer = doors.v2(
        "POST", "outbound-bulk-emails", DefaultContent=content, BulkEmailEntries=[entry("a@x.org")], **document
    )
    assert (400, "BadRequestException", "Invalid email address<plain>.") == refusal(answer)


def test_a_missing_template_is_a_status_in_v2_and_an_error_in_v1(doors: Doors, ses: Any, sesv2: Any) -> None:
    results = bulk_v2(
        sesv2, entry("a@x.org"), entry("b@x.org"), template={"TemplateName": "none", "TemplateData": "{}"}
    )
    expected = {"Status": "TEMPLATE_NOT_FOUND", "Error": "Template none does not exist."}
    assert [expected] * 2 == results
    with pytest.raises(ses.exceptions.TemplateDoesNotExistException):
        bulk_v1(ses, "a@x.org", Template="none")


def test_a_missing_set_or_a_pause_fails_the_request(doors: Doors, ses: Any, sesv2: Any) -> None:
    with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException):
        bulk_v1(ses, "a@x.org", ConfigurationSetName="none")
    with pytest.raises(sesv2.exceptions.NotFoundException):
        bulk_v2(sesv2, entry("a@x.org"), ConfigurationSetName="none")
    sesv2.put_account_sending_attributes(SendingEnabled=False)
    with pytest.raises(ses.exceptions.AccountSendingPausedException):
        bulk_v1(ses, "a@x.org")
    with pytest.raises(sesv2.exceptions.SendingPausedException):
        bulk_v2(sesv2, entry("a@x.org"))


def test_an_unverified_sender_is_the_status_of_every_entry(server: Server, ses: Any, sesv2: Any) -> None:
    sesv2.create_email_template(TemplateName="t", TemplateContent={"Subject": "s", "Text": "t"})
    text = (
        "Email address is not verified. The following identities failed the check in region US-EAST-1: me@example.com"
    )
    assert [{"Status": "MessageRejected", "Error": text}] == bulk_v1(ses, "a@x.org")
    assert [{"Status": "MESSAGE_REJECTED", "Error": text}] == bulk_v2(sesv2, entry("a@x.org"))


def test_fifty_entries_are_taken_and_fifty_one_are_not(doors: Doors, sesv2: Any) -> None:
    assert ["SUCCESS"] * 50 == [one["Status"] for one in bulk_v2(sesv2, *(entry(f"a{n}@x.org") for n in range(50)))]
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        bulk_v2(sesv2, *(entry(f"a{n}@x.org") for n in range(51)))
    assert ("BadRequestException", "Recipient count exceeds 50.") == refused(error)


def test_tags_and_headers_of_an_entry_go_before_the_defaults(doors: Doors, sesv2: Any) -> None:
    template = {"TemplateName": "t", "TemplateData": '{"name": "n", "colour": "c"}'}
    template["Headers"] = [{"Name": "X-A", "Value": "default"}, {"Name": "X-B", "Value": "default"}]  # type: ignore[assignment]
    own = {"ReplacementTags": [{"Name": "a", "Value": "own"}], "ReplacementHeaders": [{"Name": "x-a", "Value": "own"}]}
    defaults = [{"Name": "a", "Value": "default"}, {"Name": "b", "Value": "default"}]
    first, second = bulk_v2(
        sesv2, entry("a@x.org", **own), entry("b@x.org"), template=template, DefaultEmailTags=defaults
    )
    tags = [{tag["name"]: tag["value"] for tag in doors.shown(one["MessageId"])["tags"]} for one in (first, second)]
    assert [{"a": "own", "b": "default"}, {"a": "default", "b": "default"}] == tags
    headers = [doors.message(one["MessageId"]) for one in (first, second)]
    assert [(["own"], "default"), (["default"], "default")] == [(each.get_all("X-A"), each["X-B"]) for each in headers]


def test_inline_content_can_be_sent_in_bulk(doors: Doors, sesv2: Any) -> None:
    template = {"TemplateContent": {"Subject": "S {{x}}", "Html": "<p>{{x}}</p>"}, "TemplateData": '{"x": "1"}'}
    [first, second] = bulk_v2(sesv2, entry("a@x.org", data={"x": "2"}), entry("b@x.org"), template=template)
    assert ["S 2", "S 1"] == [doors.shown(one["MessageId"])["subject"] for one in (first, second)]


def test_one_entry_that_cannot_be_rendered_fails_later_and_alone(doors: Doors, sesv2: Any) -> None:
    template = {"TemplateName": "t", "TemplateData": '{"colour": "red"}'}
    results = bulk_v2(sesv2, entry("a@x.org"), entry("b@x.org", data={"name": "Bo"}), template=template)
    assert ["SUCCESS", "SUCCESS"] == [one["Status"] for one in results]
    failed, sent = (event_types(doors.shown(one["MessageId"])) for one in results)
    assert (["Rendering Failure"], ["Send", "Delivery"]) == (failed, sent)

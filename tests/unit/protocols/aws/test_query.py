"""Forms to requests and responses to XML."""

import xml.etree.ElementTree as ET
from urllib.parse import urlencode

import pytest

from sestina.api import ses
from sestina.protocols.aws import query
from sestina.protocols.aws.errors import Malformed
from sestina.protocols.aws.operation import Shape

NAMESPACE = f"{{{ses.XML_NAMESPACE}}}"


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        ({}, b""),
        ({"a": "1", "b": "2"}, b"a=1&b=2"),
        ({"a": "1", "b": "2"}, b"&a=1&&b=2&"),
        ({"a": ""}, b"a"),
        ({"a": ""}, b"a="),
        ({"": "x"}, b"=x"),
        ({"a": "2"}, b"a=1&a=2"),
        ({"a": "b=c=="}, b"a=b=c=="),
        ({"a": "x y+z"}, b"a=x+y%2Bz"),
        ({"a&": "=é%"}, b"a%26=%3d%C3%A9%25"),
        ({"a": "é"}, "a=é".encode()),
        ({"a": "line\r\nline"}, b"a=line%0D%0Aline"),
        ({"a": "raw\r\nline", "b": "x"}, b"a=raw\r\nline&b=%78"),
        ({"a": "100%", "b": "%zz"}, b"a=100%&b=%zz"),
        ({"a": "%=41"}, b"a=%=41"),
        ({"a": "\x1e\x1f"}, b"a=%1E%1F"),
        ({"a": "\x1e\x1f"}, b"a=\x1e\x1f"),
        ({"a": " \t"}, b"a=%20%09"),
    ],
)
def test_a_form_is_percent_decoded(expected: dict[str, str], body: bytes) -> None:
    assert expected == query.parse_form(body)


@pytest.mark.parametrize("body", [b"a=%FF", b"a=\xff", b"a=%FF%", b"a=\xff%", b"a=%C3&b=%A9"])
def test_a_form_that_is_not_utf_8_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        query.parse_form(body)


def test_a_form_of_too_many_fields_is_malformed() -> None:
    assert 1 == len(query.parse_form(b"a=1&" * (query.MOST_FIELDS - 1)))
    for body in (b"a=1&" * query.MOST_FIELDS, b"a=%&" * query.MOST_FIELDS):
        with pytest.raises(Malformed):
            query.parse_form(body)


def test_a_send_is_decoded_whole() -> None:
    form = {
        "Action": "SendEmail",
        "Version": "2010-12-01",
        "Source": "a@example.com",
        "Destination.ToAddresses.member.1": "b@example.com",
        "Destination.ToAddresses.member.2": "c@example.com",
        "Message.Subject.Data": "Hi",
        "Message.Body.Html.Data": "<p>",
        "Message.Body.Html.Charset": "UTF-8",
        "ReplyToAddresses": "",
        "Tags.member.1.Name": "n",
        "Tags.member.1.Value": "v",
    }
    assert ses.SendEmailRequest(
        source="a@example.com",
        destination=ses.Destination(to_addresses=["b@example.com", "c@example.com"]),
        message=ses.Message(
            subject=ses.Content(data="Hi"), body=ses.Body(html=ses.Content(data="<p>", charset="UTF-8"))
        ),
        reply_to_addresses=[],
        tags=[ses.MessageTag(name="n", value="v")],
    ) == query.decode(query.parse_form(urlencode(form).encode()), ses.SendEmailRequest)


def test_lists_follow_their_indexes_and_close_their_gaps() -> None:
    form = {"Identities.member.30": "c", "Identities.member.2": "b", "Identities.member.1": "a"}
    assert ["a", "b", "c"] == query.decode(form, ses.GetIdentityDkimAttributesRequest).identities
    form = {"Identities.member.999999999": "b", "Identities.member.1": "a"}
    assert ["a", "b"] == query.decode(form, ses.GetIdentityDkimAttributesRequest).identities


def test_a_hole_among_receipt_actions_is_an_empty_action() -> None:
    form = {
        "RuleSetName": "s",
        "Rule.Name": "r",
        "Rule.Actions.member.1.StopAction.Scope": "RuleSet",
        "Rule.Actions.member.3.StopAction.Scope": "RuleSet",
    }
    stop = ses.ReceiptAction(stop_action=ses.StopAction(scope="RuleSet"))
    request = query.decode(form, ses.CreateReceiptRuleRequest)
    assert [stop, ses.ReceiptAction(), stop] == request.rule.actions
    form["Rule.Actions.member.999999999.StopAction.Scope"] = "RuleSet"
    assert [stop, stop, stop] == query.decode(form, ses.CreateReceiptRuleRequest).rule.actions


def test_an_empty_structure_is_one() -> None:
    form = {"Source": "a", "Destination": "", "Message.Subject.Data": "s", "Message.Body": ""}
    request = query.decode(form, ses.SendEmailRequest)
    assert (ses.Destination(), ses.Body()) == (request.destination, request.message.body)


def test_names_no_shape_knows_are_left_alone() -> None:
    form = {"Identity": "x", "Timestamp": "now", "Identity2.member.1": "x", "AWSAccessKeyId": "AKID"}
    assert ses.DeleteIdentityRequest(identity="x") == query.decode(form, ses.DeleteIdentityRequest)
    form = {"Identities.member.1": "a", "Identities.items.1": "b", "Identities.member.1.": "c"}
    with pytest.raises(Malformed):
        query.decode(form, ses.GetIdentityDkimAttributesRequest)
    del form["Identities.member.1."]
    assert ["a"] == query.decode(form, ses.GetIdentityDkimAttributesRequest).identities


@pytest.mark.parametrize(
    ("expected", "name", "text"),
    [
        ("missing value for decimal type", "MaxItems", ""),
        (None, "MaxItems", "x"),
        (None, "MaxItems", "1.5"),
        (None, "MaxItems", "-"),
        (None, "MaxItems", "٣"),
        (None, "MaxItems", "2147483648"),
        (None, "MaxItems", "1" * 5000),
        ("Start of list found where not expected", "NextToken.member.1", "x"),
        ("Start of structure or map found where not expected.", "NextToken.Data", "x"),
    ],
)
def test_a_scalar_of_the_wrong_form_is_malformed(expected: str | None, name: str, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        query.decode({name: text}, ses.ListTemplatesRequest)
    assert expected == caught.value.message


@pytest.mark.parametrize(
    ("expected", "name", "text"),
    [
        ("Unexpected list element termination", "Destination.ToAddresses", "a@example.com"),
        ("Unexpected complex element termination", "Destination", "a@example.com"),
        ("Unexpected complex element termination", "Tags.member.1", "x"),
        (None, "Destination.ToAddresses.member", "x"),
        (None, "Destination.ToAddresses.member.x", "x"),
        (None, "Destination.ToAddresses.member.-1", "x"),
        (None, "Destination.ToAddresses.member.1000000000", "x"),
        (None, "Destination.ToAddresses.member." + "9" * 100_000, "x"),
    ],
)
def test_a_container_of_the_wrong_form_is_malformed(expected: str | None, name: str, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        query.decode({name: text}, ses.SendEmailRequest)
    assert expected == caught.value.message


@pytest.mark.parametrize(("expected", "text"), [(True, "true"), (True, "TRUE"), (False, "false"), (False, "False")])
def test_booleans_are_words(expected: bool, text: str) -> None:
    assert expected == query.decode({"Enabled": text}, ses.UpdateAccountSendingEnabledRequest).enabled


@pytest.mark.parametrize("text", ["", "1", "yes"])
def test_any_other_word_is_no_boolean(text: str) -> None:
    with pytest.raises(Malformed):
        query.decode({"Enabled": text}, ses.UpdateAccountSendingEnabledRequest)


def test_numbers_may_carry_a_sign() -> None:
    assert [-5, 5] == [query.decode({"MaxItems": text}, ses.ListTemplatesRequest).max_items for text in ("-5", "+5")]


class Odd(Shape, frozen=True, kw_only=True):
    ratio: float | None = None


def test_a_double_is_decimal_text() -> None:
    assert 1.5 == query.decode({"Ratio": "1.5"}, Odd).ratio
    for text in ("", "x"):
        with pytest.raises(Malformed):
            query.decode({"Ratio": text}, Odd)


def test_raw_messages_are_base64_with_or_without_line_ends() -> None:
    for text in ("YWJjZGVm", "YWJj\r\nZGVm\n", " YWJj ZGVm"):
        request = query.decode({"RawMessage.Data": text}, ses.SendRawEmailRequest)
        assert b"abcdef" == request.raw_message.data
    with pytest.raises(Malformed):
        query.decode({"RawMessage.Data": "Y"}, ses.SendRawEmailRequest)


def test_instants_are_iso_8601() -> None:
    form = {
        "OriginalMessageId": "m",
        "BounceSender": "a@example.com",
        "BouncedRecipientInfoList.member.1.Recipient": "b@example.com",
        "MessageDsn.ReportingMta": "dns; x",
        "MessageDsn.ArrivalDate": "2025-01-01T00:00:00.250Z",
    }
    dsn = query.decode(form, ses.SendBounceRequest).message_dsn
    assert dsn is not None
    assert 1735689600250 == dsn.arrival_date


def test_a_very_deep_name_costs_nothing() -> None:
    form = {".".join(["Destination"] * 10_000): "x", "Destination" + ".ToAddresses" * 10_000: "y"}
    with pytest.raises(Malformed):
        query.decode({**form, "Destination.ToAddresses.member.1" + ".member.1" * 10_000: "z"}, ses.SendEmailRequest)


def test_an_endless_stream_of_new_names_is_not_remembered() -> None:
    for batch in range(50):
        form = {f"Identities.member.{batch * 100 + index}": "x" for index in range(100)}
        assert 100 == len(query.decode(form, ses.GetIdentityDkimAttributesRequest).identities)
    assert 4096 == len(query._names[ses.GetIdentityDkimAttributesRequest])


def test_a_result_is_wrapped_in_its_operation() -> None:
    written = query.encode_response(ses.SEND_EMAIL, ses.SendEmailResponse(message_id="m-1"), "r-1", ses.XML_NAMESPACE)
    expected = (
        '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>m-1</MessageId>'
        "</SendEmailResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></SendEmailResponse>"
    )
    assert expected.encode() == written


def test_an_empty_result_is_an_empty_element_and_no_result_is_none() -> None:
    written = query.encode_response(ses.DELETE_IDENTITY, ses.DeleteIdentityResponse(), "r-1", ses.XML_NAMESPACE)
    assert b"<DeleteIdentityResult/>" in written
    operation = ses.VERIFY_EMAIL_ADDRESS
    written = query.encode_response(operation, operation.response(), "r-1", ses.XML_NAMESPACE)
    assert b"Result" not in written


def test_the_eight_operations_without_a_result_are_known() -> None:
    assert [
        "CreateCustomVerificationEmailTemplate",
        "DeleteCustomVerificationEmailTemplate",
        "DeleteVerifiedEmailAddress",
        "UpdateAccountSendingEnabled",
        "UpdateConfigurationSetReputationMetricsEnabled",
        "UpdateConfigurationSetSendingEnabled",
        "UpdateCustomVerificationEmailTemplate",
        "VerifyEmailAddress",
    ] == [operation.name for operation in ses.OPERATIONS if not operation.has_result]


def test_lists_maps_numbers_booleans_and_instants_have_their_forms() -> None:
    dkim = ses.IdentityDkimAttributes(dkim_enabled=True, dkim_verification_status="Success", dkim_tokens=[])
    attributes = {"a&b": dkim}
    written = query.encode_response(
        ses.GET_IDENTITY_DKIM_ATTRIBUTES,
        ses.GetIdentityDkimAttributesResponse(dkim_attributes=attributes),
        "r-1",
        ses.XML_NAMESPACE,
    )
    assert (
        b"<DkimAttributes><entry><key>a&amp;b</key><value><DkimEnabled>true</DkimEnabled>"
        b"<DkimVerificationStatus>Success</DkimVerificationStatus><DkimTokens></DkimTokens></value></entry>"
        b"</DkimAttributes>"
    ) in written
    points = [ses.SendDataPoint(timestamp=1735689600000, delivery_attempts=5), ses.SendDataPoint(timestamp=1)]
    written = query.encode_response(
        ses.GET_SEND_STATISTICS, ses.GetSendStatisticsResponse(send_data_points=points), "r-1", ses.XML_NAMESPACE
    )
    assert (
        b"<SendDataPoints><member><Timestamp>2025-01-01T00:00:00.000Z</Timestamp>"
        b"<DeliveryAttempts>5</DeliveryAttempts></member>"
        b"<member><Timestamp>1970-01-01T00:00:00.001Z</Timestamp></member></SendDataPoints>"
    ) in written
    quota = ses.GetSendQuotaResponse(max24_hour_send=200, max_send_rate=1.5, sent_last24_hours=0.0)
    written = query.encode_response(ses.GET_SEND_QUOTA, quota, "r-1", ses.XML_NAMESPACE)
    assert b"<Max24HourSend>200.0</Max24HourSend><MaxSendRate>1.5</MaxSendRate>" in written


def test_an_error_says_who_is_to_blame_and_carries_its_members() -> None:
    written = query.encode_error(
        ses.XML_NAMESPACE, "TemplateDoesNotExist", "Template <x> & y", True, "r-1", {"TemplateName": "<x>"}
    )
    error = ET.fromstring(written).find(f"{NAMESPACE}Error")
    assert error is not None
    assert ["Sender", "TemplateDoesNotExist", "Template <x> & y", "<x>"] == [child.text for child in error]
    assert b"&lt;x&gt; &amp; y" in written
    written = query.encode_error(ses.XML_NAMESPACE, "InternalFailure", None, False, "r-1", {})
    assert b"<Error><Type>Receiver</Type><Code>InternalFailure</Code></Error><RequestId>r-1</RequestId>" in written


def test_characters_xml_cannot_hold_are_dropped() -> None:
    text = "a\x00b\x0bc\ud800d\ufffee\r\n\t<>&\"'"
    response = ses.SendEmailResponse(message_id=text)
    written = query.encode_response(ses.SEND_EMAIL, response, "r-1", ses.XML_NAMESPACE)
    found = ET.fromstring(written).find(f".//{NAMESPACE}MessageId")
    assert found is not None
    assert "abcde\r\n\t<>&\"'" == found.text

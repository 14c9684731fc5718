"""The refusals of reference section "Request decoding and validation layers", word for word, through both codecs."""

import json
from typing import Any

import pytest

from sestina.api import ses, sesv2
from sestina.protocols.aws import explain, query, rest_json
from sestina.protocols.aws.errors import Malformed, Violated
from sestina.protocols.aws.operation import Operation, Shape

NOT_A_LEAF = "Start of structure or map found where not expected."
CONTENT = {"Simple": {"Subject": {"Data": "s"}, "Body": {}}}


def read(operation: Operation, body: Any, query_string: str = "", **labels: str) -> Any:
    return rest_json.decode(operation, labels, query_string, json.dumps(body).encode())


def malformed(operation: Operation, body: Any, query_string: str = "", **labels: str) -> str | None:
    with pytest.raises(Malformed) as caught:
        read(operation, body, query_string, **labels)
    return caught.value.message


def violated(operation: Operation, body: Any, query_string: str = "", **labels: str) -> str:
    with pytest.raises(Violated) as caught:
        read(operation, body, query_string, **labels)
    return caught.value.message


def violated_form(form: dict[str, str], shape: type[Any]) -> str:
    with pytest.raises(Violated) as caught:
        query.decode(form, shape)
    return caught.value.message


def one(path: str, rule: str) -> str:
    return f"1 validation error detected: Value at '{path}' failed to satisfy constraint: {rule}"


@pytest.mark.parametrize(
    ("expected", "operation", "body"),
    [
        ("Expected null", sesv2.SEND_EMAIL, {"Content": "text"}),
        ("Expected null", sesv2.SEND_EMAIL, {"Content": 5}),
        ("Expected null", sesv2.SEND_EMAIL, "text"),
        ("Expected null", sesv2.LIST_TENANTS, {"Filter": "x"}),
        ("Start of list found where not expected", sesv2.SEND_EMAIL, {"Content": []}),
        ("Expected list or null", sesv2.SEND_EMAIL, {"Content": CONTENT, "ReplyToAddresses": "a@example.com"}),
        ("NUMBER_VALUE can not be converted to a String", sesv2.SEND_EMAIL, {"FromEmailAddress": 5}),
        ("NUMBER_VALUE can not be converted to a String", sesv2.SEND_EMAIL, {"FromEmailAddress": 5.5}),
        ("TRUE_VALUE can not be converted to a String", sesv2.SEND_EMAIL, {"FromEmailAddress": True}),
        ("FALSE_VALUE can not be converted to a String", sesv2.SEND_EMAIL, {"FromEmailAddress": False}),
        ("Start of list found where not expected", sesv2.SEND_EMAIL, {"FromEmailAddress": ["a"]}),
        (NOT_A_LEAF, sesv2.SEND_EMAIL, {"FromEmailAddress": {}}),
        ("NUMBER_VALUE can not be converted to a String", sesv2.SEND_EMAIL, {"Content": {"Raw": {"Data": 5}}}),
        (None, sesv2.SEND_EMAIL, {"Content": {"Raw": {"Data": "not base64!"}}}),
        (None, sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES, {"SendingEnabled": None}),
        (None, sesv2.PUT_DELIVERABILITY_DASHBOARD_OPTION, {"DashboardEnabled": None}),
        ("NUMBER_VALUE can not be converted to a Boolean", sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES, {"SendingEnabled": 0}),
        ("Start of list found where not expected", sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES, {"SendingEnabled": []}),
        (NOT_A_LEAF, sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES, {"SendingEnabled": {}}),
        ("STRING_VALUE can not be converted to an Integer", sesv2.LIST_TENANTS, {"PageSize": "5"}),
        ("TRUE_VALUE can not be converted to an Integer", sesv2.LIST_TENANTS, {"PageSize": True}),
    ],
)
def test_the_first_thing_of_the_wrong_form_is_named(expected: str | None, operation: Operation, body: Any) -> None:
    assert expected == malformed(operation, body)


@pytest.mark.parametrize("text", ["true", "false", "no", ""])
def test_any_string_is_a_true_boolean(text: str) -> None:
    assert read(sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES, {"SendingEnabled": text}).sending_enabled is True


def test_an_absent_primitive_boolean_is_none() -> None:
    assert read(sesv2.PUT_ACCOUNT_SENDING_ATTRIBUTES, {}).sending_enabled is None


def test_a_boxed_boolean_may_be_null() -> None:
    assert read(
        sesv2.PUT_ACCOUNT_DETAILS, {"MailType": "MARKETING", "WebsiteURL": "x", "ProductionAccessEnabled": None}
    )


def test_null_is_the_same_as_absent() -> None:
    assert read(sesv2.SEND_EMAIL, {"Content": CONTENT, "ReplyToAddresses": None, "EndpointId": None, "Unknown": 1})


def test_a_fraction_is_cut_where_an_integer_is_expected() -> None:
    assert read(sesv2.LIST_TENANTS, {"PageSize": 2.7}).page_size == 2


def test_wrapped_base64_is_read() -> None:
    assert read(sesv2.SEND_EMAIL, {"Content": {"Raw": {"Data": "YWJj\r\n ZGVm"}}}).content.raw.data == b"abcdef"


@pytest.mark.parametrize("body", [b" ", b"\n\t ", b"{", b'{"Content":', b"\xff", b'{"FromEmailAddress":"\xff"}'])
def test_a_body_that_is_no_json_is_malformed_without_a_message(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        rest_json.decode(sesv2.SEND_EMAIL, {}, "", body)
    assert caught.value.message is None


def test_a_query_number_that_is_none_is_malformed() -> None:
    assert "'x' can not be converted to Integer" == malformed(sesv2.LIST_EMAIL_TEMPLATES, {}, "PageSize=x")
    assert "'1.5' can not be converted to Integer" == malformed(sesv2.LIST_EMAIL_TEMPLATES, {}, "PageSize=1.5")
    too_large = "'99999999999' can not be converted to Integer"
    assert too_large == malformed(sesv2.LIST_EMAIL_TEMPLATES, {}, "PageSize=99999999999")


def test_a_missing_required_member_must_not_be_null() -> None:
    assert one("content", "Member must not be null") == violated(sesv2.SEND_EMAIL, {})
    assert one("content", "Member must not be null") == violated(sesv2.SEND_EMAIL, {"Content": None})


def test_an_inner_path_is_lower_camel_case_with_steps_from_one() -> None:
    body = {"ContactListName": "l", "Topics": [topic(), topic() | {"TopicName": None}]}
    expected = one("topics.2.member.topicName", "Member must not be null")
    assert expected == violated(sesv2.CREATE_CONTACT_LIST, body)


def topic(status: str = "OPT_IN") -> dict[str, str]:
    return {"TopicName": "t", "DisplayName": "d", "DefaultSubscriptionStatus": status}


def test_all_violations_are_told_in_one_message() -> None:
    headers = [{"Name": "a b", "Value": ""}]
    content = {"Simple": {**CONTENT["Simple"], "Headers": headers}}
    expected = (
        "2 validation errors detected: "
        "Value at 'content.simple.headers.1.member.name' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: ^[!-9;-@A-~]+$; "
        "Value at 'content.simple.headers.1.member.value' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1"
    )
    assert expected == violated(sesv2.SEND_EMAIL, {"Content": content})


@pytest.mark.parametrize(
    ("path", "rule", "body"),
    [
        ("value", "Member must have length greater than or equal to 1", {"Name": "n", "Value": ""}),
        ("name", "Member must have length less than or equal to 126", {"Name": "n" * 127, "Value": "v"}),
        ("value", "Member must satisfy regular expression pattern: [ -~]*", {"Name": "n", "Value": "é"}),
        ("value", "Member must satisfy regular expression pattern: [ -~]*", {"Name": "n", "Value": "v\n"}),
    ],
)
def test_strings_keep_to_their_length_and_pattern(path: str, rule: str, body: Any) -> None:
    content = {"Content": {"Simple": {**CONTENT["Simple"], "Headers": [body]}}}
    assert one(f"content.simple.headers.1.member.{path}", rule) == violated(sesv2.SEND_EMAIL, content)


def test_a_pattern_that_backtracks_is_not_tried_on_endless_input() -> None:
    source = {"DataFormat": "CSV", "S3Url": "s3://b/" + "a" * 1_000_000 + "//"}
    expected = one("importDataSource.s3Url", "Member must have length less than or equal to 2048")
    assert expected == violated(sesv2.CREATE_IMPORT_JOB, {"ImportDestination": {}, "ImportDataSource": source})


def test_lists_and_maps_keep_to_their_size() -> None:
    headers = [{"Name": "n", "Value": "v"}] * 16
    content = {"Content": {"Simple": {**CONTENT["Simple"], "Headers": headers}}}
    expected = one("content.simple.headers", "Member must have length less than or equal to 15")
    assert expected == violated(sesv2.SEND_EMAIL, content)
    expected = one("filter", "Member must have length greater than or equal to 1")
    assert expected == violated(sesv2.LIST_RECOMMENDATIONS, {"Filter": {}})


@pytest.mark.parametrize(
    ("seconds", "rule"), [(299, "greater than or equal to 300"), (50401, "less than or equal to 50400")]
)
def test_numbers_keep_to_their_range(seconds: int, rule: str) -> None:
    body = {"MaxDeliverySeconds": seconds}
    expected = one("maxDeliverySeconds", f"Member must have value {rule}")
    operation = sesv2.PUT_CONFIGURATION_SET_DELIVERY_OPTIONS
    assert expected == violated(operation, body, ConfigurationSetName="x")


@pytest.mark.parametrize(
    ("path", "values", "operation", "body"),
    [
        ("reason", "BOUNCE, COMPLAINT", sesv2.PUT_SUPPRESSED_DESTINATION, {"EmailAddress": "a", "Reason": "X"}),
        ("tlsPolicy", "OPTIONAL, REQUIRE", sesv2.PUT_CONFIGURATION_SET_DELIVERY_OPTIONS, {"TlsPolicy": "X"}),
        ("behaviorOnMxFailure", "REJECT_MESSAGE, USE_DEFAULT_VALUE", sesv2.PUT_EMAIL_IDENTITY_MAIL_FROM_ATTRIBUTES,
         {"BehaviorOnMxFailure": "X"}),
        ("exportSourceType", "METRICS_DATA, MESSAGE_INSIGHTS", sesv2.LIST_EXPORT_JOBS, {"ExportSourceType": "X"}),
        ("trackingOptions.httpsPolicy", "OPTIONAL, REQUIRE, REQUIRE_OPEN_ONLY", sesv2.CREATE_CONFIGURATION_SET,
         {"ConfigurationSetName": "x", "TrackingOptions": {"CustomRedirectDomain": "d", "HttpsPolicy": "X"}}),
        ("vdmAttributes.vdmEnabled", "ENABLED, DISABLED", sesv2.PUT_ACCOUNT_VDM_ATTRIBUTES,
         {"VdmAttributes": {"VdmEnabled": "X"}}),
        ("topics.1.member.defaultSubscriptionStatus", "OPT_OUT, OPT_IN", sesv2.CREATE_CONTACT_LIST,
         {"ContactListName": "l", "Topics": [topic("X")]}),
        ("importDataSource.dataFormat", "CSV, JSON", sesv2.CREATE_IMPORT_JOB,
         {"ImportDestination": {}, "ImportDataSource": {"S3Url": "s3://b/k", "DataFormat": "X"}}),
    ],
)  # fmt: skip
def test_an_enum_is_listed_in_the_order_of_the_service(path: str, values: str, operation: Operation, body: Any) -> None:
    labels = {"ConfigurationSetName": "x", "EmailIdentity": "example.com"}
    taken = {name: value for name, value in labels.items() if f"{{{name}}}" in operation.path}
    expected = one(path, f"Member must satisfy enum value set: [{values}]")
    assert expected == violated(operation, body, **taken)


def test_the_metrics_are_listed_in_the_order_of_the_service() -> None:
    metrics = (
        "DELIVERY_COMPLAINT, CLICK, SEND, OPEN, COMPLAINT, DELIVERY, DELIVERY_OPEN, PERMANENT_BOUNCE, "
        "DELIVERY_CLICK, TRANSIENT_BOUNCE"
    )
    entry = {"Id": "1", "Namespace": "VDM", "Metric": "X", "StartDate": 1, "EndDate": 2}
    expected = one("queries.1.member.metric", f"Member must satisfy enum value set: [{metrics}]")
    assert expected == violated(sesv2.BATCH_GET_METRIC_DATA, {"Queries": [entry]})


@pytest.mark.parametrize("reasons", [["X"], ["BOUNCE", "X", "Y"], [None]])
def test_an_enum_inside_a_list_is_told_once_for_the_list(reasons: list[str | None]) -> None:
    rule = "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]"
    body = {"SuppressedReasons": reasons}
    assert one("suppressedReasons", rule) == violated(sesv2.PUT_ACCOUNT_SUPPRESSION_ATTRIBUTES, body)


def test_a_list_in_the_query_string_is_named_by_its_member() -> None:
    rule = "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]"
    assert one("reasons", rule) == violated(sesv2.LIST_SUPPRESSED_DESTINATIONS, {}, "Reason=X&Reason=BOUNCE")


def test_an_enum_that_keys_a_map_is_told_for_the_map() -> None:
    rule = (
        "Map keys must satisfy constraint: [Member must satisfy enum value set: [SENDING_STATUS, TENANT_NAME_CONTAINS]]"
    )
    for value in ("y", "", None):
        assert one("filter", rule) == violated(sesv2.LIST_TENANTS, {"Filter": {"X": value}})


def test_a_value_of_a_map_is_told_for_the_map() -> None:
    rule = "Map value must satisfy constraint: [Member must have length greater than or equal to 1]"
    assert one("filter", rule) == violated(sesv2.LIST_TENANTS, {"Filter": {"SENDING_STATUS": ""}})


def test_a_null_in_a_list_of_structures_or_texts_must_not_be_null() -> None:
    rule = "Member must satisfy constraint: [Member must not be null]"
    body = {"Content": CONTENT, "ReplyToAddresses": ["a@example.com", None]}
    assert one("replyToAddresses", rule) == violated(sesv2.SEND_EMAIL, body)
    expected = one("emailTags.1.member", "Member must not be null")
    assert expected == violated(sesv2.SEND_EMAIL, {"Content": CONTENT, "EmailTags": [None]})


def test_a_null_in_a_map_is_no_entry() -> None:
    assert {} == read(sesv2.LIST_TENANTS, {"Filter": {"SENDING_STATUS": None}, "PageSize": 1.0}).filter


def test_an_element_of_a_list_names_all_its_rules() -> None:
    form = {"RuleSetName": "s", "RuleNames.member.1": "a b"}
    rule = (
        "Member must satisfy constraint: [Member must have length greater than or equal to 1, "
        "Member must satisfy regular expression pattern: ^[a-zA-Z0-9_.-]+$]"
    )
    assert one("ruleNames", rule) == violated_form(form, ses.ReorderReceiptRuleSetRequest)


@pytest.mark.parametrize(("size", "bound"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")])
@pytest.mark.parametrize("operation", [sesv2.LIST_TENANTS, sesv2.LIST_TENANT_RESOURCES, sesv2.LIST_RESOURCE_TENANTS])
def test_the_tenant_lists_echo_the_page_size(operation: Operation, size: int, bound: str) -> None:
    expected = (
        f"1 validation error detected: Value '{size}' at 'pageSize' failed to satisfy constraint: "
        f"Member must have value {bound}"
    )
    assert expected == violated(operation, {"PageSize": size, "ResourceArn": "arn"})


def test_an_empty_token_is_told_before_the_page_size() -> None:
    expected = (
        "2 validation errors detected: Value '' at 'nextToken' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1; Value '0' at 'pageSize' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1"
    )
    assert expected == violated(sesv2.LIST_RESOURCE_TENANTS, {"PageSize": 0, "NextToken": "", "ResourceArn": "arn"})


def test_no_more_than_a_hundred_violations_are_told() -> None:
    body = {"Content": CONTENT, "EmailTags": [{}] * 500}
    assert violated(sesv2.SEND_EMAIL, body).startswith("100 validation errors detected: ")


@pytest.mark.parametrize(
    ("expected", "form", "shape"),
    [
        (one("behaviorOnMXFailure", "Member must satisfy enum value set: [RejectMessage, UseDefaultValue]"),
         {"Identity": "example.com", "BehaviorOnMXFailure": "X"}, ses.SetIdentityMailFromDomainRequest),
        (one("deliveryOptions.tlsPolicy", "Member must satisfy enum value set: [Optional, Require]"),
         {"ConfigurationSetName": "x", "DeliveryOptions.TlsPolicy": "X"},
         ses.PutConfigurationSetDeliveryOptionsRequest),
        (one("eventDestination.matchingEventTypes", "Member must satisfy constraint: [Member must satisfy enum value "
             "set: [click, bounce, send, open, complaint, delivery, renderingFailure, reject]]"),
         {"ConfigurationSetName": "x", "EventDestination.Name": "d",
          "EventDestination.MatchingEventTypes.member.1": "deliveryDelay"},
         ses.CreateConfigurationSetEventDestinationRequest),
        (one("maxResults", "Member must have value less than or equal to 50"), {"MaxResults": "51"},
         ses.ListCustomVerificationEmailTemplatesRequest),
        (one("source", "Member must not be null"),
         {"Destination": "", "Message.Subject.Data": "s", "Message.Body.Text.Data": "t"}, ses.SendEmailRequest),
        (one("rule.actions.1.member.sNSAction.topicArn", "Member must not be null"),
         {"RuleSetName": "s", "Rule.Name": "r", "Rule.Actions.member.1.SNSAction.Encoding": "UTF-8"},
         ses.CreateReceiptRuleRequest),
        ("2 validation errors detected: Value at 'ruleSetName' failed to satisfy constraint: Member must have length "
         "greater than or equal to 1; Value at 'ruleSetName' failed to satisfy constraint: Member must satisfy regular "
         "expression pattern: ^[a-zA-Z0-9_.-]+$", {"RuleSetName": ""}, ses.CreateReceiptRuleSetRequest),
    ],
)  # fmt: skip
def test_a_form_breaks_rules_in_the_same_words(expected: str, form: dict[str, str], shape: type[Any]) -> None:
    assert expected == violated_form(form, shape)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (1_700_000_000_000, 1700000000),
        (1_700_000_000_123, 1700000000.123),
        (1_700_000_000_123, "2023-11-14T22:13:20.123Z"),
        (1_700_000_000_000, "2023-11-14T23:13:20+01:00"),
        (1_700_000_000_000, "1700000000"),
        (-1, -0.001),
    ],
)
def test_an_instant_is_epoch_seconds_or_iso_8601(expected: int, value: Any) -> None:
    assert expected == metric_query(value).queries[0].start_date


@pytest.mark.parametrize("value", ["yesterday", "", 1e300, -1e300, "1e999", "nan"])
def test_an_instant_outside_the_calendar_is_malformed(value: Any) -> None:
    with pytest.raises(Malformed, match="can not be converted to milliseconds since epoch"):
        metric_query(value)


def test_a_boolean_is_no_instant() -> None:
    with pytest.raises(Malformed, match="TRUE_VALUE can not be converted to milliseconds since epoch"):
        metric_query(True)


def metric_query(start: Any) -> Any:
    entry = {"Id": "1", "Namespace": "VDM", "Metric": "SEND", "StartDate": start, "EndDate": 2}
    return read(sesv2.BATCH_GET_METRIC_DATA, {"Queries": [entry]})


class Odd(Shape, frozen=True, kw_only=True):
    numbers: list[int] | None = None
    ratio: float | None = None


def test_numbers_outside_the_model_are_read_alike() -> None:
    assert Odd(numbers=[1], ratio=2.0) == explain.read({"Numbers": [1], "Ratio": 2}, Odd)
    with pytest.raises(Violated, match=r"Member must satisfy constraint: \[Member must not be null\]"):
        explain.read({"Numbers": [None]}, Odd)
    with pytest.raises(Malformed, match="STRING_VALUE can not be converted to a Double"):
        explain.read({"Ratio": "x"}, Odd)

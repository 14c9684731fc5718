"""Event destinations through real clients: every check in its order, and each API's view of what the other made."""

import json
from typing import Any

import pytest
from harness import Server
from wire import refused, send_v1, send_v2

ONE_KIND = (
    "Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch Destination"
    " or an SNS Destination or an EventBridge Destination."
)
BAD_NAME = "Invalid event destination name <a.b>: only alphanumeric ASCII characters, '_', and '-' are allowed."
STREAM_FORM = "should have the form <arn:aws:firehose:region:[account-id]:deliverystream/[stream-name]>"
DIMENSION = {"DimensionName": "campaign", "DimensionValueSource": "MESSAGE_TAG", "DefaultDimensionValue": "none"}
CLOUD_WATCH = {"DimensionConfigurations": [DIMENSION]}
ROLE = "arn:aws:iam::000000000000:role/firehose"


@pytest.fixture
def cs(sesv2: Any) -> str:
    sesv2.create_configuration_set(ConfigurationSetName="cs")
    return "cs"


@pytest.fixture
def topic(server: Server, account: str) -> str:
    return str(server.client("sns", account).create_topic(Name="events")["TopicArn"])


def to(kind: str, target: object, *events: str, enabled: bool = True) -> dict[str, Any]:
    """A definition of v2."""
    return {"Enabled": enabled, "MatchingEventTypes": list(events or ["SEND"]), kind: target}


def create(sesv2: Any, definition: dict[str, Any], name: str = "dest", set_name: str = "cs") -> None:
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=set_name, EventDestinationName=name, EventDestination=definition
    )


def shown(sesv2: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sesv2.get_configuration_set_event_destinations(ConfigurationSetName="cs")[
        "EventDestinations"
    ]
    return found


def described(ses: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ses.describe_configuration_set(
        ConfigurationSetName="cs", ConfigurationSetAttributeNames=["eventDestinations"]
    )["EventDestinations"]
    return found


def stream(server: Server, account: str) -> str:
    """The ARN of a new delivery stream."""
    server.client("s3", account).create_bucket(Bucket=f"events-{account}")
    answer = server.client("firehose", account).create_delivery_stream(
        DeliveryStreamName="events",
        S3DestinationConfiguration={"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::events-{account}"},
    )
    return str(answer["DeliveryStreamARN"])


def queue_behind(server: Server, account: str, topic: str) -> Any:
    """What tells the envelopes that have come to a topic since it was last asked."""
    sqs = server.client("sqs", account)
    url = sqs.create_queue(QueueName="behind")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:behind"
    server.client("sns", account).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def taken() -> list[dict[str, Any]]:
        envelopes = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                envelopes.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return envelopes

    return taken


def test_every_kind_is_kept_by_v2_in_the_order_it_was_added(
    server: Server, account: str, sesv2: Any, cs: str, topic: str
) -> None:
    firehose = {"IamRoleArn": ROLE, "DeliveryStreamArn": stream(server, account)}
    bus = {"EventBusArn": f"arn:aws:events:us-east-1:{account}:event-bus/default"}
    pinpoint = {"ApplicationArn": f"arn:aws:mobiletargeting:us-east-1:{account}:apps/app"}
    definitions = {
        "sns": to("SnsDestination", {"TopicArn": topic}, "SUBSCRIPTION", "DELIVERY_DELAY", "SEND"),
        "firehose": to("KinesisFirehoseDestination", firehose, "OPEN", enabled=False),
        "cloudwatch": to("CloudWatchDestination", CLOUD_WATCH, "RENDERING_FAILURE"),
        "bus": to("EventBridgeDestination", bus, "CLICK", "BOUNCE"),
        "pinpoint": to("PinpointDestination", pinpoint, "COMPLAINT"),
    }
    for name, definition in definitions.items():
        create(sesv2, definition, name)
    assert [{"Name": name, **definition} for name, definition in definitions.items()] == shown(sesv2)


def test_v1_describes_what_v2_made_with_event_types_in_alphabetical_order(
    ses: Any, sesv2: Any, cs: str, topic: str
) -> None:
    create(sesv2, to("SnsDestination", {"TopicArn": topic}, "SEND", "RENDERING_FAILURE", "BOUNCE", "DELIVERY_DELAY"))
    assert [
        {
            "Name": "dest",
            "Enabled": True,
            "MatchingEventTypes": ["bounce", "deliveryDelay", "renderingFailure", "send"],
            "SNSDestination": {"TopicARN": topic},
        }
    ] == described(ses)


def test_v2_shows_what_v1_made(server: Server, account: str, ses: Any, sesv2: Any, cs: str) -> None:
    arn = stream(server, account)
    dimension = {"DimensionName": "a:b", "DimensionValueSource": "linkTag", "DefaultDimensionValue": "x@y"}
    for kind, target in (
        ("KinesisFirehoseDestination", {"IAMRoleARN": ROLE, "DeliveryStreamARN": arn}),
        ("CloudWatchDestination", {"DimensionConfigurations": [dimension]}),
    ):
        destination = {"Name": kind, "MatchingEventTypes": ["click", "renderingFailure", "click"], kind: target}
        ses.create_configuration_set_event_destination(ConfigurationSetName="cs", EventDestination=destination)
    common = {"Enabled": False, "MatchingEventTypes": ["CLICK", "RENDERING_FAILURE"]}
    assert [
        {
            "Name": "KinesisFirehoseDestination",
            **common,
            "KinesisFirehoseDestination": {"IamRoleArn": ROLE, "DeliveryStreamArn": arn},
        },
        {
            "Name": "CloudWatchDestination",
            **common,
            "CloudWatchDestination": {
                "DimensionConfigurations": [{**dimension, "DimensionValueSource": "LINK_TAG"}],
            },
        },
    ] == shown(sesv2)
    assert [
        {"IAMRoleARN": ROLE, "DeliveryStreamARN": arn},
        {"DimensionConfigurations": [dimension]},
    ] == [each[each["Name"]] for each in described(ses)]


def test_a_new_topic_is_told_once_without_subject(
    server: Server, account: str, ses: Any, sesv2: Any, cs: str, topic: str
) -> None:
    taken = queue_behind(server, account, topic)
    destination = {"Name": "dest", "MatchingEventTypes": ["send"], "SNSDestination": {"TopicARN": topic}}
    ses.create_configuration_set_event_destination(ConfigurationSetName="cs", EventDestination=destination)
    [envelope] = taken()
    assert "Successfully validated SNS topic for Amazon SES event publishing." == envelope["Message"]
    assert "Subject" not in envelope
    ses.update_configuration_set_event_destination(ConfigurationSetName="cs", EventDestination=destination)
    assert [] == taken()
    update = {"ConfigurationSetName": "cs", "EventDestinationName": "dest"}
    sesv2.update_configuration_set_event_destination(
        **update, EventDestination=to("CloudWatchDestination", CLOUD_WATCH)
    )
    sesv2.update_configuration_set_event_destination(
        **update, EventDestination=to("SnsDestination", {"TopicArn": topic})
    )
    assert 1 == len(taken())


def test_an_update_replaces_the_destination_where_it_stands(ses: Any, sesv2: Any, cs: str) -> None:
    for name in ("first", "second"):
        create(sesv2, to("CloudWatchDestination", CLOUD_WATCH), name)
    sesv2.update_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestinationName="first",
        EventDestination=to("CloudWatchDestination", CLOUD_WATCH, "OPEN", enabled=False),
    )
    first, second = shown(sesv2)
    assert ("first", False, ["OPEN"]) == (first["Name"], first["Enabled"], first["MatchingEventTypes"])
    assert "second" == second["Name"]
    ses.delete_configuration_set_event_destination(ConfigurationSetName="cs", EventDestinationName="first")
    assert [second] == shown(sesv2)
    sesv2.delete_configuration_set_event_destination(ConfigurationSetName="cs", EventDestinationName="second")
    assert [] == described(ses)


def test_a_definition_is_checked_for_name_then_events_then_number_of_kinds(
    server: Server, account: str, cs: str
) -> None:
    two = {"CloudWatchDestination": CLOUD_WATCH, "SnsDestination": {"TopicArn": "x"}}
    for name, definition, text in (
        ("a.b", {}, BAD_NAME),
        ("." * 65, {}, "Event destination name cannot exceed 64 characters."),
        ("", {}, "The event destination name must be specified."),
        ("dest", None, "Event destination is not provided."),
        ("dest", {}, "At least one event type must be specified."),
        ("dest", {"MatchingEventTypes": [], **two}, "At least one event type must be specified."),
        (
            "dest",
            {"MatchingEventTypes": ["SEND", "SENT"], **two},
            "The event destination contains an invalid event type.",
        ),
        ("dest", {"MatchingEventTypes": ["SEND"]}, "Event destination is not provided."),
        ("dest", {"MatchingEventTypes": ["SEND"], **two}, ONE_KIND),
    ):
        body = {"EventDestinationName": name, "EventDestination": definition}
        path = "/v2/email/configuration-sets/ghost/event-destinations"
        answer = send_v2(server, account, "POST", path, body)
        assert (400, "BadRequestException", text) == answer.error


def test_v1_wants_its_own_event_types(server: Server, account: str, cs: str) -> None:
    members = {
        "ConfigurationSetName": "cs",
        "EventDestination__Name": "dest",
        "EventDestination__MatchingEventTypes__member__1": "deliveryDelay",
        "EventDestination__SNSDestination__TopicARN": "x",
    }
    answer = send_v1(server, account, "CreateConfigurationSetEventDestination", **members)
    assert "<Code>ValidationError</Code>" in answer.text
    words = "[click, bounce, send, open, complaint, delivery, renderingFailure, reject]"
    assert f"Member must satisfy enum value set: {words}" in answer.text


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("not-an-arn", "SNS topic <{}> not found."),
        ("arn:aws:sns:eu-west-1:999999999999:t", "No account can be found for SNS topic <{}>"),
        ("arn:aws:sns:eu-west-1:{account}:t", "SNS topic must be located in same region as SES <us-east-1>"),
        ("arn:aws:sns:us-east-1:{account}:t.fifo", "SNS topic <{}> must be a standard topic."),
        ("arn:aws:sns:us-east-1:{account}:t", "SNS topic <{}> not found."),
    ],
)
def test_a_topic_is_checked_for_account_then_region_then_existence(
    account: str, ses: Any, sesv2: Any, cs: str, arn: str, text: str
) -> None:
    arn = arn.format(account=account)
    with pytest.raises(ses.exceptions.InvalidSNSDestinationException) as v1:
        ses.create_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestination={"Name": "d", "MatchingEventTypes": ["send"], "SNSDestination": {"TopicARN": arn}},
        )
    assert ("InvalidSNSDestination", text.format(arn)) == refused(v1)
    assert ("cs", "d") == (v1.value.response["ConfigurationSetName"], v1.value.response["EventDestinationName"])
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        create(sesv2, to("SnsDestination", {"TopicArn": arn}))
    assert ("BadRequestException", text.format(arn)) == refused(v2)
    assert [] == shown(sesv2)


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("stream", "Invalid delivery stream ARN {} " + STREAM_FORM),
        ("arn:aws:firehose:eu-west-1:{account}:stream/x", "Invalid delivery stream ARN {} " + STREAM_FORM),
        (
            "arn:aws:firehose:eu-west-1:{account}:deliverystream/x",
            "Delivery stream <{}> must be located in same region as SES <us-east-1>",
        ),
        ("arn:aws:firehose:us-east-1:{account}:deliverystream/x", "Could not access Kinesis Firehose Stream <{}>."),
    ],
)
def test_a_stream_is_checked_for_form_then_region_then_existence(
    account: str, ses: Any, sesv2: Any, cs: str, arn: str, text: str
) -> None:
    arn = arn.format(account=account)
    target = {"IAMRoleARN": ROLE, "DeliveryStreamARN": arn}
    with pytest.raises(ses.exceptions.InvalidFirehoseDestinationException) as v1:
        ses.create_configuration_set_event_destination(
            ConfigurationSetName="cs",
            EventDestination={"Name": "d", "MatchingEventTypes": ["send"], "KinesisFirehoseDestination": target},
        )
    assert ("InvalidFirehoseDestination", text.format(arn)) == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        create(sesv2, to("KinesisFirehoseDestination", {"IamRoleArn": ROLE, "DeliveryStreamArn": arn}))
    assert ("BadRequestException", text.format(arn)) == refused(v2)


@pytest.mark.parametrize(
    ("kind", "target", "text"),
    [
        (
            "EventBridgeDestination",
            {"EventBusArn": "arn:aws:events:eu-west-1:000000000000:event-bus/mine"},
            "Invalid Event Bridge destination, must be in region <us-east-1>.",
        ),
        (
            "EventBridgeDestination",
            {"EventBusArn": "arn:aws:events:us-east-1:000000000000:event-bus/mine"},
            "Invalid Event Bridge destination, must be default bus.",
        ),
        ("PinpointDestination", {"ApplicationArn": "app"}, "Invalid Pinpoint application ARN provided: app."),
        (
            "CloudWatchDestination",
            {"DimensionConfigurations": []},
            "CloudWatch metrics dimension configuration list cannot be empty.",
        ),
        (
            "CloudWatchDestination",
            {"DimensionConfigurations": [DIMENSION] * 11},
            "CloudWatch metrics dimension configuration list cannot exceed 10 entries.",
        ),
        (
            "CloudWatchDestination",
            {"DimensionConfigurations": [{**DIMENSION, "DimensionName": "a b"}]},
            "Invalid CloudWatch dimension name <a b>.",
        ),
        (
            "CloudWatchDestination",
            {"DimensionConfigurations": [{**DIMENSION, "DefaultDimensionValue": "ü"}]},
            "Invalid CloudWatch default dimension value <ü>.",
        ),
    ],
)
def test_the_other_kinds_are_checked_by_their_names(
    sesv2: Any, cs: str, kind: str, target: dict[str, Any], text: str
) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        create(sesv2, to(kind, target))
    assert ("BadRequestException", text) == refused(error)


def test_pinpoint_takes_no_delays_and_no_subscriptions(account: str, sesv2: Any, cs: str) -> None:
    target = {"ApplicationArn": f"arn:aws:mobiletargeting:us-east-1:{account}:apps/app"}
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        create(sesv2, to("PinpointDestination", target, "SEND", "DELIVERY_DELAY"))
    assert "The event destination contains an invalid event type." == refused(error)[1]


def test_a_bad_dimension_list_has_a_code_of_its_own_in_v1(ses: Any, cs: str) -> None:
    destination = {
        "Name": "d",
        "MatchingEventTypes": ["send"],
        "CloudWatchDestination": {"DimensionConfigurations": []},
    }
    with pytest.raises(ses.exceptions.InvalidCloudWatchDestinationException) as error:
        ses.create_configuration_set_event_destination(ConfigurationSetName="cs", EventDestination=destination)
    assert "d" == error.value.response["EventDestinationName"]


def test_a_taken_name_and_one_destination_too_many_are_refused(ses: Any, sesv2: Any, cs: str) -> None:
    for number in range(10):
        create(sesv2, to("CloudWatchDestination", CLOUD_WATCH), f"dest-{number}")
    text = "An event destination with name <dest-0> already exists for configuration set <cs>."
    with pytest.raises(sesv2.exceptions.AlreadyExistsException) as taken:
        create(sesv2, to("CloudWatchDestination", CLOUD_WATCH), "dest-0")
    assert ("AlreadyExistsException", text) == refused(taken)
    dimension = {"DimensionName": "a", "DimensionValueSource": "messageTag", "DefaultDimensionValue": "b"}
    destination = {
        "Name": "dest-0",
        "MatchingEventTypes": ["send"],
        "CloudWatchDestination": {"DimensionConfigurations": [dimension]},
    }
    with pytest.raises(ses.exceptions.EventDestinationAlreadyExistsException) as v1:
        ses.create_configuration_set_event_destination(ConfigurationSetName="cs", EventDestination=destination)
    assert ("EventDestinationAlreadyExists", text) == refused(v1)
    with pytest.raises(sesv2.exceptions.LimitExceededException):
        create(sesv2, to("CloudWatchDestination", CLOUD_WATCH), "eleventh")
    with pytest.raises(ses.exceptions.LimitExceededException):
        ses.create_configuration_set_event_destination(
            ConfigurationSetName="cs", EventDestination={**destination, "Name": "eleventh"}
        )


def test_what_is_not_there_is_refused_in_the_words_of_each(ses: Any, sesv2: Any, cs: str) -> None:
    text = "An event destination with name <ghost> does not exist for configuration set <cs>."
    ghost = {"ConfigurationSetName": "cs", "EventDestinationName": "ghost"}
    for call in (
        lambda: sesv2.delete_configuration_set_event_destination(**ghost),
        lambda: sesv2.update_configuration_set_event_destination(
            **ghost, EventDestination=to("CloudWatchDestination", CLOUD_WATCH)
        ),
    ):
        with pytest.raises(sesv2.exceptions.NotFoundException) as v2:
            call()
        assert ("NotFoundException", text) == refused(v2)
    with pytest.raises(ses.exceptions.EventDestinationDoesNotExistException) as v1:
        ses.delete_configuration_set_event_destination(**ghost)
    assert ("EventDestinationDoesNotExist", "No EventDestination found for cs") == refused(v1)
    nowhere = {"ConfigurationSetName": "nowhere", "EventDestinationName": "ghost"}
    with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException) as missing:
        ses.delete_configuration_set_event_destination(**nowhere)
    assert "Configuration set <nowhere> does not exist." == refused(missing)[1]
    with pytest.raises(sesv2.exceptions.NotFoundException):
        create(sesv2, to("CloudWatchDestination", CLOUD_WATCH), set_name="nowhere")
    with pytest.raises(sesv2.exceptions.NotFoundException):
        sesv2.get_configuration_set_event_destinations(ConfigurationSetName="nowhere")

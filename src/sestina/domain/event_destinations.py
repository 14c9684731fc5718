"""Event destinations: where a configuration set publishes which events (events-and-receiving.md 1.1)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from sestina.domain.arns import parse_arn
from sestina.domain.events import EventType
from sestina.domain.refusals import AlreadyExists, Invalid, Kind, LimitReached, Missing

MOST_DESTINATIONS: Final = 10  # per configuration set (AWS page "Service quotas")
MOST_DIMENSIONS: Final = 10  # per CloudWatch destination
LONGEST_NAME: Final = 64
NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
DIMENSION_NAME: Final = re.compile(r"[A-Za-z0-9_:-]{1,256}")
DIMENSION_VALUE: Final = re.compile(r"[A-Za-z0-9_.@:-]{1,256}")
FIFO: Final = ".fifo"
NOT_FOR_PINPOINT: Final = {EventType.DELIVERY_DELAY, EventType.SUBSCRIPTION}  # AWS page "Managing event destinations"
VALIDATED: Final = "Successfully validated SNS topic for Amazon SES event publishing."
UNKNOWN_EVENT: Final = "The event destination contains an invalid event type."
ONE_KIND: Final = (
    "Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch Destination"
    " or an SNS Destination or an EventBridge Destination."
)

Details = Mapping[str, str]
DimensionSource = Literal["MESSAGE_TAG", "EMAIL_HEADER", "LINK_TAG"]


class Dimension(Struct, frozen=True, kw_only=True):
    """A CloudWatch dimension: its name, where its value comes from, and the value when that has none."""

    name: str
    source: DimensionSource
    default: str


class SnsTarget(Struct, frozen=True, kw_only=True, tag="sns"):
    """A standard SNS topic."""

    topic_arn: str


class FirehoseTarget(Struct, frozen=True, kw_only=True, tag="firehose"):
    """A delivery stream, written under a role."""

    role_arn: str
    stream_arn: str


class CloudWatchTarget(Struct, frozen=True, kw_only=True, tag="cloudwatch"):
    """A metric per event type in the namespace AWS/SES."""

    dimensions: tuple[Dimension, ...]


class EventBridgeTarget(Struct, frozen=True, kw_only=True, tag="eventbridge"):
    """The default event bus."""

    bus_arn: str


class PinpointTarget(Struct, frozen=True, kw_only=True, tag="pinpoint"):
    """A Pinpoint application; kept and shown, nothing is published to it."""

    application_arn: str


Target = SnsTarget | FirehoseTarget | CloudWatchTarget | EventBridgeTarget | PinpointTarget


class EventDestination(Struct, frozen=True, kw_only=True):
    """One named destination of a set."""

    name: str
    enabled: bool
    events: tuple[EventType, ...]
    target: Target

    def takes(self, type_: EventType) -> bool:
        """Whether an event of this type is published here."""
        return self.enabled and type_ in self.events


def check_name(name: str) -> None:
    """Refuses an empty, long or malformed name."""
    if not name:
        raise Invalid("The event destination name must be specified.")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"Event destination name cannot exceed {LONGEST_NAME} characters.")
    if not NAME.fullmatch(name):
        raise Invalid(
            f"Invalid event destination name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        )


def check_events(events: Sequence[EventType | None]) -> tuple[EventType, ...]:
    """The event types, each once; None stands for a word that is no type.

    Raises:
        Invalid: there are none, or one is unknown.
    """
    if not events:
        raise Invalid("At least one event type must be specified.")
    known = tuple(dict.fromkeys(event for event in events if event is not None))
    if None in events:
        raise Invalid(UNKNOWN_EVENT)
    return known


def check_kinds(targets: Sequence[Target | None]) -> Target:
    """The one target given.

    Raises:
        Invalid: there is none, or there are two.
    """
    given = [target for target in targets if target is not None]
    if not given:
        raise Invalid("Event destination is not provided.")
    if len(given) > 1:
        raise Invalid(ONE_KIND)
    return given[0]


def check_target(destination: EventDestination, account: str, region: str, details: Details) -> None:
    """Refuses what can be told from the names alone; that the topic or stream exists is asked of the neighbour.

    Raises:
        Invalid: with the kind of the destination, so that v1 answers with that destination's own code.
    """
    match destination.target:
        case SnsTarget(topic_arn=arn):
            _check_topic(arn, account, region, details)
        case FirehoseTarget(stream_arn=arn):
            _check_stream(arn, region, details)
        case EventBridgeTarget(bus_arn=arn):
            _check_bus(arn, region)
        case CloudWatchTarget(dimensions=dimensions):
            _check_dimensions(dimensions, details)
        case PinpointTarget(application_arn=arn):
            _check_application(arn, destination.events)


def _check_topic(arn: str, account: str, region: str, details: Details) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "sns":
        raise missing_topic(arn, details)
    if parsed.account != account:
        raise Invalid(f"No account can be found for SNS topic <{arn}>", Kind.SNS_DESTINATION, details)
    if parsed.region != region:
        raise Invalid(f"SNS topic must be located in same region as SES <{region}>", Kind.SNS_DESTINATION, details)
    if parsed.resource.endswith(FIFO):  # AWS page "Set up an Amazon SNS event destination": standard topics only
        raise Invalid(f"SNS topic <{arn}> must be a standard topic.", Kind.SNS_DESTINATION, details)


def _check_stream(arn: str, region: str, details: Details) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "firehose" or not parsed.resource.startswith("deliverystream/"):
        form = "<arn:aws:firehose:region:[account-id]:deliverystream/[stream-name]>"
        message = f"Invalid delivery stream ARN {arn} should have the form {form}"
        raise Invalid(message, Kind.FIREHOSE_DESTINATION, details)
    if parsed.region != region:
        message = f"Delivery stream <{arn}> must be located in same region as SES <{region}>"
        raise Invalid(message, Kind.FIREHOSE_DESTINATION, details)


def _check_bus(arn: str, region: str) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "events" or parsed.region != region:
        raise Invalid(f"Invalid Event Bridge destination, must be in region <{region}>.")
    if parsed.resource != "event-bus/default":
        raise Invalid("Invalid Event Bridge destination, must be default bus.")


def _check_dimensions(dimensions: Sequence[Dimension], details: Details) -> None:
    kind = Kind.CLOUDWATCH_DESTINATION
    if not dimensions:
        raise Invalid("CloudWatch metrics dimension configuration list cannot be empty.", kind, details)
    if len(dimensions) > MOST_DIMENSIONS:
        message = f"CloudWatch metrics dimension configuration list cannot exceed {MOST_DIMENSIONS} entries."
        raise Invalid(message, kind, details)
    for dimension in dimensions:
        if not DIMENSION_NAME.fullmatch(dimension.name):
            raise Invalid(f"Invalid CloudWatch dimension name <{dimension.name}>.", kind, details)
        if not DIMENSION_VALUE.fullmatch(dimension.default):
            raise Invalid(f"Invalid CloudWatch default dimension value <{dimension.default}>.", kind, details)


def _check_application(arn: str, events: Sequence[EventType]) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "mobiletargeting":
        raise Invalid(f"Invalid Pinpoint application ARN provided: {arn}.")
    if NOT_FOR_PINPOINT & set(events):
        raise Invalid(UNKNOWN_EVENT)


def with_destination(
    present: Sequence[EventDestination], added: EventDestination, set_name: str
) -> tuple[EventDestination, ...]:
    """The destinations of a set and a new one.

    Raises:
        AlreadyExists, LimitReached: the name is taken, or it is one too many.
    """
    if any(each.name == added.name for each in present):
        message = f"An event destination with name <{added.name}> already exists for configuration set <{set_name}>."
        raise AlreadyExists(Kind.EVENT_DESTINATION, message, details_of(set_name, added.name))
    if len(present) >= MOST_DESTINATIONS:
        message = f"Number of event destinations exceeds the limit of {MOST_DESTINATIONS}."
        raise LimitReached(message, Kind.EVENT_DESTINATION)
    return (*present, added)


def with_changed(
    present: Sequence[EventDestination], changed: EventDestination, set_name: str
) -> tuple[EventDestination, ...]:
    """The destinations of a set with one of them replaced where it stands.

    Raises:
        Missing: there is none of this name.
    """
    destination_named(present, changed.name, set_name)
    return tuple(changed if each.name == changed.name else each for each in present)


def destination_named(present: Sequence[EventDestination], name: str, set_name: str) -> EventDestination:
    """The destination of this name.

    Raises:
        Missing: there is none.
    """
    for each in present:
        if each.name == name:
            return each
    message = f"An event destination with name <{name}> does not exist for configuration set <{set_name}>."
    raise Missing(Kind.EVENT_DESTINATION, message, details_of(set_name, name))


def details_of(set_name: str, name: str) -> Details:
    """What the errors of v1 carry beside their text."""
    return {"ConfigurationSetName": set_name, "EventDestinationName": name}


def missing_topic(arn: str, details: Details) -> Invalid:
    """The refusal for a topic that is not there; the text is recorded from AWS."""
    return Invalid(f"SNS topic <{arn}> not found.", Kind.SNS_DESTINATION, details)


def unreachable_topic(arn: str, details: Details) -> Invalid:
    """The refusal for a topic that does not take the validation message."""
    return Invalid(f"Could not publish to SNS topic <{arn}>.", Kind.SNS_DESTINATION, details)


def unreachable_stream(arn: str, details: Details) -> Invalid:
    """The refusal for a stream that is not there or does not answer (text: terraform-provider-aws matches it)."""
    return Invalid(f"Could not access Kinesis Firehose Stream <{arn}>.", Kind.FIREHOSE_DESTINATION, details)

"""Event destinations: where a configuration set publishes which events (events-and-receiving.md 1.1)."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from sestina.domain.arns import parse_arn
from sestina.domain.events import EventType
from sestina.domain.refusals import Invalid, Kind, Missing

MOST_DESTINATIONS: Final = 10  # per configuration set (AWS page "Service quotas")
MOST_DIMENSIONS: Final = 10  # per CloudWatch destination
NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
DIMENSION_NAME: Final = re.compile(r"[A-Za-z0-9_:-]{1,256}")
DIMENSION_VALUE: Final = re.compile(r"[A-Za-z0-9_.@:-]{1,256}")
ONE_KIND: Final = (
    "Please provide only one destination with each request. Either a Firehose Destination or a Cloudwatch Destination"
    " or an SNS Destination or an EventBridge Destination."
)


class Dimension(Struct, frozen=True, kw_only=True):
    """A CloudWatch dimension: its name, where its value comes from, and the value when that has none."""

    name: str
    source: str  # MESSAGE_TAG, EMAIL_HEADER or LINK_TAG
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
    """Refuses a malformed name."""
    if len(name) > 64:
        raise Invalid("Event destination name cannot exceed 64 characters.")
    if not NAME.fullmatch(name):
        raise Invalid(
            f"Invalid event destination name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed."
        )


def check_events_and_kinds(events: Sequence[EventType], targets: Sequence[Target | None]) -> Target:
    """The one target given; order of checks: event types, then the number of kinds (events-and-receiving.md 1.1).

    Raises:
        Invalid: no event type, no target, or two of them.
    """
    if not events:
        raise Invalid("At least one event type must be specified.")
    given = [target for target in targets if target is not None]
    if not given:
        raise Invalid("Event destination is not provided.")
    if len(given) > 1:
        raise Invalid(ONE_KIND)
    return given[0]


def check_target(target: Target, account: str, region: str) -> None:
    """Refuses what can be told from the ARN alone; that the topic or stream exists is asked of the neighbour.

    Raises:
        Invalid: with the kind of the destination, so that v1 answers with that destination's own code.
    """
    match target:
        case SnsTarget(topic_arn=arn):
            _check_topic(arn, account, region)
        case FirehoseTarget(stream_arn=arn):
            _check_stream(arn, region)
        case EventBridgeTarget(bus_arn=arn):
            _check_bus(arn, region)
        case CloudWatchTarget(dimensions=dimensions):
            _check_dimensions(dimensions)
        case PinpointTarget(application_arn=arn):
            parsed = parse_arn(arn)
            if parsed is None or parsed.service != "mobiletargeting":
                raise Invalid(f"Invalid Pinpoint application ARN provided: {arn}.")


def _check_topic(arn: str, account: str, region: str) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "sns":
        raise Invalid(f"SNS topic <{arn}> not found.", Kind.SNS_DESTINATION)
    if parsed.account != account:
        raise Invalid(f"No account can be found for SNS topic <{arn}>", Kind.SNS_DESTINATION)
    if parsed.region != region:
        raise Invalid(f"SNS topic must be located in same region as SES <{region}>", Kind.SNS_DESTINATION)


def _check_stream(arn: str, region: str) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "firehose" or not parsed.resource.startswith("deliverystream/"):
        form = "<arn:aws:firehose:region:[account-id]:deliverystream/[stream-name]>"
        message = f"Invalid delivery stream ARN {arn} should have the form {form}"
        raise Invalid(message, Kind.FIREHOSE_DESTINATION)
    if parsed.region != region:
        message = f"Delivery stream <{arn}> must be located in same region as SES <{region}>"
        raise Invalid(message, Kind.FIREHOSE_DESTINATION)


def _check_bus(arn: str, region: str) -> None:
    parsed = parse_arn(arn)
    if parsed is None or parsed.service != "events" or parsed.region != region:
        raise Invalid(f"Invalid Event Bridge destination, must be in region <{region}>.")
    if parsed.resource != "event-bus/default":
        raise Invalid("Invalid Event Bridge destination, must be default bus.")


def _check_dimensions(dimensions: Sequence[Dimension]) -> None:
    kind = Kind.CLOUDWATCH_DESTINATION
    if not dimensions:
        raise Invalid("CloudWatch metrics dimension configuration list cannot be empty.", kind)
    if len(dimensions) > MOST_DIMENSIONS:
        raise Invalid(f"CloudWatch metrics dimension configuration list cannot exceed {MOST_DIMENSIONS} entries.", kind)
    for dimension in dimensions:
        if not DIMENSION_NAME.fullmatch(dimension.name):
            raise Invalid(f"Invalid CloudWatch dimension name <{dimension.name}>.", kind)
        if not DIMENSION_VALUE.fullmatch(dimension.default):
            raise Invalid(f"Invalid CloudWatch default dimension value <{dimension.default}>.", kind)


def missing_destination(name: str, set_name: str) -> Missing:
    """The refusal of v2 for a destination that is not there; v1's delete words it otherwise."""
    message = f"An event destination with name <{name}> does not exist for configuration set <{set_name}>."
    details = {"ConfigurationSetName": set_name, "EventDestinationName": name}
    return Missing(Kind.EVENT_DESTINATION, message, details)

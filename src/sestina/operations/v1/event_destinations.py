"""Event destinations as the older API words them."""

from collections.abc import Sequence
from typing import Final, cast

from sestina.api import ses
from sestina.domain.event_destinations import (
    CloudWatchTarget,
    Dimension,
    DimensionSource,
    EventDestination,
    FirehoseTarget,
    SnsTarget,
    Target,
    details_of,
)
from sestina.domain.events import EventType
from sestina.domain.refusals import Kind, Missing
from sestina.operations.call import Call
from sestina.operations.event_destinations import (
    add_destination,
    change_destination,
    checked_destination,
    remove_destination,
)
from sestina.operations.handles import handles

EVENTS: Final = {
    "send": EventType.SEND,
    "reject": EventType.REJECT,
    "bounce": EventType.BOUNCE,
    "complaint": EventType.COMPLAINT,
    "delivery": EventType.DELIVERY,
    "open": EventType.OPEN,
    "click": EventType.CLICK,
    "renderingFailure": EventType.RENDERING_FAILURE,
    "deliveryDelay": EventType.DELIVERY_DELAY,  # shown when the newer API set it; a request cannot name it
    "subscription": EventType.SUBSCRIPTION,
}
WORDS: Final = {type_: word for word, type_ in EVENTS.items()}
SOURCES: Final[dict[ses.DimensionValueSource, DimensionSource]] = {
    "messageTag": "MESSAGE_TAG",
    "emailHeader": "EMAIL_HEADER",
    "linkTag": "LINK_TAG",
}
SOURCE_WORDS: Final = {source: word for word, source in SOURCES.items()}


@handles(ses.CREATE_CONFIGURATION_SET_EVENT_DESTINATION)
async def create_configuration_set_event_destination(
    call: Call, request: ses.CreateConfigurationSetEventDestinationRequest
) -> ses.CreateConfigurationSetEventDestinationResponse:
    """Adds a destination; its name must be free."""
    destination = _checked(call, request.configuration_set_name, request.event_destination)
    await add_destination(call, request.configuration_set_name, destination)
    return ses.CreateConfigurationSetEventDestinationResponse()


@handles(ses.UPDATE_CONFIGURATION_SET_EVENT_DESTINATION)
async def update_configuration_set_event_destination(
    call: Call, request: ses.UpdateConfigurationSetEventDestinationRequest
) -> ses.UpdateConfigurationSetEventDestinationResponse:
    """Replaces a destination that exists."""
    destination = _checked(call, request.configuration_set_name, request.event_destination)
    await change_destination(call, request.configuration_set_name, destination)
    return ses.UpdateConfigurationSetEventDestinationResponse()


@handles(ses.DELETE_CONFIGURATION_SET_EVENT_DESTINATION)
async def delete_configuration_set_event_destination(
    call: Call, request: ses.DeleteConfigurationSetEventDestinationRequest
) -> ses.DeleteConfigurationSetEventDestinationResponse:
    """Removes a destination that exists; for others the text names the set (recorded from AWS)."""
    name, set_name = request.event_destination_name, request.configuration_set_name
    try:
        await remove_destination(call, set_name, name)
    except Missing as missing:
        if missing.kind is not Kind.EVENT_DESTINATION:
            raise
        message = f"No EventDestination found for {set_name}"
        raise Missing(Kind.EVENT_DESTINATION, message, details_of(set_name, name)) from None
    return ses.DeleteConfigurationSetEventDestinationResponse()


def shown_destination(destination: EventDestination) -> ses.EventDestination:
    """A destination as DescribeConfigurationSet shows it, event types in the order of the alphabet (recorded)."""
    target = destination.target
    return ses.EventDestination(
        name=destination.name,
        enabled=destination.enabled,
        matching_event_types=sorted(cast(ses.EventType, WORDS[type_]) for type_ in destination.events),
        kinesis_firehose_destination=ses.KinesisFirehoseDestination(
            iam_role_arn=target.role_arn, delivery_stream_arn=target.stream_arn
        )
        if isinstance(target, FirehoseTarget)
        else None,
        cloud_watch_destination=_shown_dimensions(target) if isinstance(target, CloudWatchTarget) else None,
        sns_destination=ses.SNSDestination(topic_arn=target.topic_arn) if isinstance(target, SnsTarget) else None,
    )


def _shown_dimensions(target: CloudWatchTarget) -> ses.CloudWatchDestination:
    return ses.CloudWatchDestination(
        dimension_configurations=[
            ses.CloudWatchDimensionConfiguration(
                dimension_name=each.name,
                dimension_value_source=SOURCE_WORDS[each.source],
                default_dimension_value=each.default,
            )
            for each in target.dimensions
        ]
    )


def _checked(call: Call, set_name: str, asked: ses.EventDestination) -> EventDestination:
    events = [EVENTS[word] for word in asked.matching_event_types]
    return checked_destination(call, set_name, asked.name, asked.enabled, events, _targets(asked))


def _targets(asked: ses.EventDestination) -> Sequence[Target | None]:
    firehose, cloud_watch, sns = (
        asked.kinesis_firehose_destination,
        asked.cloud_watch_destination,
        asked.sns_destination,
    )
    return (
        FirehoseTarget(role_arn=firehose.iam_role_arn, stream_arn=firehose.delivery_stream_arn) if firehose else None,
        CloudWatchTarget(dimensions=tuple(map(_dimension, cloud_watch.dimension_configurations)))
        if cloud_watch
        else None,
        SnsTarget(topic_arn=sns.topic_arn) if sns else None,
    )


def _dimension(asked: ses.CloudWatchDimensionConfiguration) -> Dimension:
    source = SOURCES[asked.dimension_value_source]
    return Dimension(name=asked.dimension_name, source=source, default=asked.default_dimension_value)

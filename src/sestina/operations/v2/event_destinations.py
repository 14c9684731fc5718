"""Event destinations as the newer API words them."""

from collections.abc import Sequence
from typing import cast

from sestina.api import sesv2
from sestina.domain.event_destinations import (
    CloudWatchTarget,
    Dimension,
    EventBridgeTarget,
    EventDestination,
    FirehoseTarget,
    PinpointTarget,
    SnsTarget,
    Target,
    check_kinds,
    check_name,
)
from sestina.domain.events import EventType
from sestina.operations.call import Call
from sestina.operations.configuration_sets import configuration_set_named
from sestina.operations.event_destinations import (
    add_destination,
    change_destination,
    checked_destination,
    remove_destination,
)
from sestina.operations.handles import handles


@handles(sesv2.CREATE_CONFIGURATION_SET_EVENT_DESTINATION)
async def create_configuration_set_event_destination(
    call: Call, request: sesv2.CreateConfigurationSetEventDestinationRequest
) -> sesv2.CreateConfigurationSetEventDestinationResponse:
    """Adds a destination; its name must be free."""
    destination = _checked(call, request)
    await add_destination(call, request.configuration_set_name, destination)
    return sesv2.CreateConfigurationSetEventDestinationResponse()


@handles(sesv2.UPDATE_CONFIGURATION_SET_EVENT_DESTINATION)
async def update_configuration_set_event_destination(
    call: Call, request: sesv2.UpdateConfigurationSetEventDestinationRequest
) -> sesv2.UpdateConfigurationSetEventDestinationResponse:
    """Replaces a destination that exists."""
    destination = _checked(call, request)
    await change_destination(call, request.configuration_set_name, destination)
    return sesv2.UpdateConfigurationSetEventDestinationResponse()


@handles(sesv2.DELETE_CONFIGURATION_SET_EVENT_DESTINATION)
async def delete_configuration_set_event_destination(
    call: Call, request: sesv2.DeleteConfigurationSetEventDestinationRequest
) -> sesv2.DeleteConfigurationSetEventDestinationResponse:
    """Removes a destination that exists."""
    check_name(request.event_destination_name)
    await remove_destination(call, request.configuration_set_name, request.event_destination_name)
    return sesv2.DeleteConfigurationSetEventDestinationResponse()


@handles(sesv2.GET_CONFIGURATION_SET_EVENT_DESTINATIONS)
async def get_configuration_set_event_destinations(
    call: Call, request: sesv2.GetConfigurationSetEventDestinationsRequest
) -> sesv2.GetConfigurationSetEventDestinationsResponse:
    """All destinations of a set, in the order they were added."""
    found = await configuration_set_named(call, request.configuration_set_name)
    return sesv2.GetConfigurationSetEventDestinationsResponse(
        event_destinations=[_shown(destination) for destination in found.destinations]
    )


def _checked(
    call: Call,
    request: sesv2.CreateConfigurationSetEventDestinationRequest | sesv2.UpdateConfigurationSetEventDestinationRequest,
) -> EventDestination:
    name, asked = request.event_destination_name, request.event_destination
    if asked is None:
        check_name(name)
        check_kinds(())
    definition = asked or sesv2.EventDestinationDefinition()
    events = [EventType.__members__.get(word) for word in definition.matching_event_types or ()]
    targets = _targets(definition)
    return checked_destination(call, request.configuration_set_name, name, definition.enabled, events, targets)


def _targets(asked: sesv2.EventDestinationDefinition) -> Sequence[Target | None]:
    firehose, cloud_watch = asked.kinesis_firehose_destination, asked.cloud_watch_destination
    sns, bus, pinpoint = asked.sns_destination, asked.event_bridge_destination, asked.pinpoint_destination
    return (
        FirehoseTarget(role_arn=firehose.iam_role_arn, stream_arn=firehose.delivery_stream_arn) if firehose else None,
        CloudWatchTarget(dimensions=tuple(map(_dimension, cloud_watch.dimension_configurations)))
        if cloud_watch
        else None,
        SnsTarget(topic_arn=sns.topic_arn) if sns else None,
        EventBridgeTarget(bus_arn=bus.event_bus_arn) if bus else None,
        PinpointTarget(application_arn=pinpoint.application_arn or "") if pinpoint else None,
    )


def _dimension(asked: sesv2.CloudWatchDimensionConfiguration) -> Dimension:
    return Dimension(
        name=asked.dimension_name, source=asked.dimension_value_source, default=asked.default_dimension_value
    )


def _shown(destination: EventDestination) -> sesv2.EventDestination:
    target = destination.target
    return sesv2.EventDestination(
        name=destination.name,
        enabled=destination.enabled,
        matching_event_types=[cast(sesv2.EventType, type_.name) for type_ in destination.events],
        kinesis_firehose_destination=sesv2.KinesisFirehoseDestination(
            iam_role_arn=target.role_arn, delivery_stream_arn=target.stream_arn
        )
        if isinstance(target, FirehoseTarget)
        else None,
        cloud_watch_destination=_shown_dimensions(target) if isinstance(target, CloudWatchTarget) else None,
        sns_destination=sesv2.SnsDestination(topic_arn=target.topic_arn) if isinstance(target, SnsTarget) else None,
        event_bridge_destination=sesv2.EventBridgeDestination(event_bus_arn=target.bus_arn)
        if isinstance(target, EventBridgeTarget)
        else None,
        pinpoint_destination=sesv2.PinpointDestination(application_arn=target.application_arn)
        if isinstance(target, PinpointTarget)
        else None,
    )


def _shown_dimensions(target: CloudWatchTarget) -> sesv2.CloudWatchDestination:
    return sesv2.CloudWatchDestination(
        dimension_configurations=[
            sesv2.CloudWatchDimensionConfiguration(
                dimension_name=each.name, dimension_value_source=each.source, default_dimension_value=each.default
            )
            for each in target.dimensions
        ]
    )

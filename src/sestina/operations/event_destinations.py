"""Event destinations, the part both APIs share: checks in the service's order, questions to neighbours, and store."""

from collections.abc import Sequence

from msgspec.structs import replace

from sestina.domain.event_destinations import (
    VALIDATED,
    Details,
    EventDestination,
    FirehoseTarget,
    SnsTarget,
    Target,
    check_events,
    check_kinds,
    check_name,
    check_target,
    destination_named,
    details_of,
    missing_topic,
    unreachable_stream,
    unreachable_topic,
    with_changed,
    with_destination,
)
from sestina.domain.events import EventType
from sestina.operations.call import Call
from sestina.operations.configuration_sets import configuration_set_named, replace_configuration_set
from sestina.operations.patience import in_time
from sestina.ports.neighbours import NeighbourError, Place


def checked_destination(
    call: Call,
    set_name: str,
    name: str,
    enabled: bool | None,
    events: Sequence[EventType | None],
    targets: Sequence[Target | None],
) -> EventDestination:
    """What a request asks for; name, event types, number of kinds and the kind's own rules are checked in this order.

    Raises:
        Invalid: a rule is broken.
    """
    check_name(name)
    types = check_events(events)
    destination = EventDestination(name=name, enabled=bool(enabled), events=types, target=check_kinds(targets))
    check_target(destination, call.region.account, call.region.name, details_of(set_name, name))
    return destination


async def add_destination(call: Call, set_name: str, destination: EventDestination) -> None:
    """Adds a checked destination; a topic gets its validation message.

    Raises:
        Invalid, Missing, AlreadyExists, LimitReached: as their names say.
    """
    found = await configuration_set_named(call, set_name)
    with_destination(found.destinations, destination, set_name)
    await _validate(call, set_name, destination, None)
    found = await configuration_set_named(call, set_name)  # it may have changed while the neighbour was asked
    destinations = with_destination(found.destinations, destination, set_name)
    await replace_configuration_set(call, replace(found, destinations=destinations))


async def change_destination(call: Call, set_name: str, destination: EventDestination) -> None:
    """Replaces a destination with a checked one; another topic gets the validation message.

    Raises:
        Invalid, Missing: as their names say.
    """
    found = await configuration_set_named(call, set_name)
    present = destination_named(found.destinations, destination.name, set_name)
    await _validate(call, set_name, destination, present.target)
    found = await configuration_set_named(call, set_name)
    destinations = with_changed(found.destinations, destination, set_name)
    await replace_configuration_set(call, replace(found, destinations=destinations))


async def remove_destination(call: Call, set_name: str, name: str) -> None:
    """Removes a destination that exists.

    Raises:
        Invalid, Missing: as their names say.
    """
    found = await configuration_set_named(call, set_name)
    gone = destination_named(found.destinations, name, set_name)
    destinations = tuple(each for each in found.destinations if each is not gone)
    await replace_configuration_set(call, replace(found, destinations=destinations))


async def _validate(call: Call, set_name: str, destination: EventDestination, before: Target | None) -> None:
    details = details_of(set_name, destination.name)
    match destination.target:
        case SnsTarget(topic_arn=arn):
            await _validate_topic(call, arn, details, is_new=destination.target != before)
        case FirehoseTarget(stream_arn=arn):
            if not await _has_stream(call, arn):
                raise unreachable_stream(arn, details)


async def _validate_topic(call: Call, arn: str, details: Details, *, is_new: bool) -> None:
    topics = call.services.outside.neighbours.topics
    place = Place(call.region.account, call.region.name)
    try:
        if not await in_time(topics.exists(place, arn)):
            raise missing_topic(arn, details)
        if is_new:
            await in_time(topics.publish(place, arn, VALIDATED))
    except NeighbourError as error:
        raise unreachable_topic(arn, details) from error


async def _has_stream(call: Call, arn: str) -> bool:
    streams = call.services.outside.neighbours.delivery_streams
    try:
        return await in_time(streams.exists(Place(call.region.account, call.region.name), arn))
    except NeighbourError:
        return False

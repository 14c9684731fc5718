"""Select: who is to hear of an event: destinations of the configuration set, and topics of the identity."""

from collections.abc import Iterator

from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.dispatches import Dispatch
from sestina.domain.event_destinations import PinpointTarget, SnsTarget
from sestina.domain.events import Event, EventType
from sestina.domain.identities import Identity

NOTIFIED = frozenset({EventType.BOUNCE, EventType.COMPLAINT, EventType.DELIVERY})


def select(
    configuration_set: ConfigurationSet | None, identity: Identity | None, event: Event, event_id: str
) -> Iterator[Dispatch]:
    """One dispatch for each destination that takes the event, and one for the identity's topic of its type."""
    if configuration_set is not None:
        for destination in configuration_set.destinations:
            if destination.takes(event.type) and not isinstance(destination.target, PinpointTarget):
                yield Dispatch(
                    event_id=event_id,
                    event=event,
                    destination=destination.name,
                    target=destination.target,
                    created=event.at,
                )
    if identity is not None and event.type in NOTIFIED:
        topic = identity.notifications.topics.get(event.type.value)
        if topic:
            yield Dispatch(
                event_id=event_id,
                event=event,
                destination=identity.name,
                target=SnsTarget(topic_arn=topic),
                is_notification=True,
                with_headers=event.type.value in identity.notifications.with_headers,
                created=event.at,
            )

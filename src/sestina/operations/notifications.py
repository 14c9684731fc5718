"""Feedback notifications, the part both APIs share: topics, header fields and forwarding of an identity."""

from typing import Final

from sestina.domain.arns import parse_arn
from sestina.domain.identities import Identity, normal_name
from sestina.domain.notifications import (
    NotificationType,
    check_may_stop_forwarding,
    check_topic,
    invalid_identity,
    invalid_topic,
    subscription_text,
    with_forwarding,
    with_headers,
    with_topic,
)
from sestina.operations.call import Call
from sestina.operations.patience import in_time
from sestina.operations.verification import keep
from sestina.ports.neighbours import NeighbourError, Place

PREFIX: Final = "identity/"


async def set_topic(call: Call, text: str, type_: NotificationType, topic: str | None) -> None:
    """Sets or clears a topic; a new one is told so at once.

    Raises:
        Invalid: there is no such identity or topic, or the topic does not take what it is told.
    """
    identity = await addressed_identity(call, text)
    if topic:
        check_topic(topic, call.region.name)
        await _tell(call, topic, subscription_text(topic, type_, identity.name))
        identity = await addressed_identity(call, text)  # it may have changed while the topic was told
    await keep(call.region, with_topic(identity, type_, topic or None))


async def set_headers(call: Call, text: str, type_: NotificationType, enabled: bool) -> None:
    """Puts the header fields of the message into notifications of a type, or leaves them out.

    Raises:
        Invalid: there is no such identity.
    """
    await keep(call.region, with_headers(await addressed_identity(call, text), type_, enabled))


async def set_forwarding(call: Call, text: str, enabled: bool, *, needs_topics: bool) -> None:
    """Forwards feedback by mail, or not; the older API wants topics instead.

    Raises:
        Invalid: there is no such identity, or feedback would reach nobody.
    """
    identity = await addressed_identity(call, text)
    if needs_topics and not enabled:
        check_may_stop_forwarding(identity)
    await keep(call.region, with_forwarding(identity, enabled))


async def addressed_identity(call: Call, text: str) -> Identity:
    """The identity of a name or ARN (AWS page "SetIdentityNotificationTopic").

    Raises:
        Invalid: there is none.
    """
    identity = await call.region.identities.get(normal_name(name_of(call, text)))
    if identity is None:
        raise invalid_identity(text)
    return identity


def name_of(call: Call, text: str) -> str:
    """The name in the ARN of an identity of this account; any other text as it is."""
    arn = parse_arn(text)
    if arn is None or (arn.service, arn.account, arn.region) != ("ses", call.region.account, call.region.name):
        return text
    return arn.resource.removeprefix(PREFIX)


async def _tell(call: Call, topic: str, text: str) -> None:
    topics = call.services.outside.neighbours.topics
    place = Place(call.region.account, call.region.name)
    try:
        await in_time(topics.publish(place, topic, text))
    except NeighbourError as error:
        raise invalid_topic(topic) from error

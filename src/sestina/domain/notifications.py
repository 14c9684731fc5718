"""Feedback notifications: which topics hear of an identity's bounces, complaints and deliveries (sending.md 4.5)."""

import json
from typing import Final, Literal

from msgspec.structs import replace

from sestina.domain.arns import parse_arn
from sestina.domain.identities import Identity, Notifications
from sestina.domain.refusals import Invalid

NotificationType = Literal["Bounce", "Complaint", "Delivery"]

NEEDED_WITHOUT_FORWARDING: Final = ("Bounce", "Complaint")


def with_topic(identity: Identity, type_: NotificationType, topic: str | None) -> Identity:
    """The identity with another topic for a type, or with none."""
    topics = {name: arn for name, arn in identity.notifications.topics.items() if name != type_}
    if topic is not None:
        topics[type_] = topic
    return _with(identity, replace(identity.notifications, topics=topics))


def with_headers(identity: Identity, type_: NotificationType, enabled: bool) -> Identity:
    """The identity with or without the header fields of the message in the notifications of a type."""
    headers = identity.notifications.with_headers - {type_}
    return _with(identity, replace(identity.notifications, with_headers=headers | {type_} if enabled else headers))


def with_forwarding(identity: Identity, enabled: bool) -> Identity:
    """The identity with feedback forwarded by mail or not."""
    return _with(identity, replace(identity.notifications, forwarding=enabled))


def check_may_stop_forwarding(identity: Identity) -> None:
    """Refuses while bounces or complaints would reach nobody (AWS page "SetIdentityFeedbackForwardingEnabled")."""
    if any(type_ not in identity.notifications.topics for type_ in NEEDED_WITHOUT_FORWARDING):
        raise Invalid(
            "Feedback forwarding can only be disabled when Amazon SNS topics are specified for both bounces and "
            f"complaints of identity {identity.name}."
        )


def without_failed_topic(identity: Identity, type_: str, topic: str) -> Identity | None:
    """The identity after a topic could not be published to; None when nothing changes.

    A topic for bounces or complaints goes and forwarding is turned on again; one for deliveries stays.
    """
    if type_ not in NEEDED_WITHOUT_FORWARDING or identity.notifications.topics.get(type_) != topic:
        return None
    topics = {name: arn for name, arn in identity.notifications.topics.items() if name != type_}
    return _with(identity, replace(identity.notifications, topics=topics, forwarding=True))


def check_topic(topic: str, region: str) -> None:
    """Refuses what cannot be the ARN of a topic in this region; the text is recorded from AWS for an empty one."""
    parsed = parse_arn(topic)
    if parsed is None or parsed.service != "sns" or parsed.region != region:
        raise invalid_topic(topic)


def invalid_topic(topic: str) -> Invalid:
    """The refusal for a topic that is not there or cannot be published to."""
    return Invalid(f"SNS topic {topic} is invalid.")


def invalid_identity(name: str) -> Invalid:
    """The refusal for an identity that is not there; the text is recorded from AWS (boto3 issue 2645)."""
    return Invalid(f"Identity {name} is invalid. Must be a verified email address or domain.")


def subscription_text(topic: str, type_: NotificationType, identity: str) -> str:
    """What a topic is told when it is set, with the line feed that AWS writes behind it."""
    message = (
        f"You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{type_}' notifications "
        f"from Amazon SES for identity '{identity}'."
    )
    document = {"notificationType": "AmazonSnsSubscriptionSucceeded", "message": message}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False) + "\n"


def _with(identity: Identity, notifications: Notifications) -> Identity:
    return replace(identity, notifications=notifications)

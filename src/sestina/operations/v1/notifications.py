"""Feedback notifications as the older API words them."""

from sestina.api import ses
from sestina.domain.identities import Identity
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.notifications import set_forwarding, set_headers, set_topic
from sestina.operations.v1.identities import asked_identities


@handles(ses.SET_IDENTITY_NOTIFICATION_TOPIC)
async def set_identity_notification_topic(
    call: Call, request: ses.SetIdentityNotificationTopicRequest
) -> ses.SetIdentityNotificationTopicResponse:
    """Sets the topic for a type of notification; without a topic clears it."""
    await set_topic(call, request.identity, request.notification_type, request.sns_topic)
    return ses.SetIdentityNotificationTopicResponse()


@handles(ses.SET_IDENTITY_HEADERS_IN_NOTIFICATIONS_ENABLED)
async def set_identity_headers_in_notifications_enabled(
    call: Call, request: ses.SetIdentityHeadersInNotificationsEnabledRequest
) -> ses.SetIdentityHeadersInNotificationsEnabledResponse:
    """Puts header fields into notifications of a type, or leaves them out."""
    await set_headers(call, request.identity, request.notification_type, request.enabled)
    return ses.SetIdentityHeadersInNotificationsEnabledResponse()


@handles(ses.SET_IDENTITY_FEEDBACK_FORWARDING_ENABLED)
async def set_identity_feedback_forwarding_enabled(
    call: Call, request: ses.SetIdentityFeedbackForwardingEnabledRequest
) -> ses.SetIdentityFeedbackForwardingEnabledResponse:
    """Forwards feedback by mail, or not if topics take it."""
    await set_forwarding(call, request.identity, request.forwarding_enabled, needs_topics=True)
    return ses.SetIdentityFeedbackForwardingEnabledResponse()


@handles(ses.GET_IDENTITY_NOTIFICATION_ATTRIBUTES)
async def get_identity_notification_attributes(
    call: Call, request: ses.GetIdentityNotificationAttributesRequest
) -> ses.GetIdentityNotificationAttributesResponse:
    """Where feedback goes; identities that are not there are left out."""
    found = await asked_identities(call, request.identities)
    return ses.GetIdentityNotificationAttributesResponse(
        notification_attributes={name: _attributes(identity) for name, identity in found.items()}
    )


def _attributes(identity: Identity) -> ses.IdentityNotificationAttributes:
    notifications = identity.notifications
    return ses.IdentityNotificationAttributes(
        bounce_topic=notifications.topics.get("Bounce"),
        complaint_topic=notifications.topics.get("Complaint"),
        delivery_topic=notifications.topics.get("Delivery"),
        forwarding_enabled=notifications.forwarding,
        headers_in_bounce_notifications_enabled="Bounce" in notifications.with_headers,
        headers_in_complaint_notifications_enabled="Complaint" in notifications.with_headers,
        headers_in_delivery_notifications_enabled="Delivery" in notifications.with_headers,
    )

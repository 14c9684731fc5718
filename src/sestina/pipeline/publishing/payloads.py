"""Payloads: an event as event publishing words it, and as the older identity notifications do.

Key order is AWS's own: recorded payloads are compared by it (events-and-receiving.md 1.2, 1.5, 2.1).
"""

from typing import Final

from sestina.domain.events import Event, EventType
from sestina.domain.messages import Message
from sestina.pipeline.publishing.mail_object import Json, event_mail, notification_mail, write
from sestina.protocols.mail.dates import iso8601

OBJECT_FIRST: Final = frozenset({EventType.BOUNCE, EventType.COMPLAINT})
OBJECT_NAMES: Final = {
    EventType.SEND: "send",
    EventType.REJECT: "reject",
    EventType.BOUNCE: "bounce",
    EventType.COMPLAINT: "complaint",
    EventType.DELIVERY: "delivery",
    EventType.OPEN: "open",
    EventType.CLICK: "click",
    EventType.RENDERING_FAILURE: "failure",
    EventType.DELIVERY_DELAY: "deliveryDelay",
    EventType.SUBSCRIPTION: "subscription",
}


def event_document(message: Message, raw: bytes | None, event: Event) -> Json:
    """The whole event as published to every kind of destination."""
    name, body = OBJECT_NAMES[event.type], event_object(event)
    mail = event_mail(message, raw, event)
    if event.type in OBJECT_FIRST:
        return {"eventType": event.type.value, name: body, "mail": mail}
    return {"eventType": event.type.value, "mail": mail, name: body}


def event_payload(message: Message, raw: bytes | None, event: Event) -> bytes:
    """The text of an event; SNS and Firehose get it with a line feed behind it."""
    return write(event_document(message, raw, event)) + b"\n"


def notification_payload(message: Message, raw: bytes | None, event: Event, *, with_headers: bool) -> bytes:
    """The text of an identity notification: another discriminator, order and `mail`, and no line feed."""
    mail = notification_mail(message, raw, event, with_headers=with_headers)
    name, body = OBJECT_NAMES[event.type], event_object(event, legacy=True)
    if event.type is EventType.DELIVERY:
        return write({"notificationType": event.type.value, "mail": mail, name: body})
    return write({"notificationType": event.type.value, name: body, "mail": mail})


def event_object(event: Event, *, legacy: bool = False) -> Json:
    """The object named after the event's type."""
    match event.type:
        case EventType.SEND:
            return {}
        case EventType.REJECT:
            return {"reason": event.reason}
        case EventType.BOUNCE:
            return _bounce(event, legacy=legacy)
        case EventType.COMPLAINT:
            return _complaint(event)
        case EventType.DELIVERY:
            return _delivery(event)
        case EventType.OPEN | EventType.CLICK:
            return _engagement(event)
        case EventType.RENDERING_FAILURE:
            return _known({"errorMessage": event.reason, "templateName": event.template})
        case EventType.DELIVERY_DELAY:
            return _delay(event)
        case EventType.SUBSCRIPTION:
            return _known({"timestamp": iso8601(event.at), "source": event.reason})


def _bounce(event: Event, *, legacy: bool) -> Json:
    bounced = [
        _known(
            {
                "emailAddress": address,
                "action": event.action,
                "status": event.status,
                "diagnosticCode": diagnostic,
            }
        )
        for address, diagnostic in zip(event.recipients, event.diagnostics, strict=True)
    ]
    body: Json = {
        "feedbackId": event.feedback_id,
        "bounceType": event.bounce_type,
        "bounceSubType": event.bounce_subtype,
        "bouncedRecipients": bounced,
        "timestamp": iso8601(event.at),
    }
    if legacy and event.remote_ip:
        body["remoteMtaIp"] = event.remote_ip
    if event.reporting_mta:
        body["reportingMTA"] = f"dns; {event.reporting_mta}"
    return body


def _complaint(event: Event) -> Json:
    body: Json = {
        "feedbackId": event.feedback_id,
        "complaintSubType": event.complaint_subtype,
        "complainedRecipients": [{"emailAddress": address} for address in event.recipients],
        "timestamp": iso8601(event.at),
    }
    report: Json = {
        "userAgent": event.user_agent,
        "complaintFeedbackType": event.feedback_type,
        "arrivalDate": None if event.arrival is None else iso8601(event.arrival),
    }
    return body | _known(report)


def _delivery(event: Event) -> Json:
    return _known(
        {
            "timestamp": iso8601(event.at),
            "processingTimeMillis": event.processing_ms,
            "recipients": list(event.recipients),
            "smtpResponse": event.smtp_response,
            "remoteMtaIp": event.remote_ip,
            "reportingMTA": event.reporting_mta,
        }
    )


def _engagement(event: Event) -> Json:
    body: Json = {"timestamp": iso8601(event.at), "userAgent": event.user_agent, "ipAddress": event.ip_address}
    if event.type is EventType.CLICK:
        body |= {"link": event.link, "linkTags": event.link_tags}
    return body


def _delay(event: Event) -> Json:
    delayed = [
        _known({"emailAddress": address, "status": event.status, "diagnosticCode": event.diagnostic_code})
        for address in event.recipients
    ]
    return _known(
        {
            "timestamp": iso8601(event.at),
            "delayType": event.delay_type,
            "expirationTime": None if event.expires is None else iso8601(event.expires),
            "delayedRecipients": delayed,
            "reportingMTA": event.reporting_mta,
        }
    )


def _known(body: Json) -> Json:
    """Without the members that nothing is known of."""
    return {name: value for name, value in body.items() if value is not None}

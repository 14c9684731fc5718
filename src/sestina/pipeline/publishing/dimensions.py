"""Dimensions: where the values of a CloudWatch destination's dimensions come from (events-and-receiving.md 1.6)."""

from collections.abc import Sequence
from typing import Final

from sestina.domain.event_destinations import DIMENSION_VALUE, Dimension
from sestina.domain.events import Event, EventType
from sestina.domain.messages import Message
from sestina.pipeline.publishing.mail_object import event_fields, tags_of

METRIC_NAMES: Final = {
    EventType.SEND: "Send",
    EventType.DELIVERY: "Delivery",
    EventType.BOUNCE: "Bounce",
    EventType.COMPLAINT: "Complaint",
    EventType.REJECT: "Reject",
    EventType.OPEN: "Open",
    EventType.CLICK: "Click",
    EventType.RENDERING_FAILURE: "RenderingFailure",
    EventType.DELIVERY_DELAY: "DeliveryDelay",
    EventType.SUBSCRIPTION: "Subscription",
}
NOT_AS_DIMENSION: Final = frozenset({"received", "to", "from", "dkim-signature", "cc", "message-id", "return-path"})


def dimensions_of(
    dimensions: Sequence[Dimension], message: Message, raw: bytes | None, event: Event
) -> tuple[tuple[str, str], ...] | None:
    """Names and values; None when a value is outside the charset, for then no metric is emitted."""
    found = []
    for dimension in dimensions:
        value = _value(dimension, message, raw, event) or dimension.default
        if not DIMENSION_VALUE.fullmatch(value):
            return None
        found.append((dimension.name, value))
    return tuple(found)


def _value(dimension: Dimension, message: Message, raw: bytes | None, event: Event) -> str | None:
    match dimension.source:
        case "MESSAGE_TAG":
            return next(iter(tags_of(message, event).get(dimension.name, ())), None)
        case "EMAIL_HEADER" if dimension.name.lower() not in NOT_AS_DIMENSION:
            fields = event_fields(message, raw, event)
            return next((field.value for field in fields if field.name.lower() == dimension.name.lower()), None)
        case "LINK_TAG":
            return next(iter((event.link_tags or {}).get(dimension.name, ())), None)
        case _:
            return None

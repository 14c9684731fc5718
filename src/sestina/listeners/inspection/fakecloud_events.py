"""What fakecloud's clients ask about outcomes: insights, dispatches to event destinations, the suppression counter."""

from typing import Final

from sestina.domain.event_destinations import PinpointTarget
from sestina.domain.events import Event, EventType
from sestina.domain.instants import Instant
from sestina.domain.reputation import SUPPRESSED
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.accounts import FAKECLOUD_ROUTES as ACCOUNT_ROUTES
from sestina.listeners.inspection.dispatches import kind_and_target
from sestina.listeners.inspection.routes import Route, Visit, answer
from sestina.protocols.mail.dates import iso8601
from sestina.storage.dispatches import Recorded
from sestina.storage.messages import END

Json = dict[str, object]

SLICE: Final = 500
SECTIONS: Final = {
    EventType.SEND: "sends",
    EventType.DELIVERY: "deliveries",
    EventType.OPEN: "opens",
    EventType.CLICK: "clicks",
    EventType.BOUNCE: "bounces",
    EventType.COMPLAINT: "complaints",
    EventType.REJECT: "rejects",
}


async def insights(visit: Visit) -> Answer:
    """What happened to a message, by type."""
    found = await visit.mailbox.get(visit.labels["id"])
    if found is None:
        return answer({"error": "message not found"}, 404)
    told: dict[str, list[Json]] = {section: [] for section in SECTIONS.values()}
    for _, event in await visit.mailbox.events(found.seq):
        section = SECTIONS.get(event.type)
        if section is not None:
            told[section] += _insights(event)
    return answer({"messageId": found.message.id, **told})


async def deliveries(visit: Visit) -> Answer:
    """Every event for an event destination, in the order it was owed."""
    shown, before = list[Json](), END
    while True:
        slice_ = await visit.services.regions.dispatches.newest(SLICE, before)
        for recorded in slice_:
            before = recorded.seq
            if not recorded.dispatch.is_notification and not isinstance(recorded.dispatch.target, PinpointTarget):
                shown.append(_delivery(recorded))
        if len(slice_) < SLICE:
            return answer({"deliveries": shown[::-1]})


async def metrics(visit: Visit) -> Answer:
    """How many recipients the suppression lists have held back."""
    regions = await visit.services.regions.all(visit.services.outside.clock.now())
    return answer({"suppressedDropsTotal": sum(region.tallies.total(SUPPRESSED) for region in regions)})


ROUTES: Final = (
    *ACCOUNT_ROUTES,
    Route(method="GET", path="/_fakecloud/ses/messages/{id}/insights", handler=insights, summary="Insights"),
    Route(method="GET", path="/_fakecloud/ses/event-destinations/deliveries", handler=deliveries, summary="Dispatches"),
    Route(method="GET", path="/_fakecloud/ses/metrics", handler=metrics, summary="Counters"),
)


def _insights(event: Event) -> list[Json]:
    known: Json = {
        "bounceType": event.bounce_type,
        "bounceSubType": event.bounce_subtype,
        "complaintFeedbackType": event.feedback_type,
    }
    shared = {name: value for name, value in known.items() if value is not None}
    told = []
    for address, diagnostic in zip(event.recipients, event.diagnostics, strict=True):
        one: Json = {"destination": address, "timestamp": _instant(event.at), **shared}
        if event.type is EventType.BOUNCE and diagnostic is not None:
            one["diagnosticCode"] = diagnostic
        told.append(one)
    return told


def _delivery(recorded: Recorded) -> Json:
    dispatch = recorded.dispatch
    kind, target = kind_and_target(dispatch.target)
    return {
        "destinationName": dispatch.destination,
        "destinationType": kind,
        "eventType": dispatch.event.type.name,
        "messageId": dispatch.event_id.partition("/")[0],
        "dispatchedAt": _instant(recorded.ended or dispatch.created),
        "targetArn": target,
    }


def _instant(at: Instant) -> str:
    """RFC 3339 as chrono writes it."""
    return iso8601(at).replace("Z", "+00:00")

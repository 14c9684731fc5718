"""Faults: rules by which calls fail or wait and recipients bounce or complain, and one such event for one message."""

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.faults import (
    Bounce,
    BounceType,
    Complaint,
    Deferral,
    DelayType,
    DeliveryEffect,
    Effect,
    FaultRule,
    FeedbackType,
    Rejection,
    trouble_with,
)
from sestina.listeners.caller import DEFAULT_ACCOUNT
from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.filters import PLACE
from sestina.listeners.inspection.routes import Route, Visit, answer, parse_instant
from sestina.listeners.inspection.views import event_view
from sestina.pipeline.sending.outcomes import delivered, ordered
from sestina.protocols.mail.dates import iso8601
from sestina.storage.faults import Standing


class FaultOrder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule. `operation` and `recipient` are globs, such as `Send*` and `*@example.com`; what matches is counted.

    `nth` strikes that match alone, `every` each so manieth one; the rule ends after `times` strikes, or at `until`.
    Operations are those of the API, and for what happens to recipients the value of the tag `ses:operation`.
    """

    effect: Effect
    account: str = DEFAULT_ACCOUNT
    region: str | None = None
    operation: str = "*"
    recipient: str | None = None
    nth: int | None = None
    every: int | None = None
    times: int | None = None
    until: str | float | None = None


class FaultView(Struct, frozen=True, kw_only=True):
    """A rule, how often something matched, how often it struck, and whether it has ended."""

    id: int
    account: str
    region: str | None
    operation: str
    recipient: str | None
    nth: int | None
    every: int | None
    times: int | None
    until: str | None
    effect: Effect
    added: str
    matched: int
    struck: int
    over: bool


class FaultList(Struct, frozen=True, kw_only=True):
    """The rules, oldest first."""

    faults: list[FaultView]


class FaultsGone(Struct, frozen=True, kw_only=True):
    """How many rules were removed."""

    removed: int


class Simulation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall happen to a message now; all its recipients if none is named. Members of other events do not count."""

    event: Literal["bounce", "complaint", "delay", "reject", "delivery"]
    recipient: str | None = None
    bounce_type: BounceType = "Permanent"
    bounce_subtype: str = "General"
    status: str | None = None
    diagnostic: str | None = None
    feedback_type: FeedbackType = "abuse"
    delay_type: DelayType = "General"
    reason: str = "Bad content"


class Simulated(Struct, frozen=True, kw_only=True):
    """The event as it stands in the timeline."""

    event: dict[str, object]


def add_fault(visit: Visit) -> Answer:
    """Adds a rule behind the others."""
    order = visit.body(FaultOrder)
    rule = FaultRule(
        effect=order.effect,
        operation=order.operation,
        recipient=order.recipient,
        region=order.region,
        nth=order.nth,
        every=order.every,
        times=order.times,
        until=None if order.until is None else parse_instant("until", order.until),
    )
    trouble = trouble_with(rule)
    if trouble is not None:
        raise HttpError(400, trouble)
    now = visit.services.outside.clock.now()
    return answer(_view(visit.services.regions.faults.add(order.account, rule, now), now))


def list_faults(visit: Visit) -> Answer:
    """All rules, oldest first."""
    now = visit.services.outside.clock.now()
    found = visit.services.regions.faults.all(visit.text("account"))
    wanted = visit.text("region")
    return answer(FaultList(faults=[_view(one, now) for one in found if wanted in (None, one.rule.region)]))


def delete_faults(visit: Visit) -> Answer:
    """Removes all rules, or those of an account."""
    return answer(FaultsGone(removed=visit.services.regions.faults.clear(visit.text("account"))))


def delete_fault(visit: Visit) -> Answer:
    """Removes one rule."""
    label = visit.labels["id"]
    is_number = label.isascii() and label.isdigit()
    if not is_number or not visit.services.regions.faults.remove(int(label)):
        raise HttpError(404, f"There is no fault {label[:20]}.")
    return Answer(204)


async def simulate(visit: Visit) -> Answer:
    """Lets something happen to a stored message, with all that follows from it."""
    wish, id_ = visit.body(Simulation), visit.labels["id"]
    found = await visit.mailbox.get(id_)
    if found is None:
        raise HttpError(404, f"There is no message {id_[:100]}.")
    message, outside = found.message, visit.services.outside
    recipients = message.recipients
    if wish.recipient is not None:
        recipients = tuple(one for one in recipients if one.lower() == wish.recipient.lower())
    if not recipients:
        raise HttpError(400, f"The message went to {', '.join(message.recipients)}, not to {wish.recipient}.")
    if wish.event == "delivery":
        event = delivered(message, recipients, outside.clock.now())
    else:
        event = ordered(_effect(wish), message, recipients, outside)
    region = await visit.services.regions.get(message.account, message.region, outside.clock.now())
    event_id = await visit.services.mailroom.inject(region, found.seq, event)
    return answer(Simulated(event=event_view(event_id, event)))


ROUTES: Final = (
    Route(
        method="POST",
        path="/_sestina/faults",
        handler=add_fault,
        summary="Order a failure",
        takes=FaultOrder,
        answers=FaultView,
    ),
    Route(
        method="GET",
        path="/_sestina/faults",
        handler=list_faults,
        summary="The failures that are ordered",
        parameters=PLACE,
        answers=FaultList,
    ),
    Route(
        method="DELETE",
        path="/_sestina/faults",
        handler=delete_faults,
        summary="Order no failures any more",
        parameters=PLACE[:1],
        answers=FaultsGone,
    ),
    Route(
        method="DELETE",
        path="/_sestina/faults/{id}",
        handler=delete_fault,
        summary="Order one failure no more",
        refuses=(404,),
    ),
    Route(
        method="POST",
        path="/_sestina/messages/{id}/simulate",
        handler=simulate,
        summary="Let a message bounce, be complained about, delayed, rejected or delivered, now",
        takes=Simulation,
        answers=Simulated,
        refuses=(404,),
    ),
)


def _effect(wish: Simulation) -> DeliveryEffect:
    match wish.event:
        case "bounce":
            return Bounce(
                bounce_type=wish.bounce_type,
                bounce_subtype=wish.bounce_subtype,
                status=wish.status,
                diagnostic=wish.diagnostic,
            )
        case "complaint":
            return Complaint(feedback_type=wish.feedback_type)
        case "reject":
            return Rejection(reason=wish.reason)
        case _:
            usual = Deferral(delay_type=wish.delay_type)
            status, diagnostic = wish.status or usual.status, wish.diagnostic or usual.diagnostic
            return replace(usual, status=status, diagnostic=diagnostic)


def _view(standing: Standing, now: int) -> FaultView:
    rule = standing.rule
    return FaultView(
        id=standing.number,
        account=standing.account,
        region=rule.region,
        operation=rule.operation,
        recipient=rule.recipient,
        nth=rule.nth,
        every=rule.every,
        times=rule.times,
        until=None if rule.until is None else iso8601(rule.until),
        effect=rule.effect,
        added=iso8601(standing.added),
        matched=standing.matched,
        struck=standing.struck,
        over=standing.is_over(now),
    )

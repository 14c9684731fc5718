"""Dispatches: every event on its way to a neighbour, what it carries, what became of it, and once more if asked."""

from typing import Final, Literal, get_args

from msgspec import Struct
from msgspec.structs import asdict

from sestina.domain.event_destinations import (
    CloudWatchTarget,
    EventBridgeTarget,
    FirehoseTarget,
    PinpointTarget,
    SnsTarget,
    Target,
)
from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.filters import PLACE
from sestina.listeners.inspection.routes import Kind, Parameter, Route, Visit, answer
from sestina.pipeline.publishing.publish import payload_text
from sestina.protocols.mail.dates import iso8601
from sestina.storage.dispatches import Recorded
from sestina.storage.mailbox import Found, Scope
from sestina.storage.messages import END

SLICE: Final = 250
MOST_LOOKED_AT: Final = 5_000  # dispatches per request, however few of them match
State = Literal["owed", "done", "failed"]


class DispatchView(Struct, frozen=True, kw_only=True):
    """An event for one destination. `state` is owed, done or failed; `result` is what the neighbour last said."""

    id: int
    account: str
    region: str
    message: str | None
    event_id: str
    event_type: str
    destination: str
    kind: str
    target: str
    notification: bool
    state: str
    attempts: int
    result: str | None
    created: str
    due: str
    ended: str | None


class DispatchDetail(DispatchView, frozen=True, kw_only=True):
    """A dispatch with the text that it carries; None once its message is gone."""

    payload: str | None


class DispatchPage(Struct, frozen=True, kw_only=True):
    """Dispatches, newest first; `cursor` asks for the older ones."""

    dispatches: list[DispatchView]
    cursor: str | None


async def list_dispatches(visit: Visit) -> Answer:
    """A page, newest first."""
    state = visit.text("state")
    if state is not None and state not in get_args(State):
        raise HttpError(400, f"state is one of {', '.join(get_args(State))}.")
    scopes = {scope.number: scope for scope in await visit.mailbox.scopes(visit.text("account"), visit.text("region"))}
    limit, before, views = visit.number("limit"), _position(visit.text("cursor")), list[DispatchView]()
    looked_at, more = 0, True
    while more and len(views) < limit and looked_at < MOST_LOOKED_AT:
        found = await _slice(visit, before)
        more = len(found) == SLICE
        for recorded in found:
            before = recorded.seq
            if recorded.scope in scopes and _is_wanted(visit, recorded):
                views.append(await _view(visit, recorded, scopes[recorded.scope]))
                if len(views) == limit:
                    more = True
                    break
        looked_at += len(found)
    return answer(DispatchPage(dispatches=views, cursor=f"d{before}" if more else None))


async def get_dispatch(visit: Visit) -> Answer:
    """One, with what it carries."""
    recorded = await _recorded(visit)
    found = await visit.mailbox.at(recorded.message)
    payload = None
    if found is not None:
        payload = payload_text(recorded.dispatch, found.message, await visit.mailbox.raw(recorded.message))
    view = await _view(visit, recorded, await _scope(visit, recorded))
    return answer(DispatchDetail(**asdict(view), payload=payload))


async def replay(visit: Visit) -> Answer:
    """Owes it once more, whatever became of it."""
    recorded, regions = await _recorded(visit), visit.services.regions
    await regions.dispatches.replay(recorded.seq, visit.services.outside.clock.now())
    visit.services.mailroom.publisher.call(recorded.seq)
    again = await regions.dispatches.get(recorded.seq)
    assert again is not None
    return answer(await _view(visit, again, await _scope(visit, again)))


def kind_and_target(target: Target) -> tuple[str, str]:
    """`sns` and the like, and the ARN; CloudWatch has none."""
    match target:
        case SnsTarget(topic_arn=arn):
            return "sns", arn
        case FirehoseTarget(stream_arn=arn):
            return "firehose", arn
        case EventBridgeTarget(bus_arn=arn):
            return "eventbridge", arn
        case PinpointTarget(application_arn=arn):
            return "pinpoint", arn
        case CloudWatchTarget():
            return "cloudwatch", ""


ROUTES: Final = (
    Route(
        method="GET",
        path="/_sestina/dispatches",
        handler=list_dispatches,
        summary="What was published, or is still to be, newest first",
        parameters=(
            Parameter(name="message", sentence="Only those about the message of this id."),
            Parameter(name="destination", sentence="Only those for this event destination, or identity."),
            Parameter(name="state", sentence="Only those that are owed, done or failed."),
            *PLACE,
            Parameter(
                name="limit", sentence="How many dispatches at most.", kind=Kind.NUMBER, default=50, least=1, most=500
            ),
            Parameter(name="cursor", sentence="The `cursor` of the page before."),
        ),
        answers=DispatchPage,
    ),
    Route(
        method="GET",
        path="/_sestina/dispatches/{id}",
        handler=get_dispatch,
        summary="One dispatch with what it carries",
        answers=DispatchDetail,
        refuses=(404,),
    ),
    Route(
        method="POST",
        path="/_sestina/dispatches/{id}/replay",
        handler=replay,
        summary="Publish it once more",
        answers=DispatchView,
        refuses=(404,),
    ),
)


async def _slice(visit: Visit, before: int) -> list[Recorded]:
    dispatches, id_ = visit.services.regions.dispatches, visit.text("message")
    if id_ is None:
        return await dispatches.newest(SLICE, before)
    found = await visit.mailbox.get(id_)
    recorded = [] if found is None else await dispatches.of_message(found.seq)
    return [one for one in reversed(recorded) if one.seq < before][:SLICE]


def _is_wanted(visit: Visit, recorded: Recorded) -> bool:
    return visit.text("state") in (None, recorded.state) and visit.text("destination") in (
        None,
        recorded.dispatch.destination,
    )


async def _recorded(visit: Visit) -> Recorded:
    label = visit.labels["id"]
    is_number = label.isascii() and label.isdigit() and len(label) < 19
    recorded = await visit.services.regions.dispatches.get(int(label)) if is_number else None
    if recorded is None:
        raise HttpError(404, f"There is no dispatch {label[:20]}.")
    return recorded


async def _scope(visit: Visit, recorded: Recorded) -> Scope:
    return next(scope for scope in await visit.mailbox.scopes() if scope.number == recorded.scope)


def _position(cursor: str | None) -> int:
    if cursor is None:
        return END
    number = cursor.removeprefix("d")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise HttpError(400, "cursor is not one of a page of dispatches.")
    return int(number)


async def _view(visit: Visit, recorded: Recorded, scope: Scope) -> DispatchView:
    dispatch = recorded.dispatch
    kind, target = kind_and_target(dispatch.target)
    found: Found | None = await visit.mailbox.at(recorded.message)
    return DispatchView(
        id=recorded.seq,
        account=scope.account,
        region=scope.region,
        message=None if found is None else found.message.id,
        event_id=dispatch.event_id,
        event_type=dispatch.event.type.value,
        destination=dispatch.destination,
        kind=kind,
        target=target,
        notification=dispatch.is_notification,
        state=recorded.state,
        attempts=recorded.attempts,
        result=recorded.result,
        created=iso8601(dispatch.created),
        due=iso8601(recorded.due),
        ended=None if recorded.ended is None else iso8601(recorded.ended),
    )

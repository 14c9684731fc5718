"""The native API under `/_sestina`: one table that routes, checks and describes. To add a route, add a row."""

from collections.abc import Awaitable
from functools import cache
from typing import Final

import msgspec

from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection import (
    accounts,
    control,
    dispatches,
    events,
    faults,
    messages,
    records,
    relay,
    views,
    waiting,
)
from sestina.listeners.inspection import certificate as certificates
from sestina.listeners.inspection.filters import FILTERS, ONE_PLACE, PLACE
from sestina.listeners.inspection.routes import Facts, Kind, Parameter, Route, Table, Visit
from sestina.listeners.inspection.verification import Shown, Wish, verification_door
from sestina.operations.call import Services

JSON: Final = "application/json"

LIMIT: Final = Parameter(
    name="limit", sentence="How many messages at most.", kind=Kind.NUMBER, default=50, least=1, most=500
)
CURSOR: Final = Parameter(name="cursor", sentence="The `cursor` of the page before.")
COUNT: Final = Parameter(
    name="count", sentence="How many messages to wait for.", kind=Kind.NUMBER, default=1, least=1, most=500
)
TIMEOUT: Final = Parameter(
    name="timeout", sentence="Seconds to wait at most.", kind=Kind.NUMBER, default=10, least=0, most=300
)
AFTER: Final = Parameter(
    name="after", sentence="Only messages that arrived after this message id or `mark`; else earlier ones count too."
)


def openapi(visit: Visit) -> Answer:
    """The description of this table."""
    return Answer(200, _description())


def verification(visit: Visit) -> Awaitable[Answer]:
    """Sets how far the verification of an identity has come."""
    return verification_door(visit.services, visit.facts.default_region)(visit.request)


def _row(method: str, path: str, handler: object, summary: str, **more: object) -> Route:
    return Route(method=method, path=path, handler=handler, summary=summary, **more)  # type: ignore[arg-type]


ROUTES: Final = (
    _row("GET", "/_sestina", control.index, "Where to go from here", answers=control.Index),
    _row(
        "GET",
        "/_sestina/messages",
        messages.list_messages,
        "Messages, newest first",
        parameters=(*FILTERS, LIMIT, CURSOR),
        answers=views.Page,
    ),
    _row(
        "DELETE",
        "/_sestina/messages",
        messages.delete_messages,
        "Forget all messages, or those of an account or region; in relay mode deliver, what is on its way stays",
        parameters=PLACE,
    ),
    _row(
        "GET",
        "/_sestina/messages/latest",
        messages.latest,
        "The newest message",
        parameters=FILTERS,
        answers=views.Detail,
        refuses=(404,),
    ),
    _row(
        "GET",
        "/_sestina/messages/wait",
        waiting.wait,
        "Wait until messages are there",
        parameters=(*FILTERS, COUNT, TIMEOUT, AFTER),
        answers=waiting.Arrived,
        explains={408: waiting.TimedOut},
    ),
    _row("GET", "/_sestina/messages/{id}", messages.get_message, "One message", answers=views.Detail, refuses=(404,)),
    _row("DELETE", "/_sestina/messages/{id}", messages.delete_message, "Forget one message", refuses=(404, 409)),
    _row(
        "GET",
        "/_sestina/messages/{id}/raw",
        messages.get_raw,
        "The exact octets of a message",
        answers="message/rfc822",
        refuses=(404,),
    ),
    _row(
        "GET",
        "/_sestina/messages/{id}/text",
        messages.get_text,
        "The plain text of a message",
        answers="text/plain",
        refuses=(404,),
    ),
    _row(
        "GET",
        "/_sestina/messages/{id}/html",
        messages.get_html,
        "The HTML of a message, in a sandbox",
        answers="text/html",
        refuses=(404,),
    ),
    _row(
        "GET",
        "/_sestina/messages/{id}/attachments/{n}",
        messages.get_attachment,
        "The exact content of an attachment, counted from 0",
        answers="application/octet-stream",
        refuses=(404,),
    ),
    _row(
        "GET",
        "/_sestina/messages/{id}/parts",
        messages.get_parts,
        "The tree of parts of a message",
        answers=views.PartView,
        refuses=(404,),
    ),
    _row(
        "POST",
        "/_sestina/identities/{name}/verification",
        verification,
        "Set how far the verification of an identity has come",
        parameters=ONE_PLACE,
        takes=Wish,
        answers=Shown,
        refuses=(404,),
    ),
    _row(
        "POST",
        "/_sestina/reset",
        control.reset,
        "Forget everything, or all that an account or region has",
        takes=control.Reset,
        answers=control.WasReset,
    ),
    _row("GET", "/_sestina/clock", control.get_clock, "What time it is", answers=control.ClockView),
    _row(
        "POST",
        "/_sestina/clock",
        control.set_clock,
        "Stop the clock, move it, or let it run again",
        takes=control.ClockChange,
        answers=control.ClockView,
    ),
    *(
        _row(
            method,
            "/_sestina/settled",
            waiting.settled,
            "Wait until nothing is on its way",
            parameters=(TIMEOUT,),
            answers=waiting.Settled,
            explains={408: waiting.Settled},
        )
        for method in ("GET", "POST")
    ),
    *accounts.ROUTES,
    *certificates.ROUTES,
    *dispatches.ROUTES,
    *events.ROUTES,
    *faults.ROUTES,
    *records.ROUTES,
    *relay.ROUTES,
    _row("GET", "/_sestina/health", control.health, "Whether the server answers", answers=control.Health),
    _row("GET", "/_sestina/openapi.json", openapi, "This description", answers=JSON),
)


def native_door(services: Services, facts: Facts) -> Table:
    """Answers everything under `/_sestina`."""
    return Table(ROUTES, services, facts, is_strict=True)


@cache
def _description() -> bytes:
    from sestina.listeners.inspection.openapi import description

    return msgspec.json.encode(description(ROUTES))

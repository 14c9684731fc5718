"""The relay: where mail is handed on to, what waits for it, and what it last had against any."""

from typing import Final

from msgspec import Struct

from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.routes import Route, Visit, answer
from sestina.protocols.mail.dates import iso8601

OFF: Final = "There is no relay; it is set with --relay."


class TroubleView(Struct, frozen=True, kw_only=True):
    """A reply of the relay that was no yes, or why there was none."""

    at: str
    message: str
    recipient: str
    reply: str


class RelayView(Struct, frozen=True, kw_only=True):
    """`waiting` messages are not handed on yet, the next is tried at `next_due`; `troubles` has the newest first."""

    enabled: bool
    target: str | None
    mode: str | None
    connections: int
    waiting: int
    next_due: str | None
    troubles: list[TroubleView]


class Hurried(Struct, frozen=True, kw_only=True):
    """How many messages are tried again at once."""

    retried: int


async def get_relay(visit: Visit) -> Answer:
    """What is known of it; never its password."""
    services = visit.services
    mail, relaying = services.outside.mail, services.mailroom.fidelity.relay
    relay = services.mailroom.relay
    due = await relay.queue.next_due(0)
    return answer(
        RelayView(
            enabled=mail is not None,
            target=None if mail is None else mail.target,
            mode=None if relaying is None else relaying.mode,
            connections=0 if mail is None else mail.connections,
            waiting=await relay.queue.count(),
            next_due=None if due is None else iso8601(due),
            troubles=[
                TroubleView(at=iso8601(one.at), message=one.message, recipient=one.recipient, reply=one.reply)
                for one in relay.troubles
            ],
        )
    )


async def retry(visit: Visit) -> Answer:
    """Tries everything that waits, now."""
    if visit.services.outside.mail is None:
        raise HttpError(409, OFF)
    return answer(Hurried(retried=await visit.services.mailroom.relay.retry()))


ROUTES: Final = (
    Route(
        method="GET",
        path="/_sestina/relay",
        handler=get_relay,
        summary="The server that mail is handed on to, and what waits for it",
        answers=RelayView,
    ),
    Route(
        method="POST",
        path="/_sestina/relay/retry",
        handler=retry,
        summary="Hand on all that waits, now",
        answers=Hurried,
        refuses=(409,),
    ),
)

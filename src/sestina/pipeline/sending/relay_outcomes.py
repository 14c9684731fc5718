"""Relay outcomes: the replies of a real server as events: Delivery, Bounce, DeliveryDelay."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.bounces import OUT_OF_TIME, RemoteReply, Verdict, delay_type_of, expired, time_limit, verdict_on
from sestina.domain.configuration_sets import Delivery
from sestina.domain.events import Event, EventType
from sestina.domain.instants import Instant
from sestina.domain.message_ids import message_id
from sestina.domain.messages import Message
from sestina.domain.relay import Relayed
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.compose import OUTGOING_IP
from sestina.pipeline.sending.transmit import reporting_mta
from sestina.ports.outside import Outside

SHOWN: Final = 5  # recipients named in one step of a journey


class Answers(Struct, frozen=True, kw_only=True):
    """A reply for each recipient; the address of the server and the version of TLS if there was a conversation."""

    replies: dict[str, RemoteReply]
    ip: str | None = None
    tls_version: str | None = None


class Deadline(Struct, frozen=True, kw_only=True):
    """For how long delivery is tried, until when, and whether the configuration set has said so."""

    limit: Instant
    at: Instant
    is_custom: bool


def deadline_of(message: Message, options: Delivery) -> Deadline:
    """The deadline of a message: MaxDeliverySeconds of its set, or the 14 hours of SES."""
    limit = time_limit(options.max_seconds)
    return Deadline(limit=limit, at=message.accepted + limit, is_custom=options.max_seconds is not None)


def settle(work: Delivering, state: Relayed, answers: Answers, deadline: Deadline, outside: Outside) -> Relayed | None:
    """Puts the events and steps of one attempt into `work`; what remains to be tried, None if all is settled.

    Whom the server has refused for now comes last in the next attempt, so that those it cuts off starve nobody.
    """
    now = outside.clock.now()
    taken = {address: reply for address, reply in answers.replies.items() if reply.is_taken}
    refused = {address: reply for address, reply in answers.replies.items() if reply.is_final}
    waiting = {address: reply for address, reply in answers.replies.items() if not (reply.is_taken or reply.is_final)}
    _tell(work, "copied" if state.mode == "copy" else "delivered", taken, now)
    _tell(work, "refused", refused, now)
    _tell(work, "given up" if now >= deadline.at else "deferred", waiting, now)
    if state.mode == "deliver":
        _settle_taken(work, taken, answers, now)
        _settle_refused(work, refused, waiting if now >= deadline.at else {}, answers.ip, deadline, outside)
    if not waiting or now >= deadline.at:
        return None
    if state.mode == "deliver":
        _tell_of_delay(work, {a: reply for a, reply in waiting.items() if a not in state.delayed}, deadline, now)
    rest = sorted(waiting, key=lambda address: waiting[address].stage == "recipient")
    return replace(state, recipients=tuple(rest), delayed=tuple(rest))


def _settle_taken(work: Delivering, taken: dict[str, RemoteReply], answers: Answers, now: Instant) -> None:
    for reply, recipients in _by_reply(taken):
        work.settle(
            Event(
                type=EventType.DELIVERY,
                at=now,
                recipients=recipients,
                smtp_response=reply.line,
                processing_ms=max(now - work.message.accepted, 1),
                remote_ip=answers.ip,
                reporting_mta=reporting_mta(work.message.region),
                outgoing_ip=OUTGOING_IP,
                outgoing_tls_version=answers.tls_version,
            )
        )


def _settle_refused(
    work: Delivering,
    refused: dict[str, RemoteReply],
    late: dict[str, RemoteReply],
    ip: str | None,
    deadline: Deadline,
    outside: Outside,
) -> None:
    """One bounce for all who bounce in the same way (events-and-receiving.md 1.7); each keeps its own diagnostic."""
    groups: dict[tuple[Verdict, str], dict[str, RemoteReply]] = {}
    for address, reply in refused.items():
        groups.setdefault((verdict_on(reply), reply.shown_status), {})[address] = reply
    for address, reply in late.items():
        told = expired(reply, deadline.limit)
        verdict = OUT_OF_TIME if deadline.is_custom else verdict_on(told)
        groups.setdefault((verdict, told.status), {})[address] = told
    now = outside.clock.now()
    for (verdict, status), bounced in groups.items():
        diagnostics = tuple(f"smtp; {reply.line}" for reply in bounced.values())
        is_same = len(set(diagnostics)) == 1
        work.settle(
            Event(
                type=EventType.BOUNCE,
                at=now,
                recipients=tuple(bounced),
                feedback_id=message_id(work.region.name, now, outside.ids.uuid()),
                bounce_type=verdict.bounce_type,
                bounce_subtype=verdict.bounce_subtype,
                status=status,
                action="failed",
                diagnostic_code=diagnostics[0] if is_same else None,
                diagnostic_codes=() if is_same else diagnostics,
                reporting_mta=reporting_mta(work.message.region),
                remote_ip=ip,
            )
        )


def _tell_of_delay(work: Delivering, delayed: dict[str, RemoteReply], deadline: Deadline, now: Instant) -> None:
    """Once for each recipient; further attempts are not told of."""
    for reply, recipients in _by_reply(delayed):
        work.events.append(
            Event(
                type=EventType.DELIVERY_DELAY,
                at=now,
                recipients=recipients,
                delay_type=delay_type_of(reply),
                status=reply.shown_status,
                diagnostic_code=f"smtp; {reply.line}",
                expires=deadline.at,
                reporting_mta=reporting_mta(work.message.region),
            )
        )


def _tell(work: Delivering, decision: str, replies: dict[str, RemoteReply], now: Instant) -> None:
    for reply, recipients in _by_reply(replies):
        more = f" and {len(recipients) - SHOWN} more" if len(recipients) > SHOWN else ""
        work.note("relay", decision, f"{', '.join(recipients[:SHOWN])}{more}: {reply.line}", now)


def _by_reply(replies: dict[str, RemoteReply]) -> Iterator[tuple[RemoteReply, tuple[str, ...]]]:
    groups: dict[RemoteReply, list[str]] = {}
    for address, reply in replies.items():
        groups.setdefault(reply, []).append(address)
    for reply, recipients in groups.items():
        yield reply, tuple(recipients)

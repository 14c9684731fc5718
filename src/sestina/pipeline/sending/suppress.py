"""Suppress: whoever is on the account's list gets nothing; a bounce or complaint says so.

What exactly it says is recorded from AWS (events-and-receiving.md 3.4).
"""

from collections.abc import Awaitable

from sestina.domain.events import Event, EventType
from sestina.domain.message_ids import message_id
from sestina.domain.suppression import DIAGNOSTIC, ON_ACCOUNT_LIST, REPORTING_MTA, effective_reasons
from sestina.pipeline.flow import Delivering
from sestina.ports.outside import Outside


def suppress(work: Delivering, outside: Outside) -> Awaitable[None] | None:
    """Settles the recipients that are held back; the others never notice."""
    suppressed = work.region.suppressed
    if not suppressed:
        return None
    held = [address for address in work.open if address in suppressed]
    return _suppress(work, outside, held) if held else None


async def _suppress(work: Delivering, outside: Outside, held: list[str]) -> None:
    region = work.region
    name = work.message.configuration_set
    configuration_set = await region.configuration_sets.get(name) if name else None
    reasons = effective_reasons(configuration_set, await region.settings(work.fidelity.new_account))
    by_reason: dict[str, list[str]] = {}
    for address in held:
        entry = await region.suppressed.find(address)
        if entry is not None and entry.reason in reasons:
            by_reason.setdefault(entry.reason, []).append(address)
    for reason in sorted(by_reason):
        event = _event(reason, tuple(by_reason[reason]), work, outside)
        work.note(
            "suppress", "held back", f"{', '.join(event.recipients)} on the account's list for {reason}", event.at
        )
        work.settle(event)


def _event(reason: str, recipients: tuple[str, ...], work: Delivering, outside: Outside) -> Event:
    now = outside.clock.now()
    feedback_id = message_id(work.region.name, now, outside.ids.uuid())
    if reason == "COMPLAINT":
        return Event(
            type=EventType.COMPLAINT,
            at=now,
            recipients=recipients,
            feedback_id=feedback_id,
            complaint_subtype=ON_ACCOUNT_LIST,
        )
    return Event(
        type=EventType.BOUNCE,
        at=now,
        recipients=recipients,
        feedback_id=feedback_id,
        bounce_type="Permanent",
        bounce_subtype=ON_ACCOUNT_LIST,
        status="5.1.1",
        action="failed",
        diagnostic_code=DIAGNOSTIC,
        reporting_mta=REPORTING_MTA,
    )

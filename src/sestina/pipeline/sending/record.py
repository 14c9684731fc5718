"""Record: what has happened to a message as rows: events, dispatches, feedback mails, and what follows from them."""

from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.events import Event, EventType
from sestina.domain.identities import Identity, covering_names
from sestina.domain.reputation import HARD_BOUNCE, REAL_COMPLAINT, SUPPRESSED, tally_of_set
from sestina.domain.suppression import (
    ON_ACCOUNT_LIST,
    SuppressedDestination,
    effective_reasons,
    normal_address,
    reason_of,
)
from sestina.pipeline.flow import Delivering
from sestina.pipeline.publishing.select import select
from sestina.pipeline.sending.enforce import enforce
from sestina.pipeline.sending.feedback import feedback_reader, forwarded, statements_of
from sestina.pipeline.sending.signatures import signed
from sestina.ports.engine import Statement
from sestina.ports.outside import Outside
from sestina.storage.region import Region, Regions


async def record_events(work: Delivering, regions: Regions, outside: Outside) -> tuple[list[Statement], int]:
    """The statements for all events so far and what they bring, and the last dispatch's number; counts the events."""
    region, message = work.region, work.message
    name = message.configuration_set
    configuration_set = await region.configuration_sets.get(name) if name else None
    identity = await region.identities.get(message.identity) if message.identity else None
    statements: list[Statement] = []
    last = 0
    for event in work.events:
        id_ = f"{message.id}/{work.numbering}{work.next_event}"
        work.next_event += 1
        statements.append(region.messages.event_insertion(work.seq, id_, event))
        region.tallies.add(event.type._value_, event.at, len(event.recipients))
        for dispatch in select(configuration_set, identity, event, id_):
            last, statement = regions.dispatches.insertion(region.scope, work.seq, dispatch)
            statements.append(statement)
        if event.type is EventType.BOUNCE or event.type is EventType.COMPLAINT:
            statements += await _consequences(work, configuration_set, identity, event, regions, outside)
    for mail in work.mails:
        statements += statements_of(work, mail)
    work.events.clear()
    work.mails.clear()
    return statements, last


async def _consequences(
    work: Delivering,
    configuration_set: ConfigurationSet | None,
    identity: Identity | None,
    event: Event,
    regions: Regions,
    outside: Outside,
) -> list[Statement]:
    """What a bounce or complaint brings: a mail to the sender, an entry on the list, a worse reputation."""
    statements: list[Statement] = []
    reader = feedback_reader(work.message, identity)
    if reader is not None and work.raw is not None:
        raw = await signed(work.seq, work.message, work.raw, regions, outside)
        statements += statements_of(work, forwarded(work.message, raw, reader, event, outside))
    region = work.region
    if ON_ACCOUNT_LIST in (event.bounce_subtype, event.complaint_subtype):
        _count(region, configuration_set, SUPPRESSED, event, len(event.recipients))
    reason = reason_of(event)
    if reason is None:
        return statements
    tally, count = (REAL_COMPLAINT, len(event.recipients))
    if reason == "BOUNCE":
        tally, count = HARD_BOUNCE, await _count_strangers(region, event.recipients)
    _count(region, configuration_set, tally, event, count)
    if reason in effective_reasons(configuration_set, await region.settings(work.fidelity.new_account)):
        statements += _entries(work, event)
    if work.fidelity.reputation:
        await enforce(region, work.fidelity, event.at)
    return statements


def _count(region: Region, configuration_set: ConfigurationSet | None, tally: str, event: Event, count: int) -> None:
    region.tallies.add(tally, event.at, count)
    if configuration_set is not None and configuration_set.reputation_metrics:
        region.tallies.add(tally_of_set(configuration_set.name, tally), event.at, count)


def _entries(work: Delivering, event: Event) -> list[Statement]:
    """Entries for those who are not on the list yet; what was put there by hand stays (sending.md 5.10)."""
    reason = reason_of(event)
    assert reason is not None
    suppressed = work.region.suppressed
    return [
        suppressed.insertion(
            SuppressedDestination(
                address=normal_address(address),
                reason=reason,
                updated=event.at,
                message_id=work.message.id,
                feedback_id=event.feedback_id,
            )
        )
        for address in event.recipients
        if address not in suppressed
    ]


async def _count_strangers(region: Region, recipients: tuple[str, ...]) -> int:
    """Recipients in domains the account has not verified; bounces from its own domains are not held against it."""
    count = 0
    for address in recipients:
        _, _, domain = address.rpartition("@")
        own = [await region.identities.get(name) for name in covering_names("", domain)[1:]]
        count += not any(identity is not None and identity.is_verified for identity in own)
    return count

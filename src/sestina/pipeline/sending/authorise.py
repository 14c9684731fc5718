"""Authorise: may this account send this, from these identities, through this configuration set? (sending.md 4.6)"""

from typing import Final

from sestina.domain.accounts import check_account_may_send, reviewed
from sestina.domain.configuration_sets import (
    ConfigurationSet,
    check_configuration_set_name,
    check_set_may_send,
    missing_configuration_set,
)
from sestina.domain.identities import Identity, MailFrom, as_of, covering_domains, covering_names
from sestina.domain.mail_from import envelope_domain
from sestina.domain.refusals import Invalid, Missing, Rejected
from sestina.domain.submissions import Submission
from sestina.pipeline.flow import Sending
from sestina.pipeline.sending.check import parse
from sestina.pipeline.sending.delegation import owner_of
from sestina.protocols.mail.addresses import Mailbox
from sestina.storage.region import Region, Regions

SIMULATOR: Final = "simulator.amazonses.com"

Arns = tuple[str | None, str | None]


async def authorise(work: Sending, regions: Regions) -> None:
    """Fills in account, identity or its owner, configuration set and envelope domain.

    Raises:
        Missing: the configuration set does not exist.
        MailFromNotVerified: the envelope domain is not in order, and its identity wants no mail then.
        Paused, Rejected: sending is paused, or an identity is not verified.
    """
    region = work.region
    assert work.sender is not None
    covering = await cover(region, work.sender, work)
    work.identity = covering
    if covering is None:
        work.owner = await owner_of(work, work.sender, _author_arns(work.submission), regions)
    work.configuration_set = await _configuration_set(work, covering)
    work.account = reviewed(await region.settings(work.fidelity.new_account), work.now)
    check_account_may_send(work.account)
    if work.configuration_set is not None:
        check_set_may_send(work.configuration_set)
    await _check_identities(work, regions, work.sender.text)
    if covering is not None:
        work.mail_from_domain = envelope_domain(await _mail_from(work, covering, work.sender))
    work.note("authorise", "allowed", _reason(work))


async def cover(region: Region, mailbox: Mailbox, work: Sending) -> Identity | None:
    """The verified identity that lets this address send: itself, its base, its domain or a parent domain."""
    known = region.identities.peek(mailbox.address)
    if known is not None and as_of(known, work.now).is_verified:
        return known  # by far the most frequent case, without any list
    for name in covering_names(mailbox.local_part, mailbox.domain):
        identity = await region.identities.get(name)
        if identity is not None and as_of(identity, work.now).is_verified:
            return identity
    return None


async def _mail_from(work: Sending, covering: Identity, sender: Mailbox) -> MailFrom:
    """The custom MAIL FROM of the identity that covers the sender, else of the domains above an address."""
    if covering.mail_from.domain is None and not covering.is_domain:
        for name in covering_domains(sender.domain.lower()):
            identity = await work.region.identities.get(name)
            if identity is not None and identity.mail_from.domain is not None:
                return identity.mail_from
    return covering.mail_from


async def _configuration_set(work: Sending, covering: Identity | None) -> ConfigurationSet | None:
    region, name = work.region, work.submission.configuration_set
    if name:
        found = await region.configuration_sets.get(name)
        if found is None:
            check_configuration_set_name(name)
            raise missing_configuration_set(name)
        return found
    if covering is None or not covering.configuration_set:
        return None
    default = await region.configuration_sets.get(covering.configuration_set)
    if default is None:
        # A default that was deleted is a bad request in v2, not a 404 (sending.md 2.2)
        refusal: Missing = missing_configuration_set(covering.configuration_set)
        raise Invalid(refusal.message, refusal.kind, refusal.details)
    return default


async def _check_identities(work: Sending, regions: Regions, source: str) -> None:
    if not work.fidelity.sender_gate:
        return
    failing: dict[str, None] = {}
    if work.identity is None and work.owner is None:
        failing[source] = None
    for text, arns in _further_senders(work):
        mailbox = parse(text)
        if await cover(work.region, mailbox, work) is None and await owner_of(work, mailbox, arns, regions) is None:
            failing[text] = None
    assert work.account is not None
    if not work.account.production_access:
        for address in work.recipients:
            mailbox = parse(address)
            if mailbox.domain.lower() != SIMULATOR and await cover(work.region, mailbox, work) is None:
                failing[address] = None
    if failing:
        raise Rejected(
            "Email address is not verified. The following identities failed the check in region "
            f"{work.region.name.upper()}: {', '.join(failing)}"
        )


def _further_senders(work: Sending) -> list[tuple[str, Arns]]:
    """Whoever else has to be in order beside the first author, each with the ARNs that may stand for it."""
    submission, block = work.submission, work.header_block
    arns = _envelope_arns(submission)
    found = [(author, _author_arns(submission)) for author in work.co_authors]
    if submission.return_path:
        found.append((submission.return_path, arns))
    if block is not None:
        if submission.source:  # the author stands in the message
            found.append((submission.source, arns))
        sender, return_path = block.get("sender"), block.get("return-path")
        if sender:
            found.append((sender, _author_arns(submission)))
        if return_path:
            found.append((return_path, arns))
    return found


def _author_arns(submission: Submission) -> Arns:
    return submission.from_arn, submission.source_arn


def _envelope_arns(submission: Submission) -> Arns:
    """SourceArn alone is enough for the return path too (AWS page "SendRawEmail")."""
    return submission.source_arn, submission.return_path_arn


def _reason(work: Sending) -> str:
    if work.identity is not None:
        return f"identity {work.identity.name}"
    return "" if work.owner is None else f"identity of account {work.owner.account}"

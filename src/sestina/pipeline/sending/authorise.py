"""Authorise: may this account send this, from these identities, through this configuration set? (sending.md 4.6)"""

from typing import Final

from sestina.domain.accounts import check_account_may_send, reviewed
from sestina.domain.arns import parse_arn
from sestina.domain.configuration_sets import (
    ConfigurationSet,
    check_configuration_set_name,
    check_set_may_send,
    missing_configuration_set,
)
from sestina.domain.identities import Identity, MailFrom, as_of, covering_domains, covering_names
from sestina.domain.mail_from import envelope_domain
from sestina.domain.refusals import Invalid, Missing, Rejected
from sestina.pipeline.flow import Sending
from sestina.pipeline.sending.check import parse
from sestina.protocols.mail.addresses import Mailbox
from sestina.storage.region import Region

SIMULATOR: Final = "simulator.amazonses.com"


async def authorise(work: Sending) -> None:
    """Fills in account, identity, configuration set and envelope domain.

    Raises:
        Missing: the configuration set does not exist.
        MailFromNotVerified: the envelope domain is not in order, and its identity wants no mail then.
        Paused, Rejected: sending is paused, or an identity is not verified.
    """
    region = work.region
    assert work.sender is not None
    covering = await cover(region, work.sender, work)
    work.identity = covering
    work.configuration_set = await _configuration_set(work, covering)
    work.account = reviewed(await region.settings(work.fidelity.new_account), work.now)
    check_account_may_send(work.account)
    if work.configuration_set is not None:
        check_set_may_send(work.configuration_set)
    await _check_identities(work, covering, work.sender.text)
    if covering is not None:
        work.mail_from_domain = envelope_domain(await _mail_from(work, covering, work.sender))
    work.note("authorise", "allowed", "" if covering is None else f"identity {covering.name}")


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


async def _check_identities(work: Sending, covering: Identity | None, source: str) -> None:
    if not work.fidelity.sender_gate:
        return
    failing: dict[str, None] = {}
    if covering is None and not _names_delegated_identity(work):
        failing[source] = None
    for text in _further_senders(work):
        if await cover(work.region, parse(text), work) is None:
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


def _further_senders(work: Sending) -> list[str]:
    submission = work.submission
    texts = [submission.return_path] if submission.return_path and not submission.return_path_arn else []
    if work.header_block is not None:
        texts += [submission.source] if submission.source else []  # the author stands in the message
        texts += [value for name in ("sender", "return-path") if (value := work.header_block.get(name))]
    return texts


def _names_delegated_identity(work: Sending) -> bool:
    """Whether the caller sends for another account's identity; that account's policy decides, not our own list."""
    arn = parse_arn(work.submission.source_arn or work.submission.from_arn or "")
    return arn is not None and arn.account != work.region.account

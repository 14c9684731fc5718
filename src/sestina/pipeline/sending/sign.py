"""Sign: chooses who signs a message (sending.md 4.3): the domain of its author, if that does so, and amazonses.com.

Only the choice is made here. The signatures themselves cost several times what the rest of a send costs, and are the
same whenever they are made: `signatures.py` makes them when they are first needed (docs/decisions/0013-dkim.md).
"""

from typing import Final

from sestina.domain.dkim import is_replica, signatory_of, why_unsigned
from sestina.domain.identities import Identity, Status, covering_domains
from sestina.pipeline.flow import Sending
from sestina.pipeline.sending.replicas import dkim_in_effect
from sestina.storage.region import Regions

SIGNED: Final = "for the author's domain and amazonses.com"
SERVICE_ONLY: Final = "for amazonses.com only"
NO_DOMAIN: Final = "no identity for the author's domain has DKIM"


async def sign(work: Sending, regions: Regions) -> None:
    """Fills in the signatory; amazonses.com signs everything."""
    assert work.sender is not None
    identity, domain = work.identity, work.sender.domain
    if identity is None or identity.name != domain or identity.dkim.status is Status.NOT_STARTED:
        identity = await _signing_identity(work, domain.lower())
        if identity is None:
            work.note("sign", SERVICE_ONLY, NO_DOMAIN)
            return
    dkim = identity.dkim
    if dkim.status is not Status.SUCCESS or is_replica(dkim):
        dkim = await dkim_in_effect(regions, work.owner or work.region, identity, work.now)
    reason = why_unsigned(dkim)
    if reason:
        work.note("sign", SERVICE_ONLY, f"{identity.name}: {reason}")
        return
    work.signatory = signatory_of(identity.name, dkim)
    work.note("sign", SIGNED, identity.name)


async def _signing_identity(work: Sending, domain: str) -> Identity | None:
    """The nearest domain above the author that has DKIM set up; of the owner's, if another account sends for it."""
    region = work.owner or work.region
    for name in covering_domains(domain):
        identity = await region.identities.get(name)
        if identity is not None and identity.dkim.status is not Status.NOT_STARTED:
            return identity
    return None

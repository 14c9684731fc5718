"""Delegation: which account lets a sender use an address of its own (AWS page "Sending authorization").

Who may send (`authorise`) and whose key signs (`sign`) rest on the one answer given here.
"""

from collections.abc import Sequence

from sestina.domain.arns import parse_identity_arn
from sestina.domain.identities import as_of, covering_names, normal_name
from sestina.pipeline.flow import Sending
from sestina.protocols.mail.addresses import Mailbox
from sestina.storage.region import Region, Regions


async def owner_of(work: Sending, mailbox: Mailbox, arns: Sequence[str | None], regions: Regions) -> Region | None:
    """The region of another account whose verified identity covers the address, if one of the ARNs names that identity.

    Sender and identity have to be in the same region.
    """
    here = work.region
    for text in arns:
        arn = parse_identity_arn(text) if text else None
        if arn is None or arn.account == here.account or arn.region != here.name:
            continue
        name = normal_name(arn.name)
        if name not in covering_names(mailbox.local_part, mailbox.domain):
            continue
        owner = await regions.known(arn.account, arn.region, work.now)
        identity = None if owner is None else await owner.identities.get(name)
        if identity is not None and as_of(identity, work.now).is_verified:
            # Policies are stored and not read yet: whether `identity.policies` let this account send belongs here.
            return owner
    return None

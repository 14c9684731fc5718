"""Replicas: DKIM that a domain has from the same domain in another region (AWS page "Deterministic Easy DKIM").

Nothing of the parent is copied, so that a replica follows whatever becomes of it.
"""

from sestina.domain.dkim import is_replica, parent_region, replicated, replication_error
from sestina.domain.identities import Dkim, Identity, ReplicationError
from sestina.domain.instants import Instant
from sestina.domain.verification import shown
from sestina.storage.region import Region, Regions


async def dkim_in_effect(regions: Regions, region: Region, identity: Identity, now: Instant) -> Dkim:
    """How messages of a domain are signed now."""
    dkim = shown(identity, now).dkim
    if not is_replica(dkim):
        return dkim
    return replicated(dkim, region.name, await _parent(regions, region, identity, now))


async def replication_error_of(
    regions: Regions, region: Region, identity: Identity, now: Instant
) -> ReplicationError | None:
    """Why a replica has no key; None if it has one, or is no replica."""
    if not is_replica(identity.dkim):
        return None
    return replication_error(identity.dkim, region.name, await _parent(regions, region, identity, now))


async def _parent(regions: Regions, region: Region, identity: Identity, now: Instant) -> Dkim | None:
    there = await regions.known(region.account, parent_region(identity.dkim), now)
    parent = None if there is None else await there.identities.get(identity.name)
    return None if parent is None else shown(parent, now).dkim

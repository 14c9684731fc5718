"""DKIM of an identity, the part both APIs share: whether messages are signed."""

from msgspec.structs import replace

from sestina.domain.identities import normal_name
from sestina.domain.refusals import Invalid
from sestina.operations.call import Call
from sestina.operations.verification import keep


async def set_signing(call: Call, text: str, enabled: bool) -> None:
    """Turns signing on or off for a domain; an address signs as its domain does, so there nothing changes (probed).

    Raises:
        Invalid: neither the identity nor the domain of the address is there.
    """
    name = normal_name(text)
    domain = normal_name(name.rpartition("@")[2])
    if domain != name and await call.region.identities.get(domain) is not None:
        return
    identity = await call.region.identities.get(name)
    if identity is None:
        raise Invalid(f"Domain {domain} is not verified for DKIM signing.")
    await keep(call.region, replace(identity, dkim=replace(identity.dkim, enabled=enabled)))

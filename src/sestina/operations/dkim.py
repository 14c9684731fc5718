"""DKIM of an identity, the part both APIs share: whether messages are signed, and with which key."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.dkim import (
    EASY_DKIM,
    OWN_KEY,
    easy_dkim,
    own_dkim,
    own_key_name,
    replicated_dkim,
    with_dkim_status,
    with_key_length,
)
from sestina.domain.identities import Dkim, Identity, KeyLength, Status, missing_identity, normal_name
from sestina.domain.refusals import Invalid
from sestina.domain.verification import is_at_once
from sestina.operations.call import Call
from sestina.operations.verification import keep

DEFAULT_LENGTH: Final[KeyLength] = "RSA_2048_BIT"
BOTH: Final = "DomainSigningSelector and DomainSigningPrivateKey must be specified together."


class SigningWish(Struct, frozen=True, kw_only=True):
    """How a domain shall be signed: an origin, the customer's own key, or the length of one of the service."""

    origin: str | None = None
    selector: str | None = None
    private_key: str | None = None
    key_length: KeyLength | None = None

    @property
    def names_a_key(self) -> bool:
        """Whether there is anything of a key the customer brings."""
        return bool(self.selector or self.private_key)


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


async def new_dkim(call: Call, domain: str, wish: SigningWish) -> Dkim:
    """The signing of a domain that has none yet; it waits for its records.

    Raises:
        Invalid: half of a key.
    """
    account, region = call.region.account, call.region.name
    if wish.names_a_key:
        return await _own(call, wish)
    if wish.origin is not None and wish.origin.startswith(f"{EASY_DKIM}_"):
        return replicated_dkim(account, wish.origin, domain, call.now)
    return easy_dkim(account, region, domain, call.now, wish.key_length or DEFAULT_LENGTH)


async def change_dkim(call: Call, text: str, wish: SigningWish) -> Dkim:
    """Gives a domain another key or origin; it waits for its records again, whether it signs is left as it was.

    Raises:
        Invalid: it is no domain, half of a key, or another length too soon.
        Missing: there is no such identity.
    """
    name = normal_name(text)
    if "@" in name or not name:
        raise Invalid("The EmailIdentity value must be a valid domain.")
    identity = await call.region.identities.get(name)
    if identity is None:
        raise missing_identity(text)
    before = identity.dkim
    dkim = await _changed(call, identity, wish)
    if dkim == before:
        return before
    if before.status is not Status.NOT_STARTED:
        dkim = replace(dkim, enabled=before.enabled)
    if is_at_once(call.services.mailroom.fidelity.verification, is_domain=True):
        dkim = with_dkim_status(dkim, Status.SUCCESS, call.now)
    await keep(call.region, replace(identity, dkim=dkim))
    return dkim


async def _changed(call: Call, identity: Identity, wish: SigningWish) -> Dkim:
    account, region, before, now = call.region.account, call.region.name, identity.dkim, call.now
    if wish.origin == OWN_KEY:
        if not wish.names_a_key:
            raise Invalid(BOTH)
        return await _own(call, wish)
    if wish.names_a_key:
        raise Invalid(f"A selector and a private key go with the origin {OWN_KEY} only.")
    if wish.origin != EASY_DKIM:
        return before if wish.origin == before.origin else await new_dkim(call, identity.name, wish)
    if before.origin != EASY_DKIM or before.status is Status.NOT_STARTED:
        return easy_dkim(account, region, identity.name, now, wish.key_length or DEFAULT_LENGTH)
    if wish.key_length is None:
        return before
    fresh = easy_dkim(account, region, identity.name, now, wish.key_length, salt=f"/{now}")
    return with_key_length(before, fresh, now)


async def _own(call: Call, wish: SigningWish) -> Dkim:
    """A customer's key, kept for good: messages are signed when they are read, whatever became of the domain."""
    if not (wish.selector and wish.private_key):
        raise Invalid(BOTH)
    if wish.key_length is not None:
        raise Invalid("NextSigningKeyLength can be given for Easy DKIM only.")
    name, public = own_key_name(wish.private_key), None
    try:
        key = b64decode(wish.private_key, validate=True)
    except Base64Error:
        key = b""
    if key:
        public = await call.services.outside.signing.public_half(key)
    if public is not None:
        await call.services.regions.signatures.keep(name, key)
    return own_dkim(wish.selector, name, public, call.now)

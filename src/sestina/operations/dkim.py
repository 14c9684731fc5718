"""DKIM of an identity, the part both APIs share: whether messages are signed, and with which key."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.dkim import (
    DEFAULT_LENGTH,
    EASY_DKIM,
    OWN_KEY,
    PublicKey,
    begun_dkim,
    easy_dkim,
    own_dkim,
    own_key_name,
    replica_dkim,
    with_dkim_status,
    with_key_length,
)
from sestina.domain.identities import Dkim, KeyLength, Status, missing_identity, normal_name
from sestina.domain.refusals import Invalid
from sestina.domain.verification import is_at_once, restarted, shown
from sestina.operations.call import Call
from sestina.operations.verification import keep
from sestina.pipeline.sending.replicas import dkim_in_effect
from sestina.ports.engine import Statement

BOTH: Final = "DomainSigningSelector and DomainSigningPrivateKey must be specified together."
EXTERNAL_ONLY: Final = f"A selector and a private key go with the origin {OWN_KEY} only."
EASY_ONLY: Final = "NextSigningKeyLength can be given for Easy DKIM only."


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


class OwnKey(Struct, frozen=True):
    """A key that a customer has brought, read: the name it is kept under, and its public half if it is of use."""

    name: str
    octets: bytes
    public: PublicKey | None


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


async def read_wish(call: Call, wish: SigningWish) -> OwnKey | None:
    """The key in a wish, if there is one. This takes its time; what was read of an identity before is old then.

    Raises:
        Invalid: half of a key, or what does not go together.
    """
    if not wish.names_a_key:
        if wish.origin == OWN_KEY:
            raise Invalid(BOTH)
        if wish.origin not in (None, EASY_DKIM) and wish.key_length is not None:
            raise Invalid(EASY_ONLY)
        return None
    if not (wish.selector and wish.private_key):
        raise Invalid(BOTH)
    if wish.origin not in (None, OWN_KEY):
        raise Invalid(EXTERNAL_ONLY)
    if wish.key_length is not None:
        raise Invalid(EASY_ONLY)
    try:
        octets = b64decode(wish.private_key, validate=True)
    except Base64Error:
        octets = b""
    public = await call.services.outside.signing.public_half(octets) if octets else None
    return OwnKey(own_key_name(wish.private_key), octets, public)


def new_dkim(call: Call, domain: str, wish: SigningWish, own: OwnKey | None) -> Dkim:
    """The signing of a domain that has none yet; it waits for its records."""
    if own is not None:
        return own_dkim(wish.selector or "", own.name, own.public, call.now)
    if wish.origin not in (None, EASY_DKIM, OWN_KEY):
        return replica_dkim(wish.origin, call.now)
    account, region = call.region.account, call.region.name
    return easy_dkim(account, region, domain, call.now, wish.key_length or DEFAULT_LENGTH)


def keeping(call: Call, own: OwnKey | None) -> list[Statement]:
    """What is written with an identity that has such a key.

    It is kept for good: messages are signed when they are read, whatever became of the identity.
    """
    if own is None or own.public is None:
        return []
    return [call.services.regions.signatures.keeping(own.name, own.octets)]


async def change_dkim(call: Call, text: str, wish: SigningWish) -> Dkim:
    """Gives a domain another key or origin; it waits for its records again, whether it signs is left as it was.

    Raises:
        Invalid: it is no domain, the wish cannot be read, or asks for another length too soon.
        Missing: there is no such identity.
    """
    name = normal_name(text)
    if "@" in name or not name:
        raise Invalid("The EmailIdentity value must be a valid domain.")
    if await call.region.identities.get(name) is None:
        raise missing_identity(text)
    own = await read_wish(call, wish)
    identity = await call.region.identities.get(name)  # it may have changed, or gone, in the meantime
    if identity is None:
        raise missing_identity(text)
    before = shown(identity, call.now).dkim
    dkim = _changed(call, name, before, wish, own)
    if before.status is not Status.NOT_STARTED:
        dkim = replace(dkim, enabled=before.enabled)
    if dkim != before:
        if is_at_once(call.services.mailroom.fidelity.verification, is_domain=True):
            dkim = with_dkim_status(dkim, Status.SUCCESS, call.now)
        identity = replace(identity, dkim=dkim)
        if shown(identity, call.now).status is Status.FAILED:  # else no record that is found could bring it back
            identity = restarted(replace(identity, status=Status.FAILED), call.now)
        await keep(call.region, identity, keeping(call, own))
    return await dkim_in_effect(call.services.regions, call.region, identity, call.now)


def _changed(call: Call, name: str, before: Dkim, wish: SigningWish, own: OwnKey | None) -> Dkim:
    """The same origin again changes nothing, but for another length; what has failed begins anew."""
    if own is not None or wish.origin != before.origin or before.status is Status.NOT_STARTED:
        return new_dkim(call, name, wish, own)
    has_failed = before.status is Status.FAILED
    if wish.key_length is not None and not (has_failed and wish.key_length == before.key_length):
        account, region, now = call.region.account, call.region.name, call.now
        return with_key_length(before, easy_dkim(account, region, name, now, wish.key_length, salt=f"/{now}"), now)
    return begun_dkim(before, call.now) if has_failed else before

"""Identities, the part both APIs share: adding, asking again, reading, listing behind `v1/` and `v2/identities.py`."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from sestina.domain.dkim import OWN_KEY, easy_dkim
from sestina.domain.identities import (
    MOST,
    Dkim,
    Identity,
    Selection,
    Status,
    as_of,
    check_address,
    check_domain,
    check_name,
    existing_identity,
    normal_name,
    too_many_identities,
)
from sestina.domain.tags import ResourceTag
from sestina.domain.verification import (
    is_at_once,
    new_identity,
    restarted,
    sends_link,
    shown,
    verification_token,
    verified,
)
from sestina.operations.call import Call
from sestina.operations.configuration_sets import configuration_set_named
from sestina.operations.pages import gather
from sestina.operations.verification import current, keep, mail_link
from sestina.pipeline.sending.replicas import dkim_in_effect
from sestina.ports.engine import Statement
from sestina.storage.collection import START, Mark

LIST: Final = "identities"
LARGEST_PAGE: Final = 1000
UNSIGNED_ADDRESS: Final = Dkim(key_length="RSA_1024_BIT")
"""What an address shows while its domain is no identity (answer of the service in moto issue 9771)."""


async def check_is_free(call: Call, name: str) -> None:
    """Refuses a name that cannot be one, or is taken.

    Raises:
        Invalid, AlreadyExists: as their names say.
    """
    check_name(name)
    if await call.region.identities.get(name) is not None:
        raise existing_identity(name)


async def add_identity(
    call: Call,
    name: str,
    dkim: Dkim | None,
    tags: tuple[ResourceTag, ...],
    configuration_set: str | None,
    also: Sequence[Statement] = (),
) -> Identity:
    """Adds an address or a domain under a free name with what belongs to it, and starts its verification.

    Raises:
        Missing, LimitReached: its default configuration set is not there, or it is one too many.
    """
    if configuration_set is not None:
        await configuration_set_named(call, configuration_set)
    return await _begin(call, name, dkim, tags, configuration_set, also)


async def verify_address(call: Call, text: str) -> None:
    """Adds an address, or asks its owner again; a verified one stays verified.

    Raises:
        Invalid, LimitReached: the address cannot be one, or is one too many.
    """
    name = text.strip()
    check_address(name)
    identity = await call.region.identities.get(name)
    if identity is None:
        await _begin(call, name, None)
        return
    await _begin_again(call, identity)


async def verify_domain(call: Call, text: str) -> str:
    """Adds a domain, or begins its verification again; the token for its TXT record stays the same.

    Raises:
        Invalid, LimitReached: the domain cannot be one, or is one too many.
    """
    check_domain(text.strip())
    name = normal_name(text)
    identity = await call.region.identities.get(name)
    if identity is None:
        identity = await _begin(call, name, None)
    else:
        await _begin_again(call, identity)
    return _token(call, name)


async def verify_dkim(call: Call, text: str) -> tuple[str, ...]:
    """Sets up signing for a domain, which is added when it is new; the tokens stay the same.

    Raises:
        Invalid, LimitReached: the domain cannot be one, or is one too many.
    """
    check_domain(text.strip())
    name = normal_name(text)
    dkim = easy_dkim(call.region.account, call.region.name, name, call.now)
    identity = await call.region.identities.get(name)
    if identity is None:
        return (await _begin(call, name, dkim)).dkim.tokens
    before = identity.dkim
    if before.status is Status.NOT_STARTED:
        identity = replace(identity, dkim=dkim)
    elif before.origin == OWN_KEY:
        identity = replace(identity, dkim=replace(dkim, enabled=before.enabled))
    await _begin_again(call, identity)
    return (await dkim_of(call, identity)).tokens


async def identity_named(call: Call, name: str) -> Identity | None:
    """The identity as it stands now, or None."""
    return await current(call.services, call.region, name)


async def dkim_of(call: Call, identity: Identity) -> Dkim:
    """How an identity signs: an address as the identity of its exact domain does (probed)."""
    if identity.is_domain:
        return await _in_effect(call, identity)
    domain = await call.region.identities.get(normal_name(identity.name.rpartition("@")[2]))
    return UNSIGNED_ADDRESS if domain is None else await _in_effect(call, domain)


async def _in_effect(call: Call, domain: Identity) -> Dkim:
    return await dkim_in_effect(call.services.regions, call.region, domain, call.now)


async def remove_identity(call: Call, name: str) -> bool:
    """Forgets an identity; False if there was none."""
    return await call.region.identities.remove(normal_name(name))


async def page_of_identities(
    call: Call, after: Mark, size: int, selection: Selection
) -> tuple[list[Identity], Mark | None]:
    """A page by name of what is selected, and where the next one begins."""
    found, following = await gather(
        call.region.identities,
        after,
        size,
        lambda each: each.name,
        lambda each: selection.takes(as_of(each, call.now)),
    )
    return [shown(each, call.now) for each in found], following


async def verified_addresses(call: Call) -> list[str]:
    """Every address that is verified, in the order of names."""
    selection = Selection(type="EMAIL_ADDRESS", status=Status.SUCCESS.value)
    names: list[str] = []
    mark: Mark | None = START
    while mark is not None:
        found, mark = await page_of_identities(call, mark, LARGEST_PAGE, selection)
        names += [each.name for each in found]
    return names


async def _begin(
    call: Call,
    name: str,
    dkim: Dkim | None,
    tags: tuple[ResourceTag, ...] = (),
    configuration_set: str | None = None,
    also: Sequence[Statement] = (),
) -> Identity:
    if await call.region.identities.count() >= MOST:
        raise too_many_identities()
    is_domain = "@" not in name
    identity = new_identity(
        name,
        call.now,
        at_once=_is_at_once(call, is_domain),
        token=_token(call, name) if is_domain else None,
        dkim=dkim,
        tags=tags,
        configuration_set=configuration_set,
    )
    await _keep_and_ask(call, identity, also)
    return identity


async def _begin_again(call: Call, identity: Identity) -> None:
    again = restarted(shown(identity, call.now), call.now)
    await _keep_and_ask(call, verified(again, call.now) if _is_at_once(call, identity.is_domain) else again)


async def _keep_and_ask(call: Call, identity: Identity, also: Sequence[Statement] = ()) -> None:
    if not identity.is_domain and sends_link(call.services.mailroom.fidelity.verification):
        await mail_link(call.services, call.region, identity, call.now)
    else:
        await keep(call.region, identity, also)


def _is_at_once(call: Call, is_domain: bool) -> bool:
    return is_at_once(call.services.mailroom.fidelity.verification, is_domain=is_domain)


def _token(call: Call, domain: str) -> str:
    return verification_token(call.region.account, call.region.name, domain)

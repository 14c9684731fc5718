"""Verification at work: links that are mailed and opened, records that are looked up, statuses set by hand."""

from asyncio import gather
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Sequence
from typing import Final

from msgspec.structs import replace

from sestina.domain.dkim import OWN_KEY, cname_records, has_same_key, shows_key
from sestina.domain.identities import ADDRESS_LINK_VALID, Confirmation, Identity, Status, normal_name
from sestina.domain.instants import MINUTE, Instant
from sestina.domain.mail_from import after_look_up, has_records
from sestina.domain.message_ids import message_id
from sestina.domain.messages import Step
from sestina.domain.verification import (
    Record,
    after_check,
    is_link_valid,
    shown,
    txt_name,
    verified,
    with_status,
)
from sestina.operations.call import Services
from sestina.operations.verification_mail import mail_of_link
from sestina.pipeline.sending.replicas import dkim_in_effect
from sestina.ports.engine import Statement
from sestina.ports.names import Names
from sestina.storage.collection import START, Mark
from sestina.storage.region import Region

LINKS: Final = "_link"  # the first segment of every link we put into mail
VERIFY: Final = "verify"
SECRET_OCTETS: Final = 32
RECHECK: Final = 5 * MINUTE
PAGE: Final = 500
CHECKED: Final = (Status.PENDING, Status.SUCCESS, Status.TEMPORARY_FAILURE)


def new_confirmation(
    services: Services, now: Instant, success_url: str | None = None, failure_url: str | None = None
) -> Confirmation:
    """A fresh link for an address; the URLs are where a browser goes after opening it."""
    secret = urlsafe_b64encode(services.outside.ids.octets(SECRET_OCTETS)).decode().rstrip("=")
    return Confirmation(secret=secret, issued=now, success_url=success_url, failure_url=failure_url)


def confirmation_link(services: Services, region: Region, name: str, confirmation: Confirmation) -> str:
    """What has to be opened to verify an address."""
    return services.outside.home.url(LINKS, VERIFY, region.account, region.name, name, confirmation.secret)


async def mail_link(services: Services, region: Region, identity: Identity, now: Instant) -> None:
    """Stores the identity with a new link, and puts the mail that carries it into the account's mailbox."""
    confirmation = new_confirmation(services, now)
    link = confirmation_link(services, region, identity.name, confirmation)
    await keep(region, replace(identity, confirmation=confirmation))
    id_ = message_id(region.name, now, services.outside.ids.uuid())
    message, raw = mail_of_link(id_, region.account, region.name, identity.name, link, now)
    journey = [Step("verify", "mailed", f"identity {identity.name}", now), Step("conclude", "done", "", now)]
    _, statements = region.messages.insertion(message, raw, None, journey)
    await services.regions.engine.write(statements)
    region.arrivals.notify()


async def confirm(services: Services, region: Region, name: str, secret: str) -> tuple[bool, str | None]:
    """Opens a link: whether it was good, and where the browser goes, if the link says so."""
    now = services.outside.clock.now()
    identity = await region.identities.get(name)
    confirmation = identity.confirmation if identity else None
    if identity is None or confirmation is None:
        return False, None
    if not is_link_valid(confirmation, secret, now, ADDRESS_LINK_VALID):
        return False, confirmation.failure_url
    if not identity.is_verified:
        await keep(region, verified(identity, now))
    return True, confirmation.success_url


async def set_status(services: Services, region: Region, name: str, status: Status) -> Identity | None:
    """Sets the status of an identity by hand, whatever else would verify it; None if there is none."""
    identity = await region.identities.get(normal_name(name))
    if identity is None:
        return None
    changed = with_status(identity, status, services.outside.clock.now())
    await keep(region, changed)
    return changed


async def current(services: Services, region: Region, name: str) -> Identity | None:
    """The identity as a read shows it now; where records decide, they are looked up first."""
    identity = await region.identities.get(normal_name(name))
    if identity is None:
        return None
    if services.mailroom.fidelity.verification == "dns":
        identity = await look_up_mail_from(services, region, await look_up(services, region, identity))
    return shown(identity, services.outside.clock.now())


async def look_up(services: Services, region: Region, identity: Identity) -> Identity:
    """The identity after its records were looked up and what they say was stored."""
    now, names = services.outside.clock.now(), services.outside.names
    waiting = shown(identity, now)
    if not identity.is_domain or (waiting.status not in CHECKED and waiting.dkim.status not in CHECKED):
        return identity
    asked = replace(identity, dkim=await dkim_in_effect(services.regions, region, identity, now))
    ownership, signing = await gather(_ownership(names, asked), _signing(names, asked))
    present = await region.identities.get(identity.name)  # it may have changed, or gone, in the meantime
    if present is None or not has_same_key(present.dkim, identity.dkim):
        return present or identity
    changed = after_check(shown(present, now), now, ownership, signing)
    await keep(region, changed)
    return changed


async def look_up_mail_from(services: Services, region: Region, identity: Identity) -> Identity:
    """The identity after the records of its envelope domain were looked up and what they say was stored."""
    domain, names = identity.mail_from.domain, services.outside.names
    if domain is None:
        return identity
    exchanges, texts = await gather(names.mx(domain), names.txt(domain))
    present = await region.identities.get(identity.name)
    if present is None or present.mail_from.domain != domain:
        return identity
    found = has_records(exchanges, texts, region.name)
    changed = replace(present, mail_from=after_look_up(present.mail_from, services.outside.clock.now(), found=found))
    await keep(region, changed)
    return changed


async def watch_records(services: Services) -> None:
    """Looks up the records of every domain again and again, for as long as the server runs."""
    clock = services.outside.clock
    while True:
        await clock.sleep_until(clock.now() + RECHECK)
        for region in await services.regions.all(clock.now()):
            mark: Mark | None = START
            while mark is not None:
                identities, mark = await region.identities.page("name", mark, PAGE)
                for identity in identities:
                    await look_up_mail_from(services, region, await look_up(services, region, identity))


async def keep(region: Region, identity: Identity, also: Sequence[Statement] = ()) -> None:
    """Stores an identity, with what belongs to it; its age stays."""
    await region.identities.put(identity.name, identity, identity.created, also)


async def _ownership(names: Names, identity: Identity) -> Record:
    texts = await names.txt(txt_name(identity.name))
    if identity.token in texts:
        return Record.FOUND
    return Record.WRONG if texts else Record.ABSENT


async def _signing(names: Names, identity: Identity) -> Record:
    if identity.dkim.status is Status.NOT_STARTED:
        return Record.ABSENT
    if identity.dkim.origin == OWN_KEY:
        return await _own_key(names, identity)
    found: list[Awaitable[Record]] = [
        _points_to(names, name, target) for name, target in cname_records(identity.name, identity.dkim)
    ]
    records = set(await gather(*found))
    if records == {Record.FOUND}:
        return Record.FOUND
    return Record.ABSENT if records <= {Record.ABSENT, Record.FOUND} else Record.WRONG


async def _points_to(names: Names, name: str, target: str) -> Record:
    targets = await names.cname(name)
    if target in targets:
        return Record.FOUND
    return Record.WRONG if targets else Record.ABSENT


async def _own_key(names: Names, identity: Identity) -> Record:
    """The public half of the customer's key (AWS page "Provide your own DKIM authentication token")."""
    texts = await names.txt(f"{identity.dkim.selector}._domainkey.{identity.name}")
    public = identity.dkim.public_key
    if public is not None and any(shows_key(text, public) for text in texts):
        return Record.FOUND
    return Record.WRONG if texts else Record.ABSENT

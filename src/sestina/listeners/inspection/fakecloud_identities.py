"""fakecloud's endpoints about identities: DKIM key, and status of the envelope domain (compatibility.md 2.1).

Its clients name no account and no region: an identity is looked for wherever there is one.
"""

from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from sestina.domain.dkim import signatory_of, why_unsigned
from sestina.domain.identities import Identity, Status, normal_name
from sestina.listeners.caller import DEFAULT_ACCOUNT
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.records import public_key
from sestina.listeners.inspection.routes import LARGEST_BODY, Route, Visit, answer
from sestina.operations.verification import keep
from sestina.pipeline.sending.replicas import dkim_in_effect
from sestina.storage.region import Region

NOT_FOUND: Final = {"error": "identity not found"}
NO_DOMAIN: Final = {"error": "identity has no MAIL FROM domain"}
BAD_STATUS: Final = {"error": "status must be one of NotStarted/Pending/Success/Failed"}


class MailFromStatus(msgspec.Struct, frozen=True):
    """The status an envelope domain shall have."""

    status: Literal["NotStarted", "Pending", "Success", "Failed"]


async def dkim_public_key(visit: Visit) -> Answer:
    """The public key that verifies what an identity signs; none if it does not."""
    found = await _found(visit)
    if found is None:
        return answer(NOT_FOUND, 404)
    region, identity = found
    services = visit.services
    dkim = await dkim_in_effect(services.regions, region, identity, services.outside.clock.now())
    signatory = None if why_unsigned(dkim) else signatory_of(identity.name, dkim)
    return answer(
        {
            "identity": identity.name,
            "selector": signatory.selector if signatory else None,
            "publicKeyBase64": await public_key(visit, signatory) if signatory else None,
            "signingEnabled": identity.dkim.enabled,
        }
    )


async def set_mail_from_status(visit: Visit) -> Answer:
    """Sets how far the verification of an envelope domain has come."""
    try:
        wish = msgspec.json.decode(visit.request.body[:LARGEST_BODY], type=MailFromStatus)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer(BAD_STATUS, 400)
    found = await _found(visit)
    if found is None:
        return answer(NOT_FOUND, 404)
    region, identity = found
    if identity.mail_from.domain is None:
        return answer(NO_DOMAIN, 400)
    status = next(each for each in Status if each.v1 == wish.status)
    changed = replace(identity.mail_from, status=status, since=visit.services.outside.clock.now())
    await keep(region, replace(identity, mail_from=changed))
    return answer({"identity": identity.name, "mailFromDomainStatus": wish.status})


ROUTES: Final = (
    Route(
        method="GET",
        path="/_fakecloud/ses/identities/{identity}/dkim-public-key",
        handler=dkim_public_key,
        summary="DKIM key",
    ),
    Route(
        method="POST",
        path="/_fakecloud/ses/identities/{identity}/mail-from-status",
        handler=set_mail_from_status,
        summary="MAIL FROM status",
    ),
)


async def _found(visit: Visit) -> tuple[Region, Identity] | None:
    """The identity and where it is; the account of those who do not sign comes first, and the usual region."""
    regions, now = visit.services.regions, visit.services.outside.clock.now()
    name, usual = normal_name(visit.labels["identity"]), visit.facts.default_region
    scopes = await visit.mailbox.scopes()
    for scope in sorted(scopes, key=lambda one: (one.account != DEFAULT_ACCOUNT, one.region != usual, one.number)):
        region = await regions.get(scope.account, scope.region, now)
        identity = await region.identities.get(name)
        if identity is not None:
            return region, identity
    return None

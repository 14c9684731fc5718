"""Verification by hand: `POST /_sestina/identities/{name}/verification` with `{"status": "SUCCESS"}`.

The account and region are those of the request's signature, or of its query: `?account=…&region=…`.
"""

from collections.abc import Awaitable, Callable
from typing import Final, Literal
from urllib.parse import parse_qs, unquote

import msgspec

from sestina.domain.identities import Identity, Status
from sestina.listeners.caller import caller_of
from sestina.listeners.http_messages import Answer, HttpError, Request
from sestina.operations.call import Services
from sestina.operations.verification import set_status

Door = Callable[[Request], Awaitable[Answer]]
PREFIX: Final = "/_sestina/identities/"
SUFFIX: Final = "/verification"


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The status an identity shall have."""

    status: Literal["PENDING", "SUCCESS", "FAILED", "TEMPORARY_FAILURE", "NOT_STARTED"]


class Shown(msgspec.Struct, frozen=True, rename="camel"):
    """What became of it."""

    identity: str
    status: str
    dkim_status: str


def verification_door(services: Services, default_region: str) -> Door:
    """Answers a POST to `/_sestina/identities/{name}/verification`; the name is percent-encoded."""

    async def set_verification(request: Request) -> Answer:
        if request.method != "POST":
            raise HttpError(405, "The verification of an identity is set with POST.")
        name = unquote(request.path.removeprefix(PREFIX).removesuffix(SUFFIX))
        try:
            wish = msgspec.json.decode(request.body, type=Wish)
        except msgspec.DecodeError as error:
            raise HttpError(400, f'The body must be like {{"status": "SUCCESS"}}: {error}') from error
        account, region_name = _whose(request, default_region)
        region = await services.regions.get(account, region_name, services.outside.clock.now())
        identity = await set_status(services, region, name, Status[wish.status])
        if identity is None:
            raise HttpError(404, f"There is no identity {name} of account {account} in {region_name}.")
        return Answer(200, msgspec.json.encode(_shown(identity)))

    return set_verification


def _whose(request: Request, default_region: str) -> tuple[str, str]:
    caller = caller_of(request, default_region)
    asked = parse_qs(request.query)
    return asked.get("account", [caller.account])[0], asked.get("region", [caller.region])[0]


def _shown(identity: Identity) -> Shown:
    return Shown(identity=identity.name, status=identity.status.value, dkim_status=identity.dkim.status.value)

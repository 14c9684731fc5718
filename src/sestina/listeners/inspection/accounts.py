"""Accounts: quota, sandbox and the service's own pause, set from outside as AWS would set them."""

from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from sestina.domain.accounts import Account, Quota, reviewed
from sestina.listeners.caller import DEFAULT_ACCOUNT
from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.filters import ONE_PLACE
from sestina.listeners.inspection.routes import Route, Visit, answer
from sestina.pipeline.sending.enforce import reputation_of
from sestina.storage.region import Region


class AccountChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to set; a negative quota is no limit. A quota that was set is enforced whatever the settings say."""

    account: str = DEFAULT_ACCOUNT
    region: str | None = None
    per_day: float | UnsetType = UNSET
    per_second: float | UnsetType = UNSET
    production_access: bool | UnsetType = UNSET
    sending_enabled: bool | UnsetType = UNSET
    enforcement_status: Literal["HEALTHY", "PROBATION", "SHUTDOWN"] | UnsetType = UNSET


class AccountView(Struct, frozen=True, kw_only=True):
    """An account in a region; the rates are over the last `judged_on` recipients."""

    account: str
    region: str
    production_access: bool
    sending_enabled: bool
    enforcement_status: str
    per_day: float
    per_second: float
    sent_last_24_hours: int
    bounce_rate: float
    complaint_rate: float
    judged_on: int


class Sandbox(Struct, frozen=True, kw_only=True):
    """Whether accounts are in the sandbox."""

    sandbox: bool


async def get_account(visit: Visit) -> Answer:
    """The account as it stands."""
    region = await _region(visit, visit.text("account") or DEFAULT_ACCOUNT, visit.text("region"))
    return answer(await _view(visit, region))


async def set_account(visit: Visit) -> Answer:
    """Sets what is given."""
    wish = visit.body(AccountChange)
    region = await _region(visit, wish.account, wish.region)
    account = await _account(visit, region)
    if wish.per_day is not UNSET or wish.per_second is not UNSET:
        usual = account.effective_quota
        quota = Quota(
            per_day=usual.per_day if wish.per_day is UNSET else wish.per_day,
            per_second=usual.per_second if wish.per_second is UNSET else wish.per_second,
        )
        account = replace(account, quota=quota)
    flags = {
        name: value
        for name in ("production_access", "sending_enabled", "enforcement_status")
        if (value := getattr(wish, name)) is not UNSET
    }
    now = visit.services.outside.clock.now()
    await region.set_settings(replace(account, **flags, changed=now), now)
    return answer(await _view(visit, region))


async def set_sandbox(visit: Visit) -> Answer:
    """The sandbox as fakecloud's clients set it: for the account of those who do not sign, wherever it is."""
    wish, now = visit.body(Sandbox), visit.services.outside.clock.now()
    names = {scope.region for scope in await visit.mailbox.scopes(DEFAULT_ACCOUNT)}
    for name in sorted(names | {visit.facts.default_region}):
        region = await visit.services.regions.get(DEFAULT_ACCOUNT, name, now)
        account = await _account(visit, region)
        await region.set_settings(replace(account, production_access=not wish.sandbox, changed=now), now)
    return answer({"sandbox": wish.sandbox, "productionAccessEnabled": not wish.sandbox})


ROUTES: Final = (
    Route(
        method="GET",
        path="/_sestina/account",
        handler=get_account,
        summary="Quota, sandbox, pauses and reputation of an account in a region",
        parameters=ONE_PLACE,
        answers=AccountView,
    ),
    Route(
        method="POST",
        path="/_sestina/account",
        handler=set_account,
        summary="Set quota, sandbox and pauses of an account in a region",
        takes=AccountChange,
        answers=AccountView,
    ),
)
FAKECLOUD_ROUTES: Final = (
    Route(method="POST", path="/_fakecloud/ses/account/sandbox", handler=set_sandbox, summary="Sandbox"),
)


async def _region(visit: Visit, account: str, name: str | None) -> Region:
    if not (len(account) == 12 and account.isascii() and account.isdigit()):
        raise HttpError(400, "An account is twelve digits.")
    now = visit.services.outside.clock.now()
    return await visit.services.regions.get(account, name or visit.facts.default_region, now)


async def _account(visit: Visit, region: Region) -> Account:
    account = await region.settings(visit.services.mailroom.fidelity.new_account)
    return reviewed(account, visit.services.outside.clock.now())


async def _view(visit: Visit, region: Region) -> AccountView:
    account, now = await _account(visit, region), visit.services.outside.clock.now()
    quota, reputation = account.effective_quota, reputation_of(region.tallies, now)
    return AccountView(
        account=region.account,
        region=region.name,
        production_access=account.production_access,
        sending_enabled=account.sending_enabled,
        enforcement_status=account.enforcement_status,
        per_day=quota.per_day,
        per_second=quota.per_second,
        sent_last_24_hours=region.tallies.last_day(now),
        bounce_rate=reputation.bounce_rate,
        complaint_rate=reputation.complaint_rate,
        judged_on=reputation.sent,
    )

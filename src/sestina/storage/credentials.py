"""Credentials of all accounts in one place, because whoever logs in has not said an account yet."""

from typing import Final

from sestina.domain.credentials import (
    AccessKey,
    Login,
    ServiceCredential,
    account_of,
    login_by_credential,
    login_by_key,
)
from sestina.domain.instants import Instant
from sestina.ports.engine import Engine
from sestina.storage.collection import START, Collection, Mark

EVERYBODY: Final = 0  # the scope of no account: resetting a region leaves it alone
PAGE: Final = 1000


class Credentials:
    """Access keys and service credentials; they stay when the embedded IAM forgets its users."""

    def __init__(self, engine: Engine) -> None:
        self.keys = Collection(engine, EVERYBODY, "access key", AccessKey)
        self._services = Collection(engine, EVERYBODY, "service credential", ServiceCredential)

    async def login(self, name: str, region: str) -> Login | None:
        """Whose name of SMTP AUTH this is, and the password it goes with in a region."""
        key = await self.keys.get(name)
        if key is not None:
            return login_by_key(key, region)
        credential = await self._services.get(_place(account_of(name), name))
        return login_by_credential(credential) if credential is not None else None

    async def of_account(self, account: str) -> list[ServiceCredential]:
        """All service credentials of an account, by name."""
        credentials: list[ServiceCredential] = []
        mark: Mark | None = Mark(0, _place(account, ""))
        while mark is not None:
            page, mark = await self._services.page("name", mark, PAGE)
            own = [credential for credential in page if credential.account == account]
            credentials += own
            if len(own) < len(page):
                break
        return credentials

    async def keys_of(self, account: str, user: str) -> list[AccessKey]:
        """The access keys of a user that are remembered."""
        keys: list[AccessKey] = []
        mark: Mark | None = START
        while mark is not None:
            page, mark = await self.keys.page("name", mark, PAGE)
            keys += (key for key in page if (key.account, key.user) == (account, user))
        return keys

    async def put(self, credential: ServiceCredential, now: Instant) -> None:
        """Adds or replaces a service credential."""
        await self._services.put(_place(credential.account, credential.service_user), credential, now)

    async def remove(self, credential: ServiceCredential) -> None:
        """Removes a service credential."""
        await self._services.remove(_place(credential.account, credential.service_user))


def _place(account: str, service_user: str) -> str:
    return f"{account}/{service_user}"

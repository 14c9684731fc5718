"""Service-specific credentials for SES: the part of IAM that hands out SMTP user names and passwords."""

import base64
from collections.abc import Sequence

from msgspec import structs

from sestina.domain.credentials import (
    MOST_PER_USER,
    AccessKey,
    ServiceCredential,
    Status,
    service_user_of,
)
from sestina.domain.instants import Instant
from sestina.domain.refusals import Invalid, Kind, LimitReached, Missing
from sestina.ports.ids import Ids
from sestina.ports.neighbours import Place, Users
from sestina.storage.credentials import Credentials

NO_USER = "The user with name {} cannot be found."
NO_CREDENTIAL = "Service Specific Credential {} cannot be found."
TOO_MANY = f"Cannot exceed quota for ServiceSpecificCredentialsPerUser: {MOST_PER_USER}"

ID_PREFIX = "ACCA"


async def create_credential(
    credentials: Credentials, users: Users, ids: Ids, place: Place, user: str, now: Instant
) -> ServiceCredential:
    """A new credential for a user that IAM knows.

    Raises:
        Missing: IAM knows no such user.
        LimitReached: the user has two already.
        NeighbourError: IAM does not answer.
    """
    if not await users.exists(place, user):
        raise Missing(Kind.CREDENTIAL, NO_USER.format(user))
    present = await credentials.of_account(place.account)
    if sum(credential.user == user for credential in present) >= MOST_PER_USER:
        raise LimitReached(TOO_MANY, Kind.CREDENTIAL)
    credential = ServiceCredential(
        id=ID_PREFIX + base64.b32encode(ids.octets(11)).decode("ascii")[:17],
        account=place.account,
        user=user,
        service_user=_free_name(user, place.account, present),
        password=_password(ids),
        created=now,
    )
    await credentials.put(credential, now)
    return credential


async def credentials_of(
    credentials: Credentials, users: Users, place: Place, user: str | None
) -> list[ServiceCredential]:
    """The credentials of a user, or of every user of the account.

    Raises:
        Missing: IAM knows no such user.
        NeighbourError: IAM does not answer.
    """
    present = await credentials.of_account(place.account)
    if user is None:
        return present
    own = [credential for credential in present if credential.user == user]
    if not own and not await users.exists(place, user):
        raise Missing(Kind.CREDENTIAL, NO_USER.format(user))
    return own


async def credential_named(credentials: Credentials, account: str, id_: str, user: str | None) -> ServiceCredential:
    """The credential with an id, of the user if one is named.

    Raises:
        Missing: there is none.
    """
    for credential in await credentials.of_account(account):
        if credential.id == id_ and user in (None, credential.user):
            return credential
    raise Missing(Kind.CREDENTIAL, NO_CREDENTIAL.format(id_))


async def set_status(credentials: Credentials, credential: ServiceCredential, status: Status, now: Instant) -> None:
    """Switches a credential on or off.

    Raises:
        Invalid: credentials for SES do not expire.
    """
    if status == "Expired":
        raise Invalid("The status of a service specific credential can be set to Active or Inactive.")
    await credentials.put(structs.replace(credential, status=status), now)


async def reset_password(
    credentials: Credentials, ids: Ids, credential: ServiceCredential, now: Instant
) -> ServiceCredential:
    """The credential with a new password; the old one is worth nothing from now on."""
    renewed = structs.replace(credential, password=_password(ids))
    await credentials.put(renewed, now)
    return renewed


async def note_access_key(credentials: Credentials, key: AccessKey, now: Instant) -> None:
    """Keeps an access key that IAM has made, since its secret is told only once."""
    await credentials.keys.put(key.id, key, now)


async def note_status(credentials: Credentials, key: AccessKey, status: Status, now: Instant) -> None:
    """Follows IAM when it switches an access key on or off."""
    await credentials.keys.put(key.id, structs.replace(key, status=status), now)


async def note_new_name(credentials: Credentials, account: str, old: str, new: str, now: Instant) -> None:
    """Follows IAM when it renames a user: the names and passwords to log in with stay as they were handed out."""
    for credential in await credentials.of_account(account):
        if credential.user == old:
            await credentials.put(structs.replace(credential, user=new), now)
    for key in await credentials.keys_of(account, old):
        await credentials.keys.put(key.id, structs.replace(key, user=new), now)


async def note_deleted_user(credentials: Credentials, account: str, user: str) -> None:
    """Follows IAM when it deletes a user, or knows of none: nobody logs in with the keys of such a user."""
    for key in await credentials.keys_of(account, user):
        await credentials.keys.remove(key.id)


def _password(ids: Ids) -> str:
    return base64.b64encode(ids.octets(32)).decode("ascii")


def _free_name(user: str, account: str, present: Sequence[ServiceCredential]) -> str:
    """The first free name: a user `jane+1` may have taken the second of `jane`."""
    taken = {credential.service_user for credential in present}
    number = 0
    while (name := service_user_of(user, account, number)) in taken:
        number += 1
    return name

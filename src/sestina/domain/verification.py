"""Verification: how an identity moves between pending, verified and failed, and the token that proves ownership.

A domain is proven by one TXT record or by its DKIM records, an address by the link in a mail (sending.md 4.2, 4.3).
"""

from base64 import b64encode
from enum import Enum
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from sestina.domain.dkim import OWN_KEY, begun_dkim, with_dkim_status
from sestina.domain.fidelity import Verification
from sestina.domain.identities import (
    DOMAIN_RECORDS_EXPECTED,
    Confirmation,
    Dkim,
    Identity,
    RecordError,
    Status,
    as_of,
)
from sestina.domain.instants import Instant
from sestina.domain.tags import ResourceTag

TXT_LABEL: Final = "_amazonses"


class Record(Enum):
    """What a look-up found: the record asked for, another one, or none."""

    FOUND = "found"
    WRONG = "wrong"
    ABSENT = "absent"


def verification_token(account: str, region: str, domain: str) -> str:
    """The text of the TXT record that proves a domain: 44 characters, the same for as long as anybody asks."""
    digest = sha256("\0".join(("token", account, region, domain)).encode()).digest()
    return b64encode(digest).decode()


def is_at_once(verification: Verification, *, is_domain: bool) -> bool:
    """Whether a new identity is verified without anybody doing anything; a domain has no mailbox to confirm."""
    return verification == "auto" or (verification == "email" and is_domain)


def sends_link(verification: Verification) -> bool:
    """Whether addresses are verified by the link in a mail."""
    return verification in ("email", "dns")


def new_identity(
    name: str,
    now: Instant,
    *,
    at_once: bool,
    token: str | None = None,
    dkim: Dkim | None = None,
    tags: tuple[ResourceTag, ...] = (),
    configuration_set: str | None = None,
) -> Identity:
    """An identity at the beginning of its verification, or beyond it."""
    identity = Identity(
        name=name,
        created=now,
        status=Status.PENDING,
        started=now,
        token=token,
        dkim=dkim or Dkim(),
        tags=tags,
        configuration_set=configuration_set,
    )
    return verified(identity, now) if at_once else identity


def restarted(identity: Identity, now: Instant) -> Identity:
    """The identity asked for again: what is verified stays so, all else begins anew."""
    dkim = identity.dkim
    if dkim.status is Status.FAILED:
        dkim = begun_dkim(dkim, now)
    if identity.is_verified:
        return replace(identity, dkim=dkim)
    return replace(identity, status=Status.PENDING, started=now, error=None, dkim=dkim)


def verified(identity: Identity, now: Instant) -> Identity:
    """The identity proven, and with it the signing that was set up."""
    return with_status(identity, Status.SUCCESS, now)


def with_status(identity: Identity, status: Status, now: Instant) -> Identity:
    """The identity with another status from now on; signing that was set up goes along."""
    success = status is Status.SUCCESS
    return replace(
        identity,
        status=status,
        started=now,
        checked=now,
        succeeded=now if success else identity.succeeded,
        error=None if success else identity.error,
        dkim=with_dkim_status(identity.dkim, status, now),
    )


def shown(identity: Identity, now: Instant) -> Identity:
    """The identity as a read shows it: what has run out of time has failed, signing too."""
    identity, dkim = as_of(identity, now), identity.dkim
    if dkim.origin == OWN_KEY and not dkim.key and dkim.status is Status.SUCCESS:
        return replace(identity, dkim=replace(dkim, status=Status.PENDING))  # kept by a version that signed nothing
    waits = dkim.status in (Status.PENDING, Status.TEMPORARY_FAILURE)
    if waits and now - dkim.since > DOMAIN_RECORDS_EXPECTED:
        return replace(identity, dkim=replace(dkim, status=Status.FAILED))
    return identity


def after_check(identity: Identity, now: Instant, ownership: Record, signing: Record) -> Identity:
    """The domain after its TXT record and its DKIM records were looked up.

    What never worked goes on waiting, what worked and is gone fails for the time being.
    """
    dkim = identity.dkim
    status = _moved(dkim.status, signing)
    if status is not dkim.status:
        dkim = replace(dkim, status=status, since=now)
    is_proven = Record.FOUND in (ownership, signing)
    status = _moved(identity.status, Record.FOUND if is_proven else Record.ABSENT)
    error: RecordError = "INVALID_VALUE" if Record.WRONG in (ownership, signing) else "HOST_NOT_FOUND"
    return replace(
        identity,
        status=status,
        started=identity.started if status is identity.status else now,
        checked=now,
        succeeded=now if is_proven else identity.succeeded,
        error=None if is_proven else error,
        dkim=dkim,
    )


def _moved(status: Status, found: Record) -> Status:
    if status in (Status.NOT_STARTED, Status.FAILED):
        return status
    if found is Record.FOUND:
        return Status.SUCCESS
    return Status.TEMPORARY_FAILURE if status is Status.SUCCESS else status


def txt_name(domain: str) -> str:
    """Where the TXT record of a domain stands."""
    return f"{TXT_LABEL}.{domain}"


def is_link_valid(confirmation: Confirmation | None, secret: str, now: Instant, allowed: Instant) -> bool:
    """Whether a link is the last one that was mailed, and not too old."""
    return confirmation is not None and confirmation.secret == secret and now - confirmation.issued <= allowed

"""Verification: how an identity moves between pending, verified and failed, and the tokens that prove ownership.

A domain is proven by one TXT record or by its DKIM records, an address by the link in a mail (sending.md 4.2, 4.3).
"""

from base64 import b32encode, b64encode
from enum import Enum
from hashlib import sha256
from typing import Final

from msgspec.structs import replace

from sestina.domain.fidelity import Verification
from sestina.domain.identities import (
    DOMAIN_RECORDS_EXPECTED,
    Confirmation,
    Dkim,
    Identity,
    KeyLength,
    RecordError,
    Status,
    as_of,
)
from sestina.domain.instants import Instant
from sestina.domain.tags import ResourceTag

DKIM_TOKENS: Final = 3
EASY_DKIM: Final = "AWS_SES"
OWN_KEY: Final = "EXTERNAL"
HOSTED_ZONE: Final = "dkim.amazonses.com"
TXT_LABEL: Final = "_amazonses"


class Record(Enum):
    """What a look-up found: the record asked for, another one, or none."""

    FOUND = "found"
    WRONG = "wrong"
    ABSENT = "absent"


def verification_token(account: str, region: str, domain: str) -> str:
    """The text of the TXT record that proves a domain: 44 characters, the same for as long as anybody asks."""
    return b64encode(_digest("token", account, region, domain)).decode()


def dkim_tokens(account: str, region: str, domain: str, salt: str = "") -> tuple[str, ...]:
    """The three labels of Easy DKIM, 32 characters each; another salt gives those of another key."""
    return tuple(
        b32encode(_digest(f"dkim-{number}{salt}", account, region, domain)).decode().lower()[:32]
        for number in range(DKIM_TOKENS)
    )


def _digest(*parts: str) -> bytes:
    return sha256("\0".join(parts).encode()).digest()


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


def easy_dkim(account: str, region: str, domain: str, now: Instant, key_length: KeyLength = "RSA_2048_BIT") -> Dkim:
    """Signing with a key of the service, which waits for its CNAME records."""
    tokens = dkim_tokens(account, region, domain)
    return Dkim(enabled=True, status=Status.PENDING, since=now, tokens=tokens, key_length=key_length, generated=now)


def replicated_dkim(account: str, origin: str, domain: str, now: Instant) -> Dkim:
    """Signing with the key that the domain has in another region: `AWS_SES_EU_WEST_1` (AWS page on DEED)."""
    region = origin.removeprefix(f"{EASY_DKIM}_").lower().replace("_", "-")
    return replace(easy_dkim(account, region, domain, now), origin=origin)


def own_dkim(selector: str, private_key: str, now: Instant) -> Dkim:
    """Signing with the customer's key, which waits for its TXT record."""
    return Dkim(
        enabled=True,
        status=Status.PENDING,
        since=now,
        tokens=(selector,),
        origin=OWN_KEY,
        selector=selector,
        private_key=private_key,
    )


def begun_dkim(dkim: Dkim, now: Instant) -> Dkim:
    """Signing that waits for its records once more."""
    return replace(dkim, enabled=True, status=Status.PENDING, since=now)


def restarted(identity: Identity, now: Instant) -> Identity:
    """The identity asked for again: a verified one stays so, any other begins anew."""
    if identity.is_verified:
        return identity
    dkim = identity.dkim
    if dkim.status is Status.FAILED:
        dkim = begun_dkim(dkim, now)
    return replace(identity, status=Status.PENDING, started=now, error=None, dkim=dkim)


def verified(identity: Identity, now: Instant) -> Identity:
    """The identity proven, and with it the signing that was set up."""
    return with_status(identity, Status.SUCCESS, now)


def with_status(identity: Identity, status: Status, now: Instant) -> Identity:
    """The identity with another status from now on; signing that was set up goes along."""
    dkim = identity.dkim
    if dkim.status is not Status.NOT_STARTED:
        dkim = replace(dkim, status=status, since=now)
    success = status is Status.SUCCESS
    return replace(
        identity,
        status=status,
        started=now,
        checked=now,
        succeeded=now if success else identity.succeeded,
        error=None if success else identity.error,
        dkim=dkim,
    )


def shown(identity: Identity, now: Instant) -> Identity:
    """The identity as a read shows it: what has run out of time has failed, signing too."""
    identity, dkim = as_of(identity, now), identity.dkim
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


def cname_records(domain: str, dkim: Dkim) -> tuple[tuple[str, str], ...]:
    """Names and targets of the CNAME records of Easy DKIM."""
    return tuple((f"{token}._domainkey.{domain}", f"{token}.{HOSTED_ZONE}") for token in dkim.tokens)


def is_link_valid(confirmation: Confirmation | None, secret: str, now: Instant, allowed: Instant) -> bool:
    """Whether a link is the last one that was mailed, and not too old."""
    return confirmation is not None and confirmation.secret == secret and now - confirmation.issued <= allowed

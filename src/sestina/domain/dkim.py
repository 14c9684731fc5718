"""DKIM of identities: where the key comes from, what DNS has to say about it, and who signs a message (sending.md 4.3).

A key of the service stands behind three tokens of its own; a customer's key behind the selector the customer chose.
Every message is signed for amazonses.com, and before that for the domain of its author where an identity does so.
"""

from base64 import b32encode
from functools import lru_cache
from hashlib import sha256
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.identities import Dkim, KeyLength, ReplicationError, Status
from sestina.domain.instants import DAY, Instant
from sestina.domain.refusals import Invalid

TOKENS: Final = 3
EASY_DKIM: Final = "AWS_SES"
OWN_KEY: Final = "EXTERNAL"
OWN_PREFIX: Final = "own-"  # of the names that customers' keys are kept under
HOSTED_ZONE: Final = "dkim.amazonses.com"
SERVICE_DOMAIN: Final = "amazonses.com"
SERVICE_BITS: Final = 1024  # as the length of recorded signatures tells
BITS: Final[dict[KeyLength, int]] = {"RSA_1024_BIT": 1024, "RSA_2048_BIT": 2048}
DEFAULT_LENGTH: Final[KeyLength] = "RSA_2048_BIT"
LENGTH_STANDS_FOR: Final = DAY  # AWS page "Managing Easy DKIM and BYODKIM"


class Signatory(Struct, frozen=True, array_like=True, gc=False):
    """Who signs a message: signing domain (d=), selector (s=), and the length of the key.

    A key of the service is kept under its selector, which is unique; `own_key` is the name of one a customer brought.
    """

    domain: str
    selector: str
    bits: int
    own_key: str = ""

    @property
    def key(self) -> str:
        """The name its key is kept under."""
        return self.own_key or self.selector

    @property
    def record_name(self) -> str:
        """Where receivers look for the public key (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


class PublicKey(Struct, frozen=True):
    """The public half of a key: its length, and in base64 as DNS shows it."""

    bits: int
    text: str


@lru_cache(maxsize=64)
def service_signatory(region: str) -> Signatory:
    """amazonses.com, whose key differs by region."""
    return Signatory(SERVICE_DOMAIN, _label("service", region), SERVICE_BITS)


def signatory_of(domain: str, dkim: Dkim) -> Signatory:
    """A domain that signs, by the key that it has now."""
    if dkim.origin == OWN_KEY:
        return Signatory(domain, dkim.selector or "", dkim.key_bits, dkim.key)
    return Signatory(domain, dkim.tokens[0], BITS[dkim.key_length])


def why_unsigned(dkim: Dkim) -> str:
    """Why messages of an identity do not bear its signature; empty if they do (AWS page "Authenticating with DKIM")."""
    if not dkim.enabled:
        return "signing is turned off"
    if dkim.status is not Status.SUCCESS:
        return f"DKIM is {dkim.status.value}"
    if dkim.origin == OWN_KEY and not dkim.key:
        return "its private key cannot be used"
    return ""


def dkim_tokens(account: str, region: str, domain: str, salt: str = "") -> tuple[str, ...]:
    """The three labels of Easy DKIM, 32 characters each; another salt gives those of another key."""
    return tuple(_label(f"dkim-{number}{salt}", account, region, domain) for number in range(TOKENS))


def own_key_name(private_key: str) -> str:
    """The name a customer's private key is kept under."""
    return f"{OWN_PREFIX}{sha256(private_key.encode()).hexdigest()}"


def easy_dkim(
    account: str, region: str, domain: str, now: Instant, key_length: KeyLength = DEFAULT_LENGTH, salt: str = ""
) -> Dkim:
    """Signing with a key of the service, which waits for its CNAME records; each length has tokens of its own."""
    length = "" if key_length == DEFAULT_LENGTH else f"/{key_length}"
    tokens = dkim_tokens(account, region, domain, f"{length}{salt}")
    return Dkim(enabled=True, status=Status.PENDING, since=now, tokens=tokens, key_length=key_length, generated=now)


def replica_dkim(origin: str, now: Instant) -> Dkim:
    """Signing with whatever key the domain has in another region: `AWS_SES_EU_WEST_1` (AWS page on DEED)."""
    return Dkim(enabled=True, status=Status.PENDING, since=now, origin=origin)


def is_replica(dkim: Dkim) -> bool:
    """Whether it has its key from another region."""
    return dkim.origin not in (EASY_DKIM, OWN_KEY)


def parent_region(dkim: Dkim) -> str:
    """The region a replica has its key from."""
    return dkim.origin.removeprefix(f"{EASY_DKIM}_").lower().replace("_", "-")


def replication_error(replica: Dkim, region: str, parent: Dkim | None) -> ReplicationError | None:
    """Why a domain in a region cannot have its key from its parent (model of VerificationInfo)."""
    if parent_region(replica) == region:
        return "REPLICATION_PRIMARY_INVALID_REGION"
    if parent is None or parent.status is Status.NOT_STARTED:
        return "REPLICATION_PRIMARY_NOT_FOUND"
    if parent.origin == OWN_KEY:
        return "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"
    return "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED" if is_replica(parent) else None


def replicated(replica: Dkim, region: str, parent: Dkim | None) -> Dkim:
    """A replica with the key of its parent. Its status is the parent's too: the records in DNS are the same."""
    if parent is None or replication_error(replica, region, parent) is not None:
        status = Status.PENDING if replica.status is Status.SUCCESS else replica.status
        return replace(replica, status=status, tokens=(), generated=None)
    return replace(parent, origin=replica.origin, enabled=replica.enabled)


def own_dkim(selector: str, key: str, public: PublicKey | None, now: Instant) -> Dkim:
    """Signing with the customer's key, kept under that name, which waits for its TXT record.

    A key without a public half is of no use; the service takes it without a word and then never finds its record
    (terraform-provider-aws 29729).
    """
    return Dkim(
        enabled=True,
        status=Status.PENDING,
        since=now,
        tokens=(selector,),
        origin=OWN_KEY,
        selector=selector,
        key=key if public is not None else "",
        key_bits=public.bits if public is not None else 0,
        public_key=public.text if public is not None else None,
    )


def with_key_length(dkim: Dkim, fresh: Dkim, now: Instant) -> Dkim:
    """Easy DKIM with a fresh key of another length.

    Raises:
        Invalid: it has that length already, or was given another within a day; the first step down is free.
    """
    if dkim.key_length == fresh.key_length:
        raise Invalid(f"The key length is already {dkim.key_length}.")
    is_first_step_down = dkim.length_changed is None and fresh.key_length == "RSA_1024_BIT"
    if not is_first_step_down and now - (dkim.length_changed or dkim.generated or 0) < LENGTH_STANDS_FOR:
        raise Invalid("The key length can be changed only once in 24 hours.")
    return replace(fresh, length_changed=now)


def begun_dkim(dkim: Dkim, now: Instant) -> Dkim:
    """Signing that waits for its records once more; whether it is turned on is left as it was."""
    return replace(dkim, status=Status.PENDING, since=now)


def has_same_key(one: Dkim, other: Dkim) -> bool:
    """Whether what was found out about one holds for the other."""
    return (one.origin, one.tokens, one.key) == (other.origin, other.tokens, other.key)


def with_dkim_status(dkim: Dkim, status: Status, now: Instant) -> Dkim:
    """Signing that was set up, with another status; what has no key to sign with never succeeds."""
    is_usable = not is_replica(dkim) and (dkim.origin != OWN_KEY or dkim.key != "")
    if dkim.status is Status.NOT_STARTED or (status is Status.SUCCESS and not is_usable):
        return dkim
    return replace(dkim, status=status, since=now)


def cname_records(domain: str, dkim: Dkim) -> tuple[tuple[str, str], ...]:
    """Names and targets of the CNAME records of Easy DKIM."""
    return tuple((f"{token}._domainkey.{domain}", f"{token}.{HOSTED_ZONE}") for token in dkim.tokens)


def shows_key(record: str, public_key: str) -> bool:
    """Whether a TXT record shows a public key; blanks may stand anywhere in it (RFC 6376 §3.2, §3.6.1)."""
    return public_record(public_key) in "".join(record.split()).split(";")


def public_record(public_key: str) -> str:
    """The TXT record that shows a public key (RFC 6376 §3.6.1)."""
    return f"p={public_key}"


def _label(*parts: str) -> str:
    """32 letters and digits that are always the same for the same parts."""
    return b32encode(sha256("\0".join(parts).encode()).digest()).decode().lower()[:32]

"""AWS Signature Version 4: whose request this is, and whether it is theirs.

Written from "Create a signed AWS API request" (AWS IAM User Guide). SigV4a is read for its scope but not verified.
"""

import base64
import hashlib
import hmac
from calendar import timegm
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, unquote, unquote_plus

from msgspec import Struct

from sestina.protocols.aws.errors import Unsigned

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = 15 * 60_000  # milliseconds a signature may be off the clock
LONGEST_PRESIGNED = 7 * 24 * 3600  # seconds

_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_SMTP_DATE = "11111111"  # "Obtaining Amazon SES SMTP credentials" fixes the date, so that a password never expires
_SMTP_VERSION = b"\x04"


class Scope(Struct, frozen=True, kw_only=True):
    """What a credential scope says: who signs, and for which day, region and service."""

    access_key: str
    date: str
    region: str | None
    """None for SigV4a, which signs for a set of regions."""
    service: str


class SignedRequest(Struct, frozen=True, kw_only=True):
    """The parts of an HTTP request a signature covers."""

    method: str
    path: str
    """As sent, still percent-encoded."""
    query: str
    headers: Mapping[str, str]
    """Names in lower case; values of a repeated field joined by commas."""
    body: bytes


class _Signature(Struct, frozen=True, kw_only=True):
    scope: Scope
    signed_headers: str
    signature: str
    stamp: str
    expires: int | None


def parse_scope(authorization: str | None, query: str = "") -> Scope | None:
    """The scope a request claims, from its Authorization field or its presigned query; None where it claims none."""
    if authorization:
        start = authorization.find("Credential=")
        if start < 0:
            return None
        end = authorization.find(",", start)
        return _scope(authorization[start + 11 : end if end > 0 else None])
    if "X-Amz-Credential=" in query:
        return _scope(_query_fields(query).get("X-Amz-Credential", ""))
    return None


def _scope(credential: str) -> Scope | None:
    parts = credential.strip().split("/")
    if parts[-1] != "aws4_request":
        return None
    match parts:
        case [access_key, date, region, service, _]:
            return Scope(access_key=access_key, date=date, region=region, service=service)
        case [access_key, date, service, _]:
            return Scope(access_key=access_key, date=date, region=None, service=service)
        case _:
            return None


def verify(request: SignedRequest, secret: str, now: int) -> Scope:
    """The scope of a request rightly signed with the secret at about `now`; raises `Unsigned` for any other."""
    signature = _header_signature(request) if "authorization" in request.headers else _query_signature(request)
    _check_time(signature, now)
    to_sign = _string_to_sign(signature, _canonical_request(request, signature))
    scope = signature.scope
    key = signing_key(secret, scope.date, scope.region or "", scope.service)
    expected = hmac.digest(key, to_sign.encode(), "sha256").hex()
    if not hmac.compare_digest(expected.encode(), signature.signature.encode("utf-8", "replace")):
        raise Unsigned("SignatureDoesNotMatch", _MISMATCH)
    return scope


def sign(request: SignedRequest, secret: str, scope: Scope, stamp: str) -> str:
    """The Authorization field for a request of ours; every one of its headers is signed."""
    names = ";".join(sorted(request.headers))
    signature = _Signature(scope=scope, signed_headers=names, signature="", stamp=stamp, expires=None)
    to_sign = _string_to_sign(signature, _canonical_request(request, signature))
    key = signing_key(secret, scope.date, scope.region or "", scope.service)
    credential = f"{scope.access_key}/{scope.date}/{scope.region}/{scope.service}/aws4_request"
    signed = hmac.digest(key, to_sign.encode(), "sha256").hex()
    return f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signed}"


@lru_cache(maxsize=256)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key a day, a region and a service derive from a secret."""
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def smtp_password(secret: str, region: str) -> str:
    """The SMTP password of an IAM secret in a region ("Obtaining Amazon SES SMTP credentials", algorithm version 4)."""
    key = signing_key(secret, _SMTP_DATE, region, "ses")
    return base64.b64encode(_SMTP_VERSION + hmac.digest(key, b"SendRawEmail", "sha256")).decode("ascii")


def _header_signature(request: SignedRequest) -> _Signature:
    authorization = request.headers["authorization"]
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise Unsigned("IncompleteSignature", f"Unsupported AWS 'algorithm': '{algorithm}'.")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if not fields.get(name)]
    complaints = [f"Authorization header requires '{name}' parameter." for name in missing]
    stamp = request.headers.get("x-amz-date", "")
    if not stamp:
        complaints.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if complaints:
        raise Unsigned("IncompleteSignature", f"{' '.join(complaints)} Authorization={authorization}")
    return _Signature(
        scope=_known_scope(fields["Credential"]),
        signed_headers=fields["SignedHeaders"],
        signature=fields["Signature"],
        stamp=stamp,
        expires=None,
    )


def _query_signature(request: SignedRequest) -> _Signature:
    fields = _query_fields(request.query)
    algorithm = fields.get("X-Amz-Algorithm")
    if algorithm is None:
        raise Unsigned("MissingAuthenticationToken", "Request is missing Authentication Token")
    if algorithm != ALGORITHM:
        raise Unsigned("IncompleteSignature", f"Unsupported AWS 'algorithm': '{algorithm}'.")
    wanted = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    missing = [name for name in wanted if not fields.get(name)]
    if missing:
        complaints = " ".join(f"AWS query-string parameters must include '{name}'." for name in missing)
        raise Unsigned("IncompleteSignature", f"{complaints} Re-examine the query-string parameters.")
    expires = fields.get("X-Amz-Expires", "0")
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 6 and int(expires) <= LONGEST_PRESIGNED):
        raise Unsigned("IncompleteSignature", "X-Amz-Expires must be a number of seconds not above 604800.")
    return _Signature(
        scope=_known_scope(fields["X-Amz-Credential"]),
        signed_headers=fields["X-Amz-SignedHeaders"],
        signature=fields["X-Amz-Signature"],
        stamp=fields["X-Amz-Date"],
        expires=int(expires),
    )


def _known_scope(credential: str) -> Scope:
    scope = _scope(credential)
    if scope is None or scope.region is None:
        raise Unsigned(
            "IncompleteSignature", f"Credential must have exactly 5 slash-delimited elements: '{credential}'"
        )
    return scope


def _query_fields(query: str) -> dict[str, str]:
    pairs = (field.partition("=")[::2] for field in query.split("&") if field)
    return {unquote_plus(name): unquote_plus(value) for name, value in pairs}


def _check_time(signature: _Signature, now: int) -> None:
    signed = _instant(signature.stamp)
    if signature.scope.date != signature.stamp[:8]:
        raise Unsigned(
            "SignatureDoesNotMatch", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date."
        )
    if signature.expires is not None and now > signed + signature.expires * 1000:
        raise Unsigned("RequestExpired", "Request has expired.")
    if signature.expires is None and now > signed + SKEW:
        raise Unsigned("SignatureDoesNotMatch", f"Signature expired: {signature.stamp} is more than 15 minutes ago.")
    if now < signed - SKEW:
        raise Unsigned(
            "SignatureDoesNotMatch", f"Signature not yet current: {signature.stamp} is more than 15 minutes ahead."
        )


def _instant(stamp: str) -> int:
    """The instant of an ISO 8601 basic stamp, `YYYYMMDDTHHMMSSZ`."""
    day, _, time = stamp.partition("T")
    digits = day + time[:-1]
    if len(day) != 8 or len(time) != 7 or time[-1] != "Z" or not (digits.isascii() and digits.isdigit()):
        raise Unsigned("IncompleteSignature", f"Date must be in ISO-8601 'basic format'. Got '{stamp}'.")
    numbers = (int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:6]))
    try:
        return timegm(numbers) * 1000
    except ValueError as error:
        raise Unsigned("IncompleteSignature", f"Date must be in ISO-8601 'basic format'. Got '{stamp}'.") from error


def _canonical_request(request: SignedRequest, signature: _Signature) -> str:
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signature.signed_headers.split(";")
    )
    is_s3 = signature.scope.service == "s3"  # the one service that does not encode the path once more
    return "\n".join(
        (
            request.method,
            request.path if is_s3 else quote(request.path, safe="/~"),
            _canonical_query(request.query),
            headers,
            signature.signed_headers,
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _canonical_query(query: str) -> str:
    pairs = (field.partition("=")[::2] for field in query.split("&") if field)
    encoded = ((quote(unquote(name), safe="~"), quote(unquote(value), safe="~")) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in sorted(encoded) if name != "X-Amz-Signature")


def _string_to_sign(signature: _Signature, canonical_request: str) -> str:
    scope = signature.scope
    digest = hashlib.sha256(canonical_request.encode()).hexdigest()
    return f"{ALGORITHM}\n{signature.stamp}\n{scope.date}/{scope.region}/{scope.service}/aws4_request\n{digest}"

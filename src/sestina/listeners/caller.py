"""The caller: account, region and principal, read from the credential scope of a request (sending.md 1.1)."""

from functools import lru_cache
from typing import Final

from msgspec import Struct

from sestina.listeners.http_messages import Request
from sestina.protocols.aws.sigv4 import parse_scope

DEFAULT_ACCOUNT: Final = "000000000000"
LONGEST_REGION: Final = 32


class Caller(Struct, frozen=True):
    """Who calls, from where, and which service is meant (empty when the request is not signed)."""

    account: str
    region: str
    principal: str
    service: str
    access_key: str


def caller_of(request: Request, default_region: str) -> Caller:
    """The caller of a request; unsigned ones belong to the default account and region."""
    authorization = request.headers.get("authorization")
    scope = parse_scope(authorization, request.query)
    if scope is None:
        return Caller(DEFAULT_ACCOUNT, default_region, "root", "", "")
    return _caller(scope.access_key, scope.region or default_region, scope.service)


@lru_cache(maxsize=1024)
def _caller(access_key: str, region: str, service: str) -> Caller:
    is_account = len(access_key) == 12 and access_key.isascii() and access_key.isdigit()
    account = access_key if is_account else DEFAULT_ACCOUNT
    known = region if len(region) <= LONGEST_REGION and region.replace("-", "").isalnum() else "us-east-1"
    return Caller(account, known, "root", service, access_key)

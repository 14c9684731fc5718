"""Targets: which endpoint answers for a service, and what a request needs to be taken there for whom it is.

The embedded neighbours believe whatever account a header names. Any other endpoint sees a signature: with the
credentials of the environment if there are some, else with the account as access key, as most emulators read it.
"""

import hashlib
import re
import time
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from sestina.adapters.neighbours.client import Endpoint, endpoint_of
from sestina.adapters.neighbours.embedded import Embedded
from sestina.ports.neighbours import Place
from sestina.protocols.aws.sigv4 import Scope, SignedRequest, sign

ACCOUNT: Final = b"x-moto-account-id"
NO_SECRET: Final = "sestina"

_NOT_IN_KEY: Final = re.compile(r"[^A-Za-z0-9_.=+@-]")  # a key told in a query can hold any text, line ends too

SIGNING_NAMES: Final = {"cloudwatch": "monitoring", "eventbridge": "events"}
"""By the name that endpoint variables have for a service (`AWS_ENDPOINT_URL_CLOUDWATCH`), where it is another."""


class Credentials(Struct, frozen=True):
    """Of an AWS account."""

    access_key: str
    secret: str
    token: str | None = None


class Target(Struct, frozen=True):
    """An endpoint, and whether it is the embedded one."""

    endpoint: Endpoint
    is_embedded: bool


class Targets:
    """Configured endpoints by signing name, and the embedded neighbours for the rest."""

    def __init__(
        self, embedded: Embedded, configured: Mapping[str, Endpoint], credentials: Credentials | None = None
    ) -> None:
        self._embedded = embedded
        self._configured = configured
        self._credentials = credentials

    def is_configured(self, service: str) -> bool:
        """Whether the service is elsewhere."""
        return service in self._configured

    def is_awake(self, service: str) -> bool:
        """Whether there can be anything: elsewhere always, in the embedded neighbours once they were needed."""
        return service in self._configured or self._embedded.is_awake

    async def of(self, service: str) -> Target:
        """Where to ask. Raises `NeighbourError` if that is the embedded neighbours, and they do not start."""
        if service in self._configured:
            return Target(self._configured[service], False)
        return Target(await self._embedded.endpoint(), True)

    def authorised(
        self, target: Target, service: str, place: Place, request: SignedRequest
    ) -> list[tuple[bytes, bytes]]:
        """The header fields of a request of ours, with those that say who asks."""
        headers = {**request.headers}
        if target.is_embedded:
            return [*_encoded(headers), *believed(service, place, place.account)]
        credentials = self._credentials or Credentials(place.account, NO_SECRET)
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers |= {"host": target.endpoint.authority, "x-amz-date": stamp}
        if service == "s3":
            headers["x-amz-content-sha256"] = hashlib.sha256(request.body).hexdigest()
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        scope = Scope(access_key=credentials.access_key, date=stamp[:8], region=place.region, service=service)
        signed = SignedRequest(
            method=request.method, path=request.path, query=request.query, headers=headers, body=request.body
        )
        return _encoded({**headers, "authorization": sign(signed, credentials.secret, scope, stamp)})


def believed(service: str, place: Place, access_key: str) -> list[tuple[bytes, bytes]]:
    """Whom the embedded neighbours take a request to come from, and for which service and region."""
    credential = f"{_NOT_IN_KEY.sub('', access_key)}/20260101/{place.region}/{service}/aws4_request"
    claim = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
    return [(b"Authorization", claim.encode("ascii", "replace")), (ACCOUNT, place.account.encode())]


def read_endpoints(chosen: tuple[str, ...]) -> dict[str, Endpoint]:
    """Endpoints by signing name from texts like `sns=http://127.0.0.1:4575`. Raises ValueError for others."""
    endpoints = {}
    for text in chosen:
        name, _, url = text.partition("=")
        service = name.strip().lower().replace("_", "")
        endpoints[SIGNING_NAMES.get(service, service)] = endpoint_of(url.strip())
    return endpoints


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]

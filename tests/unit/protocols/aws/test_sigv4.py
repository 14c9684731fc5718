"""Signatures, judged by botocore's own signers."""

import datetime
from typing import Any
from urllib.parse import urlsplit

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest
from msgspec.structs import replace

from sestina.protocols.aws import sigv4
from sestina.protocols.aws.errors import Unsigned
from sestina.protocols.aws.sigv4 import Scope, SignedRequest

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
CREDENTIALS = botocore.credentials.Credentials("AKIDEXAMPLE", SECRET)
SCOPE = Scope(access_key="AKIDEXAMPLE", date="20250101", region="eu-west-1", service="ses")
NOW = 1735732800000  # 2025-01-01T12:00:00Z


@pytest.fixture(autouse=True)
def _signed_at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge reads its own clock; there is no argument for it."""
    noon = datetime.datetime(2025, 1, 1, 12, tzinfo=datetime.UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda **_: noon)


def signed(
    method: str = "POST", url: str = "http://localhost:4566/", body: bytes = b"", expires: int = 0
) -> SignedRequest:
    request = botocore.awsrequest.AWSRequest(
        method=method, url=url, data=body, headers={"Content-Type": "application/json", "X-Twice": " a   b "}
    )
    signer: Any = (
        botocore.auth.SigV4QueryAuth(CREDENTIALS, "ses", "eu-west-1", expires=expires)
        if expires
        else botocore.auth.SigV4Auth(CREDENTIALS, "ses", "eu-west-1")
    )
    signer.add_auth(request)
    parts = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": parts.netloc}
    return SignedRequest(method=method, path=parts.path, query=parts.query, headers=headers, body=body)


def refused(request: SignedRequest, now: int = NOW, secret: str = SECRET) -> str:
    with pytest.raises(Unsigned) as caught:
        sigv4.verify(request, secret, now)
    assert caught.value.message
    return caught.value.code


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("POST", "http://localhost:4566/", b"Action=ListIdentities&Version=2010-12-01"),
        ("POST", "http://localhost:4566/v2/email/outbound-emails", b'{"Content":{}}'),
        ("GET", "https://email.eu-west-1.amazonaws.com/v2/email/identities/user%40example.com", b""),
        ("GET", "https://email.eu-west-1.amazonaws.com/v2/email/identities/user@example.com", b""),
        ("DELETE", "http://localhost/v2/email/tags?TagKeys=B&TagKeys=A&ResourceArn=arn%3Aaws%3Ases&Empty=", b""),
        ("GET", "http://localhost/v2/email/suppression/addresses?StartDate=2025-01-01T00%3A00%3A00Z&a=%20%2B~", b""),
    ],
)
def test_what_botocore_signs_is_theirs(method: str, url: str, body: bytes) -> None:
    assert SCOPE == sigv4.verify(signed(method, url, body), SECRET, NOW)


def test_what_botocore_presigns_is_theirs_until_it_expires() -> None:
    request = signed("GET", "http://localhost:4566/?Action=ListIdentities&Version=2010-12-01", expires=60)
    assert SCOPE == sigv4.verify(request, SECRET, NOW + 60_000)
    assert "RequestExpired" == refused(request, NOW + 60_001)
    assert "SignatureDoesNotMatch" == refused(request, NOW - 15 * 60_000 - 1)


def test_what_we_sign_ourselves_is_what_botocore_signs() -> None:
    request = signed("POST", "http://localhost:4566/v2/email/tags?a=b", b"{}")
    theirs = request.headers["authorization"]
    names = theirs.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    unsigned = replace(request, headers={name: request.headers[name] for name in names})
    assert theirs == sigv4.sign(unsigned, SECRET, SCOPE, "20250101T120000Z")


def test_anything_changed_is_not_theirs() -> None:
    request = signed("POST", "http://localhost:4566/v2/email/tags?a=b", b"{}")
    for changed in (
        replace(request, method="PUT"),
        replace(request, path="/v2/email/tag"),
        replace(request, query="a=c"),
        replace(request, body=b"{ }"),
        replace(request, headers={**request.headers, "host": "elsewhere"}),
        replace(request, headers={**request.headers, "authorization": request.headers["authorization"][:-1] + "é"}),
    ):
        assert "SignatureDoesNotMatch" == refused(changed)
    assert "SignatureDoesNotMatch" == refused(request, secret="another")


def test_a_signature_counts_for_a_quarter_of_an_hour() -> None:
    request = signed()
    quarter = 15 * 60_000
    assert SCOPE == sigv4.verify(request, SECRET, NOW + quarter)
    assert SCOPE == sigv4.verify(request, SECRET, NOW - quarter)
    assert "SignatureDoesNotMatch" == refused(request, NOW + quarter + 1)
    assert "SignatureDoesNotMatch" == refused(request, NOW - quarter - 1)


def test_the_scope_must_be_of_the_day_of_the_stamp() -> None:
    request = signed()
    headers = {**request.headers, "x-amz-date": "20250102T000000Z"}
    assert "SignatureDoesNotMatch" == refused(replace(request, headers=headers))


@pytest.mark.parametrize(
    "authorization",
    [
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential=AKID/20250101/eu-west-1/ses/aws4_request, Signature=x",
        "AWS4-HMAC-SHA256 Credential=AKID/ses/aws4_request, SignedHeaders=host, Signature=x",
        "AWS4-HMAC-SHA256 Credential=AKID/20250101/ses/aws4_request, SignedHeaders=host, Signature=x",
        "AWS4-ECDSA-P256-SHA256 Credential=AKID/20250101/ses/aws4_request, SignedHeaders=host, Signature=x",
        "Basic dXNlcjpwYXNz",
        "",
    ],
)
def test_an_incomplete_authorization_is_told(authorization: str) -> None:
    request = signed()
    headers = {**request.headers, "authorization": authorization}
    assert "IncompleteSignature" == refused(replace(request, headers=headers))


@pytest.mark.parametrize("stamp", ["", "20250101", "20250101T120000", "2025-01-01T12:00:00Z", "20251301T120000Z"])
def test_a_stamp_must_be_iso_8601_basic(stamp: str) -> None:
    request = signed()
    authorization = request.headers["authorization"].replace("20250101", "20251301" if "13" in stamp else "20250101")
    headers = {**request.headers, "x-amz-date": stamp, "authorization": authorization}
    assert "IncompleteSignature" == refused(replace(request, headers=headers))


@pytest.mark.parametrize(
    "query",
    [
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=host&X-Amz-Date=c",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=b&X-Amz-SignedHeaders=host&X-Amz-Date=c"
        "&X-Amz-Expires=604801",
    ],
)
def test_an_incomplete_query_is_told(query: str) -> None:
    request = SignedRequest(method="GET", path="/", query=query, headers={}, body=b"")
    assert "IncompleteSignature" == refused(request)


def test_no_signature_at_all_is_told() -> None:
    request = SignedRequest(method="GET", path="/", query="Action=x", headers={}, body=b"")
    assert "MissingAuthenticationToken" == refused(request)


def test_the_scope_is_read_without_verification() -> None:
    assert SCOPE == sigv4.parse_scope(signed().headers["authorization"])
    assert SCOPE == sigv4.parse_scope(None, signed("GET", expires=60).query)
    assert SCOPE == sigv4.parse_scope("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20250101/eu-west-1/ses/aws4_request")


def test_a_signature_for_many_regions_has_none_of_its_own() -> None:
    authorization = "AWS4-ECDSA-P256-SHA256 Credential=AKID/20250101/ses/aws4_request, SignedHeaders=host, Signature=x"
    assert Scope(access_key="AKID", date="20250101", region=None, service="ses") == sigv4.parse_scope(authorization)


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic x", "AWS3-HTTPS AWSAccessKeyId=x", "Credential=", "Credential=a/aws4_request,"]
)
def test_what_claims_no_scope_has_none(authorization: str | None) -> None:
    assert sigv4.parse_scope(authorization) is None
    assert sigv4.parse_scope(authorization, "Action=x") is None


@pytest.mark.parametrize(
    ("expected", "region", "secret"),
    [
        ("BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2", "eu-central-1", "some+secret+key"),
        ("BBbphbrQmrKMx42d1N6+C7VINYEBGI5v9VsZeTxwskfh", "eu-central-1", "another+secret+key"),
        ("BH+jbMzper5WwlwUar9E1ySBqHa9whi0GPo+sJ0mVYJj", "us-west-1", "some+secret+key"),
        ("BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF", "us-west-1", "another+secret+key"),
    ],
)
def test_the_smtp_password_is_the_one_published_tools_derive(expected: str, region: str, secret: str) -> None:
    assert expected == sigv4.smtp_password(secret, region)

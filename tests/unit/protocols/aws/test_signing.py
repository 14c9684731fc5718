"""Requests of ours, signed; botocore and our own verification are the judges."""

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sestina.protocols.aws.sigv4 import Scope, SignedRequest, sign, verify


@pytest.mark.parametrize(
    ("service", "judge", "target"),
    [
        ("sns", SigV4Auth, "/"),
        ("lambda", SigV4Auth, "/2015-03-31/functions/arn%3Aaws%3Alambda/invocations?b=2&a=1%20x&c"),
        ("s3", S3SigV4Auth, "/bucket/a%20b/%C3%BC%2F~?list-type=2&prefix=a%2Fb"),
    ],
)
def test_a_signature_is_the_one_botocore_makes(service: str, judge: type[SigV4Auth], target: str) -> None:
    request = AWSRequest("PUT", f"https://h.test{target}", data=b"body", headers={"X-Amz-Meta-A": "b  c"})
    judge(Credentials("AKID", "secret", "token"), service, "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items() if name != "Authorization"}
    path, _, query = target.partition("?")
    ours = SignedRequest(method="PUT", path=path, query=query, headers={**headers, "host": "h.test"}, body=b"body")
    stamp = headers["x-amz-date"]
    scope = Scope(access_key="AKID", date=stamp[:8], region="eu-west-1", service=service)
    assert request.headers["Authorization"] == sign(ours, "secret", scope, stamp)


def test_what_is_signed_here_is_verified_here() -> None:
    headers = {"host": "h.test", "x-amz-date": "20260301T120000Z"}
    scope = Scope(access_key="AKID", date="20260301", region="us-east-1", service="sns")
    plain = SignedRequest(method="POST", path="/a b", query="x=1", headers=headers, body=b"hi")
    signed = {**headers, "authorization": sign(plain, "secret", scope, "20260301T120000Z")}
    request = SignedRequest(method="POST", path="/a b", query="x=1", headers=signed, body=b"hi")
    assert scope == verify(request, "secret", 1_772_366_400_000)

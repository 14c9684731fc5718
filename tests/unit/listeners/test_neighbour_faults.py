"""Errors of ours, in each protocol."""

import json

import pytest
from botocore.parsers import create_parser
from botocore.session import get_session

from sestina.listeners.http_messages import Request
from sestina.listeners.neighbour_faults import fault

SHAPE = get_session().get_service_model("cloudwatch").operation_model("ListMetrics").output_shape


def request(path: str = "/", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", path, path, "", named, [], b"", "127.0.0.1")


@pytest.mark.parametrize(
    ("asked", "service", "protocol"),
    [
        (request(smithy_protocol="rpc-v2-cbor"), "monitoring", "smithy-rpc-v2-cbor"),
        (request(x_amz_target="AmazonSQS.Do", content_type="application/x-amz-json-1.0"), "sqs", "json"),
        (request(x_amz_target="AmazonSQS.Do"), "sqs", "json"),
        (request("/2015-03-31/functions"), "lambda", "rest-json"),
        (request("/bucket/key"), "s3", "rest-xml"),
        (request(), "sns", "query"),
    ],
)
def test_an_sdk_reads_the_code_and_the_sentence(asked: Request, service: str, protocol: str) -> None:
    answer = fault(asked, service, 503, "ServiceUnavailable", "not <now> & not here")
    headers = {"content-type": answer.content_type, **{name.lower(): value for name, value in answer.headers}}
    parsed = create_parser(protocol).parse({"status_code": 503, "headers": headers, "body": answer.body}, SHAPE)
    assert ("ServiceUnavailable", "not <now> & not here") == (parsed["Error"]["Code"], parsed["Error"]["Message"])
    assert 503 == answer.status
    assert headers.get("x-amzn-requestid") or headers["x-amz-request-id"]


def test_a_json_error_has_the_content_type_of_its_request() -> None:
    asked = request(x_amz_target="AmazonSQS.Do", content_type="application/x-amz-json-1.0")
    answer = fault(asked, "sqs", 400, "Code", "m")
    assert ("application/x-amz-json-1.0", {"__type": "Code", "message": "m"}) == (
        answer.content_type,
        json.loads(answer.body),
    )

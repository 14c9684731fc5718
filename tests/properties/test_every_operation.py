"""No request, however wild, is answered with a 5xx, a hang, HTML or a body that its SDK could not read."""

import http.client
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest
from harness import Server, new_account
from wild import Wild

from sestina.api import ses, sesv2

SCOPE = "AWS4-HMAC-SHA256 Credential={}/20261121/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0"
V1_CODES = {shape.code for shape in ses.ERRORS.values()} | {
    "AccessDenied",
    "InvalidAction",
    "InvalidParameterValue",
    "MalformedInput",
    "MissingAction",
    "Throttling",
    "ValidationError",
}
V2_CODES = {
    *sesv2.ERRORS,
    "AccessDeniedException",
    "SerializationException",
    "UnknownOperationException",
    "ValidationException",
}


@pytest.fixture(scope="module")
def wild_server() -> Iterator[Server]:
    with Server(log_level="error") as server:
        yield server


@pytest.fixture
def connection(wild_server: Server) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(wild_server.url.removeprefix("http://"), timeout=20)
    yield connection
    connection.close()


def ask(
    connection: http.client.HTTPConnection, account: str, method: str, target: str, body: bytes, kind: str
) -> tuple[http.client.HTTPResponse, bytes]:
    headers = {"Authorization": SCOPE.format(account), "Content-Type": kind}
    connection.request(method, target, body, headers)
    answer = connection.getresponse()
    return answer, answer.read()


def check_v2(answer: http.client.HTTPResponse, body: bytes, asked: str) -> None:
    assert answer.status < 500, (asked, answer.status, body)
    assert answer.getheader("x-amzn-RequestId"), asked
    assert "application/json" == answer.getheader("Content-Type"), asked
    if answer.status >= 400:
        assert answer.getheader("x-amzn-ErrorType") in V2_CODES, (asked, answer.getheader("x-amzn-ErrorType"))
    if asked[:4] != "HEAD":
        assert isinstance(json.loads(body or b"{}"), dict), asked


def check_v1(answer: http.client.HTTPResponse, body: bytes, asked: str) -> None:
    assert answer.status < 500, (asked, answer.status, body)
    assert answer.getheader("x-amzn-RequestId"), asked
    root = ElementTree.fromstring(body)
    name = root.tag.rpartition("}")[2]
    if answer.status == 200:
        assert name.endswith("Response"), asked
    else:
        assert "ErrorResponse" == name, asked
        assert root.findtext(".//{*}Code") in V1_CODES, (asked, body)


@pytest.mark.parametrize("operation", sesv2.OPERATIONS, ids=lambda operation: operation.name)
def test_wild_v2_requests_get_an_aws_answer(connection: http.client.HTTPConnection, operation: sesv2.Operation) -> None:
    wild, account = Wild(len(operation.name)), new_account()
    for _ in range(25):
        method, target, body = wild.rest(operation, wild.tree(operation.request))
        answer, text = ask(connection, account, method, target, body, "application/json")
        check_v2(answer, text, f"{method} {target} {body[:600]!r}")


@pytest.mark.parametrize("operation", ses.OPERATIONS, ids=lambda operation: operation.name)
def test_wild_v1_requests_get_an_aws_answer(connection: http.client.HTTPConnection, operation: ses.Operation) -> None:
    wild, account = Wild(len(operation.name)), new_account()
    for _ in range(25):
        form = wild.form(operation.name, wild.tree(operation.request))
        answer, text = ask(connection, account, "POST", "/", form.encode(), "application/x-www-form-urlencoded")
        check_v1(answer, text, form[:600])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_many_more_wild_requests_change_nothing_of_that(connection: http.client.HTTPConnection, seed: int) -> None:
    wild, account = Wild(seed), new_account()
    for _ in range(400):
        if wild.random.random() < 0.6:
            operation = wild.random.choice(sesv2.OPERATIONS)
            method, target, body = wild.rest(operation, wild.tree(operation.request))
            check_v2(
                *ask(connection, account, method, target, body, "application/json"), f"{method} {target} {body[:600]!r}"
            )
        else:
            operation = wild.random.choice(ses.OPERATIONS)
            form = wild.form(operation.name, wild.tree(operation.request))
            kind = "application/x-www-form-urlencoded"
            check_v1(*ask(connection, account, "POST", "/", form.encode(), kind), form[:600])

"""The door to the neighbours, with a gateway that answers as told."""

import asyncio
import re

import pytest
from fakes.neighbours import RecordingNeighbours

from sestina.adapters.clock import SystemClock
from sestina.adapters.dns import DnsNames
from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.adapters.ids import RandomIds
from sestina.adapters.rsa import RsaSigning
from sestina.listeners.caller import caller_of
from sestina.listeners.http_messages import Answer, Request
from sestina.listeners.iam import IamDoor
from sestina.listeners.neighbours import NeighbourDoor
from sestina.ports.gateway import Passed, Passing
from sestina.ports.neighbours import NeighbourError
from sestina.ports.outside import Outside
from sestina.storage.credentials import Credentials

OK = Passed(status=200, fields=(("Content-Type", "text/xml"), ("x-amzn-RequestId", "r")), body=b"<Ok/>")


class ScriptedGateway:
    """Answers with one answer, or raises it."""

    def __init__(self, answer: Passed | NeighbourError = OK, *, is_awake: bool = True) -> None:
        self.answer = answer
        self.awake = is_awake
        self.passed: list[Passing] = []

    def is_awake(self, service: str) -> bool:
        return self.awake

    async def pass_on(self, passing: Passing) -> Passed:
        self.passed.append(passing)
        if isinstance(self.answer, NeighbourError):
            raise self.answer
        return self.answer


def knock(
    gateway: ScriptedGateway, method: str = "POST", target: str = "/", service: str = "", body: bytes = b"", **more: str
) -> Answer:
    headers = {name.replace("_", "-"): value for name, value in more.items()}
    if service:
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential=111122223333/20260101/eu-west-1/{service}/aws4_request, S=0"
        )
    path, _, query = target.partition("?")
    fields = [(name.encode(), value.encode()) for name, value in headers.items()]
    request = Request(method, target, path, query, headers, fields, body, "127.0.0.1")

    async def run() -> Answer:
        outside = Outside(
            clock=SystemClock(),
            ids=RandomIds(1),
            names=DnsNames(),
            neighbours=RecordingNeighbours().neighbours,
            signing=RsaSigning(1),
        )
        engine = SqliteEngine(None)
        door = NeighbourDoor(gateway, IamDoor(Credentials(engine), outside), (".sestina.test",))
        answer = door(request, caller_of(request, "us-east-1"))
        try:
            return answer if isinstance(answer, Answer) else await answer
        finally:
            await engine.close()

    return asyncio.run(run())


def test_an_answer_comes_back_whole() -> None:
    gateway = ScriptedGateway()
    answer = knock(gateway, service="sns", body=b"Action=ListTopics")
    assert Answer(200, b"<Ok/>", "text/xml", (("x-amzn-RequestId", "r"),)) == answer
    [passing] = gateway.passed
    assert ("sns", "111122223333", "eu-west-1", "111122223333") == (
        passing.service,
        passing.place.account,
        passing.place.region,
        passing.access_key,
    )


def test_a_bucket_moves_from_the_host_into_the_path() -> None:
    gateway = ScriptedGateway()
    knock(gateway, "GET", "/a%2Fb/?acl", "s3", host="mails.sestina.test:4566")
    [passing] = gateway.passed
    assert "/mails/a%2Fb/?acl" == passing.target
    assert [(b"Host", b"sestina.test:4566")] == [field for field in passing.fields if field[0].lower() == b"host"]


def test_nobody_is_named_for_unsigned_objects() -> None:
    gateway = ScriptedGateway()
    knock(gateway, "GET", "/bucket/key")
    assert gateway.passed[0].access_key is None


def test_asleep_there_is_no_bucket_for_strangers() -> None:
    gateway = ScriptedGateway(is_awake=False)
    answer = knock(gateway, "GET", "/bucket/key")
    assert (404, True, []) == (answer.status, b"<Code>NoSuchBucket</Code>" in answer.body, gateway.passed)
    assert 200 == knock(gateway, "GET", "/bucket/key", "s3").status


@pytest.mark.parametrize(
    ("target", "service", "headers", "status"),
    [
        ("/", "ses", {"x_amz_target": "MailManagerSvc.ListArchives"}, 400),
        ("/", "", {"x_amz_target": "Nonsense.Do"}, 400),
        ("/_nothing", "", {}, 404),
        ("/moto-api/reset", "s3", {}, 400),
    ],
)
def test_what_is_for_nobody_goes_to_nobody(target: str, service: str, headers: dict[str, str], status: int) -> None:
    gateway = ScriptedGateway()
    assert (status, []) == (knock(gateway, "POST", target, service, **headers).status, gateway.passed)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NeighbourError("ServiceUnavailable", "away", retryable=True), 503),
        (NeighbourError("InternalFailure", "bug", retryable=False), 500),
        (NeighbourError("InvalidAction", "Do", retryable=False), 400),
        (NeighbourError("NotImplemented", "Do", retryable=False), 501),
        (NeighbourError("LoopDetected", "back", retryable=False), 508),
    ],
)
def test_no_answer_is_an_error_of_the_protocol(error: NeighbourError, status: int) -> None:
    for service in ("sns", "iam"):
        answer = knock(ScriptedGateway(error), service=service, body=b"Action=Do")
        assert (status, error.code) == (answer.status, re.findall("<Code>(.*)</Code>", answer.body.decode())[0])


def test_a_form_that_cannot_be_read_is_refused() -> None:
    gateway = ScriptedGateway()
    answer = knock(gateway, service="iam", body=b"Action=%FF")
    assert (400, True, []) == (answer.status, b"<Code>MalformedInput</Code>" in answer.body, gateway.passed)


def test_iam_is_asked_by_get_too() -> None:
    gateway = ScriptedGateway()
    assert 200 == knock(gateway, "GET", "/?Action=ListUsers&Version=2010-05-08").status
    assert ["iam"] == [passing.service for passing in gateway.passed]


def test_what_iam_refused_is_not_noted() -> None:
    refused = Passed(status=404, fields=(), body=b"<Error/>")
    assert 404 == knock(ScriptedGateway(refused), service="iam", body=b"Action=CreateAccessKey&UserName=x").status

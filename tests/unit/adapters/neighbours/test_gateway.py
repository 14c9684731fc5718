"""The gateway to another endpoint: what is changed on the way, and what is not."""

import pytest
from fakes.elsewhere import Elsewhere, play
from msgspec import structs

from sestina.adapters.neighbours.client import Endpoint
from sestina.adapters.neighbours.embedded import Embedded
from sestina.adapters.neighbours.gateway import NeighbourGateway
from sestina.adapters.neighbours.neighbourhood import Neighbourhood
from sestina.adapters.neighbours.targets import Credentials, Target, Targets, read_endpoints
from sestina.ports.gateway import Passed, Passing
from sestina.ports.neighbours import NeighbourError, Place

FIELDS = (
    (b"Host", b"127.0.0.1:4566"),
    (b"Authorization", b"AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/s3/aws4_request, Signature=1"),
    (b"X-Amz-Date", b"20260101T000000Z"),
    (b"x-amz-meta-a_b", b"1"),
    (b"x-amz-meta-a_b", b"2"),
    (b"Connection", b"keep-alive"),
    (b"Expect", b"100-continue"),
    (b"Content-Length", b"2"),
    (b"Transfer-Encoding", b"chunked"),
    (b"x-moto-account-id", b"999999999999"),
)
PASSING = Passing(
    service="s3",
    place=Place("111122223333", "eu-west-1"),
    access_key="AKID",
    method="PUT",
    target="/bucket/a%20b%2F?x=%20&y",
    fields=FIELDS,
    body=b"hi",
)


def passed(there: Elsewhere, passing: Passing = PASSING) -> Passed:
    async def story(neighbours: Neighbourhood) -> Passed:
        return await neighbours.gateway.pass_on(passing)

    answer = play(there, story)
    assert isinstance(answer, Passed)
    return answer


def test_a_request_arrives_as_it_was_sent() -> None:
    there = Elsewhere((200, b"done"))
    assert b"done" == passed(there).body
    [got] = there.got
    assert ("PUT /bucket/a%20b%2F?x=%20&y HTTP/1.1", b"hi") == (got.line, got.body)
    assert 16 == len(got.headers.pop("x-sestina-passed-by"))
    assert {
        "host": f"127.0.0.1:{there.port}",
        "authorization": FIELDS[1][1].decode(),
        "x-amz-date": "20260101T000000Z",
        "x-amz-meta-a_b": "2",
        "content-length": "2",
    } == got.headers


def test_an_error_comes_back_as_it_was_said() -> None:
    answer = passed(Elsewhere((409, b"<Error/>")))
    assert (409, b"<Error/>") == (answer.status, answer.body)


def test_an_endpoint_that_leads_back_here_is_found_out() -> None:
    there = Elsewhere((200, b""))

    async def story(neighbours: Neighbourhood) -> None:
        await neighbours.gateway.pass_on(PASSING)
        mark = (b"X-Sestina-Passed-By", there.got[0].headers["x-sestina-passed-by"].encode())
        await neighbours.gateway.pass_on(structs.replace(PASSING, fields=((b"X-Sestina-Passed-By", b"another"),)))
        with pytest.raises(NeighbourError, match="LoopDetected"):
            await neighbours.gateway.pass_on(structs.replace(PASSING, fields=(*FIELDS, mark)))

    play(there, story)
    assert 2 == len(there.got)


def test_a_host_that_checks_signatures_gets_one_of_ours() -> None:
    embedded = Embedded({})
    targets = Targets(embedded, {}, Credentials("AKIDREAL", "secret"))
    gateway = NeighbourGateway(targets, None, None, None, None)  # type: ignore[arg-type]  # nothing is sent
    real = Target(Endpoint("s3.eu-west-1.amazonaws.com", 443, True), False)
    fields = dict(gateway._fields(real, PASSING))
    assert b"s3.eu-west-1.amazonaws.com" == fields[b"host"]
    assert b"Credential=AKIDREAL/" in fields[b"authorization"]
    assert b"20260101T000000Z" != fields[b"x-amz-date"]
    assert b"Authorization" not in fields
    unsigned = dict(gateway._fields(real, structs.replace(PASSING, access_key=None)))
    assert b"authorization" not in unsigned


def test_the_embedded_neighbours_hear_who_asks_from_us_alone() -> None:
    gateway = NeighbourGateway(Targets(Embedded({}), {}), None, None, None, None)  # type: ignore[arg-type]  # nothing is sent
    inside = Target(Endpoint("127.0.0.1", 1), True)
    claim = (
        b"AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=0",
        b"111122223333",
    )
    fields = gateway._fields(inside, structs.replace(PASSING, fields=(*FIELDS, (b"User-Agent", b"region/us-east-1"))))
    told = dict(fields)
    assert claim == (told[b"Authorization"], told[b"x-moto-account-id"])
    assert 1 == sum(name.lower() == b"x-moto-account-id" for name, _ in fields)
    assert b"User-Agent" not in told
    anonymous = dict(gateway._fields(inside, structs.replace(PASSING, access_key=None)))
    assert b"Authorization" not in anonymous
    assert b"111122223333" == anonymous[b"x-moto-account-id"]


def test_endpoints_are_named_as_the_sdks_name_them() -> None:
    assert {
        "sns": Endpoint("a", 1),
        "monitoring": Endpoint("b", 2),
        "events": Endpoint("c", 443, True),
        "secretsmanager": Endpoint("d", 80),
    } == read_endpoints(
        ("sns=http://a:1", "CloudWatch = http://b:2/", "eventbridge=https://c", "secrets_manager=http://d")
    )
    with pytest.raises(ValueError, match="not the URL of an endpoint"):
        read_endpoints(("sns",))


def test_what_is_too_large_to_keep_comes_in_pieces() -> None:
    there = Elsewhere((200, b"0123456789"))

    async def story(neighbours: Neighbourhood) -> bytes:
        gateway = neighbours.gateway
        small = NeighbourGateway(
            gateway._targets, gateway._client, gateway._metrics, gateway._alarms, gateway._clock, largest_whole=9
        )
        answer = await small.pass_on(PASSING)
        assert answer.stream is not None
        return b"".join([piece async for piece in answer.stream])

    assert b"0123456789" == play(there, story)

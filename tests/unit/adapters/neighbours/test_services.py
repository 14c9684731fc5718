"""The ports as requests on the wire, at another endpoint than the embedded one."""

import asyncio
import base64
import json
import re
from urllib.parse import parse_qs

import pytest
from fakes.elsewhere import CREDENTIALS, Elsewhere, ended, play

from sestina.adapters.clock import SystemClock
from sestina.adapters.neighbours.asking import Asker
from sestina.adapters.neighbours.client import HttpClient
from sestina.adapters.neighbours.embedded import Embedded
from sestina.adapters.neighbours.metrics import CloudWatchMetrics
from sestina.adapters.neighbours.neighbourhood import Neighbourhood
from sestina.adapters.neighbours.targets import Targets
from sestina.ports.neighbours import BusEvent, Metric, NeighbourError, Place
from sestina.protocols.aws.sigv4 import SignedRequest, verify

AT = Place("111122223333", "eu-west-1")


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{AT.region}:{AT.account}:{resource}"


def form_of(body: bytes) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(body.decode(), keep_blank_values=True).items()}


def test_a_publication_is_a_signed_query() -> None:
    there = Elsewhere((200, b"<R><MessageId>m-1</MessageId></R>"))

    async def story(neighbours: Neighbourhood) -> str:
        return await neighbours.ports.topics.publish(
            AT, arn("sns", "t"), "a&b\n", subject="s", attributes={"kind": "Bounce"}
        )

    assert "m-1" == play(there, story)
    [got] = there.got
    assert "POST / HTTP/1.1" == got.line
    assert {
        "Action": "Publish",
        "Version": "2010-03-31",
        "TopicArn": arn("sns", "t"),
        "Message": "a&b\n",
        "Subject": "s",
        "MessageAttributes.entry.1.Name": "kind",
        "MessageAttributes.entry.1.Value.DataType": "String",
        "MessageAttributes.entry.1.Value.StringValue": "Bounce",
    } == form_of(got.body)
    day = re.sub(r"\D", "", got.headers["x-amz-date"])
    signed = SignedRequest(method="POST", path="/", query="", headers=got.headers, body=got.body)
    moment = _instant(day)
    scope = verify(signed, CREDENTIALS["AWS_SECRET_ACCESS_KEY"], moment)
    assert ("AKIDEXAMPLE", "eu-west-1", "sns") == (scope.access_key, scope.region, scope.service)


def _instant(digits: str) -> int:
    import datetime

    moment = datetime.datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=datetime.UTC)
    return int(moment.timestamp() * 1000)


def test_without_credentials_the_account_is_the_access_key() -> None:
    there = Elsewhere()
    environment = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    assert play(there, lambda neighbours: neighbours.ports.topics.exists(AT, arn("sns", "t")), environment)
    assert "Credential=111122223333/" in there.got[0].headers["authorization"]


def test_a_session_token_goes_along() -> None:
    there = Elsewhere()
    environment = {**CREDENTIALS, "AWS_SESSION_TOKEN": "token"}
    play(there, lambda neighbours: neighbours.ports.users.exists(AT, "jane"), environment)
    assert "token" == there.got[0].headers["x-amz-security-token"]
    assert "x-amz-security-token" in there.got[0].headers["authorization"]


def test_an_object_is_put_under_its_path() -> None:
    there = Elsewhere((200, b""))

    async def story(neighbours: Neighbourhood) -> None:
        await neighbours.ports.objects.put(
            AT, "bucket", "a b/ü?.eml", b"raw", content_type="message/rfc822", metadata={"x-amz-iv": "iv"}
        )

    play(there, story)
    [got] = there.got
    assert ("PUT /bucket/a%20b/%C3%BC%3F.eml HTTP/1.1", b"raw") == (got.line, got.body)
    assert ("message/rfc822", "iv") == (got.headers["content-type"], got.headers["x-amz-meta-x-amz-iv"])


@pytest.mark.parametrize(
    ("status", "body", "code", "is_retryable"),
    [
        (
            404,
            b"<ErrorResponse><Error><Code>NotFound</Code><Message>a &lt;b></Message></Error></ErrorResponse>",
            "NotFound",
            False,
        ),
        (
            400,
            b'{"__type":"com.amazonaws#ResourceNotFoundException:","message":"gone"}',
            "ResourceNotFoundException",
            False,
        ),
        (400, b'{"__type":"ThrottlingException","Message":"slow"}', "ThrottlingException", True),
        (503, b"<Error><Code>SlowDown</Code></Error>", "SlowDown", True),
        (500, b"", "HTTP500", True),
        (502, b"not json", "HTTP502", True),
        (400, b"[]", "HTTP400", False),
        (404, b"", "NotFound", False),
    ],
)
def test_errors_keep_their_code(status: int, body: bytes, code: str, is_retryable: bool) -> None:
    with pytest.raises(NeighbourError) as caught:
        play(
            Elsewhere((status, body)),
            lambda neighbours: neighbours.ports.topics.publish(AT, arn("sns", "t"), "m"),
        )
    assert (code, is_retryable) == (caught.value.code, caught.value.retryable)


def test_an_endpoint_nobody_answers_at_can_be_tried_again() -> None:
    async def story(neighbours: Neighbourhood) -> str:
        return await neighbours.ports.topics.publish(AT, arn("sns", "t"), "m")

    there = Elsewhere()
    there.serve = refuse
    with pytest.raises(NeighbourError) as caught:
        play(there, story)
    assert ("ServiceUnavailable", True) == (caught.value.code, caught.value.retryable)


async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await ended(writer)


def test_what_cannot_be_asked_is_not_taken_for_absence() -> None:
    with pytest.raises(NeighbourError):
        play(Elsewhere((403, b"<Code>AccessDenied</Code>")), lambda n: n.ports.topics.exists(AT, arn("sns", "t")))
    assert play(Elsewhere((404, b"")), lambda n: n.ports.objects.exists(AT, "b")) is False


def test_many_records_go_in_batches() -> None:
    there = Elsewhere((200, b'{"FailedPutCount":0}'))
    records = [b"%d\n" % number for number in range(1001)]
    play(there, lambda n: n.ports.delivery_streams.put(AT, arn("firehose", "deliverystream/d"), records))
    sent = [json.loads(got.body) for got in there.got]
    assert [500, 500, 1] == [len(each["Records"]) for each in sent]
    assert {"d"} == {each["DeliveryStreamName"] for each in sent}
    assert records == [base64.b64decode(record["Data"]) for each in sent for record in each["Records"]]


def test_records_that_were_not_taken_can_be_tried_again() -> None:
    with pytest.raises(NeighbourError) as caught:
        play(
            Elsewhere((200, b'{"FailedRecordCount":1}')),
            lambda n: n.ports.streams.put(AT, arn("kinesis", "stream/s"), [("k", b"r")]),
        )
    assert caught.value.retryable


def test_events_go_ten_at_a_time() -> None:
    there = Elsewhere((200, b'{"FailedEntryCount":0}'))
    event = BusEvent(source="aws.ses", detail_type="Email Sent", detail="{}", resources=("r",), at=1_000_500)
    play(there, lambda n: n.ports.buses.put(AT, "default", [event] * 11))
    sent = [json.loads(got.body)["Entries"] for got in there.got]
    assert [10, 1] == [len(each) for each in sent]
    assert {
        "Source": "aws.ses",
        "DetailType": "Email Sent",
        "Detail": "{}",
        "Resources": ["r"],
        "Time": 1000,
        "EventBusName": "default",
    } == sent[1][0]


def test_a_function_is_called_as_asked() -> None:
    there = Elsewhere((200, b'"done"'))

    async def story(neighbours: Neighbourhood) -> object:
        functions = neighbours.ports.functions
        waited = await functions.invoke(AT, arn("lambda", "function:f"), b"{}", wait=True)
        await functions.invoke(AT, arn("lambda", "function:f"), b"{}", wait=False)
        return waited.payload, waited.error

    assert (b'"done"', None) == play(there, story)
    calls = [got for got in there.got if got.line.startswith("POST")]
    assert ["RequestResponse", "Event"] == [got.headers["x-amz-invocation-type"] for got in calls]
    assert (
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af/invocations"
        in calls[0].line
    )


def test_metrics_elsewhere_are_written_at_once() -> None:
    there = Elsewhere((200, b""))
    metric = Metric(namespace="AWS/SES", name="Send", at=60_001, dimensions=(("d", "v"),), value=2.0)
    play(there, lambda n: n.ports.metrics.put(AT, [metric, metric]))
    [got] = there.got
    assert {
        "Action": "PutMetricData",
        "Version": "2010-08-01",
        "Namespace": "AWS/SES",
        "MetricData.member.1.MetricName": "Send",
        "MetricData.member.1.Unit": "Count",
        "MetricData.member.1.Timestamp": "1970-01-01T00:01:00.000Z",
        "MetricData.member.1.StatisticValues.SampleCount": "2",
        "MetricData.member.1.StatisticValues.Sum": "4.0",
        "MetricData.member.1.StatisticValues.Minimum": "2.0",
        "MetricData.member.1.StatisticValues.Maximum": "2.0",
        "MetricData.member.1.Dimensions.member.1.Name": "d",
        "MetricData.member.1.Dimensions.member.1.Value": "v",
    } == form_of(got.body)


def test_metrics_that_were_not_taken_are_added_to_the_next() -> None:
    there = Elsewhere((503, b""), (200, b""))
    metric = Metric(namespace="AWS/SES", name="Send", at=60_001)

    async def story(neighbours: Neighbourhood) -> None:
        with pytest.raises(NeighbourError):
            await neighbours.ports.metrics.put(AT, [metric])
        await neighbours.ports.metrics.put(AT, [metric])

    play(there, story)
    assert ["1.0", "2.0"] == [form_of(got.body)["MetricData.member.1.StatisticValues.Sum"] for got in there.got]


def test_the_oldest_metrics_make_room() -> None:
    there = Elsewhere((200, b""))

    async def story(neighbours: Neighbourhood) -> None:
        metrics = CloudWatchMetrics(Asker(Targets(Embedded({}), {}), HttpClient()), SystemClock(), most_sums=2)
        for minute in range(3):
            await metrics.put(AT, [Metric(namespace="AWS/SES", name="Send", at=minute * 60_000)])
        metrics._asker = neighbours.ports.topics._asker  # type: ignore[attr-defined]  # one that reaches somebody
        await metrics.flush()

    play(there, story)
    [got] = there.got
    times = [value for name, value in form_of(got.body).items() if name.endswith("Timestamp")]
    assert ["1970-01-01T00:01:00.000Z", "1970-01-01T00:02:00.000Z"] == times


def test_the_key_of_ses_is_made_when_it_is_missing() -> None:
    absent = (400, b'{"__type":"NotFoundException"}')
    key = b'{"KeyId":"arn:key","Plaintext":"cA==","CiphertextBlob":"Yw=="}'
    there = Elsewhere(absent, (200, b'{"KeyMetadata":{"KeyId":"k-1"}}'), (200, key))
    data_key = play(there, lambda n: n.ports.keys.data_key(AT, "alias/aws/ses", {"c": "x"}))
    assert ("arn:key", b"p", b"c") == (data_key.key_arn, data_key.plaintext, data_key.ciphertext)
    assert ["GenerateDataKey", "CreateKey", "GenerateDataKey"] == [
        got.headers["x-amz-target"].partition(".")[2] for got in there.got
    ]
    assert "k-1" == json.loads(there.got[2].body)["KeyId"]
    with pytest.raises(NeighbourError, match="NotFoundException"):
        play(Elsewhere(absent), lambda n: n.ports.keys.encrypt(AT, "alias/mine", b"x", {}))


@pytest.mark.parametrize(
    ("status", "body", "has_keys"),
    [
        (
            200,
            b"<ListAccessKeysResponse><member><AccessKeyId>AKIA1</AccessKeyId></member></ListAccessKeysResponse>",
            True,
        ),
        (200, b"<ListAccessKeysResponse><AccessKeyMetadata/></ListAccessKeysResponse>", False),
        (404, b"<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>", False),
    ],
)
def test_a_user_has_the_keys_that_iam_lists(status: int, body: bytes, has_keys: bool) -> None:
    there = Elsewhere((status, body))
    assert has_keys is play(there, lambda n: n.ports.users.has_keys(AT, "jane"))
    assert b"Action=ListAccessKeys&Version=2010-05-08&UserName=jane" == there.got[0].body


def test_whether_a_user_has_keys_is_not_guessed() -> None:
    denied = (403, b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")
    with pytest.raises(NeighbourError, match="AccessDenied"):
        play(Elsewhere(denied), lambda n: n.ports.users.has_keys(AT, "jane"))


def test_before_the_embedded_neighbours_were_needed_nothing_is_there() -> None:
    async def story(neighbours: Neighbourhood) -> list[str]:
        ports = neighbours.ports
        assert not await ports.topics.exists(AT, arn("sns", "t"))
        assert not await ports.objects.exists(AT, "b")
        assert not await ports.functions.exists(AT, arn("lambda", "function:f"))
        assert not await ports.delivery_streams.exists(AT, arn("firehose", "deliverystream/d"))
        assert not await ports.users.exists(AT, "jane")
        assert not await ports.users.has_keys(AT, "jane")
        event = BusEvent(source="aws.ses", detail_type="Email Sent", detail="{}", resources=(), at=0)
        await ports.buses.put(AT, "default", [event])
        await ports.metrics.put(AT, [Metric(namespace="AWS/SES", name="Send", at=0)])
        codes = []
        for asking in (
            ports.topics.publish(AT, arn("sns", "t"), "m"),
            ports.objects.put(AT, "b", "k", b""),
            ports.objects.get(AT, "b", "k"),
            ports.functions.invoke(AT, arn("lambda", "function:f"), b"", wait=True),
            ports.delivery_streams.put(AT, arn("firehose", "deliverystream/d"), [b""]),
            ports.streams.put(AT, arn("kinesis", "stream/s"), [("k", b"")]),
        ):
            with pytest.raises(NeighbourError) as caught:
                await asking
            assert caught.value.retryable  # it may be made again after a restart: what is owed to it waits
            codes.append(caught.value.code)
        assert not neighbours.embedded.is_awake
        return codes

    codes = play(Elsewhere(), story, services=())
    absent = "ResourceNotFoundException"
    assert ["NotFound", "NoSuchBucket", "NoSuchBucket", absent, absent, absent] == codes

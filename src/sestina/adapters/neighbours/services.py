"""The ports of the neighbours as the requests that AWS documents for each service."""

import base64
from collections.abc import Awaitable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

import msgspec

from sestina.adapters.neighbours.asking import Asker
from sestina.domain.arns import parse_arn
from sestina.ports.neighbours import BusEvent, DataKey, Invoked, NeighbourError, Place

SNS_VERSION: Final = "2010-03-31"
IAM_VERSION: Final = "2010-05-08"
LAMBDA_PATH: Final = "/2015-03-31/functions/"

MOST_RECORDS: Final = 500  # in one PutRecordBatch or PutRecords
MOST_EVENTS: Final = 10  # in one PutEvents

ABSENT: Final = ("NotFound", "NoSuch", "ResourceNotFound")
DEFAULT_KEY: Final = "alias/aws/ses"
DEFAULT_KEY_SAYS: Final = "Protects received mail when no other key is named"


class SnsTopics:
    """The port `Topics`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def publish(
        self,
        place: Place,
        topic_arn: str,
        message: str,
        *,
        subject: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Publish."""
        _expect_awake(self._asker, "sns", "NotFound", "Topic does not exist")
        form = {"TopicArn": topic_arn, "Message": message}
        if subject is not None:
            form["Subject"] = subject
        for number, (name, value) in enumerate((attributes or {}).items(), 1):
            entry = f"MessageAttributes.entry.{number}"
            form |= {f"{entry}.Name": name, f"{entry}.Value.DataType": "String", f"{entry}.Value.StringValue": value}
        said = await self._asker.ask_query("sns", _home(topic_arn, place), SNS_VERSION, "Publish", form)
        return said.element("MessageId")

    async def exists(self, place: Place, topic_arn: str) -> bool:
        """GetTopicAttributes."""
        home = _home(topic_arn, place)
        return self._asker.targets.is_awake("sns") and await _is_there(
            self._asker.ask_query("sns", home, SNS_VERSION, "GetTopicAttributes", {"TopicArn": topic_arn})
        )


class S3Objects:
    """The port `Objects`, with the bucket in the path."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def put(
        self,
        place: Place,
        bucket: str,
        key: str,
        body: bytes,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """PutObject."""
        _expect_awake(self._asker, "s3", "NoSuchBucket", "The specified bucket does not exist")
        headers = {"content-type": content_type}
        headers |= {f"x-amz-meta-{name}": value for name, value in (metadata or {}).items()}
        await self._asker.ask("s3", place, "PUT", _object_path(bucket, key), headers, body)

    async def get(self, place: Place, bucket: str, key: str) -> bytes:
        """GetObject."""
        _expect_awake(self._asker, "s3", "NoSuchBucket", "The specified bucket does not exist")
        return (await self._asker.ask("s3", place, "GET", _object_path(bucket, key), {})).body

    async def exists(self, place: Place, bucket: str) -> bool:
        """HeadBucket."""
        return self._asker.targets.is_awake("s3") and await _is_there(
            self._asker.ask("s3", place, "HEAD", f"/{quote(bucket, safe='')}", {})
        )


class LambdaFunctions:
    """The port `Functions`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def invoke(self, place: Place, function_arn: str, payload: bytes, *, wait: bool) -> Invoked:
        """Invoke."""
        path = f"{LAMBDA_PATH}{quote(function_arn, safe='')}/invocations"
        headers = {
            "content-type": "application/json",
            "x-amz-invocation-type": "RequestResponse" if wait else "Event",
        }
        absence = f"Function not found: {function_arn}"
        _expect_awake(self._asker, "lambda", "ResourceNotFoundException", absence)
        if not await self.exists(place, function_arn):  # moto's Invoke does not look
            raise NeighbourError("ResourceNotFoundException", absence, retryable=False)
        said = await self._asker.ask("lambda", _home(function_arn, place), "POST", path, headers, payload)
        return Invoked(payload=said.body, error=said.headers.get("x-amz-function-error"))

    async def exists(self, place: Place, function_arn: str) -> bool:
        """GetFunction."""
        path = LAMBDA_PATH + quote(function_arn, safe="")
        return self._asker.targets.is_awake("lambda") and await _is_there(
            self._asker.ask("lambda", _home(function_arn, place), "GET", path, {})
        )


class FirehoseStreams:
    """The port `DeliveryStreams`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def put(self, place: Place, stream_arn: str, records: Sequence[bytes]) -> None:
        """PutRecordBatch."""
        _expect_awake(self._asker, "firehose", "ResourceNotFoundException", f"Firehose {stream_arn} not found.")
        for start in range(0, len(records), MOST_RECORDS):
            batch = [{"Data": _base64(record)} for record in records[start : start + MOST_RECORDS]]
            content = {"DeliveryStreamName": _name(stream_arn), "Records": batch}
            said = await self._asker.ask_json(
                "firehose", _home(stream_arn, place), "Firehose_20150804.PutRecordBatch", content
            )
            _expect_all(said.member("FailedPutCount"))

    async def exists(self, place: Place, stream_arn: str) -> bool:
        """DescribeDeliveryStream."""
        content = {"DeliveryStreamName": _name(stream_arn)}
        target = "Firehose_20150804.DescribeDeliveryStream"
        return self._asker.targets.is_awake("firehose") and await _is_there(
            self._asker.ask_json("firehose", _home(stream_arn, place), target, content)
        )


class KinesisStreams:
    """The port `Streams`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def put(self, place: Place, stream_arn: str, records: Sequence[tuple[str, bytes]]) -> None:
        """PutRecords."""
        _expect_awake(self._asker, "kinesis", "ResourceNotFoundException", f"Stream {stream_arn} not found.")
        for start in range(0, len(records), MOST_RECORDS):
            batch = [
                {"PartitionKey": key, "Data": _base64(record)} for key, record in records[start : start + MOST_RECORDS]
            ]
            content = {"StreamName": _name(stream_arn), "Records": batch}
            said = await self._asker.ask_json(
                "kinesis", _home(stream_arn, place), "Kinesis_20131202.PutRecords", content
            )
            _expect_all(said.member("FailedRecordCount"))


class EventBuses:
    """The port `Buses`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def put(self, place: Place, bus: str, events: Sequence[BusEvent]) -> None:
        """PutEvents. Before anything was ever asked of the embedded neighbours, no rule can be waiting."""
        if not self._asker.targets.is_awake("events"):
            return
        for start in range(0, len(events), MOST_EVENTS):
            entries = [
                {
                    "Source": event.source,
                    "DetailType": event.detail_type,
                    "Detail": event.detail,
                    "Resources": event.resources,
                    "Time": event.at // 1000,
                    "EventBusName": bus,
                }
                for event in events[start : start + MOST_EVENTS]
            ]
            said = await self._asker.ask_json("events", _home(bus, place), "AWSEvents.PutEvents", {"Entries": entries})
            _expect_all(said.member("FailedEntryCount"))


class KmsKeys:
    """The port `Keys`. The key that AWS keeps for SES is made when it is first used."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._defaults: dict[Place, str] = {}

    async def data_key(self, place: Place, key: str, context: Mapping[str, str]) -> DataKey:
        """GenerateDataKey."""
        content = {"KeySpec": "AES_256", "EncryptionContext": context}
        told = await self._with_key(place, key, "GenerateDataKey", content)
        return DataKey(
            key_arn=str(told["KeyId"]),
            plaintext=base64.b64decode(told["Plaintext"]),
            ciphertext=base64.b64decode(told["CiphertextBlob"]),
        )

    async def encrypt(self, place: Place, key: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Encrypt."""
        content = {"Plaintext": _base64(plaintext), "EncryptionContext": context}
        told = await self._with_key(place, key, "Encrypt", content)
        return base64.b64decode(told["CiphertextBlob"])

    async def _with_key(self, place: Place, key: str, action: str, content: Mapping[str, object]) -> Mapping[str, str]:
        home = _home(key, place)
        is_default = key.endswith(DEFAULT_KEY)
        key_id = self._defaults.get(home, key) if is_default else key
        try:
            return await self._ask(home, action, {**content, "KeyId": key_id})
        except NeighbourError as error:
            if not is_default or not error.code.startswith(ABSENT):
                raise
        made = await self._asker.ask_json("kms", home, "TrentService.CreateKey", {"Description": DEFAULT_KEY_SAYS})
        self._defaults[home] = made.member("KeyMetadata")["KeyId"]
        return await self._ask(home, action, {**content, "KeyId": self._defaults[home]})

    async def _ask(self, place: Place, action: str, content: Mapping[str, object]) -> Mapping[str, str]:
        said = await self._asker.ask_json("kms", place, f"TrentService.{action}", content)
        told: Mapping[str, str] = msgspec.json.decode(said.body)
        return told


class IamUsers:
    """The port `Users`."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    async def exists(self, place: Place, user_name: str) -> bool:
        """GetUser."""
        return self._asker.targets.is_awake("iam") and await _is_there(
            self._asker.ask_query("iam", place, IAM_VERSION, "GetUser", {"UserName": user_name})
        )

    async def has_keys(self, place: Place, user_name: str) -> bool:
        """ListAccessKeys."""
        if not self._asker.targets.is_awake("iam"):
            return False
        try:
            said = await self._asker.ask_query("iam", place, IAM_VERSION, "ListAccessKeys", {"UserName": user_name})
        except NeighbourError as error:
            if error.code.startswith(ABSENT):
                return False
            raise
        return bool(said.element("AccessKeyId"))


async def _is_there(asking: Awaitable[object]) -> bool:
    """Whether the question is answered without an error that says there is no such thing."""
    try:
        await asking
    except NeighbourError as error:
        if error.code.startswith(ABSENT):
            return False
        raise
    return True


def _expect_awake(asker: Asker, service: str, code: str, message: str) -> None:
    """Spares a start of the embedded neighbours where they could only say that there is nothing.

    After a restart it may be made again: what is owed from before is not given up yet.
    """
    if not asker.targets.is_awake(service):
        raise NeighbourError(code, message, retryable=True)


def _expect_all(failed: object) -> None:
    if failed:
        raise NeighbourError("ServiceUnavailable", f"{failed} records were not taken", retryable=True)


def _home(arn: str, place: Place) -> Place:
    """Where the named thing is: in its own account and region, when its name tells them."""
    parts = parse_arn(arn)
    return Place(parts.account or place.account, parts.region or place.region) if parts else place


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _object_path(bucket: str, key: str) -> str:
    return f"/{quote(bucket, safe='')}/{quote(key, safe='/~')}"


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

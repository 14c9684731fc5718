"""A neighbourhood that writes down what it is asked, knows the names it was told, and fails when a test says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sestina.ports.neighbours import (
    BusEvent,
    DataKey,
    Invoked,
    Metric,
    NeighbourError,
    Neighbours,
    Place,
)

AWAY = NeighbourError("ServiceUnavailable", "nobody answers", retryable=True)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One thing that was asked of a neighbour: the port's verb, its target, and what came with it."""

    what: str
    place: Place
    target: str
    content: object = None
    extra: Mapping[str, object] = field(default_factory=dict)


class RecordingNeighbours:
    """`neighbours` is what goes into `Outside`; `asked` is what happened.

    Names in `missing` do not exist. The errors in `failing`, by verb, are raised one after the other; afterwards the
    verb works again.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.missing: set[str] = set()
        self.failing: dict[str, list[NeighbourError]] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self.answers: dict[str, Invoked] = {}
        self.neighbours = Neighbours(
            topics=_Topics(self),
            objects=_Objects(self),
            functions=_Functions(self),
            delivery_streams=_DeliveryStreams(self),
            streams=_Streams(self),
            buses=_Buses(self),
            metrics=_Metrics(self),
            keys=_Keys(self),
            users=_Users(self),
        )

    def of(self, what: str) -> list[Asked]:
        """Everything asked with one verb, such as `publish`."""
        return [asked for asked in self.asked if asked.what == what]

    def note(self, what: str, place: Place, target: str, content: object = None, **extra: object) -> None:
        """Writes down, then fails if told to."""
        self.asked.append(Asked(what=what, place=place, target=target, content=content, extra=extra))
        if self.failing.get(what):
            raise self.failing[what].pop(0)
        if target in self.missing:
            raise NeighbourError("NotFound", f"{target} does not exist", retryable=False)


class _Named:
    def __init__(self, book: RecordingNeighbours) -> None:
        self.book = book

    async def exists(self, place: Place, name: str) -> bool:
        return name not in self.book.missing


class _Topics(_Named):
    async def publish(
        self,
        place: Place,
        topic_arn: str,
        message: str,
        *,
        subject: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        self.book.note("publish", place, topic_arn, message, subject=subject, attributes=attributes)
        return f"notification-{len(self.book.of('publish'))}"


class _Objects(_Named):
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
        self.book.note("put object", place, bucket, body, key=key, content_type=content_type, metadata=metadata)
        self.book.objects[bucket, key] = body

    async def get(self, place: Place, bucket: str, key: str) -> bytes:
        self.book.note("get object", place, bucket, key=key)
        if (bucket, key) not in self.book.objects:
            raise NeighbourError("NoSuchKey", "The specified key does not exist.", retryable=False)
        return self.book.objects[bucket, key]


class _Functions(_Named):
    async def invoke(self, place: Place, function_arn: str, payload: bytes, *, wait: bool) -> Invoked:
        self.book.note("invoke", place, function_arn, payload, wait=wait)
        return self.book.answers.get(function_arn, Invoked(payload=b"null" if wait else b""))


class _DeliveryStreams(_Named):
    async def put(self, place: Place, stream_arn: str, records: Sequence[bytes]) -> None:
        self.book.note("put records", place, stream_arn, list(records))


class _Streams(_Named):
    async def put(self, place: Place, stream_arn: str, records: Sequence[tuple[str, bytes]]) -> None:
        self.book.note("put stream records", place, stream_arn, list(records))


class _Buses(_Named):
    async def put(self, place: Place, bus: str, events: Sequence[BusEvent]) -> None:
        self.book.note("put events", place, bus, list(events))


class _Metrics(_Named):
    async def put(self, place: Place, metrics: Sequence[Metric]) -> None:
        self.book.note("put metrics", place, "", list(metrics))


class _Keys(_Named):
    async def data_key(self, place: Place, key: str, context: Mapping[str, str]) -> DataKey:
        self.book.note("data key", place, key, context=dict(context))
        return DataKey(key_arn=key, plaintext=bytes(32), ciphertext=b"wrapped " + bytes(32))

    async def encrypt(self, place: Place, key: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        self.book.note("encrypt", place, key, plaintext, context=dict(context))
        return b"wrapped " + plaintext


class _Users(_Named):
    async def has_keys(self, place: Place, user_name: str) -> bool:
        return False

"""The neighbours we need from outside: what SES does to other AWS services, in SES's words.

Every method is told for whom and where it acts and raises `NeighbourError` when the neighbour refuses or is away.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from sestina.domain.instants import Instant


class NeighbourError(Exception):
    """A neighbour said no, or said nothing; `retryable` tells whether asking again can help."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable


class Place(Struct, frozen=True):
    """On whose behalf a neighbour is asked, and where."""

    account: str
    region: str


class BusEvent(Struct, frozen=True, kw_only=True):
    """An event for EventBridge."""

    source: str
    detail_type: str
    detail: str
    """JSON."""
    resources: tuple[str, ...]
    at: Instant


class Metric(Struct, frozen=True, kw_only=True):
    """An observation for CloudWatch, made so many times."""

    namespace: str
    name: str
    at: Instant
    dimensions: tuple[tuple[str, str], ...] = ()
    value: float = 1.0
    times: int = 1
    """How often it was observed."""
    unit: str = "Count"


class MetricSource(Protocol):
    """What CloudWatch is told of a place without anybody putting it: asked for when somebody is about to read."""

    async def take(self, place: Place, now: Instant) -> Sequence[Metric]:
        """The observations that are new since the last call."""
        ...

    def forget(self) -> None:
        """What was told is lost, and shall be told again."""
        ...


class DataKey(Struct, frozen=True, kw_only=True):
    """A fresh key to encrypt one thing with, and the form in which only KMS can read it."""

    key_arn: str
    plaintext: bytes
    ciphertext: bytes


class Invoked(Struct, frozen=True, kw_only=True):
    """What a function answered; `error` is `Handled` or `Unhandled` when its code failed."""

    payload: bytes
    error: str | None = None


class Topics(Protocol):
    """SNS."""

    async def publish(
        self,
        place: Place,
        topic_arn: str,
        message: str,
        *,
        subject: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        """Publishes to a topic; the id of the notification."""
        ...

    async def exists(self, place: Place, topic_arn: str) -> bool:
        """Whether there is such a topic."""
        ...


class Objects(Protocol):
    """S3."""

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
        """Stores an object."""
        ...

    async def get(self, place: Place, bucket: str, key: str) -> bytes:
        """The content of an object."""
        ...

    async def exists(self, place: Place, bucket: str) -> bool:
        """Whether there is such a bucket."""
        ...


class Functions(Protocol):
    """Lambda."""

    async def invoke(self, place: Place, function_arn: str, payload: bytes, *, wait: bool) -> Invoked:
        """Calls a function, and waits for what it answers or only until the call is taken."""
        ...

    async def exists(self, place: Place, function_arn: str) -> bool:
        """Whether there is such a function."""
        ...


class DeliveryStreams(Protocol):
    """Firehose."""

    async def put(self, place: Place, stream_arn: str, records: Sequence[bytes]) -> None:
        """Appends records, in order."""
        ...

    async def exists(self, place: Place, stream_arn: str) -> bool:
        """Whether there is such a delivery stream."""
        ...


class Streams(Protocol):
    """Kinesis."""

    async def put(self, place: Place, stream_arn: str, records: Sequence[tuple[str, bytes]]) -> None:
        """Appends records, each with its partition key."""
        ...


class Buses(Protocol):
    """EventBridge."""

    async def put(self, place: Place, bus: str, events: Sequence[BusEvent]) -> None:
        """Puts events on a bus, given by name or ARN."""
        ...


class Metrics(Protocol):
    """CloudWatch."""

    async def put(self, place: Place, metrics: Sequence[Metric]) -> None:
        """Adds observations; they may be added up per minute and written when somebody reads."""
        ...


class Keys(Protocol):
    """KMS."""

    async def data_key(self, place: Place, key: str, context: Mapping[str, str]) -> DataKey:
        """A fresh data key of 256 bits under a key, given by id, ARN or alias."""
        ...

    async def encrypt(self, place: Place, key: str, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """The plaintext as only this key can read it."""
        ...


class Users(Protocol):
    """IAM."""

    async def exists(self, place: Place, user_name: str) -> bool:
        """Whether the account has such a user."""
        ...

    async def has_keys(self, place: Place, user_name: str) -> bool:
        """Whether a user, if there is such a one, has access keys."""
        ...


class Neighbours(Struct, frozen=True, kw_only=True):
    """All of them."""

    topics: Topics
    objects: Objects
    functions: Functions
    delivery_streams: DeliveryStreams
    streams: Streams
    buses: Buses
    metrics: Metrics
    keys: Keys
    users: Users

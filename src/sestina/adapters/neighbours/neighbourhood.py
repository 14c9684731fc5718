"""The neighbourhood: everything that speaks to other AWS services, made from the settings."""

import asyncio
from collections.abc import Mapping

from sestina.adapters.neighbours.alarm_watch import AlarmWatch
from sestina.adapters.neighbours.asking import Asker
from sestina.adapters.neighbours.client import HttpClient
from sestina.adapters.neighbours.embedded import Embedded
from sestina.adapters.neighbours.gateway import NeighbourGateway
from sestina.adapters.neighbours.metrics import CloudWatchMetrics
from sestina.adapters.neighbours.services import (
    EventBuses,
    FirehoseStreams,
    IamUsers,
    KinesisStreams,
    KmsKeys,
    LambdaFunctions,
    S3Objects,
    SnsTopics,
)
from sestina.adapters.neighbours.targets import Credentials, Targets, read_endpoints
from sestina.ports.clock import Clock
from sestina.ports.neighbours import Neighbours


class Neighbourhood:
    """The ports and the gateway; `start` and `close` bracket their life."""

    def __init__(self, endpoints: tuple[str, ...], environment: Mapping[str, str], clock: Clock) -> None:
        """`endpoints` are texts like `sns=http://127.0.0.1:4575`. Raises ValueError for others."""
        self.embedded = Embedded(environment)
        self._client = HttpClient()
        targets = Targets(self.embedded, read_endpoints(endpoints), _credentials(environment))
        asker = Asker(targets, self._client)
        self.metrics = CloudWatchMetrics(asker, clock)
        topics = SnsTopics(asker)
        self._alarms = AlarmWatch(asker, self.metrics, topics, clock)
        self.gateway = NeighbourGateway(targets, self._client, self.metrics, self._alarms, clock)
        self.ports = Neighbours(
            topics=topics,
            objects=S3Objects(asker),
            functions=LambdaFunctions(asker),
            delivery_streams=FirehoseStreams(asker),
            streams=KinesisStreams(asker),
            buses=EventBuses(asker),
            metrics=self.metrics,
            keys=KmsKeys(asker),
            users=IamUsers(asker),
        )

    def start(self, group: asyncio.TaskGroup) -> "asyncio.Task[None]":
        """Readiness to start the embedded neighbours, until the task is cancelled."""
        return group.create_task(self._keep())

    async def _keep(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.embedded.keep())
            group.create_task(self._alarms.keep())

    def close(self) -> None:
        """Ends what is left of the connections."""
        self._client.close()


def _credentials(environment: Mapping[str, str]) -> Credentials | None:
    access_key, secret = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    return Credentials(access_key, secret, environment.get("AWS_SESSION_TOKEN")) if access_key and secret else None

"""A neighbour at another endpoint, for tests: it keeps the requests it gets and answers what it is told."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from sestina.adapters.clock import SystemClock
from sestina.adapters.neighbours.neighbourhood import Neighbourhood

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
SERVICES = ("sns", "s3", "lambda", "firehose", "kinesis", "eventbridge", "cloudwatch", "kms", "iam")


class Got(Struct):
    """A request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes


class Elsewhere:
    """`answers` are taken one by one, the last of them again and again."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers) or [(200, b"{}")]
        self.got: list[Got] = []
        self.port = 0
        self.serving: list[asyncio.Task[None] | None] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.current_task())
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *fields = head.strip().split("\r\n")
                headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                self.got.append(Got(line, headers, body))
                status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(answer)) + answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            await ended(writer)


def play(
    elsewhere: Elsewhere,
    story: Callable[[Neighbourhood], Awaitable[Any]],
    environment: dict[str, str] = CREDENTIALS,
    services: tuple[str, ...] = SERVICES,
) -> Any:
    """What a story with all services at that other endpoint comes to."""

    async def run() -> Any:
        server = await asyncio.start_server(elsewhere.serve, "127.0.0.1", 0)
        elsewhere.port = server.sockets[0].getsockname()[1]
        neighbourhood = Neighbourhood(
            tuple(f"{service}={elsewhere.endpoint}" for service in services),
            {**os.environ, **environment},
            SystemClock(),
        )
        try:
            return await story(neighbourhood)
        finally:
            neighbourhood.close()
            server.close()
            await server.wait_closed()
            await asyncio.gather(*(task for task in elsewhere.serving if task is not None))

    return asyncio.run(run())


async def ended(writer: asyncio.StreamWriter) -> None:
    """Ends a connection, whatever the other side has done to it."""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()

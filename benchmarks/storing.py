"""What sends and lists cost once many messages are stored: filled through the storage layer, then asked over HTTP."""

import asyncio
import pathlib
import tempfile
import time
from typing import NamedTuple

from load import Asked, Result, load
from sending import SENDS, prepare
from servers import AUTHORIZATION, sestina

from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.domain.events import Event, EventType
from sestina.domain.messages import Message, Step
from sestina.storage.region import open_regions

ACCOUNT = "000000000000"  # of the access key that the load uses
BATCH = 2_000
RAW = b"From: me@example.com\r\nTo: filler@example.org\r\nSubject: Hello\r\n\r\n" + b"It works. " * 50
STEPS = [Step("accept", "accepted", "", 0), Step("conclude", "done", "", 0)]
LISTS = {
    "list": "/_sestina/messages?limit=50",
    "list to one address": "/_sestina/messages?limit=50&to=you@example.org",
    "GetSendStatistics": "/?Action=GetSendStatistics&Version=2010-12-01",
}


class Stored(NamedTuple):
    """Results by what was asked, and how long filling took."""

    messages: int
    filled_in: float
    results: dict[str, Result]


def measure(sizes: list[int], seconds: float) -> list[Stored]:
    """At each size."""
    return [_measure(size, seconds) for size in sizes]


def _measure(size: int, seconds: float) -> Stored:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        asyncio.run(_fill(pathlib.Path(folder) / "sestina.db", size))
        took = time.perf_counter() - began
        with sestina("--data", folder) as server:
            prepare(server)
            load(server, SENDS["v2"], 4, 1)
            results = {"SendEmail v2": load(server, SENDS["v2"], 16, seconds)}
            for name, path in LISTS.items():
                asked = Asked("GET", path, {"Authorization": AUTHORIZATION})
                results[name] = load(server, asked, 4, seconds)
    return Stored(size, took, results)


async def _fill(path: pathlib.Path, size: int) -> None:
    engine = SqliteEngine(path)
    regions = await open_regions(engine)
    now = int(time.time() * 1_000) - 86_400_000
    region = await regions.get(ACCOUNT, "us-east-1", now)
    for start in range(0, size, BATCH):
        adding = []
        for number in range(start, min(start + BATCH, size)):
            message = _message(number, now + number // 100)
            seq, statements = region.messages.insertion(message, RAW, None, STEPS)
            for order, type_ in enumerate((EventType.SEND, EventType.DELIVERY)):
                event = Event(type=type_, at=message.accepted, recipients=message.recipients)
                statements.append(region.messages.event_insertion(seq, f"{message.id}/{order}", event))
            adding.append(engine.add(statements))
        await asyncio.gather(*adding)
    await engine.close()


def _message(number: int, accepted: int) -> Message:
    recipient = f"filler{number % 1_000}@example.org"
    return Message(
        id=f"0100{accepted:012x}-{number:08x}-0000-4000-8000-000000000000-000000",
        account=ACCOUNT,
        region="us-east-1",
        accepted=accepted,
        operation="SendEmail",
        source="me@example.com",
        mail_from="me@example.com",
        feedback="me@example.com",
        recipients=(recipient,),
        to=(recipient,),
        subject="Hello",
    )


def table(stored: list[Stored]) -> list[str]:
    """As Markdown: microseconds of CPU for each request."""
    names = list(stored[0].results)
    lines = [f"| messages stored | filled in s | {' | '.join(f'{name}, µs' for name in names)} |"]
    lines.append("|---:|---:|" + "---:|" * len(names))
    for one in stored:
        costs = " | ".join(f"{1_000_000 / result.per_cpu_second:,.0f}" for result in one.results.values())
        lines.append(f"| {one.messages:,} | {one.filled_in:.1f} | {costs} |")
    return lines

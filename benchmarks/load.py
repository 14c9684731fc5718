"""Load: the same request again and again over some connections, by `wrk` where there is one, else by asyncio.

`python benchmarks/load.py URL CONNECTIONS SECONDS < request.json` is the generator in place of wrk, and prints JSON.
"""

import asyncio
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from servers import LOAD_CORE, Server, pin

WRK = shutil.which("wrk")
GENERATOR = "wrk" if WRK else "asyncio"
UNITS = {"us": 0.001, "ms": 1.0, "s": 1_000.0}


class Asked(NamedTuple):
    """A request to repeat."""

    method: str
    path: str
    headers: dict[str, str]
    body: str = ""


class Result(NamedTuple):
    """What came of it; latencies in milliseconds."""

    per_second: float
    per_cpu_second: float
    p50: float
    p99: float
    refused: int


def load(server: Server, asked: Asked, connections: int, seconds: float) -> Result:
    """Loads a server from the other core."""
    used, began = server.cpu_seconds, time.perf_counter()
    count, p50, p99, refused = (_wrk if WRK else _own)(server.url, asked, connections, seconds)
    took, used = time.perf_counter() - began, server.cpu_seconds - used
    return Result(count / min(took, seconds), count / max(used, 0.01), p50, p99, refused)


def _wrk(url: str, asked: Asked, connections: int, seconds: float) -> tuple[int, float, float, int]:
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder) / "asked.lua"
        lines = [f"wrk.method = {json.dumps(asked.method)}", f"wrk.body = {json.dumps(asked.body)}"]
        lines += [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in asked.headers.items()]
        script.write_text("\n".join(lines))
        said = subprocess.run(
            [
                str(WRK),
                "-t1",
                f"-c{connections}",
                f"-d{seconds:.0f}s",
                "--latency",
                "-s",
                str(script),
                url + asked.path,
            ],
            capture_output=True,
            text=True,
            check=True,
            preexec_fn=pin(LOAD_CORE),
        ).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    total = re.search(r"(\d+) requests in", said)
    assert total is not None, said
    return int(total[1]), _latency(said, "50%"), _latency(said, "99%"), int(refused[1]) if refused else 0


def _latency(said: str, percentile: str) -> float:
    found = re.search(rf"{percentile}\s+([\d.]+)(us|ms|s)\b", said)
    assert found is not None, said
    return float(found[1]) * UNITS[found[2]]


def _own(url: str, asked: Asked, connections: int, seconds: float) -> tuple[int, float, float, int]:
    said = subprocess.run(
        [sys.executable, __file__, url, str(connections), str(seconds)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=pin(LOAD_CORE),
    ).stdout
    count, p50, p99, refused = json.loads(said)
    return count, p50, p99, refused


async def _repeat(url: str, asked: Asked, until: float, taken: list[float], refused: list[int]) -> None:
    parts = urlsplit(url)
    head = f"{asked.method} {asked.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: {len(asked.body)}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in asked.headers.items())
    request = f"{head}\r\n{asked.body}".encode()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    while (began := time.perf_counter()) < until:
        writer.write(request)
        try:
            answer = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", answer.lower())
            await reader.readexactly(int(length[1]) if length else 0)
        except (asyncio.IncompleteReadError, ConnectionError):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            continue
        taken.append(time.perf_counter() - began)
        if answer[9:10] != b"2":
            refused.append(1)
        if b"connection: close" in answer.lower() or answer.startswith(b"HTTP/1.0"):
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.close()


async def _generate(url: str, asked: Asked, connections: int, seconds: float) -> tuple[int, float, float, int]:
    taken: list[float] = []
    refused: list[int] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_repeat(url, asked, until, taken, refused) for _ in range(connections)))
    taken.sort()
    return len(taken), taken[len(taken) // 2] * 1_000, taken[len(taken) * 99 // 100] * 1_000, len(refused)


if __name__ == "__main__":
    where, lines, lasting = sys.argv[1:]
    print(json.dumps(asyncio.run(_generate(where, Asked(*json.load(sys.stdin)), int(lines), float(lasting)))))

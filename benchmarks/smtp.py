"""SMTP submission under load, beside a bare sink of aiosmtpd that keeps nothing.

`smtp-source` of Postfix makes the load; `python benchmarks/smtp.py` prints messages a second of each server, the
median of rounds that take turns. `--aiosmtpd` names a Python that has aiosmtpd, from an environment of its own.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from urllib.request import Request, urlopen

Server = Callable[[], AbstractContextManager[str]]

SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0"
SINK = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 Ok"
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Sink(), enable_SMTPUTF8=False), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
if sys.argv[1] == "uvloop":
    import uvloop
    uvloop.install()
asyncio.run(main())
"""
LOADS = {
    "1 session, 2 KB": ("-s", "1", "-l", "2048", "-d"),
    "20 sessions, 2 KB": ("-s", "20", "-l", "2048", "-d"),
    "20 sessions, 2 KB, new connection each": ("-s", "20", "-l", "2048"),
    "20 sessions, 100 KB": ("-s", "20", "-l", "102400", "-d"),
}


@contextmanager
def child(*command: str) -> Iterator[str]:
    """A server, and the first line it prints."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def sestina() -> Iterator[str]:
    """Our port without TLS, with everything done and kept in a file."""
    command = [sys.executable, "-m", "sestina", "start", "--json", "--smtp-auth", "optional"]
    ports = [f"--{name}-port=0" for name in ("smtp", "smtps", "smtp-plain", "inbound")]
    with tempfile.TemporaryDirectory() as folder, child(*command, *ports, "--port=0", "--data", folder) as line:
        ready = json.loads(line)
        body = json.dumps({"EmailIdentity": "example.com"}).encode()
        headers = {"Authorization": SCOPE, "Content-Type": "application/json"}
        urlopen(Request(ready["http"] + "/v2/email/identities", body, headers)).read()
        yield ready["submission_plain"]


@contextmanager
def aiosmtpd(python: str, loop: str) -> Iterator[str]:
    """The sink."""
    with child(python, "-c", SINK, loop) as line:
        yield f"127.0.0.1:{line.strip()}"


def rate(address: str, load: tuple[str, ...], messages: int) -> float:
    """Messages a second."""
    source = shutil.which("smtp-source") or "/usr/sbin/smtp-source"
    began = time.perf_counter()
    envelope = ("-f", "anna@example.com", "-t", "bert@example.net")
    subprocess.run([source, *load, "-m", str(messages), *envelope, address], check=True)
    return messages / (time.perf_counter() - began)


def main() -> None:
    """Reads the arguments, takes turns, prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--aiosmtpd", default="", help="a Python that has aiosmtpd and uvloop")
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    servers: dict[str, Server] = {"sestina": sestina}
    if arguments.aiosmtpd:
        servers |= {f"aiosmtpd {loop}": partial(aiosmtpd, arguments.aiosmtpd, loop) for loop in ("uvloop", "asyncio")}
    for name, load in LOADS.items():
        messages = arguments.messages // (5 if "102400" in load else 1)
        rates: dict[str, list[float]] = {server: [] for server in servers}
        for _ in range(arguments.rounds):
            for server, opened in servers.items():
                with opened() as address:
                    rates[server].append(rate(address, load, messages))
        shown = ", ".join(f"{server} {statistics.median(found):,.0f}/s" for server, found in rates.items())
        print(f"{name}: {shown}", flush=True)


if __name__ == "__main__":
    main()

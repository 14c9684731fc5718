"""The servers that are measured, each a process of its own on a core of its own: sestina, moto and the bare floor."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping

HERE = pathlib.Path(__file__).resolve().parent
CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
FREE_PORTS = ("--port", "0", "--smtp-port", "0", "--smtps-port", "0", "--inbound-port", "0")
PATIENCE = 30.0
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0"


class Server:
    """A running server: where it answers, what it has used of its core, how much memory it holds."""

    def __init__(self, name: str, process: "subprocess.Popen[str]", url: str, ready_after: float) -> None:
        self.name = name
        self.url = url
        self.ready_after = ready_after
        self._process = process

    @property
    def cpu_seconds(self) -> float:
        """User and system time so far."""
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident_megabytes(self) -> float:
        """Resident memory."""
        pages = int(pathlib.Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000

    def ask(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> bytes:
        """One request."""
        headers = {"Authorization": AUTHORIZATION, "Content-Type": content_type}
        request = urllib.request.Request(self.url + path, body or None, headers, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bytes(answer.read())


@contextlib.contextmanager
def sestina(*options: str, name: str = "sestina") -> Iterator[Server]:
    """`sestina start` on free ports."""
    command = [sys.executable, "-m", "sestina", "start", "--json", *FREE_PORTS, *options]
    with _process(command, stdout=subprocess.PIPE) as (process, began):
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["http"]
        yield Server(name, process, url, _answers(url + "/_sestina/health", began))


@contextlib.contextmanager
def moto() -> Iterator[Server]:
    """`moto_server`, the emulator most test suites use."""
    port = _free_port()
    command = [str(pathlib.Path(sys.executable).parent / "moto_server"), "-p", str(port)]
    with _process(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as (process, began):
        url = f"http://127.0.0.1:{port}"
        yield Server("moto_server", process, url, _answers(url + "/moto-api/", began))


@contextlib.contextmanager
def floor() -> Iterator[Server]:
    """A socket with a fixed answer: what nothing on this loop can beat."""
    port = _free_port()
    with _process([sys.executable, str(HERE / "floor.py"), str(port)], stdout=subprocess.DEVNULL) as (process, began):
        url = f"http://127.0.0.1:{port}"
        yield Server("bare socket", process, url, _answers(url, began))


@contextlib.contextmanager
def _process(command: list[str], **options: int) -> Iterator[tuple["subprocess.Popen[str]", float]]:
    environment: Mapping[str, str] = {
        name: value for name, value in os.environ.items() if not name.startswith(("SESTINA_", "AWS_"))
    }
    began = time.perf_counter()
    process: subprocess.Popen[str] = subprocess.Popen(
        command, env=environment, text=True, preexec_fn=pin(SERVER_CORE), **options
    )
    try:
        yield process, began
    finally:
        process.kill()
        process.communicate()


def pin(core: int) -> Callable[[], None] | None:
    """What puts a child process on one core, where the system knows of such a thing."""
    return (lambda: os.sched_setaffinity(0, {core})) if hasattr(os, "sched_setaffinity") else None


def _answers(url: str, began: float) -> float:
    """Seconds until the first answer."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
                answer.read()
            return time.perf_counter() - began
        except urllib.error.HTTPError:
            return time.perf_counter() - began
        except OSError:
            if time.perf_counter() - began > PATIENCE:
                raise
            time.sleep(0.002)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])

"""Servers as processes of their own, and keep-alive sockets that speak to them without any SDK."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Mapping
from typing import Any

SCOPE = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/ses/aws4_request, SignedHeaders=host, Signature=0"
ACCOUNT = "123456789012"
PATIENCE = 60.0
FREE_PORTS = ("--port", "0", "--smtp-port", "0", "--smtps-port", "0", "--inbound-port", "0")


class Process:
    """`sestina start` on free ports, keeping its mail in a folder; `kill` is kill -9."""

    def __init__(self, data: pathlib.Path, *options: str) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SESTINA_", "AWS_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sestina", "start", "--json", "--data", str(data), *FREE_PORTS, *options],
            env=clean,
            stdout=subprocess.PIPE,
        )

    def wait_until_ready(self) -> int:
        """The HTTP port, once it answers."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the server ended before it was ready"
        return int(json.loads(line)["http"].rpartition(":")[2])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """Asks it to end; its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: int) -> int:
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE)
        assert self._process.stdout is not None
        self._process.stdout.close()
        return code


class Answer:
    """Status and body."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Line:
    """One keep-alive connection. Whatever goes wrong with it is an OSError."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def ask(self, method: str, path: str, body: bytes = b"", content_type: str = "application/json") -> Answer:
        """The whole answer; half an answer counts as none."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {SCOPE.format(ACCOUNT)}\r\n"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._socket.sendall(head.encode() + body)
        status = self._reader.readline().split()
        length = 0
        while (line := self._reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        content = self._reader.read(length)
        if not status or not line or len(content) < length:
            raise ConnectionResetError("the answer was cut off")
        return Answer(int(status[1]), content)

    def v1(self, action: str, **members: str) -> Answer:
        """A Query request; `__` stands for the dot."""
        form = {name.replace("__", "."): value for name, value in members.items()}
        query = urllib.parse.urlencode({"Action": action, "Version": "2010-12-01", **form})
        return self.ask("POST", "/", query.encode(), "application/x-www-form-urlencoded")

    def v2(self, method: str, path: str, document: Mapping[str, object]) -> Answer:
        """A REST-JSON request."""
        return self.ask(method, f"/v2/email/{path}", json.dumps(document).encode())

    def close(self) -> None:
        self._reader.close()
        self._socket.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Moment:
    """A point in time that chance has chosen: after so many answers, and so many seconds more."""

    def __init__(self, answers: int, seconds: float) -> None:
        self._answers = answers
        self._seconds = seconds
        self._counted = 0
        self._reached = threading.Event()

    def count(self) -> None:
        self._counted += 1
        if self._counted >= self._answers:
            self._reached.set()

    def wait(self) -> None:
        assert self._reached.wait(PATIENCE), f"only {self._counted} answers"
        threading.Event().wait(self._seconds)

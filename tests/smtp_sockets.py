"""Mail clients over real sockets: smtplib for whole sends, and one that says exactly what it is told."""

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from harness import Server

PATIENCE = 20.0
MESSAGE = b"From: anna@example.com\r\nTo: bert@example.net\r\nSubject: Hello\r\n\r\nHello Bert\r\n"


def address(server: Server, listener: str) -> tuple[str, int]:
    """Host and port of `submission`, `submission_tls` or `submission_plain`."""
    host, _, port = server.app.listeners[listener].rpartition(":")
    return host, int(port)


def trusting_nobody() -> ssl.SSLContext:
    """A client that takes any certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.contextmanager
def smtp(server: Server, listener: str = "submission", user: str = "", password: str = "any") -> Iterator[smtplib.SMTP]:
    """A session of smtplib, logged in if a user is named."""
    host, port = address(server, listener)
    client: smtplib.SMTP
    if listener == "submission_tls":
        client = smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusting_nobody())
    else:
        client = smtplib.SMTP(host, port, timeout=PATIENCE)
    with client:
        if listener == "submission":
            client.starttls(context=trusting_nobody())
        if user:
            client.login(user, password)
        yield client


def submit(
    client: smtplib.SMTP,
    data: bytes = MESSAGE,
    sender: str = "anna@example.com",
    to: tuple[str, ...] = ("bert@example.net",),
) -> tuple[int, str]:
    """Sends one message; code and text of the reply to its final dot."""
    assert 250 == client.mail(sender)[0]
    for recipient in to:
        assert 250 == client.rcpt(recipient)[0]
    code, text = client.data(data)
    return code, text.decode()


def refusal_of(error: Any) -> tuple[int, str]:
    """Code and text of what smtplib raised."""
    return error.value.smtp_code, error.value.smtp_error.decode()


class Wire:
    """A client without manners."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=PATIENCE)
        self._received = b""

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def end_writing(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def read_line(self) -> str:
        while b"\n" not in self._received:
            data = self._socket.recv(65_536)
            if not data:
                return "nothing"
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line.decode("ascii").removesuffix("\r")

    def begin_tls(self) -> None:
        self._socket = trusting_nobody().wrap_socket(self._socket)

    def has_ended(self) -> bool:
        try:
            return not self._received and self._socket.recv(1) == b""
        except ConnectionResetError:
            return True

"""Accepted SendEmail per second on one core: both APIs, in memory and on disk, beside moto and the bare socket."""

import json
import tempfile
import urllib.parse
from collections.abc import Iterator
from contextlib import AbstractContextManager

from load import Asked, Result, load
from servers import AUTHORIZATION, Server, floor, moto, sestina

FORM = "application/x-www-form-urlencoded"
SENDER = "me@example.com"
V1 = urllib.parse.urlencode(
    {
        "Action": "SendEmail",
        "Version": "2010-12-01",
        "Source": SENDER,
        "Destination.ToAddresses.member.1": "you@example.org",
        "Message.Subject.Data": "Hello",
        "Message.Body.Text.Data": "It works.",
    }
)
V2 = json.dumps(
    {
        "FromEmailAddress": SENDER,
        "Destination": {"ToAddresses": ["you@example.org"]},
        "Content": {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "It works."}}}},
    }
)
SENDS = {
    "v1": Asked("POST", "/", {"Authorization": AUTHORIZATION, "Content-Type": FORM}, V1),
    "v2": Asked(
        "POST",
        "/v2/email/outbound-emails",
        {"Authorization": AUTHORIZATION, "Content-Type": "application/json"},
        V2,
    ),
}
CONNECTIONS = (1, 16)
WARMUP = 1.0


class Measured(dict[tuple[str, str, int], Result]):
    """Results by server, API and connections."""


def prepare(server: Server) -> None:
    """The sender's identity."""
    form = urllib.parse.urlencode(
        {"Action": "VerifyEmailIdentity", "Version": "2010-12-01", "EmailAddress": SENDER}
    ).encode()
    server.ask("POST", "/", form, FORM)


def measure(seconds: float) -> Measured:
    """All of it, one server after the other."""
    measured = Measured()
    with tempfile.TemporaryDirectory() as folder:
        for name, starting in _servers(folder):
            with starting as server:
                if name != "bare socket":
                    prepare(server)
                for api, asked in SENDS.items():
                    load(server, asked, 4, WARMUP)
                    for connections in CONNECTIONS:
                        measured[name, api, connections] = load(server, asked, connections, seconds)
    return measured


def _servers(folder: str) -> Iterator[tuple[str, AbstractContextManager[Server]]]:
    yield "bare socket", floor()
    yield "memory", sestina()
    yield "data, normal", sestina("--data", f"{folder}/normal")
    yield "data, full", sestina("--data", f"{folder}/full", "--durability", "full")
    yield "moto_server", moto()


def table(measured: Measured) -> list[str]:
    """As Markdown; the ratios are of requests per CPU second at 16 connections."""
    lines = [
        "| server | API | connections | accepted/s | per CPU second | p50 ms | p99 ms | of the floor | times moto |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for (name, api, connections), result in measured.items():
        bare, other = (measured[of, api, connections].per_cpu_second for of in ("bare socket", "moto_server"))
        lines.append(
            f"| {name} | {api} | {connections} | {result.per_second:,.0f} | {result.per_cpu_second:,.0f} "
            f"| {result.p50:.2f} | {result.p99:.2f} | {result.per_cpu_second / bare:.0%} "
            f"| {result.per_cpu_second / other:.1f} |"
        )
        if result.refused:
            lines.append(f"| {name} | {api} | {connections} | {result.refused} refused | | | | | |")
    return lines

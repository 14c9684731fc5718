"""The client of the native API: one request, answered or explained."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from sestina.cli import Trouble

DEFAULT_URL: Final = "http://127.0.0.1:4566"
PATIENCE: Final = 15.0  # seconds beyond what the server was asked to wait

Query = Mapping[str, str | int | Sequence[str] | None]


def add_url(parser: argparse.ArgumentParser) -> None:
    """The flag that says where the server is."""
    parser.add_argument("--url", default="", help=f"where sestina is, else SESTINA_URL [{DEFAULT_URL}]")


def ask(
    url: str, method: str, path: str, query: Query | None = None, body: object = None, *, seconds: float = 0
) -> tuple[int, bytes]:
    """Status and body of the answer; 408 is the caller's to explain, other errors are trouble."""
    url = url or os.environ.get("SESTINA_URL") or DEFAULT_URL
    parts = urlsplit(url if "://" in url else f"http://{url}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Trouble(f"{url} is not a URL like {DEFAULT_URL}.") from error
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, port, timeout=seconds + PATIENCE)
    given = {name: value for name, value in (query or {}).items() if value not in (None, "", [], ())}
    target = f"{parts.path.rstrip('/')}{path}{'?' if given else ''}{urlencode(given, doseq=True)}"
    try:
        connection.request(method, target, None if body is None else json.dumps(body))
        response = connection.getresponse()
        content = response.read()
    except (OSError, HTTPException, ValueError) as error:
        raise Trouble(_unreachable(url, error)) from error
    finally:
        connection.close()
    if response.status >= 400 and response.status != 408:
        raise Trouble(_refusal(response.status, content))
    return response.status, content


def ask_json(url: str, method: str, path: str, query: Query | None = None, body: object = None) -> Any:
    """The answer's JSON; the caller knows its shape."""
    return json.loads(ask(url, method, path, query, body)[1])


def _unreachable(url: str, error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"{url} does not answer in time. Is that sestina? Say where it is with --url or SESTINA_URL."
    return (
        f"nothing answers at {url} ({error}). Start it with `sestina start`, "
        "or say where it is with --url or SESTINA_URL."
    )


def _refusal(status: int, content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return f"the answer has status {status} and is not sestina's. Say where sestina is with --url or SESTINA_URL."

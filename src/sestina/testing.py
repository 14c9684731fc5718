"""For the tests of our users: a whole sestina on a thread of the test process, ready when the block begins.

with Server() as ses:
    client = boto3.client("sesv2", endpoint_url=ses.url, region_name="us-east-1", ...)
    client.send_email(...)
    ses.settle()
    assert "Hi" == ses.messages(to="ann@example.com")[0]["subject"]
"""

import asyncio
import json
import os
import threading
import urllib.parse
import urllib.request
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from sestina.app import Running, running
from sestina.settings import checked

T = TypeVar("T")
FREE_PORTS = {"port": 0, "smtp_port": 0, "smtps_port": 0, "inbound_port": 0}
PATIENCE = 30.0  # seconds that a call into the server may take


class Server:
    """A server for as long as the block lasts; every keyword is a setting, ports are free ones unless given.

    Raises:
        SettingsError: a setting that cannot be used.
        OSError: on entering the block, if a port is taken, or the folder cannot be used.
    """

    def __init__(self, **settings: Any) -> None:  # settings have their own types, which `checked` checks
        plain = {
            name: os.fspath(value) if isinstance(value, os.PathLike) else value for name, value in settings.items()
        }
        self._settings = checked({**FREE_PORTS, **plain})
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="sestina", daemon=True)
        self.loop: asyncio.AbstractEventLoop
        self.app: Running
        self._end: asyncio.Event

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.app.http

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs so that its AWS SDK speaks to this server, and to this server alone."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ENDPOINT_URL_SES": self.url,
            "AWS_ENDPOINT_URL_SESV2": self.url,
            "AWS_REGION": self._settings.region,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine inside the server and returns its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def settle(self) -> None:
        """Waits until every accepted message has reached its end and every due event is out."""
        self.run(self.app.services.mailroom.settled())

    def messages(self, **filters: str) -> list[dict[str, Any]]:
        """Summaries of the messages, newest first; filters as in `GET /_sestina/messages`."""
        found: list[dict[str, Any]] = self._ask("GET", "/_sestina/messages?" + urllib.parse.urlencode(filters))[
            "messages"
        ]
        return found

    def reset(self) -> None:
        """Forgets everything."""
        self._ask("POST", "/_sestina/reset")

    def _ask(self, method: str, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self.url + path, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            document: dict[str, Any] = json.load(answer)
        return document

    def _main(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failure = error
            self._ready.set()

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        async with running(self._settings) as self.app:
            self._ready.set()
            await self._end.wait()

"""A whole sestina in this process, on a thread of its own, and clients that speak to it over real sockets."""

import asyncio
import itertools
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

import boto3
from botocore.config import Config

from sestina.app import Running, running
from sestina.settings import Settings

T = TypeVar("T")
_ACCOUNTS = itertools.count(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) * 1_000_000 + 100_000_000_001)

FREE_PORTS = {"port": 0, "smtp_port": 0, "smtps_port": 0, "inbound_port": 0}


class Server:
    """A running server; `run` executes a coroutine inside it."""

    def __init__(self, **settings: Any) -> None:
        self._settings = Settings(**{**FREE_PORTS, "seed": 7, **settings})
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="sestina", daemon=True)
        self.loop: asyncio.AbstractEventLoop
        self.app: Running
        self._end: asyncio.Event

    def __enter__(self) -> "Server":
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def url(self) -> str:
        return self.app.http

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def settle(self) -> None:
        """Waits until every accepted message has reached its end."""
        self.run(self.app.services.mailroom.settled())

    def client(self, service: str, account: str, region: str = "us-east-1", **options: Any) -> Any:
        """A boto3 client whose access key is the account."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(retries={"max_attempts": 1, "mode": "standard"}, **options),
        )

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


def new_account() -> str:
    """Twelve digits that no other test uses."""
    return str(next(_ACCOUNTS))

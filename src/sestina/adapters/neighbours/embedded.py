"""The embedded neighbours as the server sees them: a child process, started at the first need, replaced if it dies."""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Mapping
from typing import Final

from sestina.adapters.neighbours import child
from sestina.adapters.neighbours.client import Endpoint
from sestina.logs import bug, event, get_log
from sestina.ports.neighbours import NeighbourError

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 2.0
LINES_KEPT: Final = 20  # of its output, for the log when it dies
LONGEST_LINE: Final = 4096

ENVIRONMENT: Final = {
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",
    "MOTO_DISABLE_GLOBAL_CORS": "true",  # else any web page could read what is on this machine
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # AmazonSESFullAccess and the like
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",  # the bucket is in the path when a request arrives there
    # Credentials that reach no real account, should anything in there ever call out.
    "AWS_ACCESS_KEY_ID": "embedded",
    "AWS_SECRET_ACCESS_KEY": "embedded",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}

COMMAND: Final = (sys.executable, "-P", "-m", child.__name__)

log = get_log("neighbours")


class Embedded:
    """`keep` is the background work; without it nothing starts."""

    def __init__(
        self,
        environment: Mapping[str, str],
        command: tuple[str, ...] = COMMAND,
        start_seconds: float = START_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._command = command
        self._start_seconds = start_seconds
        self._stop_seconds = stop_seconds
        self._environment = {**_inherited(environment), **ENVIRONMENT}
        self._wanted = asyncio.Event()
        self._starting: asyncio.Future[Endpoint | None] | None = None
        self._output: deque[str] = deque(maxlen=LINES_KEPT)

    @property
    def is_awake(self) -> bool:
        """Whether it runs or is about to: before that, nothing can be in it."""
        return self._starting is not None

    async def endpoint(self) -> Endpoint:
        """Where it answers; the first call starts it and waits.

        Raises:
            NeighbourError: it does not start.
        """
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_future()
            self._wanted.set()
        try:
            async with asyncio.timeout(self._start_seconds):
                endpoint = await asyncio.shield(self._starting)
        except TimeoutError:
            endpoint = None
        if endpoint is None:
            said = self._output[-1] if self._output else "it said nothing"
            raise NeighbourError(
                "ServiceUnavailable", f"The embedded AWS services did not start: {said}", retryable=True
            )
        return endpoint

    async def keep(self) -> None:
        """Starts the child whenever it is wanted and not there; when cancelled, ends it."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self._output.clear()
            try:
                await self._live()
            except Exception as error:  # mail goes on whatever happens to the neighbours
                bug(log, "embedded neighbours failed", error)
            finally:
                self._gone()

    async def _live(self) -> None:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environment,
            )
        except OSError as error:
            self._output.append(str(error))
            return
        try:
            await self._listen(process)
        finally:
            await self._end(process)
        event(log, "embedded neighbours ended", level=logging.WARNING, code=process.returncode, said=list(self._output))

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Reads what the child says until it says no more."""
        assert process.stdout is not None
        begun = ""
        while data := await process.stdout.read(65_536):
            *lines, begun = (begun + data.decode("utf-8", "replace")).split("\n")
            for line in lines:
                self._hear(line)
            begun = begun[-LONGEST_LINE:]

    def _hear(self, line: str) -> None:
        word, _, port = line.partition(" ")
        if word == child.READY and self._starting is not None and not self._starting.done():
            event(log, "embedded neighbours started", port=int(port))
            self._starting.set_result(Endpoint("127.0.0.1", int(port)))
            return
        self._output.append(line)
        event(log, "embedded neighbours say", level=logging.DEBUG, line=line)

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        """Ends the child, if it has not ended: it does so by itself when its standard input is closed."""
        assert process.stdin is not None
        process.stdin.close()
        if process.returncode is None:
            try:
                async with asyncio.timeout(self._stop_seconds):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def _gone(self) -> None:
        starting, self._starting = self._starting, None
        if starting is not None and not starting.done():
            starting.set_result(None)


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would give the child our credentials, or one account for all callers."""
    return {name: value for name, value in environment.items() if not name.startswith(("AWS_", "MOTO_"))}

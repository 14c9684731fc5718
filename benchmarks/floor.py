"""The floor: sockets and a fixed answer, nothing else; what no HTTP server on the same loop can beat.

`python benchmarks/floor.py 8100` serves it, with `--listener` the product's listener around an empty handler and with
`--coroutine` the same around one that is a coroutine. Load it with any generator, for example
`wrk -t1 -c16 -d5 http://127.0.0.1:8100`, and compare thousand requests per CPU second.
"""

import argparse
import asyncio
import gc
from typing import cast

import uvloop

from sestina.listeners.http import Answer, Limits, Request, listen

BODY = b'{"MessageId":"0100018f2b3c4d5e-00000000-0000-4000-8000-000000000000-000000"}'
FIXED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
ANSWER = Answer(200, BODY)


class Floor(asyncio.Protocol):
    """Answers whatever it reads, unread."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(FIXED)


def empty(request: Request) -> Answer:
    """Makes a new answer, as real handlers do."""
    return Answer(200, BODY)


async def empty_coroutine(request: Request) -> Answer:
    """The same, without ever waiting."""
    return Answer(200, BODY)


async def serve(port: int, what: str) -> None:
    """Serves until it is killed."""
    if what == "floor":
        await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", port, backlog=1024)
    else:
        await listen(empty if what == "listener" else empty_coroutine, "127.0.0.1", port, Limits())
    gc.freeze()
    print(f"{what} on {port}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Reads the arguments and serves until it is killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--listener", dest="what", action="store_const", const="listener", default="floor")
    choice.add_argument("--coroutine", dest="what", action="store_const", const="coroutine")
    parser.add_argument("--asyncio", action="store_true", help="the standard library's loop instead of uvloop")
    arguments = parser.parse_args()
    factory = asyncio.new_event_loop if arguments.asyncio else uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve(arguments.port, arguments.what))


if __name__ == "__main__":
    main()

"""The embedded neighbours: moto's own server application in a process of its own, ended when its parent is gone.

Run as `python -m sestina.adapters.neighbours.moto_child`; says `READY <port>` on standard output once it listens.
"""

import os
import sys
import threading
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final  # Any is moto's own type of events

if TYPE_CHECKING:
    from werkzeug.serving import ThreadedWSGIServer

READY: Final = "sestina-neighbours-listen-on"
NICE: Final = 5  # the answers of SES come first
FAILURE: Final = "x-sestina-failure"


def main() -> None:
    """Serves until standard input ends, which it does when the parent ends, even by kill -9."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICE)
    server = _make_server()
    sys.stdout.write(f"{READY} {server.server_port}\n")
    sys.stdout.flush()
    sys.stdout = sys.stderr  # nothing else that is printed may be taken for the port
    server.serve_forever()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


def _make_server() -> "ThreadedWSGIServer":
    """Loads moto and werkzeug, which takes most of a second; nowhere else are they imported."""
    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import ThreadedWSGIServer

    default_user_config["lambda"]["use_docker"] = False
    default_user_config["batch"]["use_docker"] = False

    class Handler(MotoRequestHandler):
        """Werkzeug's handler ends every connection with its answer; this one keeps it (about 1 ms less a call)."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def run_wsgi(self) -> None:
            environ = self.environ = self.make_environ()
            if "/events/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
                _send_whole_events()
            environ["wsgi.input"] = BytesIO(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            head: list[tuple[str, list[tuple[str, str]]]] = []

            def start_response(
                status: str, headers: list[tuple[str, str]], _: object = None
            ) -> Callable[[bytes], None]:
                head[:] = [(status, headers)]
                return lambda data: None

            try:
                pieces = self.server.app(environ, start_response)
                body = b"".join(pieces)
                if hasattr(pieces, "close"):
                    pieces.close()
            except Exception as error:
                status, headers, body = _failure(error)
            else:
                status, headers = head[0]
            self._answer(status, headers, body)

        def _answer(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
            if self.command == "HEAD" or status[:3] in ("204", "304"):
                body = b""  # and the length, if moto tells it, is that of the body left out
            else:
                headers = [field for field in headers if field[0].lower() != "content-length"]
                headers.append(("Content-Length", str(len(body))))
            head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
            self.wfile.write(head.encode("latin-1", "replace") + b"\r\n" + body)

    return ThreadedWSGIServer("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), handler=Handler)


@cache
def _send_whole_events() -> None:
    """moto fills a template of text: it has no account, and takes `<id>` in a subject for one of its marks."""
    from moto.events.utils import EventMessageType, EventTemplateParser

    parse = EventTemplateParser.parse

    def parse_or_copy(input_template: str, input_paths_map: dict[str, Any], event: EventMessageType) -> dict[str, Any]:
        if input_template:
            return parse(input_template, input_paths_map, event)
        return {name: value for name, value in event.items() if name != "ingestion-time"}

    EventTemplateParser.parse = staticmethod(parse_or_copy)  # type: ignore[method-assign]


def _failure(error: Exception) -> tuple[str, list[tuple[str, str]], bytes]:
    """What the proxy turns into an error of the protocol at hand."""
    import traceback

    traceback.print_exception(error)
    code = "InternalFailure"
    if isinstance(error, NotImplementedError):
        code = "NotImplemented"
    elif type(error).__name__ == "OperationNotFoundError":
        code = "InvalidAction"
    body = (str(error) or type(error).__name__).encode()
    return "500 Internal Server Error", [(FAILURE, code), ("Content-Type", "text/plain")], body


if __name__ == "__main__":
    main()

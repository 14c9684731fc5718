"""A recorder: an endpoint that plays Amazon SNS, has every topic, and writes down what is published."""

import json
import threading
import urllib.parse
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PUBLISHED = b"<PublishResponse><PublishResult><MessageId>recorded</MessageId></PublishResult></PublishResponse>"


class Recorder:
    """`heard` are the texts of each event, by message id and type, in the order they came."""

    def __init__(self) -> None:
        heard = self.heard = defaultdict[tuple[str, str], list[str]](list)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body leave together

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # whoever asked was killed
                    self.close_connection = True
                    return
                form = dict(urllib.parse.parse_qsl(body.decode()))
                text = form.get("Message", "")
                if text.startswith("{"):  # else the word that a destination was connected
                    document = json.loads(text)
                    heard[document["mail"]["messageId"], document["eventType"]].append(text)
                self.send_response(200)
                self.send_header("Content-Length", str(len(PUBLISHED)))
                self.end_headers()
                self.wfile.write(PUBLISHED)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Recorder":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A connection that broke is what a killed client leaves."""

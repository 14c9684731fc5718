"""The wire as it is: requests that no SDK would make, and answers before any SDK has read them."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from harness import Server

SCOPE = "AWS4-HMAC-SHA256 Credential={}/20260101/{}/ses/aws4_request, SignedHeaders=host, Signature=0"


class Raw:
    """What came back: status, headers in lower case, and the body as text."""

    def __init__(self, status: int, headers: dict[str, str], text: str) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.text = text

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error(self) -> tuple[int, str, str | None]:
        """Status, code and text of an error of v2."""
        return self.status, self.headers["x-amzn-errortype"], self.json["message"]


def send_v2(
    server: Server, account: str, method: str, path: str, body: object = None, region: str = "us-east-1"
) -> Raw:
    """A REST-JSON request; `body` is written as JSON."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": SCOPE.format(account, region), "Content-Type": "application/json"}
    return fetch(urllib.request.Request(server.url + path, data, headers, method=method))


def send_v1(server: Server, account: str, action: str, region: str = "us-east-1", **members: str) -> Raw:
    """A Query request; members are named as on the wire, with `__` for the dot."""
    form = {"Action": action, "Version": "2010-12-01"}
    form |= {name.replace("__", "."): value for name, value in members.items()}
    headers = {"Authorization": SCOPE.format(account, region), "Content-Type": "application/x-www-form-urlencoded"}
    return fetch(urllib.request.Request(server.url + "/", urllib.parse.urlencode(form).encode(), headers))


def fetch(request: urllib.request.Request | str) -> Raw:
    """The answer, whatever its status."""
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return Raw(answer.status, dict(answer.headers), answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Raw(error.code, dict(error.headers), error.read().decode())


def refused(error: Any) -> tuple[str, str]:
    """Code and text of what an SDK client raised."""
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]

"""The inspection as its users see it: requests over a socket, answers with their octets."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from harness import Server, new_account

from sestina.domain.messages import Message


class Seen:
    """An answer: status, headers in lower case, octets."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json["message"])


def look(server: Server, path: str, /, method: str = "GET", body: Any = None, **query: Any) -> Seen:
    """Asks; a query of `from_` is written `from`, a list repeats its name."""
    given = {name.rstrip("_"): value for name, value in query.items()}
    url = f"{server.url}{path}{'?' if given else ''}{urllib.parse.urlencode(given, doseq=True)}"
    return ask(urllib.request.Request(url, None if body is None else json.dumps(body).encode(), method=method))


def ask(request: urllib.request.Request) -> Seen:
    """Sends a request that is made by hand."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return Seen(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Seen(error.code, dict(error.headers), error.read())


def send(client: Any, subject: str = "Hello", to: str = "you@example.org", **more: Any) -> str:
    """A simple message through v2, from a domain that `verified` has prepared; its id."""
    simple = {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "It works."}}}
    content = {"Simple": {**simple, **more.pop("simple", {})}}
    destination = more.pop("destination", {"ToAddresses": [to]})
    sender = more.pop("sender", "Me <me@example.com>")
    answer = client.send_email(FromEmailAddress=sender, Destination=destination, Content=content, **more)
    return str(answer["MessageId"])


def fill(server: Server, account: str, count: int) -> None:
    """Puts messages into an account without sending them, which is quicker."""

    async def insert() -> None:
        regions = server.app.services.regions
        region = await regions.get(account, "us-east-1", 0)
        for number in range(count):
            message = Message(
                id=f"{account}-{number}-{new_account()}",
                account=account,
                region="us-east-1",
                accepted=number,
                operation="SendEmail",
                source="me@example.com",
                mail_from="me@example.com",
                feedback="me@example.com",
                recipients=("filler@example.org",),
                subject="hay",
            )
            _, statements = region.messages.insertion(message, b"Subject: hay\r\n\r\n", None, ())
            await regions.engine.add(statements)

    server.run(insert())


def verified(client: Any, name: str = "example.com") -> Any:
    """The client, allowed to send from the domain."""
    client.create_email_identity(EmailIdentity=name)
    return client

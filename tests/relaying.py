"""A server that hands mail on to a scripted host, and how a test looks at what came of it."""

import contextlib
from collections.abc import Iterator
from typing import Any

from fakes.mail_host import MailHost
from harness import Server, new_account
from inspecting import look, send, verified


class Relayed:
    """The server, a sender on it, and the host behind."""

    def __init__(self, server: Server, host: MailHost) -> None:
        self.server = server
        self.host = host
        self.account = new_account()
        self.sesv2 = verified(server.client("sesv2", self.account))

    def send(self, *to: str, **more: Any) -> str:
        """Sends, and waits until nothing due is left; the message id."""
        id_ = send(self.sesv2, destination={"ToAddresses": list(to)}, **more)
        self.server.settle()
        return id_

    def send_raw(self, data: bytes, *to: str, **more: Any) -> str:
        """Sends a message with its own header."""
        content = {"Raw": {"Data": data}}
        answer = self.sesv2.send_email(Destination={"ToAddresses": list(to)}, Content=content, **more)
        self.server.settle()
        return str(answer["MessageId"])

    def message(self, id_: str) -> Any:
        return look(self.server, f"/_sestina/messages/{id_}").json

    def raw(self, id_: str) -> bytes:
        return look(self.server, f"/_sestina/messages/{id_}/raw").body

    def events(self, id_: str, type_: str | None = None) -> list[Any]:
        return [event for event in self.message(id_)["events"] if type_ in (None, event["type"])]

    def event_types(self, id_: str) -> list[str]:
        return [event["type"] for event in self.events(id_)]

    def steps(self, id_: str) -> list[tuple[str, str]]:
        """Decision and reason of the relay's steps."""
        return [(step["decision"], step["reason"]) for step in self.message(id_)["journey"] if step["stage"] == "relay"]

    def view(self) -> Any:
        return look(self.server, "/_sestina/relay").json

    def freeze(self) -> None:
        assert look(self.server, "/_sestina/clock", "POST", {"freeze": True}).json["frozen"]

    def advance(self, **span: int) -> None:
        """Moves the clock, and waits until nothing due is left."""
        look(self.server, "/_sestina/clock", "POST", {"advance": span})
        self.server.settle()

    def retry(self) -> Any:
        answer = look(self.server, "/_sestina/relay/retry", "POST").json
        self.server.settle()
        return answer


@contextlib.contextmanager
def relaying(host: MailHost, **settings: Any) -> Iterator[Relayed]:
    """A server in front of a host for as long as the block lasts."""
    with Server(**{"relay": host.url, **settings}) as server:
        yield Relayed(server, host)

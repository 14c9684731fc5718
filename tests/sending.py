"""Sending through either API with the same words, and what comes of it: the octets, or a refusal."""

import base64
import email.message
import email.policy
import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from harness import Server
from inspecting import look
from wire import Raw, send_v1, send_v2

ME, YOU = "me@example.com", "you@example.org"
CODES = {"InvalidParameterValue": "BadRequestException"}  # of v1, and of v2 where it is another


class Doors:
    """Both APIs of one account; `v1` and `v2` answer what is on the wire, `client` is an SDK's."""

    def __init__(self, server: Server, account: str) -> None:
        self.server = server
        self.account = account

    def verified(self, *names: str) -> "Doors":
        """With these identities, example.com if none are named."""
        for name in names or ("example.com",):
            assert 200 == self.v2("POST", "identities", EmailIdentity=name).status
        return self

    def v1(self, action: str, **members: str) -> Raw:
        return send_v1(self.server, self.account, action, **members)

    def v2(self, method: str, path: str, **document: Any) -> Raw:
        return send_v2(self.server, self.account, method, f"/v2/email/{path}", document)

    def send_v1(self, source: str = ME, to: Sequence[str] = (YOU,), **more: str) -> Raw:
        """SendEmail of v1; `to` are To addresses."""
        members = {f"Destination__ToAddresses__member__{n}": text for n, text in enumerate(to, 1)}
        members |= {"Message__Subject__Data": "Hello", "Message__Body__Text__Data": "It works.", **more}
        return self.v1("SendEmail", Source=source, **members)

    def send_v2(self, source: str = ME, to: Sequence[str] = (YOU,), simple: Any = None, **more: Any) -> Raw:
        """SendEmail of v2 with simple content."""
        content = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "It works."}}, **(simple or {})}
        document = {"Destination": {"ToAddresses": list(to)}, "Content": {"Simple": content}, **more}
        return self.v2("POST", "outbound-emails", FromEmailAddress=source, **document)

    def send_raw_v1(self, data: bytes, **more: str) -> Raw:
        return self.v1("SendRawEmail", RawMessage__Data=base64.b64encode(data).decode(), **more)

    def send_raw_v2(self, data: bytes, **more: Any) -> Raw:
        content = {"Raw": {"Data": base64.b64encode(data).decode()}}
        return self.v2("POST", "outbound-emails", Content=content, **more)

    def octets(self, message_id: str) -> bytes:
        """The message as it would be sent."""
        seen = look(self.server, f"/_sestina/messages/{message_id}/raw")
        assert 200 == seen.status, seen.body
        return seen.body

    def message(self, message_id: str) -> email.message.EmailMessage:
        """The same, as Python's parser reads it."""
        parsed = email.message_from_bytes(self.octets(message_id), policy=email.policy.default)
        assert isinstance(parsed, email.message.EmailMessage)
        return parsed

    def shown(self, message_id: str) -> Any:
        """The message as the inspection tells of it, once it has reached its end."""
        self.server.settle()
        return look(self.server, f"/_sestina/messages/{message_id}").json


def id_of(answer: Raw) -> str:
    """The message id in an answer of either API."""
    assert 200 == answer.status, answer.text
    if answer.text.startswith("{"):
        return str(answer.json["MessageId"])
    found = ElementTree.fromstring(answer.text).find(".//{*}MessageId")
    assert found is not None
    return str(found.text)


def refusal(answer: Raw) -> tuple[int, str, str | None]:
    """Status, code and text; of v1 checked to be an error document, of v2 an error header and body."""
    if answer.text.startswith("{"):
        assert {"message"} == set(json.loads(answer.text))
        return answer.error
    root = ElementTree.fromstring(answer.text)
    assert "{http://ses.amazonaws.com/doc/2010-12-01/}ErrorResponse" == root.tag
    assert ["Sender", answer.headers["x-amzn-requestid"]] == [root.findtext("{*}Error/{*}Type"), root[1].text]
    return answer.status, root.findtext("{*}Error/{*}Code") or "", root.findtext("{*}Error/{*}Message")


def both(v1_code: str, text: str, v2_code: str = "", v2_status: int = 400) -> list[tuple[int, str, str]]:
    """The same refusal as v1 and v2 word it."""
    return [(400, v1_code, text), (v2_status, v2_code or CODES.get(v1_code, v1_code), text)]


def event_types(shown: Any) -> list[str]:
    return [event["type"] for event in shown["events"]]

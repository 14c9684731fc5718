"""Kill -9 with a full relay queue: all that was accepted reaches the server behind, and events come once."""

import contextlib
import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.mail_host import MailHost, mail_host
from processes import Line, Process

pytestmark = pytest.mark.slow

MESSAGES = 400
UNDER_WAY = 64  # what is being handed on at the end may come twice, nothing else does
TO = "you@example.org"


@contextlib.contextmanager
def life(folder: pathlib.Path, host: MailHost, mode: str) -> Iterator[Line]:
    """A life of the server; it ends by kill -9."""
    process = Process(folder, "--relay", host.url, "--relay-mode", mode, "--log-level", "error")
    try:
        with Line(process.wait_until_ready()) as line:
            yield line
    finally:
        process.kill()


def send_all(line: Line) -> set[str]:
    """The ids of the messages that were acknowledged."""
    line.v2("POST", "identities", {"EmailIdentity": "example.com"})
    sent = set()
    for number in range(MESSAGES):
        content = {"Simple": {"Subject": {"Data": str(number)}, "Body": {"Text": {"Data": "x" * number}}}}
        document = {"FromEmailAddress": "me@example.com", "Destination": {"ToAddresses": [TO]}, "Content": content}
        answer = line.v2("POST", "outbound-emails", document)
        assert 200 == answer.status
        sent.add(answer.json["MessageId"])
    return sent


def received_ids(host: MailHost) -> set[str]:
    return {message.data.partition(b"Message-ID: <")[2].partition(b"@")[0].decode() for message in host.messages}


def settle(line: Line) -> None:
    assert 200 == line.ask("POST", "/_sestina/settled?timeout=60").status


def events(line: Line, id_: str) -> list[Any]:
    found: list[Any] = line.ask("GET", f"/_sestina/messages/{id_}").json["events"]
    return found


@pytest.mark.parametrize("mode", ["deliver", "copy"])
def test_a_queue_that_waits_for_a_server_that_is_down_outlives_us(tmp_path: pathlib.Path, mode: str) -> None:
    with mail_host() as host:
        host.stop()
        with life(tmp_path, host, mode) as line:
            sent = send_all(line)
        host.start()
        with life(tmp_path, host, mode) as line:
            assert 200 == line.ask("POST", "/_sestina/relay/retry").status
            settle(line)
            assert sent == received_ids(host)
            assert 0 == line.ask("GET", "/_sestina/relay").json["waiting"]
            types = [event["type"] for event in events(line, min(sent))]
            assert 1 == types.count("Delivery")


def test_killed_while_it_hands_on_it_goes_on_where_it_was(tmp_path: pathlib.Path) -> None:
    with mail_host() as host:
        with life(tmp_path, host, "deliver") as line:
            sent = send_all(line)
        with life(tmp_path, host, "deliver") as line:
            settle(line)
            assert sent == received_ids(host)
            assert MESSAGES <= len(host.messages) <= MESSAGES + UNDER_WAY
            for id_ in sent:
                found = events(line, id_)
                assert ["Send", "Delivery"] == [event["type"] for event in found]
                assert 2 == len({event["id"] for event in found})

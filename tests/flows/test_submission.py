"""Mail submitted over SMTP goes the same road as any other message."""

import json
import smtplib
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest
from harness import Server
from inspecting import send
from outcomes import payloads_of, watched_set
from smtp_sockets import MESSAGE, Wire, address, refusal_of, smtp, submit
from smtp_transcripts import NAMES, load
from wire import fetch

from sestina.adapters.certificates import find_or_make
from sestina.domain.events import Event
from sestina.domain.messages import Message
from sestina.storage.messages import Stored

NOT_VERIFIED = (
    "Message rejected: Email address is not verified. The following identities failed the check in region US-EAST-1: {}"
)


@pytest.fixture(scope="module")
def open_server() -> Iterator[Server]:
    """A server that asks for no login, and knows example.com in the default account."""
    with Server(smtp_plain_port=0, smtp_auth="optional", smtp_auth_without_tls=True) as server:
        server.client("sesv2", "000000000000").create_email_identity(EmailIdentity="example.com")
        yield server


@pytest.fixture(scope="module")
def strict_server() -> Iterator[Server]:
    """A server as AWS is, with example.com in the default account."""
    with Server() as server:
        server.client("sesv2", "000000000000").create_email_identity(EmailIdentity="example.com")
        yield server


@pytest.fixture
def sender(sesv2: Any, account: str) -> str:
    """An account that may send for example.com."""
    sesv2.create_email_identity(EmailIdentity="example.com")
    return account


def stored(server: Server, account: str, region: str = "us-east-1") -> list[tuple[Stored, bytes, list[Event]]]:
    """The messages of an account, newest first, with their bytes and events."""

    async def look() -> list[tuple[Stored, bytes, list[Event]]]:
        messages = (await server.app.services.regions.get(account, region, 0)).messages
        return [
            (one, await messages.raw(one.seq) or b"", [event for _, event in await messages.events(one.seq)])
            for one in await messages.newest(10)
        ]

    server.settle()
    return server.run(look())


def only(server: Server, account: str, region: str = "us-east-1") -> Message:
    [(one, _, _)] = stored(server, account, region)
    return one.message


@pytest.mark.parametrize("listener", ["submission", "submission_tls"])
def test_a_message_is_accepted_with_its_id_and_delivered(server: Server, sender: str, listener: str) -> None:
    with smtp(server, listener, sender) as client:
        code, text = submit(client)
    [(one, raw, events)] = stored(server, sender)
    assert (250, f"Ok {one.message.id}") == (code, text)
    assert ["Send", "Delivery"] == [event.type.value for event in events]
    assert raw.endswith(b"\r\n\r\nHello Bert\r\n")
    assert ("SendSmtpEmail", "anna@example.com", "anna@example.com", ("bert@example.net",), "127.0.0.1") == (
        one.message.operation,
        one.message.source,
        one.message.feedback,
        one.message.recipients,
        one.message.source_ip,
    )


@pytest.mark.parametrize("listener", ["submission", "submission_tls"])
def test_events_tell_the_version_of_tls_that_a_message_came_in_by(
    server: Server, sender: str, sesv2: Any, listener: str
) -> None:
    watched = watched_set(sesv2)
    with smtp(server, listener, sender) as client:
        message = submit(client, f"X-SES-CONFIGURATION-SET: {watched}\r\n".encode() + MESSAGE)[1].removeprefix("Ok ")
    for payload in payloads_of(server, message):
        assert ("ses:source-tls-version", ["TLSv1.3"]) == next(iter(payload["mail"]["tags"].items()))


def test_events_of_a_message_that_came_in_the_clear_tell_of_no_tls(open_server: Server) -> None:
    client = open_server.client("sesv2", "000000000000")
    watched = watched_set(client)
    with smtp(open_server, "submission_plain", "000000000000") as session:
        message = submit(session, f"X-SES-CONFIGURATION-SET: {watched}\r\n".encode() + MESSAGE)[1].removeprefix("Ok ")
    ids = [message, send(client, sender="anna@example.com", ConfigurationSetName=watched)]
    tags = [payload["mail"]["tags"] for id_ in ids for payload in payloads_of(open_server, id_)]
    assert {"ses:operation"} == {next(iter(each)) for each in tags}


def test_the_plain_port_needs_no_tls(open_server: Server) -> None:
    with smtp(open_server, "submission_plain", "user") as client:
        assert not client.has_extn("starttls")
        assert 250 == submit(client)[0]


def test_a_message_carries_a_received_field_and_loses_the_fields_meant_for_ses(server: Server, sender: str) -> None:
    with smtp(server, user=sender) as client:
        client.ehlo("client.example.com")
        submit(client, b"X-SES-MESSAGE-TAGS: color=red, size=7\r\nBcc: carl@example.net\r\n" + MESSAGE)
    [(one, raw, _)] = stored(server, sender)
    received, _, rest = raw.partition(b";\r\n ")
    assert received.startswith(
        b"Received: from client.example.com (localhost [127.0.0.1])\r\n by email-smtp.amazonaws.com with SMTP (SimpleE"
    )
    assert received.endswith(b"\r\n for bert@example.net")
    assert b"X-SES-MESSAGE-TAGS" not in rest
    assert b"Bcc" not in rest
    assert [("color", "red"), ("size", "7")] == [(tag.name, tag.value) for tag in one.message.tags]
    assert b"X-SES-MESSAGE-TAGS: color=red, size=7" in one.message.submitted_header


def test_a_message_without_to_is_for_those_on_the_envelope_alone(server: Server, sender: str) -> None:
    with smtp(server, user=sender) as client:
        assert 250 == submit(client, MESSAGE.replace(b"To: bert@example.net\r\n", b""))[0]


def test_only_the_envelope_says_who_receives(server: Server, sender: str) -> None:
    with smtp(server, user=sender) as client:
        submit(client, b"Cc: nobody@example.net\r\n" + MESSAGE, to=("x@example.org", "y@example.org"))
    assert ("x@example.org", "y@example.org") == only(server, sender).recipients


def test_every_message_of_a_connection_has_its_own_id(server: Server, sender: str) -> None:
    with smtp(server, user=sender) as client:
        ids = [submit(client)[1].removeprefix("Ok ") for _ in range(3)]
    assert ids == [one.message.id for one, _, _ in reversed(stored(server, sender))]


def test_a_configuration_set_is_named_in_the_header(server: Server, sender: str, sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="news")
    with smtp(server, user=sender) as client:
        assert 250 == submit(client, b"X-SES-CONFIGURATION-SET: news\r\n" + MESSAGE)[0]
        refused = submit(client, b"X-SES-CONFIGURATION-SET: old\r\n" + MESSAGE)
    assert (554, "Message rejected: Configuration set <old> does not exist.") == refused
    assert "news" == only(server, sender).configuration_set


def test_the_envelope_sender_must_be_verified_too(server: Server, sender: str) -> None:
    with smtp(server, user=sender) as client:
        refused = submit(client, sender="anna@example.org")
    assert (554, NOT_VERIFIED.format("anna@example.org")) == refused


def test_the_author_must_be_verified_whoever_stands_on_the_envelope(server: Server, sender: str) -> None:
    with smtp(server, user=sender) as client:
        refused = submit(client, MESSAGE.replace(b"anna@example.com", b"anna@example.org"))
    assert (554, NOT_VERIFIED.format("anna@example.org")) == refused


def test_every_author_must_be_verified(server: Server, sender: str) -> None:
    def submitted(authors: bytes) -> tuple[int, str]:
        with smtp(server, user=sender) as client:
            return submit(client, MESSAGE.replace(b"anna@example.com", authors))

    assert 250 == submitted(b"anna@example.com, Bo <bo@mail.example.com>")[0]
    for authors in (b"anna@example.com, eve@example.org", b"eve@example.org, anna@example.com"):
        assert (554, NOT_VERIFIED.format("eve@example.org")) == submitted(authors)
    more = "Team: Eve <eve@example.org>, anna@example.com, x@example.org;"
    assert (554, NOT_VERIFIED.format("Eve <eve@example.org>, x@example.org")) == submitted(more.encode())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"Subject: again\r\n" + MESSAGE, "Duplicate header 'Subject'."),
        (MESSAGE.replace(b"anna@example.com", b"anna"), "Missing final '@domain'"),
        (MESSAGE.replace(b"From: anna@example.com\r\n", b""), "Missing required header 'From'."),
        (MESSAGE.replace(b"anna@example.com", b""), "Empty required header 'From'."),
        (MESSAGE.replace(b"bert@example.net", b""), "Empty required header 'To'."),
        (MESSAGE.replace(b"anna@example.com", b"none:;"), "Invalid From address provided."),
        (b"", "Missing required header 'From'."),
        (b"Content-Disposition: attachment; filename=run.exe\r\n" + MESSAGE, "Unsupported attachment type: 'run.exe'."),
        (
            b"X-SES-MESSAGE-TAGS: a b=c\r\n" + MESSAGE,
            "Invalid tag name <a b>: only alphanumeric ASCII characters, '_',  '-' are allowed.",
        ),
    ],
)
def test_content_is_refused_after_the_final_dot(server: Server, sender: str, data: bytes, text: str) -> None:
    with smtp(server, user=sender) as client:
        assert (554, f"Transaction failed: {text}") == submit(client, data)


def test_fifty_recipients_are_enough(server: Server, sender: str) -> None:
    recipients = tuple(f"r{number}@example.net" for number in range(51))
    with smtp(server, user=sender) as client:
        assert (554, "Transaction failed: Recipient count exceeds 50.") == submit(client, to=recipients)
        assert 250 == submit(client, to=recipients[:50])[0]


def test_a_paused_account_is_told_so(server: Server, sender: str, sesv2: Any) -> None:
    sesv2.put_account_sending_attributes(SendingEnabled=False)
    with smtp(server, user=sender) as client:
        assert (554, "Message rejected: Email sending is disabled for your account.") == submit(client)


def test_a_used_up_quota_is_told_with_a_code_to_try_again() -> None:
    with Server(sandbox=True, enforce_quota=True, sender_gate=False) as server, smtp(server, user="x") as client:
        for _ in range(4):
            assert 250 == submit(client, to=tuple(f"r{number}@example.net" for number in range(50)))[0]
        assert (454, "Throttling failure: Daily message quota exceeded.") == submit(client)


def test_a_refused_message_is_remembered_for_who_wonders(server: Server, account: str) -> None:
    with smtp(server, user=account) as client:
        submit(client)
    region = server.run(server.app.services.regions.get(account, "us-east-1", 0))
    [refused] = region.refused
    assert ("SendSmtpEmail", "554", NOT_VERIFIED.format("anna@example.com")) == (
        refused.operation,
        refused.code,
        refused.message,
    )


@pytest.mark.parametrize(
    ("effect", "answer"),
    [
        ({"type": "throttle"}, (454, "Throttling failure: Maximum sending rate exceeded.")),
        ({"type": "error"}, (451, "Temporary service failure")),
        ({"type": "error", "status": 503, "code": "Throttling"}, (451, "Temporary service failure")),
        ({"type": "error", "status": 429, "message": "Slow."}, (454, "Throttling failure: Slow.")),
        ({"type": "error", "status": 400, "code": "Throttling", "message": "S."}, (454, "Throttling failure: S.")),
        ({"type": "error", "status": 400, "message": "Odd."}, (554, "Transaction failed: Odd.")),
        ({"type": "error", "status": 400, "code": "MessageRejected", "message": "No."}, (554, "Message rejected: No.")),
        ({"type": "error", "status": 403, "message": "No."}, (554, "Access denied: No.")),
        ({"type": "error", "status": 404, "code": "Whatever", "message": ""}, (554, "Transaction failed:")),
    ],
)
def test_a_fault_on_order_strikes_here_too(
    server: Server, sender: str, effect: dict[str, object], answer: tuple[int, str]
) -> None:
    body = json.dumps({"account": sender, "effect": effect, "times": 1}).encode()
    fetch(Request(server.url + "/_sestina/faults", body, method="POST"))
    with smtp(server, user=sender) as client:
        assert [answer, 250] == [submit(client), submit(client)[0]]
    region = server.run(server.app.services.regions.get(sender, "us-east-1", 0))
    assert [str(answer[0])] == [refused.code for refused in region.refused]


def test_by_default_every_name_and_password_will_do(server: Server) -> None:
    with smtp(server) as client:
        assert (235, b"Authentication successful.") == client.login("anybody", "anything")


def test_a_large_message_arrives_whole(server: Server, sender: str) -> None:
    body = b"".join(b".%07d\r\n" % number for number in range(500_000))
    with smtp(server, user=sender) as client:
        assert 250 == submit(client, MESSAGE + body)[0]
    [(_, raw, _)] = stored(server, sender)
    assert raw.endswith(MESSAGE.partition(b"\r\n\r\n")[2] + body)


def test_fakeclouds_clients_see_submissions(open_server: Server) -> None:
    with smtp(open_server, "submission_plain", "jane-at-123456789012") as client:
        open_server.client("sesv2", "123456789012").create_email_identity(EmailIdentity="example.com")
        identifier = submit(client)[1].removeprefix("Ok ")
    submissions = fetch(open_server.url + "/_fakecloud/ses/smtp/submissions").json["submissions"]
    [shown] = [each for each in submissions if each["messageId"] == identifier]
    assert datetime.fromisoformat(shown.pop("receivedAt")).tzinfo
    assert {
        "messageId": identifier,
        "from": "anna@example.com",
        "to": ["bert@example.net"],
        "subject": "Hello",
        "rawSizeBytes": len(MESSAGE),
        "authUser": "jane-at-123456789012",
    } == shown


def test_the_certificate_can_be_fetched_and_trusted(server: Server) -> None:
    told = fetch(server.url + "/_sestina/certificate")
    assert "application/x-pem-file" == told.headers["content-type"]
    host, port = address(server, "submission_tls")
    trusting = ssl.create_default_context(cadata=told.text)
    with socket.create_connection((host, port)) as plain, trusting.wrap_socket(plain, server_hostname=host) as wrapped:
        assert wrapped.recv(1000).startswith(b"220 email-smtp.amazonaws.com")


def test_the_certificate_of_ones_own_file_can_be_fetched_and_its_key_cannot(tmp_path: Path) -> None:
    certificate, key = find_or_make(tmp_path / "made")
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    with Server(tls_certificate=str(both)) as server:
        assert certificate.read_text() == fetch(server.url + "/_sestina/certificate").text


@pytest.mark.parametrize("name", NAMES)
def test_the_server_says_what_the_transcript_says(open_server: Server, strict_server: Server, name: str) -> None:
    transcript = load(name)
    server = open_server if transcript.is_plain else strict_server
    listener = (
        "submission_plain" if transcript.is_plain else "submission_tls" if transcript.is_wrapped else "submission"
    )
    with Wire(*address(server, listener)) as wire:
        if transcript.is_wrapped:
            wire.begin_tls()
        transcript.play(wire)


def test_a_client_that_writes_no_more_still_gets_its_answer(open_server: Server) -> None:
    with Wire(*address(open_server, "submission_plain")) as wire:
        wire.send(b"HELO c\r\nMAIL FROM:<anna@example.com>\r\nRCPT TO:<b@example.net>\r\nDATA\r\n" + MESSAGE + b".\r\n")
        wire.end_writing()
        lines = [wire.read_line() for _ in range(6)]
        assert lines[-1].startswith("250 Ok 01")
        assert wire.has_ended()


def test_a_hundred_sessions_send_at_once(server: Server, sender: str) -> None:
    def session(_: int) -> list[int]:
        with smtp(server, user=sender) as client:
            return [submit(client)[0] for _ in range(2)]

    with ThreadPoolExecutor(100) as pool:
        codes = [code for codes in pool.map(session, range(100)) for code in codes]
    server.settle()
    region = server.run(server.app.services.regions.get(sender, "us-east-1", 0))
    assert [250] * 200 == codes
    assert 200 == len(server.run(region.messages.newest(1000)))


def test_one_session_too_many_is_sent_away() -> None:
    with Server(max_smtp_connections=2) as server, smtp(server), smtp(server):
        with pytest.raises(smtplib.SMTPConnectError) as error:
            smtplib.SMTP(*address(server, "submission"))
        assert (421, "Too many concurrent SMTP connections") == refusal_of(error)

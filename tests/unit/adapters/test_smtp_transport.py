"""The SMTP client against a host that answers as it is told."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from fakes.mail_host import MailHost, mail_host

from sestina.adapters.smtp_line import MOST_MESSAGES, MOST_REFUSALS
from sestina.adapters.smtp_transport import SmtpTransport
from sestina.domain.relay import Remote
from sestina.ports.mail import Envelope, Transmission, TransmissionError

T = TypeVar("T")
PATIENCE = 20
ENVELOPE = Envelope(mail_from="me@example.com", recipients=("you@example.org",), raw=b"Subject: Hi\r\n\r\nHello\r\n")


@pytest.fixture
def host() -> Iterator[MailHost]:
    with mail_host() as made:
        yield made


def speaking(port: int, work: Callable[[SmtpTransport], Awaitable[T]], *, name: str = "127.0.0.1") -> T:
    """What comes of work with a transport."""

    async def run() -> T:
        transport = SmtpTransport(Remote(host=name, port=port), timeout=PATIENCE)
        try:
            return await work(transport)
        finally:
            await transport.close()

    return asyncio.run(run())


def sent(host: MailHost, *envelopes: Envelope) -> list[Transmission]:
    """What becomes of messages sent one after the other."""

    async def work(transport: SmtpTransport) -> list[Transmission]:
        return [await transport.send(envelope) for envelope in envelopes]

    return speaking(host.port, work)


def with_raw(raw: bytes) -> Envelope:
    return Envelope(mail_from="", recipients=("you@example.org",), raw=raw)


@pytest.mark.parametrize(
    ("raw", "arrives"),
    [
        (b"", b"\r\n"),
        (b".", b".\r\n"),
        (b".\r\n", b".\r\n"),
        (b"a\r\n.\r\n..\r\n.b\r\n", b"a\r\n.\r\n..\r\n.b\r\n"),
        (b"a\n.\nMAIL FROM:<x@y.z>\n", b"a\r\n.\r\nMAIL FROM:<x@y.z>\r\n"),
        (b"a\r.\rb", b"a\r\n.\r\nb\r\n"),
        (b"a\r\n.\nb\n.\r\nc", b"a\r\n.\r\nb\r\n.\r\nc\r\n"),
        (bytes(range(14, 256)), bytes(range(14, 256)) + b"\r\n"),
    ],
)
def test_nothing_in_a_message_ends_it_early(host: MailHost, raw: bytes, arrives: bytes) -> None:
    sent(host, with_raw(raw), ENVELOPE)
    assert [arrives, ENVELOPE.raw] == [message.data for message in host.messages]


def test_the_null_reverse_path_is_empty(host: MailHost) -> None:
    sent(host, with_raw(b"x"))
    assert "MAIL FROM:<> SIZE=3" in host.commands


def test_replies_come_in_the_order_of_recipients(host: MailHost) -> None:
    host.script.recipients = {"b@example.org": "550 5.1.1 no", "c@example.org": "450 4.2.0 later"}
    recipients = tuple(f"{name}@example.org" for name in "abcd")
    (done,) = sent(host, Envelope(mail_from="me@example.com", recipients=recipients, raw=b"x"))
    expected = ["250 2.0.0 Ok: queued as 1", "550 5.1.1 no", "450 4.2.0 later", "250 2.0.0 Ok: queued as 1"]
    assert expected == [reply.line for reply in done.replies]
    assert ("127.0.0.1", "127.0.0.1", None) == (done.host, done.ip, done.tls_version)
    assert 0 <= done.milliseconds < PATIENCE * 1000


def test_without_a_recipient_left_no_content_is_sent(host: MailHost) -> None:
    host.script.recipients = {"you@example.org": "550 5.1.1 no"}
    sent(host, ENVELOPE)
    assert ("RSET", 0) == (host.commands[-2], host.commands.count("DATA"))


def test_a_connection_is_worn_out_by_refusals_and_by_use(host: MailHost) -> None:
    host.script.recipients = {"you@example.org": "550 5.1.1 no"}
    sent(host, *[ENVELOPE] * (MOST_REFUSALS + 1))
    assert 2 == host.connections
    host.script.recipients.clear()
    sent(host, *[ENVELOPE] * (MOST_MESSAGES + 1))
    assert (4, MOST_MESSAGES + 1) == (host.connections, len(host.messages))


def test_a_kept_connection_whose_service_closes_is_replaced(host: MailHost) -> None:
    async def work(transport: SmtpTransport) -> list[str]:
        await transport.send(ENVELOPE)
        host.script.mail = "421 4.4.2 idle for too long"
        host.script.once = True
        done = await transport.send(ENVELOPE)
        return [reply.line for reply in done.replies]

    assert ["250 2.0.0 Ok: queued as 2"] == speaking(host.port, work)
    assert 2 == host.connections


def test_a_service_that_closes_at_once_is_worth_another_try(host: MailHost) -> None:
    host.script.mail = "421 4.3.2 going down"
    (done,) = sent(host, ENVELOPE)
    assert ("mail", "421 4.3.2 going down", False) == (
        done.replies[0].stage,
        done.replies[0].line,
        done.replies[0].is_final,
    )


def test_connections_are_shared_but_no_more_than_allowed(host: MailHost) -> None:
    async def work(transport: SmtpTransport) -> int:
        await asyncio.gather(*(transport.send(ENVELOPE) for _ in range(50)))
        return transport.connections

    assert 4 == speaking(host.port, work)
    assert (4, 50) == (host.connections, len(host.messages))


def test_addresses_beyond_ascii_need_a_server_for_them(host: MailHost) -> None:
    envelope = Envelope(mail_from="me@example.com", recipients=("grüße@example.org",), raw=b"x")
    (refused,) = sent(host, envelope)
    assert "553 5.6.7" == refused.replies[0].line[:9]
    host.script.offers = (*host.script.offers, "SMTPUTF8")
    (done,) = sent(host, envelope)
    assert done.replies[0].is_taken
    assert ["grüße@example.org"] == host.messages[0].recipients
    assert "SMTPUTF8" in host.messages[0].parameters


def test_a_server_that_offers_nothing_gets_the_octets_as_they_are(host: MailHost) -> None:
    host.script.offers = ()
    sent(host, with_raw(b"Gr\xc3\xbc\xc3\x9fe"))
    assert ([], b"Gr\xc3\xbc\xc3\x9fe\r\n") == (host.messages[0].parameters, host.messages[0].data)


def test_a_server_that_does_not_want_content_after_all_is_heeded(host: MailHost) -> None:
    host.script.go_ahead = "451 4.3.1 no space"
    assert "451 4.3.1 no space" == sent(host, ENVELOPE)[0].replies[0].line


def test_a_name_that_is_none_is_a_temporary_trouble() -> None:
    async def work(transport: SmtpTransport) -> str:
        with pytest.raises(TransmissionError) as trouble:
            await transport.send(ENVELOPE)
        return trouble.value.reply.line

    assert speaking(25, work, name="a..b").startswith("421 4.4.3 Unable to look up the server")


def test_a_large_message_arrives_whole(host: MailHost) -> None:
    raw = (b"x" * 70 + b"\r\n.dots\r\n") * 100_000
    sent(host, with_raw(raw))
    assert raw == host.messages[0].data


@pytest.mark.parametrize(
    "script", [{"is_silent": True}, {"go_ahead": "354 go", "dot": "silence"}], ids=["greeting", "end"]
)
def test_who_gives_up_waiting_leaves_no_connection(script: dict[str, object]) -> None:
    async def work(transport: SmtpTransport) -> int:
        sending = asyncio.ensure_future(transport.send(ENVELOPE))
        await asyncio.to_thread(host.wait_until_asked)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        return transport.connections

    with mail_host(**script) as host:
        assert 0 == speaking(host.port, work)

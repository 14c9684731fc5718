"""The SMTP listener: TLS on both event loops, time, room, faults and the end."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest
from fakes.http_peer import Run
from fakes.smtp_peer import ENVELOPE, PATIENCE, STRICT, serving

from sestina.adapters.certificates import Certificates
from sestina.listeners.smtp import SmtpLimits
from sestina.listeners.smtp_desks import Request
from sestina.protocols.smtp.replies import Reply, reply

TIMED_OUT = "451 4.4.2 Timeout waiting for data from client."
HELD = SmtpLimits(before_login=0.05, idle=0.05, content=0.05, slowest=10**9, handshake=0.1, linger=0.05)


def test_a_session_goes_on_inside_tls(run: Run) -> None:
    async def story() -> None:
        async with serving(dialect=STRICT) as place:
            peer = await place.peer()
            await peer.send(b"EHLO client\r\nSTARTTLS\r\n")
            assert "220 Ready to start TLS" == (await peer.lines(7))[-1]
            await peer.begin_tls()
            await peer.send(b"EHLO client\r\nAUTH PLAIN AGEAYg==\r\nMAIL FROM:<a@b.c>\r\nQUIT\r\n")
            assert ["235 Authentication successful.", "250 Ok", "221 Bye"] == (await peer.lines(8))[-3:]
            assert b"" == await peer.ended()
            assert ["TLSv1.3"] == [other.tls for other in place.desk.others]

    run(story())


def test_a_wrapped_port_greets_inside_tls(run: Run) -> None:
    async def story() -> None:
        async with serving(dialect=STRICT) as place:
            peer = await place.peer(tls=True)
            await peer.send(b"EHLO client\r\n")
            assert ["250-mail.example.com", "250-8BITMIME", "250-SIZE 50000000", "250-AUTH PLAIN LOGIN", "250 Ok"] == (
                await peer.lines(5)
            )

    run(story())


def test_a_client_that_does_not_speak_tls_is_dropped(run: Run) -> None:
    async def story() -> None:
        async with serving() as place:
            peer = await place.peer()
            await peer.send(b"EHLO client\r\nSTARTTLS\r\n")
            await peer.lines(7)
            await peer.send(b"MAIL FROM:<a@b.c>\r\n")
            assert await peer.is_cut_off()

    run(story())


def test_a_client_that_never_shakes_hands_is_dropped(run: Run) -> None:
    async def story() -> None:
        async with serving(HELD) as place:
            peer = await place.silent_peer(place.tls_port)
            assert await peer.is_cut_off()

    run(story())


def test_a_certificate_that_cannot_be_used_ends_the_session_and_is_told_to_the_log(
    run: Run, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = Certificates(None, str(tmp_path / "missing.pem")).context

    async def story() -> None:
        async with serving(tls=context) as place:
            peer = await place.peer()
            await peer.send(b"EHLO client\r\nSTARTTLS\r\n")
            await peer.lines(7)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await peer.begin_tls()

    run(story())
    assert "no certificate" in caplog.text


@pytest.mark.parametrize(
    "sent", [b"", b"EHLO client\r\n", b"EHLO client\r\nMAIL", ENVELOPE, ENVELOPE + b"DATA\r\nSubject: x\r\n"]
)
def test_a_client_that_falls_silent_is_told_and_left(run: Run, sent: bytes) -> None:
    async def story() -> None:
        async with serving(HELD) as place:
            peer = await place.peer()
            await peer.send(sent)
            assert (await peer.ended()).decode().endswith(TIMED_OUT + "\r\n")

    run(story())


def test_a_session_lasts_longer_once_it_is_logged_in(run: Run) -> None:
    limits = SmtpLimits(before_login=0.05, idle=PATIENCE)

    async def story() -> None:
        async with serving(limits, dialect=STRICT) as place:
            known, unknown = await place.peer(tls=True), await place.peer(tls=True)
            await known.send(b"EHLO client\r\nAUTH PLAIN AGEAYg==\r\n")
            assert "235 Authentication successful." == (await known.lines(6))[-1]
            assert TIMED_OUT == await unknown.line()
            await known.send(b"NOOP\r\n")
            assert "250 Ok" == await known.line()

    run(story())


def test_a_message_without_room_is_dropped_and_may_be_tried_again(run: Run) -> None:
    gate, asked = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply | None:
        asked.set()
        await gate.wait()
        return None

    async def story() -> None:
        async with serving(SmtpLimits(room=100_000), answering=wait) as place:
            whole, half, late = [await place.peer() for _ in range(3)]
            await whole.send(ENVELOPE + b"DATA\r\n" + b"x" * 60_000 + b"\r\n.\r\n")
            await asked.wait()
            for peer in (half, late):
                await peer.send(ENVELOPE + b"DATA\r\n")
                assert "354 End data with <CR><LF>.<CR><LF>" == (await peer.lines(4))[-1]
            await half.send(b"x" * 60_000)
            for _ in range(3):
                await place.peer()  # by now these are read, and dropped
            await late.send(b"x" * 30_000 + b"\r\n.\r\n")
            while len(place.desk.messages) < 2:
                await place.peer()
            await half.send(b"x" * 1_000_000 + b"\r\n.\r\n" + ENVELOPE)
            assert ["451 Temporary service failure", "250 mail.example.com"] == await half.lines(2)
            gate.set()
            assert "250 Ok" == (await whole.lines(5))[-1]
            assert "250 Ok" == await late.line()
            await half.send(b"DATA\r\n" + b"x" * 99_000 + b"\r\n.\r\n")
            assert "250 Ok" == (await half.lines(4))[-1]
            assert [60_002, 30_002, 99_002] == [len(message.data) for message in place.desk.messages]

    run(story())


def test_a_session_that_never_logs_in_ends_however_much_it_says(run: Run) -> None:
    limits = SmtpLimits(before_login=PATIENCE, until_login=0.3)

    async def story() -> None:
        async with serving(limits, dialect=STRICT) as place:
            known = await place.peer(tls=True)
            await known.send(b"EHLO client\r\nAUTH PLAIN AGEAYg==\r\n")
            assert "235 Authentication successful." == (await known.lines(6))[-1]
            unknown = await place.peer(tls=True)
            answers = set()
            while TIMED_OUT not in answers:
                with contextlib.suppress(ConnectionError):
                    await unknown.send(b"NOOP\r\n")
                answers.add(await unknown.line())
            assert {"250 Ok", TIMED_OUT} == answers
            await known.send(b"NOOP\r\n")
            assert "250 Ok" == await known.line()

    run(story())


def test_what_is_asked_may_take_its_time_and_what_is_sent_meanwhile_waits(run: Run) -> None:
    gate = asyncio.Event()

    async def wait(request: Request) -> Reply | None:
        await gate.wait()
        return reply("250 Ok at last")

    async def story() -> None:
        async with serving(HELD, answering=wait) as place:
            peer = await place.peer()
            await peer.send(ENVELOPE + b"DATA\r\n.\r\n")
            assert "354 End data with <CR><LF>.<CR><LF>" == (await peer.lines(4))[-1]
            other = await place.peer()
            assert TIMED_OUT == await other.line()  # as long as others may be silent
            await peer.send(b"NOOP\r\n")
            await place.peer()  # by now the first is read
            await peer.send(b"NOOP\r\nQUIT\r\n")
            await place.peer()
            gate.set()
            assert ["250 Ok at last", "250 Ok", "250 Ok", "221 Bye"] == await peer.lines(4)

    run(story())


@pytest.mark.parametrize("waits", [False, True])
def test_a_bug_is_a_temporary_failure_for_the_client(run: Run, waits: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(request: Request) -> Reply | None:
        if waits:
            turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(turn.set_result, None)
            await turn
        raise RuntimeError("a bug")

    async def story() -> None:
        async with serving(answering=fail) as place:
            peer = await place.peer()
            await peer.send(ENVELOPE + b"DATA\r\n.\r\nNOOP\r\n")
            assert ["451 Temporary service failure", "250 Ok"] == (await peer.lines(6))[-2:]

    run(story())
    assert "a bug" in caplog.text


def test_a_client_that_leaves_before_its_answer_leaves_no_trace(run: Run) -> None:
    gate, asked = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply | None:
        asked.set()
        await gate.wait()
        return None

    async def story() -> None:
        async with serving(answering=wait) as place:
            peer = await place.peer()
            await peer.send(ENVELOPE + b"DATA\r\n.\r\n")
            await asked.wait()
            peer.writer.transport.abort()
            next_one = await place.peer()
            gate.set()
            await next_one.send(ENVELOPE + b"DATA\r\n.\r\n")
            assert "250 Ok" == (await next_one.lines(5))[-1]

    run(story())


def test_a_client_that_writes_no_more_is_answered_and_left(run: Run) -> None:
    gate, asked = asyncio.Event(), asyncio.Event()

    async def wait(request: Request) -> Reply | None:
        asked.set()
        await gate.wait()
        return None

    async def story() -> None:
        async with serving(answering=wait) as place:
            peer = await place.peer()
            await peer.send(ENVELOPE + b"DATA\r\n.\r\n")
            peer.writer.write_eof()
            await asked.wait()
            await place.peer()  # by now the end is read
            gate.set()
            assert (await peer.ended()).endswith(b"354 End data with <CR><LF>.<CR><LF>\r\n250 Ok\r\n")

    run(story())


def test_a_peer_that_reads_nothing_is_cut_off(run: Run) -> None:
    async def story() -> None:
        async with serving(HELD) as place:
            peer = await place.peer()
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]

            async def flood() -> None:
                while True:
                    await peer.send(b"NOOP\r\n" * 10_000)

            with pytest.raises(ConnectionError):
                await asyncio.wait_for(flood(), PATIENCE)

    run(story())


def test_a_peer_that_reads_late_misses_nothing(run: Run) -> None:
    async def story() -> None:
        async with serving() as place:
            peer = await place.peer()
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
            sending = asyncio.ensure_future(peer.send(b"HELP\r\n" * 500_000 + b"QUIT\r\n"))
            for _ in range(50):
                await place.peer()
            peer.writer.transport.resume_reading()  # type: ignore[attr-defined]
            answers = await peer.ended()
            await sending
            assert b"214 See RFC 5321\r\n" * 500_000 + b"221 Bye\r\n" == answers

    run(story())


def test_closing_says_goodbye_to_the_idle_and_waits_for_a_message_under_way(run: Run) -> None:
    async def story() -> None:
        async with serving() as place:
            idle, busy = await place.peer(), await place.peer()
            await busy.send(ENVELOPE + b"DATA\r\nSubject: x\r\n")
            await busy.lines(4)
            closing = asyncio.ensure_future(place.server.close(PATIENCE))
            assert b"421 Service closing transmission channel\r\n" == await idle.ended()
            await busy.send(b"\r\n.\r\n")
            assert b"250 Ok\r\n421 Service closing transmission channel\r\n" == await busy.ended()
            await closing
            assert 1 == len(place.desk.messages)

    run(story())


def test_closing_does_not_wait_longer_than_it_may(run: Run) -> None:
    async def never(request: Request) -> Reply | None:
        await asyncio.Event().wait()
        return None

    async def story() -> None:
        async with serving(answering=never) as place:
            peer, half = await place.peer(), await place.peer()
            await peer.send(ENVELOPE + b"DATA\r\n.\r\n")
            await half.send(ENVELOPE + b"DATA\r\n")
            await peer.lines(4)
            await half.lines(4)
            await place.server.close(0.01)
            assert await peer.is_cut_off()
            assert await half.is_cut_off()

    run(story())


def test_who_shakes_hands_counts_and_others_wait_until_there_is_room(run: Run) -> None:
    async def story() -> None:
        async with serving(SmtpLimits(max_connections=2)) as place:
            silent = [await place.silent_peer(place.tls_port) for _ in range(2)]
            waiting = asyncio.ensure_future(place.peer(tls=True))
            for _ in range(5):  # time enough for a handshake
                other = await place.peer()
                await other.send(b"QUIT\r\n")
                await other.ended()
            assert not waiting.done()
            silent[0].writer.transport.abort()
            await (await asyncio.wait_for(waiting, PATIENCE)).send(b"QUIT\r\n")

    run(story())


def test_one_too_many_is_sent_away_and_leaves_room(run: Run) -> None:
    async def story() -> None:
        async with serving(SmtpLimits(max_connections=1)) as place:
            first = await place.peer()
            second = await place.peer(greeted=False)
            assert b"421 Too many concurrent SMTP connections\r\n" == await second.ended()
            await first.send(b"QUIT\r\n")
            await first.ended()
            third = await place.peer()
            await third.send(b"NOOP\r\n")
            assert "250 Ok" == await third.line()

    run(story())

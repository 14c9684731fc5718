"""Bodies on the wire: announced, large, truncated; and faulty requests among good ones."""

import pytest
from fakes.http_peer import GET, PATIENCE, Gate, Run, chunked, echo, post, serving

from sestina.listeners.http import Answer, Limits


def test_100_continue_is_said_before_the_body_is_sent(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            for body in (b"body", b"x" * 1_000_000):
                data = post(body, "/", "Expect: 100-continue")
                await peer.send(data[: -len(body)])
                assert b"HTTP/1.1 100 Continue\r\n\r\n" == await peer.informed()
                await peer.send(body)
                assert b"POST / " + body == (await peer.reply()).body

    run(story())


def test_100_continue_waits_for_its_turn(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            head = post(b"body", "/2", "Expect: 100-continue")[:-4]
            await peer.send(post(b"", "/1") + head)
            await gate.next()
            gate.opened.put_nowait(Answer(200, b"first"))
            assert b"first" == (await peer.reply()).body
            await peer.send(b"body")
            await gate.next()
            gate.opened.put_nowait(Answer(200, b"second"))
            second = await peer.reply()
            assert ([100], b"second") == (second.informational, second.body)

    run(story())


def test_100_continue_is_left_out_when_the_body_has_come_meanwhile(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/1") + post(b"body", "/2", "Expect: 100-continue")[:-4])
            await gate.next()
            await peer.send(b"body")
            other = await place.peer()
            await other.send(GET)
            await gate.next()  # by now the body has been received
            for _ in range(3):
                gate.opened.put_nowait(Answer(200))
            await peer.reply()
            assert [] == (await peer.reply()).informational

    run(story())


@pytest.mark.parametrize("size", [128 * 1024, 300_000, 3_000_000])
def test_large_bodies_arrive_whole_and_the_next_request_after_them(run: Run, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"end"

    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            for data in (post(body), post(body)[:100_000], post(body)[100_000:], chunked(body[:70_000], body[70_000:])):
                await peer.send(data)
            await peer.send(post(b"small"))
            for _ in range(3):
                assert b"POST / " + body == (await peer.reply()).body
            assert b"POST / small" == (await peer.reply()).body

    run(story())


def test_a_large_body_behind_a_running_request_waits_for_its_turn(run: Run) -> None:
    body = bytes(range(256)) * 4000

    async def story() -> None:
        gate = Gate()
        async with serving(lambda request: echo(request) if request.body else gate(request)) as place:
            peer = await place.peer()
            await peer.send(GET + post(body)[:1000])
            await gate.next()
            gate.opened.put_nowait(Answer(200))
            await peer.reply()
            await peer.send(post(body)[1000:])
            assert b"POST / " + body == (await peer.reply()).body

    run(story())


def test_a_faulty_request_is_answered_in_json_and_the_connection_closed(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(
                b"GET /v2/email/account HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\n" + GET
            )
            assert 200 == (await peer.reply()).status
            reply = await peer.reply()
            assert (400, "close", "application/json") == (
                reply.status,
                reply.headers["connection"],
                reply.headers["content-type"],
            )
            assert b'{"message":"The request is not valid HTTP: Invalid header token."}' == reply.body
            assert b"" == await peer.ended()

    run(story())


def test_a_faulty_request_is_refused_after_those_before_it_are_answered(run: Run) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/1") + post(b"", "/2") + b"nonsense\r\n\r\n")
            for _ in range(2):
                await gate.next()
                gate.opened.put_nowait(Answer(200))
                assert 200 == (await peer.reply()).status
            assert 400 == (await peer.reply()).status
            assert b"" == await peer.ended()

    run(story())


def test_head_is_refused_without_a_body(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(b"HEAD / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n\r\n")
            reply = await peer.reply("HEAD")
            assert (403, b"") == (reply.status, reply.body)
            assert b"" == await peer.ended()

    run(story())


def test_the_rule_for_host_names_is_the_callers(run: Run) -> None:
    async def story() -> None:
        async with serving(echo, allowed_host=lambda host: host == "ses.test") as place:
            for host, status in (("ses.test:80", 200), ("localhost", 403)):
                peer = await place.peer()
                await peer.send(f"GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: null\r\n\r\n".encode())
                assert status == (await peer.reply()).status

    run(story())


@pytest.mark.parametrize("expecting", [True, False])
def test_a_body_beyond_the_limit_is_refused_and_the_answer_survives_the_rest_of_it(run: Run, expecting: bool) -> None:
    async def story() -> None:
        async with serving(echo, Limits(max_body=1000)) as place:
            peer = await place.peer()
            data = post(b"x" * 3_000_000, "/", *(["Expect: 100-continue"] if expecting else []))
            await peer.send(data[:200] if expecting else data)
            reply = await peer.reply()
            assert (413, []) == (reply.status, reply.informational)
            assert b"" == await peer.ended()

    run(story())


@pytest.mark.parametrize(
    "data",
    [
        b"POST",
        b"GET / HTTP/1.1\r\nHost: loc",
        post(b"body")[:-1],
        post(b"x" * 1_000_000)[:-1],
        chunked(b"body")[:-1],
        chunked(b"body")[:-7],
        chunked(b"body")[:-12],
    ],
)
def test_a_truncated_request_ends_cleanly(run: Run, data: bytes) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(data)
            peer.writer.write_eof()
            assert 400 == (await peer.reply()).status
            assert b"" == await peer.ended()

    run(story())


@pytest.mark.parametrize("size", [4, 1_000_000])
def test_a_peer_that_vanishes_leaves_nothing_behind(run: Run, size: int) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            await peer.send(post(b"x" * size)[:-1])
            peer.vanish()
            other = await place.peer()
            await other.send(GET)
            assert 200 == (await other.reply()).status
            other.vanish()
            await place.server.close(PATIENCE)
            assert not place.server.connections

    run(story())


def test_an_idle_peer_may_end_its_side(run: Run) -> None:
    async def story() -> None:
        async with serving(echo) as place:
            peer = await place.peer()
            peer.writer.write_eof()
            assert b"" == await peer.ended()

    run(story())


@pytest.mark.parametrize(("rest", "status"), [(b"", 0), (post(b"", "/2"), 200), (b"POST", 400)])
def test_a_peer_that_ended_its_side_still_gets_its_answers(run: Run, rest: bytes, status: int) -> None:
    async def story() -> None:
        gate = Gate()
        async with serving(gate) as place:
            peer = await place.peer()
            await peer.send(post(b"", "/1") + rest)
            peer.writer.write_eof()
            await gate.next()
            for _ in range(2):
                gate.opened.put_nowait(Answer(200))
            assert 200 == (await peer.reply()).status
            if status:
                assert status == (await peer.reply()).status
            assert b"" == await peer.ended()

    run(story())

"""HTTP messages: heads say what they must, and no header can smuggle a second answer."""

import pytest
from botocore.parsers import create_parser

from sestina.listeners.http_messages import (
    CLOSE,
    INTERNAL_FAILURE,
    KEEP,
    Answer,
    HttpError,
    Request,
    refusal,
    render,
    render_bodiless,
    render_stream_head,
)


def request(body: bytes = b"", *fields: tuple[bytes, bytes]) -> Request:
    headers = {name.decode().lower(): value.decode() for name, value in reversed(fields)}
    return Request("POST", "/", "/", "", headers, list(fields), body, "127.0.0.1")


def test_an_answer_has_type_length_and_its_headers() -> None:
    answer = Answer(200, b"{}", headers=(("x-amzn-RequestId", "1"), ("X-Tab", "a\tb")))
    assert (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        b"x-amzn-RequestId: 1\r\nX-Tab: a\tb\r\n\r\n{}"
    ) == render(answer, "")


def test_an_answer_without_a_type_says_none() -> None:
    assert b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" == render(Answer(404, content_type=""), "")


def test_an_unregistered_status_gets_a_phrase() -> None:
    assert render(Answer(599), "").startswith(b"HTTP/1.1 599 Unknown\r\n")


@pytest.mark.parametrize("connection", [CLOSE, KEEP])
def test_the_connection_line_comes_last(connection: str) -> None:
    assert render(Answer(200), connection).endswith(f"\r\n{connection}\r\n".encode())


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection", "Keep-Alive"])
def test_framing_headers_of_the_handler_are_dropped(name: str) -> None:
    assert render(Answer(200), "") == render(Answer(200, headers=((name, "5"),)), "")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "a\x7f", "a\tb\n", "\u2028"])
def test_a_header_value_with_control_characters_is_never_sent(value: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        render(Answer(200, headers=(("X-Name", value),)), "")


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\n", "é"])
def test_a_header_name_that_is_no_token_is_never_sent(name: str) -> None:
    with pytest.raises(ValueError, match="not a header name"):
        render(Answer(200, headers=((name, "x"),)), "")


def test_a_content_type_with_a_line_end_is_never_sent() -> None:
    with pytest.raises(ValueError, match="control characters"):
        render(Answer(200, content_type="text/plain\r\nX: y"), "")


@pytest.mark.parametrize("status", [0, 100, 101, 199, 600])
def test_only_final_statuses_are_answers(status: int) -> None:
    with pytest.raises(ValueError, match="final"):
        render(Answer(status), "")


def test_a_value_outside_of_latin_1_is_never_sent() -> None:
    with pytest.raises(UnicodeEncodeError):
        render(Answer(200, headers=(("X-Name", "€"),)), "")


def test_head_is_told_the_length_it_does_not_get() -> None:
    expected = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    assert expected == render_bodiless(Answer(200, b"{}"), "", to_head=True)


def test_head_is_told_the_length_the_handler_knows() -> None:
    answer = Answer(200, headers=(("content-length", "1234"),))
    expected = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1234\r\n\r\n"
    assert expected == render_bodiless(answer, "", to_head=True)


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("to_head", [True, False])
def test_a_status_without_body_has_neither_length_nor_type(status: int, to_head: bool) -> None:
    head = render_bodiless(Answer(status, b"dropped"), "", to_head=to_head)
    assert head.endswith(b"\r\n\r\n")
    assert b"Content-" not in head


def test_a_stream_is_chunked_or_ends_with_the_connection() -> None:
    answer = Answer(200, content_type="text/event-stream", headers=(("Cache-Control", "no-store"),))
    start = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    rest = b"Cache-Control: no-store\r\n"
    assert start + b"Transfer-Encoding: chunked\r\n" + rest + b"\r\n" == render_stream_head(answer, "", chunked=True)
    assert start + rest + b"Connection: close\r\n\r\n" == render_stream_head(answer, CLOSE, chunked=False)


def test_more_kinds_of_answers_than_are_remembered_are_still_right() -> None:
    for number in range(1100):
        name = f"X-{number}"
        data = render(Answer(200, content_type=f"text/{number}", headers=((name, "v"),)), "")
        assert (
            f"HTTP/1.1 200 OK\r\nContent-Type: text/{number}\r\nContent-Length: 0\r\n{name}: v\r\n\r\n" == data.decode()
        )


def test_a_refusal_is_json_even_with_quotes_in_it() -> None:
    assert b'{"message":"no \\"that\\""}' == HttpError(400, 'no "that"').answer().body


@pytest.mark.parametrize(("protocol", "as_xml"), [("query", True), ("rest-json", False)])
@pytest.mark.parametrize(
    ("status", "code"), [(413, "RequestEntityTooLargeException"), (431, "MalformedHttpRequestException")]
)
def test_an_sdk_reads_what_http_refuses(protocol: str, as_xml: bool, status: int, code: str) -> None:
    answer = refusal(HttpError(status, "too <large>"), as_xml=as_xml)
    headers = {"content-type": answer.content_type, **{name.lower(): value for name, value in answer.headers}}
    parsed = create_parser(protocol).parse({"status_code": status, "headers": headers, "body": answer.body}, None)
    assert (code, "too <large>") == (parsed["Error"]["Code"], parsed["Error"]["Message"])
    assert headers["x-amzn-requestid"] == parsed["ResponseMetadata"]["RequestId"]


def test_a_bug_sounds_like_aws() -> None:
    assert 500 == INTERNAL_FAILURE.status
    assert b'"__type":"InternalFailure"' in INTERNAL_FAILURE.body


def test_every_value_of_a_repeated_field_can_be_had() -> None:
    assert ["a", "b"] == request(b"", (b"X-A", b"a "), (b"x-b", b"-"), (b"x-a", b"b")).values("X-a")

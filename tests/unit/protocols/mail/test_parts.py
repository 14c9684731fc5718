"""Parts: received messages taken apart within bounds, however they are made."""

import pytest

from sestina.protocols.mail.parts import Limits, Part, attachments, html_body, parse, part_at, text_body
from sestina.protocols.mail.transfer import decode_transfer

MULTIPART = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def _shape(part: Part) -> object:
    return [_shape(child) for child in part.children] if part.children else (part.content_type, part.body)


@pytest.mark.parametrize(
    ("raw", "shape"),
    [
        (b"", ("text/plain", b"")),
        (b"just text", ("text/plain", b"just text")),
        (b"Content-Type: nonsense\r\n\r\nx", ("text/plain", b"x")),
        (b"Content-Type: multipart/mixed\r\n\r\nx", ("multipart/mixed", b"x")),
        (MULTIPART + b"no parts", ("multipart/mixed", b"no parts")),
        (MULTIPART + b"--b--\r\n", ("multipart/mixed", b"--b--\r\n")),
        (
            MULTIPART + b"pre\r\n--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\npost",
            [(T := "text/plain", b"one"), (T, b"two")],
        ),
        (MULTIPART.replace(b"\r", b"") + b"--b\n\none\n--b--\n", [("text/plain", b"one")]),
        (MULTIPART + b"--b\r\n\r\none", [("text/plain", b"one")]),
        (MULTIPART + b"--b  \t\r\n\r\none\r\n--b-- \r\n", [("text/plain", b"one")]),
        (MULTIPART + b"--b\r\n\r\n--bb\r\nx--b\r\n--b x\r\n--b--", [("text/plain", b"--bb\r\nx--b\r\n--b x")]),
        (MULTIPART + b"--b\r\n--b\r\n--b--", [("text/plain", b""), ("text/plain", b"")]),
        (MULTIPART + b"--b", [("text/plain", b"")]),
        (MULTIPART + b"--b\r\nContent-Type: text/html\r\n--b--", [("text/html", b"")]),
        (MULTIPART + b"--b\r\nno header\r\n\r\nx\r\n--b--", [("text/plain", b"no header\r\n\r\nx")]),
        (
            MULTIPART.replace(b"mixed", b"digest") + b"--b\r\n\r\nA: 1\r\n\r\nx\r\n--b--",
            [("message/rfc822", b"A: 1\r\n\r\nx")],
        ),
        (
            MULTIPART
            + b"--b\r\nContent-Type: multipart/alternative; boundary=bb\r\n\r\n"
            + b"--bb\r\n\r\nin\r\n--b\r\n\r\nout\r\n--b--",
            [[("text/plain", b"in")], ("text/plain", b"out")],
        ),
        (
            "Content-Type: multipart/mixed; boundary=é\r\n\r\n--é\r\n\r\none\r\n--é--".encode("latin-1"),
            [("text/plain", b"one")],
        ),
    ],
)
def test_every_shape_of_message_has_a_tree(raw: bytes, shape: object) -> None:
    assert shape == _shape(parse(raw))


def test_a_boundary_no_octet_stands_for_finds_nothing() -> None:
    raw = 'Content-Type: multipart/mixed; boundary="=?utf-8?q?=E6=97=A5?="\r\n\r\n--日\r\n\r\none'.encode()

    assert [("text/plain", b"one")] == _shape(parse(raw))


@pytest.mark.parametrize(
    ("data", "encoding", "body"),
    [
        (b"aGk=", "base64", b"hi"),
        (b"aG k\r\n=\r\n", "base64", b"hi"),
        (b"aGk", "base64", b"hi"),
        (b"aGkaG", "base64", b"hi\x1a"),
        (b"aGk=junk", "base64", b"hi"),
        (b"!!", "base64", b""),
        (b"=41=\r\n=", "quoted-printable", b"A"),
        (b"=ZZ", "quoted-printable", b"=ZZ"),
        (b"\xff", "8bit", b"\xff"),
        (b"x", "x-unheard", b"x"),
    ],
)
def test_a_transfer_encoding_is_undone_as_far_as_it_goes(data: bytes, encoding: str, body: bytes) -> None:
    assert body == decode_transfer(data, encoding)
    raw = b"Content-Transfer-Encoding: " + encoding.upper().encode() + b"\r\n\r\n" + data
    assert body == parse(raw).body


def test_a_text_is_read_in_its_charset_or_the_likeliest() -> None:
    named = parse(b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n\xe9")
    wrong = parse(b"Content-Type: text/html; charset=klingon\r\n\r\n\xc3\xa9")

    assert ("é", "iso-8859-1") == (text_body(named), named.charset)
    assert "é" == html_body(wrong)
    assert text_body(wrong) is None


def test_attachments_are_what_is_named_or_marked_or_no_text() -> None:
    raw = MULTIPART + b"".join(
        b"--b\r\n" + head + b"\r\n\r\nx\r\n"
        for head in (
            b"Content-Type: text/plain; name=first.txt",
            b"Content-Type: text/plain",
            b"Content-Type: text/plain",
            b"Content-Type: text/html\r\nContent-Disposition: attachment",
            b"Content-Type: image/png\r\nContent-ID: <i@x>",
            b"Content-Type: message/rfc822",
            b"Content-Type: text/calendar",
            b"Content-Type: text/csv\r\nContent-Disposition: attachment; filename*=UTF-8''%C3%A9.csv",
        )
    )
    tree = parse(raw + b"--b--")

    assert [
        (0, "first.txt", "text/plain", None, None),
        (3, None, "text/html", None, "attachment"),
        (4, None, "image/png", "i@x", None),
        (5, None, "message/rfc822", None, None),
        (7, "é.csv", "text/csv", None, "attachment"),
    ] == [
        (info.index, info.file_name, info.content_type, info.content_id, info.disposition) for info in attachments(tree)
    ]
    assert "x" == text_body(tree)
    assert html_body(tree) is None
    found = part_at(tree, 4)
    assert found is not None
    assert "image/png" == found.content_type
    assert part_at(tree, 99) is None


def test_parts_beyond_the_bound_stay_one_opaque_rest() -> None:
    raw = MULTIPART + b"--b\r\n\r\nx\r\n" * 10
    tree = parse(raw, Limits(parts=3))

    assert tree.is_cut
    assert [False, False, False, True] == [child.is_cut for child in tree.children]
    assert b"\r\nx\r\n" + b"--b\r\n\r\nx\r\n" * 6 == tree.children[-1].body
    assert "application/octet-stream" == tree.children[-1].content_type


def test_nesting_beyond_the_bound_stays_opaque() -> None:
    raw = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(10))
    part = parse(raw, Limits(depth=3))
    depth = 0
    while part.children:
        part, depth = part.children[0], depth + 1

    assert (3, True) == (depth, part.is_cut)
    assert part.body.startswith(b"--b3")


def test_headers_of_a_part_beyond_the_bound_are_its_body() -> None:
    part = b"X: " + b"x" * 50 + b"\r\n\r\ncontent"

    assert [("text/plain", part)] == _shape(
        parse(MULTIPART + b"--b\r\n" + part + b"\r\n--b--", Limits(header_bytes=50))
    )

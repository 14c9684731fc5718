"""Compose: the rules a message is built by, beyond the golden shapes."""

import pytest

from sestina.protocols.mail.compose import Attachment, Body, compose
from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.headers import scan_headers
from sestina.protocols.mail.parts import attachments, html_body, parse, part_at, text_body

FROM = ("From", "a@b.com")


def _compose(
    *,
    headers: list[tuple[str, str]] | None = None,
    text: Body | None = None,
    html: Body | None = None,
    files: list[Attachment] | None = None,
    trailing: list[tuple[str, str]] | None = None,
) -> bytes:
    return compose(
        headers=headers or [FROM],
        text=text,
        html=html,
        attachments=files or [],
        boundary_seed="7.1",
        trailing=trailing or [],
    )


def _file(content: bytes, **given: object) -> Attachment:
    return Attachment(file_name="a.txt", content=content, **given)  # type: ignore[arg-type]


def test_the_fields_stand_in_the_order_given_around_those_of_mime() -> None:
    raw = _compose(headers=[FROM, ("X-A", "1")], text=Body("x"), trailing=[("Date", "today"), ("X-B", "2")])

    assert [
        "From", "X-A", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Date", "X-B",
    ] == [field.name for field in scan_headers(raw, 10_000).fields]  # fmt: skip


def test_the_boundary_of_an_alternative_shows_two_blanks_when_unfolded() -> None:
    raw = _compose(text=Body("x"), html=Body("y"))

    assert 'multipart/alternative;  boundary="----=_Part_0_7.1"' == scan_headers(raw, 10_000).get("content-type")


def test_html_alone_with_inline_files_is_related_without_mixed() -> None:
    raw = _compose(html=Body("y"), files=[_file(b"x", disposition="INLINE", content_id="<i>")])

    assert "multipart/related" == parse(raw).content_type
    assert ["i"] == [info.content_id for info in attachments(parse(raw))]


def test_an_inline_file_without_html_or_id_is_mixed() -> None:
    without_html = _compose(text=Body("y"), files=[_file(b"x", disposition="INLINE", content_id="i")])
    without_id = _compose(html=Body("y"), files=[_file(b"x", disposition="INLINE")])

    assert ["multipart/mixed", "multipart/mixed"] == [parse(without_html).content_type, parse(without_id).content_type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Subject", "x\r\nBcc: c@d.com"),
        ("Subject", "é\nBcc: c@d.com"),
        ("X-Custom", "x\rBcc: c@d.com"),
        ("X\r\nBcc", "c@d.com"),
        ("X:Bcc", "c@d.com"),
        ("", "x"),
        ("To", '"é\r\nBcc: c@d.com" <a@b.com>'),
        ("To", "é <plain>"),
    ],
)
def test_a_field_that_would_begin_another_or_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(MailError):
        _compose(headers=[(name, value)], text=Body("x"))
    with pytest.raises(MailError):
        _compose(text=Body("x"), trailing=[(name, value)])


def test_a_long_list_of_recipients_is_folded_between_them() -> None:
    addresses = ", ".join(f"recipient-number-{number}@example.com" for number in range(50))
    raw = _compose(headers=[FROM, ("To", addresses)], text=Body("x"))

    assert 78 >= max(map(len, raw.split(b"\r\n")))
    assert addresses == scan_headers(raw, 10_000).get("to")


def test_a_long_list_of_recipients_without_blanks_gets_some() -> None:
    addresses = [f"recipient-number-{number}@example.com" for number in range(50)]
    raw = _compose(headers=[FROM, ("To", ",".join(addresses))], text=Body("x"))

    assert ", ".join(addresses) == scan_headers(raw, 10_000).get("to")


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("a\nb\rc\r\nd", "a\r\nb\r\nc\r\nd"),
        ("", ""),
        ("x" * 998 + "\n" + "y" * 998, "x" * 998 + "\r\n" + "y" * 998),
        ("x" * 999, "x" * 999),
        ("a\x00b", "a\x00b"),
        ("é" * 3000, "é" * 3000),
        ("\ud800", "?"),
        (".\n..\nFrom x\n", ".\r\n..\r\nFrom x\r\n"),
    ],
)
def test_a_text_arrives_as_it_was_with_the_line_ends_of_mail(data: str, sent: str) -> None:
    raw = _compose(text=Body(data))

    assert sent == text_body(parse(raw))
    assert 998 >= max(map(len, raw.split(b"\r\n")))
    assert raw.isascii()


def test_a_charset_is_spelt_as_it_was_given() -> None:
    assert ["text/plain; charset=utf-8", "text/plain; charset=latin1"] == [
        scan_headers(_compose(text=Body("x", charset)), 10_000).get("content-type") for charset in ("utf-8", "latin1")
    ]


def test_an_unknown_charset_is_refused() -> None:
    with pytest.raises(MailError, match="Unsupported charset"):
        _compose(text=Body("x", "klingon"))


@pytest.mark.parametrize(
    ("content", "encoding", "given", "written"),
    [
        (b"a\nb", None, None, "base64"),
        (b"a\nb", "SEVEN_BIT", None, "7bit"),
        (b"a\r\nb", "SEVEN_BIT", "application/x", "7bit"),
        (b"a\nb", "SEVEN_BIT", "application/x", "base64"),
        (b"\xff", "SEVEN_BIT", None, "base64"),
        (b"x" * 999, "SEVEN_BIT", None, "base64"),
        (b"a\r\nb\xff \n", "QUOTED_PRINTABLE", None, "quoted-printable"),
        (b"a", "BASE64", "message/rfc822", "base64"),
        (b"A: 1\r\n\r\n", None, "message/rfc822", "7bit"),
        (b"A: \xff\r\n\r\n", None, "message/rfc822", "base64"),
    ],
)
def test_a_file_is_encoded_as_asked_or_as_it_must_be(
    content: bytes, encoding: str | None, given: str | None, written: str
) -> None:
    raw = _compose(text=Body("x"), files=[_file(content, transfer_encoding=encoding, content_type=given)])
    part = part_at(parse(raw), 1)

    assert part is not None
    assert written == part.transfer_encoding
    is_text = written == "7bit" and given is None
    assert (b"a\r\nb" if is_text else content) == part.body


def test_a_file_says_what_it_is() -> None:
    file = Attachment(
        file_name="Übersicht 2025.pdf",
        content=b"x",
        content_type='application/pdf; version="1.7"',
        content_id="id@x",
        description="Überblick",
    )
    info = attachments(parse(raw := _compose(html=Body("y"), files=[file])))[0]
    part = part_at(parse(raw), info.index)

    assert part is not None
    assert ("Übersicht 2025.pdf", "application/pdf", 1) == (info.file_name, info.content_type, info.size)
    assert ("id@x", "attachment") == (info.content_id, info.disposition)
    assert "1.7" == part.params["version"]
    assert "Übersicht 2025.pdf" == part.params["name"]
    assert "=?UTF-8?Q?=C3=9Cberblick?=" == part.headers.get("content-description")


def test_a_given_name_parameter_and_a_name_too_long_for_one_word_are_left_alone() -> None:
    given = Attachment(file_name="a.txt", content=b"x", content_type='text/plain; name="b.txt"')
    long = Attachment(file_name="ü" * 60 + ".txt", content=b"x")
    tree = parse(_compose(text=Body("x"), files=[given, long]))

    assert ["b.txt", None] == [tree.children[at].params.get("name") for at in (1, 2)]
    assert ["a.txt", "ü" * 60 + ".txt"] == [info.file_name for info in attachments(tree)]


@pytest.mark.parametrize(
    "given",
    [
        {"content_type": "text"},
        {"content_type": "text/plain\r\nBcc: x"},
        {"content_id": "a\r\nBcc: x"},
        {"content_id": "a b"},
        {"content_id": "<<a>"},
        {"description": "a\r\nBcc: x"},
    ],
)
def test_a_file_with_words_no_field_can_hold_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(MailError):
        _compose(text=Body("x"), files=[_file(b"x", **given)])


def test_a_file_name_with_a_line_break_is_refused() -> None:
    with pytest.raises(MailError, match="must not contain CR or LF"):
        _compose(text=Body("x"), files=[Attachment(file_name="a\r\nBcc: x", content=b"x")])


def test_both_texts_are_found_again() -> None:
    tree = parse(_compose(text=Body("plain"), html=Body("<p>rich</p>"), files=[_file(b"file")]))

    assert ("plain", "<p>rich</p>") == (text_body(tree), html_body(tree))
    assert [(2, "a.txt", "text/plain", 4)] == [
        (info.index, info.file_name, info.content_type, info.size) for info in attachments(tree)
    ]

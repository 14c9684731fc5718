"""Headers: sections found in every shape, rewritten without touching what is not asked for."""

import pytest

from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.headers import (
    SINGLETONS,
    HeaderField,
    duplicate_singleton,
    fold,
    rewrite,
    scan_headers,
    scan_part,
    write_field,
)

LIMIT = 10_000


@pytest.mark.parametrize(
    ("raw", "fields", "end", "body"),
    [
        (b"", [], 0, 0),
        (b"\r\nbody", [], 0, 2),
        (b"\nbody", [], 0, 1),
        (b"A: 1\r\n\r\nbody", [("A", "1")], 6, 8),
        (b"A: 1\n\nbody", [("A", "1")], 5, 6),
        (b"A: 1\n\r\nbody\n\nmore", [("A", "1")], 5, 7),
        (b"A: 1\r\nB:2\r\n", [("A", "1"), ("B", "2")], 11, 11),
        (b"A: 1", [("A", "1")], 4, 4),
        (b"A" * 70 + b": 1\n\n", [("A" * 70, "1")], 74, 75),
        (b"A : 1\r\nb-C\t:\t2\r\n\r\n", [("A", "1"), ("b-C", "2")], 16, 18),
        (b"A:\r\nB: \r\n\r\n", [("A", ""), ("B", "")], 9, 11),
        (b"A: 1\r\n 2\r\n\t3\r\n\r\n", [("A", "1 2 3")], 14, 16),
        (b"A: x; \r\n boundary=y\r\n\r\n", [("A", "x;  boundary=y")], 21, 23),
        (b"A:\r\n 1\r\nB: 2\n 3\n\n", [("A", "1"), ("B", "2 3")], 16, 17),
        (b"A: a\rB: b\r\n\r\n", [("A", "a B: b")], 11, 13),
        ("A: é\r\n\r\n".encode(), [("A", "é")], 7, 9),
        (b"A: \xe9\r\n\r\n", [("A", "é")], 6, 8),
        (b"From a@b Sat Feb  1 00:00:00 2025\r\nA: 1\r\n\r\n", [("A", "1")], 41, 43),
        (b"hello world\r\nmore\r\n\r\nA: 1\r\n\r\n", [], 0, 0),
        (b" A: 1\r\nB: 2\r\n\r\n", [], 0, 0),
        (b"A: 1\r\nno field\r\n\r\nbody", [("A", "1")], 6, 6),
        (b"A: 1\r\nFrom b\r\n\r\nbody", [("A", "1")], 6, 6),
        (b"A: 1\r\nbad name: 2\r\n\r\n", [("A", "1")], 6, 6),
    ],
)
def test_the_header_section_is_found_in_every_shape(
    raw: bytes, fields: list[tuple[str, str]], end: int, body: int
) -> None:
    block = scan_headers(raw, LIMIT)

    assert [HeaderField(name, value) for name, value in fields] == block.fields
    assert (end, body) == (block.end, block.body)


def test_the_spans_are_the_very_octets_of_each_field() -> None:
    raw = b"A: 1\r\nB: 2\r\n 3\r\n\r\nbody"

    assert [b"A: 1\r\n", b"B: 2\r\n 3\r\n"] == [raw[start:end] for start, end in scan_headers(raw, LIMIT).spans]


def test_fields_are_found_in_any_case_and_in_order() -> None:
    block = scan_headers(b"Received: 1\r\nTo: x\r\nRECEIVED: 2\r\n\r\n", LIMIT)

    assert "1" == block.get("received")
    assert ["1", "2"] == block.all("Received")
    assert block.get("Cc") is None
    assert [] == block.all("Cc")


@pytest.mark.parametrize("raw", [b": x\r\n\r\n", b"A: 1\r\n: x\r\n\r\n", b":"])
def test_an_empty_field_name_is_refused(raw: bytes) -> None:
    with pytest.raises(MailError) as refused:
        scan_headers(raw, LIMIT)

    assert "Empty header names are illegal." == refused.value.message


@pytest.mark.parametrize("raw", [b"A: " + b"x" * 100, b"A: " + b"x" * 100 + b"\r\n\r\n", b"A: 1\r\n" * 20 + b"\n"])
def test_a_section_beyond_the_limit_is_refused(raw: bytes) -> None:
    with pytest.raises(MailError) as refused:
        scan_headers(raw, 99)

    assert "Header section too long." == refused.value.message


@pytest.mark.parametrize("blank", [b"\r\n", b"\n"])
def test_a_section_of_exactly_the_limit_is_read_however_long_the_body(blank: bytes) -> None:
    raw = b"A: " + b"x" * 95 + b"\r\n" + blank + b"y" * 1000

    assert 100 == scan_headers(raw, 100).end


def test_a_received_part_is_never_refused() -> None:
    raw = b"--b\r\nA: 1\r\n: x\r\nB: 2\r\n\r\nbody"

    assert ["1", "2"] == [field.value for field in scan_part(raw, 5, len(raw), LIMIT).fields]
    assert (5, 5) == ((block := scan_part(raw, 5, len(raw), 4)).end, block.body)
    assert [] == scan_part(raw, 5, len(raw), 4).fields


RAW = b"From: a@b\r\nBCC: c@d\r\nSubject: x\r\n y\r\nBcc: e@f\r\nMessage-Id: <1@x>\r\n\r\nBcc: body\r\n"


def test_fields_are_removed_and_replaced_in_place_and_appended() -> None:
    changed = rewrite(
        RAW,
        scan_headers(RAW, LIMIT),
        remove={"bcc", "missing"},
        replace={"message-id": ("Message-ID", "<2@y>"), "date": ("Date", "today")},
        append=[("Feedback-ID", "1"), ("X", "2")],
    )

    assert (
        b"From: a@b\r\nSubject: x\r\n y\r\nMessage-ID: <2@y>\r\n"
        b"Date: today\r\nFeedback-ID: 1\r\nX: 2\r\n\r\nBcc: body\r\n"
    ) == changed


def test_a_replacement_stands_where_the_first_stood_and_the_others_go() -> None:
    raw = b"A: 1\r\nB: 2\r\na: 3\r\n\r\nbody"

    assert b"A: new\r\nB: 2\r\n\r\nbody" == rewrite(raw, scan_headers(raw, LIMIT), replace={"a": ("A", "new")})


@pytest.mark.parametrize(
    ("raw", "changed"),
    [
        (b"", b"X: 1\r\n"),
        (b"A: 1", b"A: 1\r\nX: 1\r\n"),
        (b"A: 1\r\n", b"A: 1\r\nX: 1\r\n"),
        (b"A: 1\n\nbody\n", b"A: 1\nX: 1\n\nbody\n"),
        (b"A: 1\n", b"A: 1\nX: 1\n"),
        (b"\r\nbody", b"X: 1\r\n\r\nbody"),
        (b"\nbody", b"X: 1\n\nbody"),
        (b"hello", b"X: 1\r\n\r\nhello"),
        (b"A: 1\r\nno field", b"A: 1\r\nX: 1\r\n\r\nno field"),
        (b"From a Sat\nA: 1\n\n", b"From a Sat\nA: 1\nX: 1\n\n"),
    ],
)
def test_an_appended_field_ends_the_section_in_the_line_ends_of_the_message(raw: bytes, changed: bytes) -> None:
    assert changed == rewrite(raw, scan_headers(raw, LIMIT), append=[("X", "1")])


def test_removing_the_only_field_leaves_the_body() -> None:
    assert b"X: 1\r\n" == rewrite(b"A: 1", scan_headers(b"A: 1", LIMIT), remove={"a"}, append=[("X", "1")])
    assert b"\r\nbody" == rewrite(b"A: 1\r\n\r\nbody", scan_headers(b"A: 1\r\n\r\nbody", LIMIT), remove={"a"})


def test_a_rewritten_field_is_encoded_and_folded_with_the_line_ends_of_the_message() -> None:
    raw = b"Subject: x\n\nbody"
    changed = rewrite(raw, scan_headers(raw, LIMIT), replace={"subject": ("Subject", "é" * 40)})

    assert b"\r" not in changed
    assert b"Subject: =?UTF-8?B?" == changed[:19]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"From: a\r\nTo: b\r\n\r\n", None),
        (b"Received: a\r\nReceived: b\r\n\r\n", None),
        (b"From: a\r\nreceived: x\r\nReceived: x\r\nFROM: b\r\n\r\n", "From"),
        (b"dkim-signature: a\r\nDkim-Signature: b\r\n\r\n", "DKIM-Signature"),
        (b"To: a\r\nTo: b\r\n\r\n", None),
        (b"ACCEPTLANGUAGE: a\r\nacceptlanguage: b\r\n\r\n", "acceptLanguage"),
    ],
)
def test_a_field_that_may_stand_once_is_named_as_the_table_spells_it(raw: bytes, name: str | None) -> None:
    assert name == duplicate_singleton(scan_headers(raw, LIMIT))


def test_the_table_of_singletons_is_the_published_one() -> None:
    assert 59 == len(SINGLETONS)
    assert all(key == name.lower() for key, name in SINGLETONS.items())


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ("short", ["Subject: short"]),
        ("", ["Subject: "]),
        ("a" * 100, ["Subject: " + "a" * 100]),
        ("a " * 40 + "b", ["Subject: " + "a " * 34 + "a", " " + "a " * 5 + "b"]),
        ("x" * 60 + " " * 30 + "y", ["Subject: " + "x" * 60, " " * 30 + "y"]),
        ("x" * 60 + "\t" + "y" * 30, ["Subject: " + "x" * 60 + "\t" + "y" * 30]),
        ("x" * 80 + "   ", ["Subject: " + "x" * 80 + "   "]),
        (" " * 90, ["Subject: " + " " * 90]),
        ("x" * 60 + ' "y y y" z', ["Subject: " + "x" * 60 + ' "y y y"', " z"]),
        ("x" * 64 + ' "y y y"', ["Subject: " + "x" * 64, ' "y y y"']),
    ],
)
def test_a_field_is_folded_at_blanks_and_never_into_a_blank_line(value: str, lines: list[str]) -> None:
    assert lines == fold("Subject", value).split("\r\n")


@pytest.mark.parametrize("name", ["", "A\r\nB", "A:B", "A B", "Ä", "A\x00"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(MailError):
        fold(name, "x")


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "a\nBcc: x", "a\rBcc: x", "a\r\n b", "é", "\x00", "x" * 999])
def test_a_value_a_line_cannot_carry_is_refused(value: str) -> None:
    with pytest.raises(MailError):
        fold("Subject", value)


def test_any_text_can_be_written_even_one_longer_than_a_line() -> None:
    written = write_field("Subject", "x" * 2000)

    assert 76 >= max(map(len, written.split("\r\n")))
    assert "Subject: =?UTF-8?Q?xxx" == written[:22]
    assert "Subject: \tplain" == write_field("Subject", "\tplain")

"""Mail: laws that hold for any text and any octets, with the standard library's `email` as judge."""

import re
from contextlib import suppress
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sestina.protocols.mail.addresses import (
    Mailbox,
    format_mailbox,
    parse_address,
    parse_address_list,
    split_addresses,
)
from sestina.protocols.mail.compose import Attachment, Body, compose
from sestina.protocols.mail.dates import iso8601, parse_rfc5322_date, rfc5322_date
from sestina.protocols.mail.errors import AddressError, MailError
from sestina.protocols.mail.headers import HeaderField, rewrite, scan_headers, write_field
from sestina.protocols.mail.parameters import parse_parameters, write_parameters
from sestina.protocols.mail.parts import Limits, Part, attachments, html_body, parse, part_at, text_body
from sestina.protocols.mail.words import decode_words, encode_unstructured, encode_words

LIMIT = 1_000_000
YEAR_1000 = -30_610_224_000_000
BREAKS = re.compile(r"\r\n|\r|\n")

_ATEXT = "ABCabcxyz019!#$%&'*+/=?^_`{|}~-"
any_text = st.text(alphabet=st.characters(codec="utf-8"), max_size=120)
one_line = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=200)
# What `email` gives back unchanged: no blanks at the ends, none twice, no control characters, no encoded words.
words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)
phrases = st.lists(words, min_size=1, max_size=8).map(" ".join).filter(lambda text: "=?" not in text)
atoms = st.text(alphabet=_ATEXT, min_size=1, max_size=12)
local_parts = st.lists(atoms, min_size=1, max_size=3).map(".".join) | words.filter(str.isascii).map(
    lambda text: '"' + text.replace("\\", "").replace('"', "").replace("@", "") + ' x"'
)
labels = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=1, max_size=4).map(".".join)
names = st.just("") | phrases | one_line.filter(lambda text: "=?" not in text)
mailboxes = st.builds(Mailbox, display_name=names, local_part=local_parts, domain=domains, text=st.just(""))
plain_mailboxes = st.builds(
    Mailbox,
    display_name=st.just("") | phrases,
    local_part=st.lists(atoms, min_size=1, max_size=3).map(".".join),
    domain=domains,
    text=st.just(""),
)
file_names = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=80)
files = st.builds(
    Attachment,
    file_name=file_names.filter(lambda text: "=?" not in text),
    content=st.binary(max_size=300),
    content_type=st.sampled_from(["application/pdf", "application/octet-stream", "image/png", "image/png; x=y"]),
    disposition=st.sampled_from(["ATTACHMENT", "INLINE"]),
    transfer_encoding=st.sampled_from(["BASE64", "QUOTED_PRINTABLE", "SEVEN_BIT", None]),
    content_id=st.none() | atoms,
    description=st.none() | phrases,
)
charsets = st.sampled_from(
    ["UTF-8", "us-ascii", "ISO-8859-1", "ISO-2022-JP", "koi8-r", "windows-1252", "UTF-16", "GB18030"]
)
shards = (
    [b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"--", b"--b", b"--b--", b"A", b";", b'"', b"\\", b"\x00", b"\xff"],
    [b"Content-Type: ", b"multipart/mixed", b"boundary=b", b"message/rfc822", b"charset=", b"utf-16", b"\xc3\xa9"],
    [b"Content-Transfer-Encoding: base64", b"=?utf-8?q?", b"?=", b"name*0*=", b"''%C3", b"From "],
    [b"Content-Disposition: attachment", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"],
)
mail_like = st.lists(st.sampled_from([shard for row in shards for shard in row]), max_size=60).map(b"".join)
octets = st.binary(max_size=300) | mail_like


def _canonical(text: str) -> str:
    return BREAKS.sub("\r\n", text)


def _judged(raw: bytes) -> Any:
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@given(mailboxes)
def test_a_mailbox_written_is_the_mailbox_read(mailbox: Mailbox) -> None:
    written = format_mailbox(mailbox)
    assume(len(written) <= 320)
    read = parse_address(written)

    expected = mailbox.display_name if written.startswith(('"', "=")) else mailbox.display_name.strip()
    assert (expected, mailbox.local_part, mailbox.domain) == (read.display_name, read.local_part, read.domain)


@given(st.lists(plain_mailboxes, max_size=5))
def test_a_list_of_mailboxes_written_is_the_list_read(boxes: list[Mailbox]) -> None:
    assume(all(len(format_mailbox(box)) <= 320 for box in boxes))
    read = parse_address_list(", ".join(map(format_mailbox, boxes)))

    assert [(box.display_name, box.address) for box in boxes] == [(box.display_name, box.address) for box in read]


@given(any_text | octets.map(lambda data: data.decode("latin-1")))
@example("(" * 2000)
@example("<" * 2000)
@example('"\\' * 2000)
def test_any_text_is_addresses_or_refused_as_none(text: str) -> None:
    assert isinstance(split_addresses(text), list)
    for read in (parse_address, parse_address_list):
        with suppress(AddressError):
            read(text)


@given(one_line)
def test_encoded_words_give_the_text_back(text: str) -> None:
    assert text == decode_words(encode_words(text))
    if "=?" not in text:
        assert text == decode_words(encode_unstructured(text))


@given(any_text)
def test_reading_words_never_fails(text: str) -> None:
    assert isinstance(decode_words(f"=?utf-8?q?{text}?= =?utf-8?b?{text}?="), str)


@given(any_text, any_text)
def test_no_name_or_value_begins_another_field(name: str, value: str) -> None:
    try:
        written = write_field(name, value)
    except MailError:
        return

    lines = written.split("\r\n")
    assert all(line[0] == " " and line.strip() for line in lines[1:])
    assert not any("\r" in line or "\n" in line for line in lines)
    assert written.isascii()
    raw = written.encode("ascii") + b"\r\n\r\n"
    assert [name] == [field.name for field in scan_headers(raw, LIMIT).fields]


@given(st.lists(st.tuples(st.from_regex(r"X-[A-Za-z]{1,10}", fullmatch=True), one_line), max_size=6))
def test_fields_written_are_the_fields_read(fields: list[tuple[str, str]]) -> None:
    raw = b"".join(write_field(name, value).encode("ascii") + b"\r\n" for name, value in fields) + b"\r\nbody"
    block = scan_headers(raw, LIMIT)

    assert b"body" == raw[block.body :]
    assert [name for name, _ in fields] == [field.name for field in block.fields]
    for (_, value), field in zip(fields, block.fields, strict=True):
        if "=?" not in value:
            assert value.strip(" \t") == decode_words(field.value).strip(" \t")


@given(phrases, st.lists(plain_mailboxes, min_size=1, max_size=4))
def test_the_judge_reads_subject_and_addresses_as_they_were(subject: str, boxes: list[Mailbox]) -> None:
    headers = [("From", format_mailbox(boxes[0])), ("To", ", ".join(map(format_mailbox, boxes))), ("Subject", subject)]
    raw = compose(headers=headers, text=Body("x"), html=None, attachments=[], boundary_seed="1.2")
    judged = _judged(raw)

    assert subject == judged["subject"]
    assert [box.address for box in boxes] == [address.addr_spec for address in judged["to"].addresses]
    # The judge's newer parser puts a blank between adjacent encoded words of a name; its older one does not.
    pairs = getaddresses([str(message_from_bytes(raw)["to"]).replace("\r\n", "")])
    assert [box.display_name for box in boxes] == [str(make_header(decode_header(name))) for name, _ in pairs]
    assert 998 >= max(map(len, raw.split(b"\r\n")))


@settings(max_examples=200)
@given(
    text=st.none() | st.builds(Body, any_text, charsets),
    html=st.none() | st.builds(Body, any_text, charsets),
    attached=st.lists(files, max_size=3),
    seed=any_text,
)
def test_the_judge_reads_bodies_and_files_octet_for_octet(
    text: Body | None, html: Body | None, attached: list[Attachment], seed: str
) -> None:
    raw = compose(headers=[("From", "a@b.com")], text=text, html=html, attachments=attached, boundary_seed=seed)
    judged = _judged(raw)

    assert 998 >= max(map(len, raw.split(b"\r\n")))
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    leaves = [leaf for leaf in judged.walk() if not leaf.is_multipart()]
    bodies = [body for body in (text, html) if body is not None] or ([] if attached else [Body("")])
    shown = [leaf for leaf in leaves if leaf.get_content_disposition() is None]
    assert [_canonical(body.data) for body in bodies] == [
        leaf.get_payload(decode=True).decode(leaf.get_content_charset()) for leaf in shown
    ]
    found = sorted((leaf.get_filename(), leaf.get_payload(decode=True)) for leaf in leaves if leaf not in shown)
    assert sorted((file.file_name, file.content) for file in attached) == found
    ours = parse(raw)
    assert sorted((file.file_name, file.content) for file in attached) == sorted(
        (info.file_name or "", found.body) for info in attachments(ours) if (found := part_at(ours, info.index))
    )
    assert (text is None and (bool(html) or bool(attached))) or _canonical(text.data if text else "") == text_body(ours)
    assert html is None or _canonical(html.data) == html_body(ours)


@given(any_text.filter(lambda text: "=?" not in text and not BREAKS.search(text)))
def test_a_parameter_written_is_the_parameter_read(text: str) -> None:
    assert {"name": text} == parse_parameters(write_parameters("a/b", [("name", text)]))[1]


@given(octets)
def test_any_octets_are_a_header_section_or_refused(raw: bytes) -> None:
    try:
        block = scan_headers(raw, LIMIT)
    except MailError:
        return

    assert 0 <= block.end <= block.body <= len(raw)
    assert raw[: block.end] == b"".join(raw[start:stop] for start, stop in block.spans)
    for field in block.fields:
        assert "\r" not in field.value
        assert "\n" not in field.value


@given(octets, st.integers(0, 3), st.integers(0, 3))
def test_any_octets_are_a_tree_within_its_bounds(raw: bytes, parts: int, depth: int) -> None:
    tree = parse(raw, Limits(parts=parts, depth=depth))

    def check(part: Part, level: int) -> int:
        assert level <= depth + 1
        assert isinstance(part.body, bytes)
        assert isinstance(part.text, str)
        return 1 + sum(check(child, level + 1) for child in part.children)

    assert check(tree, 0) <= 2 * parts + 3
    for info in attachments(tree):
        found = part_at(tree, info.index)
        assert found is not None
        assert info.size == len(found.body)


headers_of_ours = st.sampled_from(["Bcc", "To", "Subject", "Message-ID", "X-Note"])


@given(
    fields=st.lists(st.tuples(headers_of_ours, one_line.filter(lambda text: "\x00" not in text)), max_size=6),
    newline=st.sampled_from([b"\r\n", b"\n"]),
    body=st.binary(max_size=60),
    removed=st.sets(headers_of_ours.map(str.lower), max_size=2),
    replaced=st.sets(headers_of_ours.map(str.lower), max_size=2),
)
def test_rewriting_changes_what_was_asked_and_nothing_else(
    fields: list[tuple[str, str]], newline: bytes, body: bytes, removed: set[str], replaced: set[str]
) -> None:
    lines = [name.encode() + b":" + value.encode() + newline for name, value in fields]
    raw = b"".join((*lines, newline, body))
    changed = rewrite(
        raw,
        scan_headers(raw, LIMIT),
        remove=removed,
        replace={name: (name.title(), "new") for name in replaced},
        append=[("Last", "1")],
    )

    expected: list[bytes] = []
    pending = set(replaced)
    for (name, _), line in zip(fields, lines, strict=True):
        lower = name.lower()
        if lower in pending:
            expected.append(lower.title().encode() + b": new" + newline)
            pending.discard(lower)
        elif lower not in replaced and lower not in removed:
            expected.append(line)
    missing = [name.title().encode() + b": new" + newline for name in replaced if name in pending]
    tail = b"".join((*missing, b"Last: 1" + newline, newline, body))
    assert b"".join(expected) == changed[: -len(tail)]
    assert tail[-len(newline + body) :] == changed[-len(newline + body) :]
    assert sorted(missing) == sorted(
        changed[len(b"".join(expected)) : len(changed) - len(b"Last: 1" + newline + newline + body)].splitlines(True)
    )


@given(octets)
def test_rewriting_nothing_changes_nothing(raw: bytes) -> None:
    try:
        block = scan_headers(raw, LIMIT)
    except MailError:
        return

    assert raw == rewrite(raw, block)
    appended = rewrite(raw, block, append=[("X-Last", "1")])
    again = scan_headers(appended, LIMIT)
    assert HeaderField("X-Last", "1") == again.fields[-1]
    assert len(block.fields) + 1 == len(again.fields)
    assert raw[block.body :] == appended[again.body :]


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_an_instant_written_is_the_instant_read(ms: int) -> None:
    assert (
        ms - ms % 1000 == parse_rfc5322_date(rfc5322_date(ms)) or ms < -59_011_459_200_000
    )  # `email` reads year 99 as 1999
    assert rfc5322_date(ms)[17:25] == iso8601(ms)[11:19]
    assert f"{ms % 1000:03d}" == iso8601(ms)[20:23]

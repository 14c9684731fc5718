"""SendEmail of the newer API: simple, raw and template content, files, headers and refusals (sending.md 5)."""

import base64
import random
from typing import Any

import pytest
from harness import Server
from inspecting import look
from sending import ME, YOU, Doors, id_of, refusal
from wire import refused

RAW = b"From: me@example.com\r\nTo: you@example.org\r\nSubject: raw\r\n\r\nbody"
CONSTRAINT = "1 validation error detected: Value at '{}' failed to satisfy constraint: {}"
CONTENT = {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "t"}, "Html": {"Data": "<p>h</p>"}}}


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    return Doors(server, account).verified()


def attach(name: str, content: bytes, **more: str) -> dict[str, Any]:
    return {"FileName": name, "RawContent": content, **more}


def send(client: Any, **simple: Any) -> str:
    content = {"Simple": {**CONTENT, **simple}}
    sent = client.send_email(FromEmailAddress=ME, Destination={"ToAddresses": [YOU]}, Content=content)
    return str(sent["MessageId"])


def test_the_answer_is_json_with_the_id_alone(doors: Doors) -> None:
    answer = doors.send_v2()
    assert {"MessageId": id_of(answer)} == answer.json
    assert ("application/json", 36) == (answer.headers["content-type"], len(answer.headers["x-amzn-requestid"]))


FILES = {
    "bytes.bin": bytes(range(256)) * 40,
    "empty.txt": b"",
    "no newline.txt": b"one\ntwo\r\nthree\rfour",
    "bücher.pdf": b"%PDF-1.4\n\x00\xff",
    "long.txt": b"x" * 5_000 + b"\r\n.\r\n--boundary--\r\n",
    "boundary.eml": b"------=_Part_0_1.1700000000000\r\nFrom: x\r\n\r\n----=_Part_0",
}


@pytest.mark.parametrize("encoding", [None, "BASE64", "QUOTED_PRINTABLE"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_back_byte_for_byte(doors: Doors, sesv2: Any, name: str, encoding: str | None) -> None:
    more = {"ContentTransferEncoding": encoding} if encoding else {}
    id_ = send(sesv2, Attachments=[attach(name, FILES[name], **more)])
    [part] = doors.message(id_).iter_attachments()
    assert (name, "attachment") == (part.get_filename(), part.get_content_disposition())
    assert part.is_multipart() or FILES[name] == part.get_payload(decode=True)
    assert FILES[name] == look(doors.server, f"/_sestina/messages/{id_}/attachments/0").body
    [shown] = doors.shown(id_)["attachments"]
    assert (name, len(FILES[name])) == (shown["file_name"], shown["size"])


def test_many_files_of_chance_come_back(doors: Doors, sesv2: Any) -> None:
    chance = random.Random(1)
    files = {f"file{n}.dat": chance.randbytes(chance.randrange(5_000)) for n in range(20)}
    id_ = send(sesv2, Attachments=[attach(name, content) for name, content in files.items()])
    message = doors.message(id_)
    assert "multipart/mixed" == message.get_content_type()
    assert files == {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}


def test_an_inline_image_stands_beside_the_html_that_shows_it(doors: Doors, sesv2: Any) -> None:
    image = attach("logo.png", b"\x89PNG\r\n", ContentDisposition="INLINE", ContentId="logo", ContentDescription="Büro")
    id_ = send(sesv2, Body={"Html": {"Data": '<img src="cid:logo">'}}, Attachments=[image])
    message = doors.message(id_)
    assert "multipart/related" == message.get_content_type()
    html, part = message.iter_parts()  # type: ignore[attr-defined]
    assert "text/html" == html.get_content_type()
    assert ("image/png", "<logo>", "inline") == (
        part.get_content_type(),
        part["Content-ID"],
        part.get_content_disposition(),
    )
    assert ("Büro", b"\x89PNG\r\n") == (str(part["Content-Description"]), part.get_payload(decode=True))


def test_alternatives_related_and_mixed_nest_as_they_should(doors: Doors, sesv2: Any) -> None:
    image = attach("i.gif", b"GIF89a", ContentDisposition="INLINE", ContentId="i")
    message = doors.message(send(sesv2, Attachments=[attach("a.txt", b"a"), image]))
    kinds = [part.get_content_type() for part in message.walk()]
    tree = ["multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/gif"]
    assert [*tree, "text/plain"] == kinds


@pytest.mark.parametrize("name", ["virus.exe", "script.JS", "a.b.bat", "link.lnk", "x.ps1"])
def test_a_file_that_ses_takes_from_nobody_is_refused(doors: Doors, name: str) -> None:
    file = {"FileName": name, "RawContent": "eA=="}
    assert (400, "BadRequestException") == refusal(doors.send_v2(simple={"Attachments": [file]}))[:2]


@pytest.mark.parametrize("member", ["FileName", "ContentId", "ContentType", "ContentDescription"])
@pytest.mark.parametrize("value", ["a\r\nBcc: x@y.com", "a\nX-Evil: 1", "a\r\n\r\nbody"])
def test_no_line_end_in_a_file_makes_a_header(doors: Doors, member: str, value: str) -> None:
    file = {"FileName": "a.txt", "RawContent": "eA==", "ContentDisposition": "INLINE", member: value}
    answer = doors.send_v2(simple={"Attachments": [file]})
    if answer.status != 200:
        assert (400, "BadRequestException") == refusal(answer)[:2]
        return
    for part in doors.message(id_of(answer)).walk():
        assert (None, None) == (part["Bcc"], part["X-Evil"])


def test_own_header_fields_follow_the_subject(doors: Doors, sesv2: Any) -> None:
    headers = [{"Name": "X-One", "Value": "1"}, {"Name": "List-Unsubscribe", "Value": "<https://x.org/u>"}]
    octets = doors.octets(send(sesv2, Headers=headers))
    assert b"Subject: Hi\r\nX-One: 1\r\nList-Unsubscribe: <https://x.org/u>\r\nMIME-Version: 1.0\r\n" in octets


HEADERS = [
    ("Bad Name", "x", "name", "Member must satisfy regular expression pattern: ^[!-9;-@A-~]+$"),
    ("X:Y", "x", "name", "Member must satisfy regular expression pattern: ^[!-9;-@A-~]+$"),
    ("X\r\nBcc", "x", "name", "Member must satisfy regular expression pattern: ^[!-9;-@A-~]+$"),
    ("X", "a\r\nBcc: x@y.com", "value", "Member must satisfy regular expression pattern: [ -~]*"),
    ("X", "grün", "value", "Member must satisfy regular expression pattern: [ -~]*"),
    ("X" * 127, "x", "name", "Member must have length less than or equal to 126"),
    ("X", "y" * 996, "value", "Member must have length less than or equal to 995"),
    ("", "x", "name", "Member must have length greater than or equal to 1"),
]


@pytest.mark.parametrize(("name", "value", "member", "rule"), HEADERS)
def test_a_bad_header_is_refused_with_its_place(doors: Doors, name: str, value: str, member: str, rule: str) -> None:
    answer = doors.send_v2(simple={"Headers": [{"Name": name, "Value": value}]})
    status, code, text = refusal(answer)
    assert (400, "BadRequestException") == (status, code)
    assert f"Value at 'content.simple.headers.1.member.{member}' failed to satisfy constraint: {rule}" in (text or "")


def test_sixteen_headers_are_one_too_many(doors: Doors) -> None:
    headers = [{"Name": f"X-{n}", "Value": "x"} for n in range(16)]
    said = CONSTRAINT.format("content.simple.headers", "Member must have length less than or equal to 15")
    assert (400, "BadRequestException", said) == refusal(doors.send_v2(simple={"Headers": headers}))
    assert 200 == doors.send_v2(simple={"Headers": headers[:15]}).status


@pytest.mark.parametrize("name", ["From", "To", "Cc", "Subject", "Content-Type", "MIME-Version", "Reply-To"])
def test_a_field_that_ses_has_written_is_not_written_twice(doors: Doors, name: str) -> None:
    headers = [{"Name": name.lower(), "Value": "mine@example.com"}]
    to = {"ToAddresses": [YOU], "CcAddresses": [YOU]}
    answer = doors.send_v2(simple={"Headers": headers}, Destination=to, ReplyToAddresses=[YOU])
    assert "Duplicate header" in (refusal(answer)[2] or "")
    template = {"TemplateContent": {"Subject": "s", "Text": "t"}, "TemplateData": "{}", "Headers": headers}
    answer = doors.send_v2(Destination=to, Content={"Template": template}, ReplyToAddresses=[YOU])
    assert (400, "BadRequestException") == refusal(answer)[:2]


def test_a_singleton_of_ones_own_stands_once(doors: Doors) -> None:
    headers = [{"Name": "Precedence", "Value": "bulk"}, {"Name": "precedence", "Value": "list"}]
    said = (400, "BadRequestException", "Duplicate header 'Precedence'.")
    assert said == refusal(doors.send_v2(simple={"Headers": headers}))
    assert 200 == doors.send_v2(simple={"Headers": headers[:1]}).status


@pytest.mark.parametrize("name", ["Message-ID", "Date", "Bcc", "X-SES-CONFIGURATION-SET"])
def test_fields_that_are_for_ses_or_from_ses_alone_are_left_out(doors: Doors, name: str) -> None:
    octets = doors.octets(id_of(doors.send_v2(simple={"Headers": [{"Name": name, "Value": "mine@example.com"}]})))
    assert b"mine@example.com" not in octets


def test_a_raw_message_needs_no_sender_and_no_destination_beside_it(doors: Doors) -> None:
    shown = doors.shown(id_of(doors.send_raw_v2(RAW)))
    assert ([YOU], "raw", "SendRawEmail") == (shown["recipients"], shown["subject"], shown["operation"])


def test_a_destination_beside_a_raw_message_is_its_envelope(doors: Doors) -> None:
    shown = doors.shown(id_of(doors.send_raw_v2(RAW, Destination={"BccAddresses": ["hidden@x.org"]})))
    assert ["hidden@x.org"] == shown["recipients"]


def test_no_sender_is_told_as_the_service_does(doors: Doors) -> None:
    to = {"ToAddresses": [YOU]}
    simple = doors.v2("POST", "outbound-emails", Destination=to, Content={"Simple": CONTENT})
    assert (400, "BadRequestException", None) == refusal(simple)
    assert '{"message":null}' == simple.text
    inline = {"Template": {"TemplateContent": {"Subject": "s", "Text": "t"}, "TemplateData": "{}"}}
    answer = doors.v2("POST", "outbound-emails", Destination=to, Content=inline)
    assert (400, "BadRequestException", "Source cannot be empty") == refusal(answer)


@pytest.mark.parametrize("content", [{}, {"Simple": CONTENT, "Raw": {"Data": "eA=="}}])
def test_exactly_one_kind_of_content_is_taken(doors: Doors, content: object) -> None:
    document = {"FromEmailAddress": ME, "Destination": {"ToAddresses": [YOU]}, "Content": content}
    assert (400, "BadRequestException") == refusal(doors.v2("POST", "outbound-emails", **document))[:2]


def test_forty_megabytes_are_the_limit(doors: Doors) -> None:
    file = {"FileName": "big.bin", "RawContent": base64.b64encode(bytes(31_000_000)).decode()}
    status, code, text = refusal(doors.send_v2(simple={"Attachments": [file]}))
    assert (400, "BadRequestException") == (status, code)
    assert (text or "").startswith("Message length is more than 41943040 bytes long: '4")


def test_twelve_megabytes_are_taken_here_and_come_back(doors: Doors, sesv2: Any) -> None:
    content = random.Random(2).randbytes(9_000_000)
    id_ = send(sesv2, Attachments=[attach("big.bin", content)])
    [part] = doors.message(id_).iter_attachments()
    assert content == part.get_payload(decode=True)


def test_what_is_missing_is_told_all_at_once(doors: Doors) -> None:
    answer = doors.v2("POST", "outbound-emails", Content={"Simple": {"Body": {"Text": {}}}})
    status, code, text = refusal(answer)
    assert (400, "BadRequestException") == (status, code)
    assert (text or "").startswith("2 validation errors detected: ")
    for path in ("content.simple.subject", "content.simple.body.text.data"):
        assert f"Value at '{path}' failed to satisfy constraint: Member must not be null" in (text or "")


def test_an_sdk_raises_the_class_of_the_model(doors: Doors, sesv2: Any) -> None:
    content: dict[str, Any] = {"Simple": CONTENT}
    to = {"ToAddresses": [YOU]}
    with pytest.raises(sesv2.exceptions.MessageRejected):
        sesv2.send_email(FromEmailAddress="me@other.com", Destination=to, Content=content)
    missing = {"Template": {"TemplateName": "none", "TemplateData": "{}"}}
    with pytest.raises(sesv2.exceptions.NotFoundException) as gone:
        sesv2.send_email(FromEmailAddress=ME, Destination=to, Content=missing)
    assert ("NotFoundException", "Template none does not exist.") == refused(gone)
    sesv2.put_account_sending_attributes(SendingEnabled=False)
    with pytest.raises(sesv2.exceptions.SendingPausedException):
        sesv2.send_email(FromEmailAddress=ME, Destination=to, Content=content)

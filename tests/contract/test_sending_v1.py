"""SendEmail, SendRawEmail and SendTemplatedEmail of the older API: answers, octets and refusals (sending.md 5)."""

import base64
import datetime as dt
import email.utils
import re
import urllib.parse
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import Server
from sending import ME, YOU, Doors, event_types, id_of, refusal
from wire import SCOPE, fetch, refused

MESSAGE_ID = re.compile(
    r"0100([0-9a-f]{12})-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-000000", re.ASCII
)
SIGNATURES = ["DKIM-Signature", "DKIM-Signature"]
OWN = ["Message-ID", "Date", "Feedback-ID", "X-SES-Outgoing"]
MIME = (
    b"X-First: 1\r\nFrom: Me <me@example.com>\r\nTo: you@example.org\r\nSubject: =?UTF-8?Q?gr=C3=BCn?=\r\n"
    b"X-Folded: one\r\n\ttwo\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nline\r\n.\r\n\r\nlast without end"
)


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    return Doors(server, account).verified()


def names(octets: bytes) -> list[str]:
    """The header field names, in order."""
    header = octets.partition(b"\r\n\r\n")[0].decode()
    return [line.partition(":")[0] for line in header.split("\r\n") if line[0] not in " \t"]


def test_the_answer_is_xml_with_an_id_of_the_real_form(doors: Doors) -> None:
    answer = doors.send_v1()
    found = MESSAGE_ID.fullmatch(id_of(answer))
    assert found is not None
    assert abs(int(found[1], 16) / 1000 - dt.datetime.now(dt.UTC).timestamp()) < 60
    request = answer.headers["x-amzn-requestid"]
    assert (
        '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult>'
        f"<MessageId>{found[0]}</MessageId></SendEmailResult><ResponseMetadata><RequestId>{request}</RequestId>"
        "</ResponseMetadata></SendEmailResponse>"
    ) == answer.text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>').strip()
    assert "text/xml" == answer.headers["content-type"].partition(";")[0]


def test_get_works_like_post(doors: Doors, account: str) -> None:
    form = {"Action": "SendEmail", "Version": "2010-12-01", "Source": ME, "Message.Subject.Data": "via get"}
    form |= {"Destination.ToAddresses.member.1": YOU, "Message.Body.Text.Data": "x"}
    headers = {"Authorization": SCOPE.format(account, "us-east-1")}
    answer = fetch(urllib.request.Request(f"{doors.server.url}/?{urllib.parse.urlencode(form)}", headers=headers))
    assert "via get" == doors.shown(id_of(answer))["subject"]


def test_a_simple_message_has_the_fields_of_the_real_one_in_its_order(doors: Doors) -> None:
    id_ = id_of(doors.send_v1(Destination__CcAddresses__member__1="cc@x.org", ReplyToAddresses__member__1="r@x.org"))
    octets = doors.octets(id_)
    built = ["From", "To", "Cc", "Reply-To", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
    assert SIGNATURES + built + OWN == names(octets)
    message = doors.message(id_)
    assert f"<{id_}@email.amazonses.com>" == message["Message-ID"]
    assert b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n" in octets
    assert re.fullmatch(r"1\.us-east-1\.[A-Za-z0-9+/]{43}=:AmazonSES", str(message["Feedback-ID"]))
    assert re.fullmatch(r"\d{4}\.\d\d\.\d\d-[\d.]+", str(message["X-SES-Outgoing"]))
    assert str(message["Date"]).endswith(" +0000")
    assert email.utils.parsedate_to_datetime(message["Date"]) <= dt.datetime.now(dt.UTC)
    assert octets.endswith(b"\r\n\r\nIt works.")


def test_text_and_html_are_alternatives_text_first(doors: Doors) -> None:
    id_ = id_of(doors.send_v1(Message__Body__Html__Data="<p>It works.</p>"))
    octets = doors.octets(id_)
    assert re.search(rb'Content-Type: multipart/alternative; \r\n boundary="----=_Part_\d+_\d+\.\d{13}"', octets)
    parts = [(part.get_content_type(), part.get_content().strip()) for part in doors.message(id_).iter_parts()]  # type: ignore[attr-defined]
    assert [("text/plain", "It works."), ("text/html", "<p>It works.</p>")] == parts


@pytest.mark.parametrize("charset", ["UTF-8", "ISO-8859-1", "Shift_JIS", "us-ascii"])
def test_a_body_comes_back_whatever_its_charset(doors: Doors, charset: str) -> None:
    text = {"Shift_JIS": "日本語", "us-ascii": "plain"}.get(charset, "grün\nund weiß")
    id_ = id_of(doors.send_v1(Message__Body__Text__Data=text, Message__Body__Text__Charset=charset))
    message = doors.message(id_)
    assert (charset.lower(), text) == (
        message.get_content_charset(),
        message.get_content().replace("\r\n", "\n").rstrip("\n"),
    )


def test_bcc_is_received_and_not_seen(doors: Doors) -> None:
    id_ = id_of(doors.send_v1(Destination__BccAddresses__member__1="hidden@x.org"))
    assert [YOU, "hidden@x.org"] == doors.shown(id_)["recipients"]
    assert b"hidden" not in doors.octets(id_)
    assert ["Send", "Delivery"] == event_types(doors.shown(id_))


def test_neither_text_nor_html_is_refused(doors: Doors) -> None:
    members = {"Source": ME, "Destination__ToAddresses__member__1": YOU, "Message__Subject__Data": "x"}
    answer = doors.v1("SendEmail", **members, Message__Body="")
    assert 400 == answer.status
    assert "MessageId" not in answer.text


def test_nobody_to_send_to_is_refused(doors: Doors) -> None:
    text = "Missing required header 'To'."
    answer = doors.send_v1(to=[], Destination__ToAddresses="")
    assert (400, "InvalidParameterValue", text) == refusal(answer)
    assert (400, "BadRequestException", text) == refusal(doors.send_v2(to=[]))


def test_display_names_are_encoded_and_read_back(doors: Doors) -> None:
    id_ = id_of(doors.send_v1(source="Jörg Müller <me@example.com>", to=['"Last, First" <you@example.org>']))
    assert doors.octets(id_).isascii()
    message = doors.message(id_)
    assert "Jörg Müller" == message["From"].addresses[0].display_name
    assert ("Last, First", YOU) == (message["To"].addresses[0].display_name, message["To"].addresses[0].addr_spec)


def test_a_raw_message_is_kept_byte_for_byte_but_for_the_named_fields(doors: Doors) -> None:
    named = b"Bcc: hidden@x.org\r\nX-SES-MESSAGE-TAGS: a=b, c=d\r\nMessage-ID: <mine@x>\r\nDate: yesterday\r\n"
    octets = doors.octets(id_ := id_of(doors.send_raw_v1(named + MIME)))
    header, _, body = MIME.partition(b"\r\n\r\n")
    assert body == octets.partition(b"\r\n\r\n")[2]
    assert header in octets
    assert [*SIGNATURES, "Message-ID", "Date"] == names(octets)[:4]
    assert ["Feedback-ID", "X-SES-Outgoing"] == names(octets)[-2:]
    assert f"Message-ID: <{id_}@email.amazonses.com>\r\n".encode() in octets
    shown = doors.shown(id_)
    assert [YOU, "hidden@x.org"] == shown["recipients"]
    assert [{"name": "a", "value": "b"}, {"name": "c", "value": "d"}] == shown["tags"]


def test_the_return_path_of_a_raw_message_is_heeded_and_not_sent_on(doors: Doors) -> None:
    id_ = id_of(doors.send_raw_v1(b"Return-Path: <back@example.com>\r\n" + MIME))
    assert "Return-Path" not in names(doors.octets(id_))
    assert doors.octets(id_).count(b"X-First: 1") == 1


def test_a_raw_message_without_id_and_date_gets_them_at_the_end(doors: Doors) -> None:
    octets = doors.octets(id_of(doors.send_raw_v1(MIME)))
    assert octets[octets.index(b"X-First") :].startswith(MIME.partition(b"\r\n\r\n")[0])
    assert [*SIGNATURES, "X-First", *OWN] == [*names(octets)[:3], *names(octets)[-4:]]


@pytest.mark.parametrize("length", range(50))
def test_raw_data_of_any_length_and_byte_comes_through(doors: Doors, length: int) -> None:
    data = b"From: me@example.com\r\nTo: you@example.org\r\n\r\n" + bytes((length * 5 + n) % 256 for n in range(length))
    assert doors.octets(id_of(doors.send_raw_v1(data))).partition(b"\r\n\r\n")[2] == data.partition(b"\r\n\r\n")[2]


def test_destinations_are_the_envelope_in_place_of_the_header(doors: Doors) -> None:
    id_ = id_of(doors.send_raw_v1(MIME, Destinations__member__1="other@x.org"))
    assert ["other@x.org"] == doors.shown(id_)["recipients"]
    assert b"To: you@example.org" in doors.octets(id_)


RAW = [
    (b"To: a@b.com\r\n\r\n", "Missing required header 'From'."),
    (b"From: \r\nTo: a@b.com\r\n\r\n", "Empty required header 'From'."),
    (b"From: me@example.com\r\n\r\n", "Missing required header 'To'."),
    (b"From: me@example.com\r\nTo: a@b.com\r\nSubject: a\r\nsubject: b\r\n\r\n", "Duplicate header 'Subject'."),
    (b"From: me@example.com\r\nTo: a@b.com\r\n: empty\r\n\r\n", "Empty header names are illegal."),
    (b"From: me@example.com\r\nTo: a@b.com\r\nX: " + b"y" * 300_000 + b"\r\n\r\n", "Header section too long."),
    (b"From: plain\r\nTo: a@b.com\r\n\r\n", "Missing final '@domain'"),
    (b"From: me@example.com\r\nTo: @b.com\r\n\r\n", "Missing local name"),
]


@pytest.mark.parametrize(("data", "text"), RAW)
def test_a_raw_message_that_is_none_is_refused_in_words(doors: Doors, data: bytes, text: str) -> None:
    assert (400, "InvalidParameterValue", text) == refusal(doors.send_raw_v1(data))
    assert (400, "BadRequestException", text) == refusal(doors.send_raw_v2(data))


def test_empty_raw_data_with_source_and_destinations_are_taken(doors: Doors) -> None:
    answer = doors.v1("SendRawEmail", RawMessage__Data="", Source=ME, Destinations__member__1=YOU)
    assert [YOU] == doors.shown(id_of(answer))["recipients"]


def test_ten_megabytes_are_the_limit(doors: Doors) -> None:
    head = b"From: me@example.com\r\nTo: you@example.org\r\n\r\n"
    code, text = "InvalidParameterValue", r"Message length is more than 10485760 bytes long: '(\d+)'\."
    status, said, message = refusal(doors.send_raw_v1(head + b"x" * 10_485_760))
    assert (400, code) == (status, said)
    found = re.fullmatch(text, message or "")
    assert found is not None
    assert int(found[1]) > 10_485_760
    assert 200 == doors.send_raw_v1(head + b"x" * 10_400_000).status


def test_base64_with_line_ends_is_read(doors: Doors) -> None:
    data = base64.encodebytes(MIME).decode()
    assert MIME.partition(b"\r\n\r\n")[2] in doors.octets(id_of(doors.v1("SendRawEmail", RawMessage__Data=data)))


def test_an_sdk_raises_the_class_of_the_model(doors: Doors, ses: Any) -> None:
    message = {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}
    with pytest.raises(ses.exceptions.MessageRejected) as error:
        ses.send_email(Source="me@other.com", Destination={"ToAddresses": [YOU]}, Message=message)
    assert "MessageRejected" == refused(error)[0]
    with pytest.raises(ses.exceptions.TemplateDoesNotExistException) as gone:
        ses.send_templated_email(Source=ME, Destination={"ToAddresses": [YOU]}, Template="none", TemplateData="{}")
    assert ("TemplateDoesNotExist", "Template none does not exist.") == refused(gone)
    with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException):
        ses.send_raw_email(RawMessage={"Data": MIME}, ConfigurationSetName="none")
    ses.update_account_sending_enabled(Enabled=False)
    with pytest.raises(ClientError) as paused:
        ses.send_raw_email(RawMessage={"Data": MIME})
    assert "AccountSendingPausedException" == refused(paused)[0]

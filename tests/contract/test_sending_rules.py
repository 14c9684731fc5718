"""Rules that both APIs share: addresses, tags, counts, gate and their order, word for word (sending.md 2.2, 3, 5.2)."""

import pytest
from harness import Server
from sending import ME, YOU, Doors, both, id_of, refusal

MUST_BE_NAME = "only alphanumeric ASCII characters, '_',  '-' are allowed."
MUST_BE_VALUE = "only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
LONG = "n" * 256

ADDRESSES = [
    ("plain", "Missing final '@domain'"),
    ("a@", "Missing domain"),
    ("@b.com", "Missing local name"),
    ("a b@c.com", "Local address contains control or whitespace"),
    ("a\tb@c.com", "Local address contains control or whitespace"),
    ("a@b c.com", "Domain contains control or whitespace"),
    ("a(@b.com", None),
    ("a[b@c.com", None),
    ("a@.b", "Domain starts with dot"),
    ("a@bücher.example", "Invalid domain name"),
    ("<a@b.com> <c@d.com>", "Extra route-addr"),
    ("=?broken <a@b.com>", "Expected '=', got 'null'"),
    ("jörg@b.com", "Address contains illegal characters in user name: '<jörg@b.com>'."),
    (f"{'a' * 310}@example.com", f"Address length is more than 320 characters long: '{'a' * 310}@example.com'."),
    ('"a\r\nb"@c.com', 'Invalid email address "a\r\nb"@c.com.'),
    ("a@b.com\r\nBcc: c@d.com", "Domain contains control or whitespace"),
    ("a\r\n@b.com", "Local address contains control or whitespace"),
    ("A\r\nBcc: c@d.com <a@b.com>", None),
]

TAGS = [
    ("", "x", "The tag name must be specified."),
    ("x", "", "The tag value must be specified."),
    (LONG, "x", "Tag name cannot exceed 255 characters."),
    ("x", LONG, "Tag value cannot exceed 255 characters."),
    ("a b", "x", f"Invalid tag name <a b>: {MUST_BE_NAME}"),
    ("a.b", "", "The tag value must be specified."),
    ("a\r\nb", "x", f"Invalid tag name <a\r\nb>: {MUST_BE_NAME}"),
    ("é", "!", f"Invalid tag name <é>: {MUST_BE_NAME}"),
    ("x", "a b", f"Invalid tag value <a b>: {MUST_BE_VALUE}"),
    ("x", "ü", f"Invalid tag value <ü>: {MUST_BE_VALUE}"),
]


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    return Doors(server, account)


@pytest.fixture
def open_doors(doors: Doors) -> Doors:
    return doors.verified()


@pytest.mark.parametrize(("address", "text"), ADDRESSES)
def test_an_address_that_is_none_is_refused_wherever_it_stands(doors: Doors, address: str, text: str | None) -> None:
    said = refusal(doors.send_v1(source=address))
    assert (400, "InvalidParameterValue") == said[:2]
    assert text in (None, said[2])
    refusals = {
        refusal(doors.send_v1(to=[address])),
        refusal(doors.send_v1(Destination__CcAddresses__member__1=address)),
        refusal(doors.send_v1(Destination__BccAddresses__member__1=address)),
        refusal(doors.send_v1(ReturnPath=address)),
        refusal(doors.send_v1(ReplyToAddresses__member__1=address)),
    }
    assert {said} == refusals
    destination = {"ToAddresses": [YOU]}
    refusals = {
        refusal(doors.send_v2(source=address)),
        refusal(doors.send_v2(to=[address])),
        refusal(doors.send_v2(Destination={**destination, "CcAddresses": [address]})),
        refusal(doors.send_v2(Destination={**destination, "BccAddresses": [address]})),
        refusal(doors.send_v2(FeedbackForwardingEmailAddress=address)),
        refusal(doors.send_v2(ReplyToAddresses=[address])),
    }
    assert {(400, "BadRequestException", said[2])} == refusals


@pytest.mark.parametrize(("name", "value", "text"), TAGS)
def test_a_bad_tag_is_refused_in_words(doors: Doors, name: str, value: str, text: str) -> None:
    v1 = doors.send_v1(Tags__member__1__Name=name, Tags__member__1__Value=value)
    v2 = doors.send_v2(EmailTags=[{"Name": name, "Value": value}])
    assert both("InvalidParameterValue", text) == [refusal(v1), refusal(v2)]


def test_good_tags_are_kept(open_doors: Doors) -> None:
    tags = {"campaign": "spring-24", "a_b": "x.y@z", "ses:feedback-id-a": "7"}
    v1 = {f"Tags__member__{n}__Name": name for n, name in enumerate(tags, 1)}
    v1 |= {f"Tags__member__{n}__Value": value for n, value in enumerate(tags.values(), 1)}
    listed = [{"name": name, "value": value} for name, value in tags.items()]
    assert listed == open_doors.shown(id_of(open_doors.send_v1(**v1)))["tags"]
    v2 = [{"Name": name, "Value": value} for name, value in tags.items()]
    assert listed == open_doors.shown(id_of(open_doors.send_v2(EmailTags=v2)))["tags"]


def test_tags_are_checked_before_addresses_and_these_before_sets_and_identities(doors: Doors) -> None:
    name = f"Invalid tag name <!>: {MUST_BE_NAME}"
    wrong = {"Tags__member__1__Name": "!", "Tags__member__1__Value": "x"}
    assert (400, "InvalidParameterValue", name) == refusal(doors.send_v1(source="plain", **wrong))
    said = refusal(doors.send_v1(source="plain", ConfigurationSetName="none"))
    assert (400, "InvalidParameterValue", "Missing final '@domain'") == said
    text = "Configuration set <none> does not exist."
    v1, v2 = doors.send_v1(ConfigurationSetName="none"), doors.send_v2(ConfigurationSetName="none")
    assert both("ConfigurationSetDoesNotExist", text, "NotFoundException", 404) == [refusal(v1), refusal(v2)]
    assert "<ConfigurationSetName>none</ConfigurationSetName>" in v1.text


def test_the_first_wrong_address_is_the_one_that_is_told(doors: Doors) -> None:
    more = {"Destination__CcAddresses__member__1": "@cc", "ReturnPath": "r@", "ReplyToAddresses__member__1": "a@.b"}
    assert "Missing final '@domain'" == refusal(doors.send_v1(source="plain", to=["t@"], **more))[2]
    assert "Missing domain" == refusal(doors.send_v1(to=["t@"], **more))[2]
    assert "Missing local name" == refusal(doors.send_v1(**more))[2]
    del more["Destination__CcAddresses__member__1"]
    assert "Missing domain" == refusal(doors.send_v1(**more))[2]
    del more["ReturnPath"]
    assert "Domain starts with dot" == refusal(doors.send_v1(**more))[2]


def test_fifty_recipients_are_taken_and_fifty_one_are_not(open_doors: Doors) -> None:
    crowd = [f"you{n}@example.org" for n in range(51)]
    text = "Recipient count exceeds 50."
    answers = [refusal(open_doors.send_v1(to=crowd)), refusal(open_doors.send_v2(to=crowd))]
    assert both("InvalidParameterValue", text) == answers
    spread = {"ToAddresses": crowd[:20], "CcAddresses": crowd[20:40], "BccAddresses": crowd[40:]}
    assert (400, "BadRequestException", text) == refusal(open_doors.send_v2(Destination=spread))
    for answer in (open_doors.send_v1(to=crowd[:50]), open_doors.send_v2(to=crowd[:50])):
        assert crowd[:50] == open_doors.shown(id_of(answer))["recipients"]


def test_bad_syntax_is_told_before_too_many_recipients(doors: Doors) -> None:
    crowd = [*(f"you{n}@example.org" for n in range(51)), "plain"]
    assert "Missing final '@domain'" == refusal(doors.send_v1(to=crowd))[2]


def test_an_unverified_sender_is_named_with_the_region(doors: Doors) -> None:
    text = "Email address is not verified. The following identities failed the check in region US-EAST-1: {}"
    for source in (ME, f"Me <{ME}>"):
        answers = [refusal(doors.send_v1(source=source)), refusal(doors.send_v2(source=source))]
        assert both("MessageRejected", text.format(source)) == answers


def test_every_author_of_a_raw_message_is_asked_for(open_doors: Doors) -> None:
    raw = f"From: {ME}, Eve <eve@example.net>, x@example.net\r\nTo: {YOU}\r\n\r\n".encode()
    text = "Email address is not verified. The following identities failed the check in region US-EAST-1: {}"
    refused = both("MessageRejected", text.format("Eve <eve@example.net>, x@example.net"))
    assert refused == [refusal(open_doors.send_raw_v1(raw)), refusal(open_doors.send_raw_v2(raw))]


@pytest.mark.parametrize("source", ["me@example.com", "Me@EXAMPLE.com", "x@sub.example.com", "Me <me+l@example.com>"])
def test_a_domain_verifies_its_addresses_and_subdomains(open_doors: Doors, source: str) -> None:
    for answer in (open_doors.send_v1(source=source), open_doors.send_v2(source=source)):
        assert source == open_doors.shown(id_of(answer))["from"]


@pytest.mark.parametrize("size", [997, 998, 2_000])
def test_a_long_subject_is_folded_and_comes_back_whole(open_doors: Doors, size: int) -> None:
    subject = ("word " * size)[: size - 1] + "."
    v1 = open_doors.send_v1(Message__Subject__Data=subject)
    v2 = open_doors.send_v2(simple={"Subject": {"Data": subject}})
    for answer in (v1, v2):
        octets = open_doors.octets(id_of(answer))
        assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
        assert subject == str(open_doors.message(id_of(answer))["Subject"])


@pytest.mark.parametrize("subject", ["a\r\nBcc: x@y.com", "a\nb", "a\rb", "a\r\n b"])
def test_no_line_end_in_a_subject_makes_a_header(open_doors: Doors, subject: str) -> None:
    for answer in (
        open_doors.send_v1(Message__Subject__Data=subject),
        open_doors.send_v2(simple={"Subject": {"Data": subject}}),
    ):
        if answer.status != 200:
            assert 400 == refusal(answer)[0]
            continue
        message = open_doors.message(id_of(answer))
        assert None is message["Bcc"]
        assert [YOU] == open_doors.shown(id_of(answer))["recipients"]


LARGE = b"Good morning.\r\n" * 2_000


@pytest.mark.parametrize(
    ("field", "name"),
    [
        (b'Content-Disposition: attachment; filename="run.exe"', "run.exe"),
        (b"Content-Disposition: attachment;\r\n FILENAME = Run.EXE", "Run.EXE"),
        (b"Content-Disposition: attachment; filename*0=ru; filename*1=n.exe", "run.exe"),
        (b"Content-Disposition: inline; filename*=utf-8''%C3%BC.vbs", "ü.vbs"),
        (b'Content-Type: application/octet-stream; name="=?utf-8?B?w7wuanM=?="', "ü.js"),
    ],
)
def test_raw_mail_may_bring_no_file_that_simple_content_may_not(open_doors: Doors, field: bytes, name: str) -> None:
    head = f"From: {ME}\r\nTo: {YOU}\r\n".encode()
    multipart = head + b"Content-Type: MULTIPART/mixed; boundary=B\r\n\r\n--B\r\n\r\n"
    file = field + b"\r\n\r\nMZ\r\n"
    attachment = {"FileName": name, "RawContent": "TVo="}
    refused = both("InvalidParameterValue", f"Unsupported attachment type: '{name}'.")
    assert refused[1] == refusal(open_doors.send_v2(simple={"Attachments": [attachment]}))
    for raw in (head + file, *(multipart + text + b"\r\n--B\r\n" + file + b"--B--\r\n" for text in (b"Hello", LARGE))):
        assert refused == [refusal(open_doors.send_raw_v1(raw)), refusal(open_doors.send_raw_v2(raw))]
        for harmless in (b"Content-Disposition: attachment; filename=run.pdf", b"X-Filename: run.exe"):
            assert 200 == open_doors.send_raw_v1(raw.replace(field, harmless)).status


def test_one_state_stands_behind_both_apis(open_doors: Doors) -> None:
    first, second = id_of(open_doors.send_v1()), id_of(open_doors.send_v2())
    one, other = open_doors.octets(first), open_doors.octets(second)
    assert one.replace(first.encode(), b"").count(b"\r\n") == other.replace(second.encode(), b"").count(b"\r\n")
    sent = open_doors.v1("GetSendQuota").text
    assert "<SentLast24Hours>2.0</SentLast24Hours>" in sent
    assert 2 == open_doors.v2("GET", "account").json["SendQuota"]["SentLast24Hours"]

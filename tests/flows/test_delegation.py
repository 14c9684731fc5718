"""Sending for identities of another account, named by ARN: what they cover at every door, and what they do not."""

from typing import Any

import pytest
from harness import Server, new_account
from inspecting import look, verified
from sending import Doors, both, id_of, refusal
from signing import judged
from smtp_sockets import smtp, submit

MESSAGE = b"From: anna@owner.org\r\nTo: bert@example.net\r\nSubject: Hello\r\n\r\nHello Bert\r\n"
TEXT = "Email address is not verified. The following identities failed the check in region US-EAST-1: {}"
FIELDS = ("SOURCE", "FROM", "RETURN-PATH")


@pytest.fixture
def owner(server: Server) -> str:
    """An account that has verified owner.org."""
    account = new_account()
    verified(server.client("sesv2", account), "owner.org")
    return account


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    """The account that sends for it; its own is example.com."""
    return Doors(server, account).verified()


def arn_of(owner: str, name: str = "owner.org", region: str = "us-east-1") -> str:
    return f"arn:aws:ses:{region}:{owner}:identity/{name}"


def over_smtp(doors: Doors, arn: str, *names: str, sender: str = "anna@owner.org", data: bytes = MESSAGE) -> Any:
    """Code and text for a message whose fields name the ARN."""
    fields = "".join(f"X-SES-{name}-ARN: {arn}\r\n" for name in names)
    with smtp(doors.server, user=doors.account) as client:
        return submit(client, fields.encode() + data, sender=sender)


def not_verified(*addresses: str) -> tuple[int, str]:
    return 554, f"Message rejected: {TEXT.format(', '.join(addresses))}"


@pytest.mark.parametrize(
    "names", [("SOURCE",), ("SOURCE", "FROM"), ("SOURCE", "RETURN-PATH"), ("FROM", "RETURN-PATH"), FIELDS]
)
def test_fields_of_a_submission_cover_its_author_and_its_envelope(
    doors: Doors, owner: str, names: tuple[str, ...]
) -> None:
    assert 250 == over_smtp(doors, arn_of(owner), *names)[0]


def test_the_arn_of_the_author_alone_leaves_the_envelope_to_the_sender(doors: Doors, owner: str) -> None:
    arn = arn_of(owner)
    assert 250 == over_smtp(doors, arn, "FROM", sender="me@example.com")[0]
    assert not_verified("anna@owner.org") == over_smtp(doors, arn, "FROM")
    assert not_verified("anna@owner.org") == over_smtp(doors, arn, "RETURN-PATH")


@pytest.mark.parametrize("field", ["Return-Path", "Sender"])
def test_fields_of_the_message_are_covered_too(doors: Doors, owner: str, field: str) -> None:
    data = f"{field}: <boss@owner.org>\r\n".encode() + MESSAGE
    assert 250 == over_smtp(doors, arn_of(owner), "SOURCE", data=data)[0]
    data = data.replace(b"boss@owner.org", b"boss@elsewhere.org")
    assert not_verified("<boss@elsewhere.org>") == over_smtp(doors, arn_of(owner), *FIELDS, data=data)


def test_members_of_a_request_cover_as_fields_do_and_the_owner_signs(doors: Doors, owner: str) -> None:
    me, arn = "Anna <anna@owner.org>", arn_of(owner)
    answers = [
        doors.send_v1(source=me, SourceArn=arn, ReturnPath="bounces@owner.org"),
        doors.send_v1(source=me, SourceArn=arn, ReturnPath="bounces@owner.org", ReturnPathArn=arn),
        doors.send_v2(source=me, FromEmailAddressIdentityArn=arn),
        doors.send_raw_v1(MESSAGE, SourceArn=arn),
        doors.send_raw_v1(MESSAGE, SourceArn=arn, Source=me),
        doors.send_raw_v1(MESSAGE, FromArn=arn),
        doors.send_raw_v2(MESSAGE, FromEmailAddressIdentityArn=arn),
    ]
    signed = [("owner.org", True), ("amazonses.com", True)]
    assert [signed] * len(answers) == [judged(doors.server, id_of(answer)) for answer in answers]
    step = next(step for step in doors.shown(id_of(answers[0]))["journey"] if step["stage"] == "authorise")
    assert f"identity of account {owner}" == step["reason"]


@pytest.mark.parametrize("author", ["anna@owner.org", "anna@mail.OWNER.org", "anna+news@owner.org"])
def test_an_identity_covers_for_others_what_it_covers_for_its_owner(doors: Doors, owner: str, author: str) -> None:
    assert 200 == doors.send_v1(source=author, SourceArn=arn_of(owner, "Owner.org")).status


def test_an_address_covers_itself_and_its_labels_alone(server: Server, doors: Doors, owner: str) -> None:
    verified(server.client("sesv2", owner), "carl@shop.org")
    arn = arn_of(owner, "carl@shop.org")
    for author in ("carl@shop.org", "carl+x@shop.org"):
        assert 200 == doors.send_v1(source=author, SourceArn=arn).status
    assert TEXT.format("dora@shop.org") == refusal(doors.send_v1(source="dora@shop.org", SourceArn=arn))[2]


def test_an_arn_that_covers_nothing_here_opens_no_gate(server: Server, doors: Doors, owner: str) -> None:
    verified(server.client("sesv2", owner, region="eu-west-1"), "owner.org")
    verified(server.client("sesv2", owner), "else.org")
    path = f"/_sestina/identities/failed.owner.org/verification?account={owner}&region=us-east-1"
    server.client("sesv2", owner).create_email_identity(EmailIdentity="failed.owner.org")
    assert 200 == look(server, path, "POST", {"status": "FAILED"}).status
    useless = [
        arn_of("999999999999"),
        arn_of(owner, region="eu-west-1"),
        arn_of(owner, "else.org"),
        arn_of(owner, "unknown.owner.org"),
        arn_of(owner, "failed.owner.org"),
        arn_of(doors.account),
    ]
    me = "anna@failed.owner.org"
    text = TEXT.format(me)
    for arn in useless:
        answers = [doors.send_v1(source=me, SourceArn=arn), doors.send_v2(source=me, FromEmailAddressIdentityArn=arn)]
        assert both("MessageRejected", text) == [refusal(answer) for answer in answers]
        assert not_verified("anna@owner.org") == over_smtp(doors, arn, *FIELDS)


@pytest.mark.parametrize(
    "arn",
    [
        "garbage",
        "arn:aws:ses:us-east-1:111122223333:template/welcome",
        "arn:aws:ses:us-east-1:111122223333:identity/",
        "arn:aws:ses::111122223333:identity/owner.org",
        "arn:aws:ses:us-east-1:1:identity/owner.org",
        "arn:aws:sns:us-east-1:111122223333:identity/owner.org",
    ],
)
def test_what_is_no_arn_of_an_identity_is_refused_at_every_door(doors: Doors, arn: str) -> None:
    text = f"Invalid identity ARN <{arn}>."
    refused = both("InvalidParameterValue", text)
    for v1, v2 in (
        ("SourceArn", "FromEmailAddressIdentityArn"),
        ("ReturnPathArn", "FeedbackForwardingEmailAddressIdentityArn"),
    ):
        assert refused == [refusal(doors.send_v1(**{v1: arn})), refusal(doors.send_v2(**{v2: arn}))]
    assert refused[0] == refusal(doors.send_raw_v1(MESSAGE, FromArn=arn))
    assert (554, f"Transaction failed: {text}") == over_smtp(doors, arn, "RETURN-PATH", sender="me@example.com")

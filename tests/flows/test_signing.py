"""Signing: every message bears the signatures it should, whichever door it came by, and others verify them."""

import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fakes.mail_host import mail_host
from harness import Server, new_account
from inspecting import look, send, verified
from judge import verdicts
from outcomes import mails_about
from relaying import relaying
from sending import Doors, id_of
from signing import attributes, journey, judged, octets, own_key, records

from sestina.protocols.mail.transfer import as_transmitted

SIGNED = [("example.com", True), ("amazonses.com", True)]
SERVICE_ONLY = SIGNED[1:]
RAW = b"From: me@example.com\r\nTo: you@example.org\r\nSubject: Raw\r\n\r\nline\r\n.\r\n\r\n"


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def submit(server: Server, account: str, data: bytes) -> str:
    """Sends a message over SMTP; its id."""
    host, _, port = server.app.listeners["submission"].rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP(host, int(port)) as client:
        client.starttls(context=context)
        client.login(account, "any")
        client.mail("me@example.com")
        client.rcpt("you@example.org")
        code, text = client.data(data)
    assert 250 == code, text
    return text.decode().removeprefix("Ok ")


def test_mail_of_every_door_is_signed_for_the_domain_and_for_amazonses(
    server: Server, account: str, sender: Any, ses: Any
) -> None:
    doors = Doors(server, account)
    sender.create_email_template(
        TemplateName="t", TemplateContent={"Subject": "Hi {{n}}", "Text": "{{n}}", "Html": "<p>{{n}}</p>"}
    )
    templated = {"Template": {"TemplateName": "t", "TemplateData": '{"n": "Ann"}'}}
    to = {"ToAddresses": ["you@example.org"]}
    ids = [
        id_of(doors.send_v1()),
        send(sender),
        id_of(doors.send_raw_v1(RAW)),
        id_of(doors.send_raw_v2(RAW.replace(b"\r\n", b"\n"))),
        sender.send_email(FromEmailAddress="me@example.com", Destination=to, Content=templated)["MessageId"],
        ses.send_templated_email(Source="me@example.com", Destination=to, Template="t", TemplateData='{"n": "B"}')[
            "MessageId"
        ],
        submit(server, account, RAW),
    ]
    server.settle()
    assert [SIGNED] * 7 == [judged(server, id_) for id_ in ids]
    assert 1 == len({records(server, id_).popitem()[0] for id_ in ids})


def test_signatures_stand_first_and_are_the_same_as_often_as_one_looks(server: Server, sender: Any) -> None:
    id_ = send(sender)
    raw = octets(server, id_)
    assert raw.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;\r\n\ts=")
    assert raw == octets(server, id_)
    headers = look(server, f"/_sestina/messages/{id_}").json["headers"]
    assert ["DKIM-Signature", "DKIM-Signature", "From"] == [header["name"] for header in headers[:3]]
    (item,) = look(server, "/_sestina/messages", account=server_account(server, id_)).json["messages"]
    assert len(raw) == item["size"]


def server_account(server: Server, id_: str) -> str:
    return str(look(server, f"/_sestina/messages/{id_}").json["account"])


def test_everybody_who_looks_at_once_sees_the_same(server: Server, sender: Any) -> None:
    ids = [send(sender, f"{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda id_: octets(server, id_), ids * 3))
    assert found == [octets(server, id_) for id_ in ids] * 3
    assert [SIGNED] * 8 == [judged(server, id_) for id_ in ids]


def test_the_time_of_signing_is_that_of_acceptance(server: Server, sender: Any) -> None:
    look(server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00.5Z"})
    id_ = send(sender)
    look(server, "/_sestina/clock", "POST", {"advance": "PT24H"})
    assert octets(server, id_).count(b"; t=1893456000;") == 2


@pytest.mark.parametrize("switch", ["v1", "v2"])
def test_signing_that_is_off_leaves_only_amazonses(server: Server, sender: Any, ses: Any, switch: str) -> None:
    if switch == "v1":
        ses.set_identity_dkim_enabled(Identity="example.com", DkimEnabled=False)
    else:
        sender.put_email_identity_dkim_attributes(EmailIdentity="example.com", SigningEnabled=False)
    id_ = send(sender)
    assert SERVICE_ONLY == judged(server, id_)
    assert ("for amazonses.com only", "example.com: signing is turned off") == journey(server, id_)


def test_a_domain_without_dkim_and_an_address_alone_are_signed_for_by_amazonses(
    server: Server, account: str, ses: Any, sesv2: Any
) -> None:
    ses.verify_domain_identity(Domain="example.com")
    ses.verify_email_identity(EmailAddress="me@alone.example")
    plain = send(sesv2)
    alone = send(sesv2, sender="me@alone.example")
    assert [SERVICE_ONLY] * 2 == [judged(server, id_) for id_ in (plain, alone)]
    assert "no identity for the author's domain has DKIM" == journey(server, alone)[1]
    ses.verify_domain_dkim(Domain="example.com")
    assert SIGNED == judged(server, send(sesv2))


def test_a_subdomain_signs_itself_or_as_its_parent(server: Server, sender: Any) -> None:
    child = send(sender, sender="me@mail.example.com")
    assert SIGNED == judged(server, child)
    verified(sender, "mail.example.com")
    assert ("mail.example.com", True) == judged(server, send(sender, sender="me@mail.example.com"))[0]
    sender.put_email_identity_dkim_attributes(EmailIdentity="mail.example.com", SigningEnabled=False)
    assert SERVICE_ONLY == judged(server, send(sender, sender="me@mail.example.com"))


def test_dkim_that_is_not_verified_does_not_sign(server: Server, account: str, sender: Any) -> None:
    path = f"/_sestina/identities/example.com/verification?account={account}&region=us-east-1"
    before = send(sender)
    assert 200 == look(server, path, "POST", {"status": "TEMPORARY_FAILURE"}).status
    id_ = send(sender)
    assert (SERVICE_ONLY, "example.com: DKIM is TEMPORARY_FAILURE") == (judged(server, id_), journey(server, id_)[1])
    assert SIGNED == judged(server, before)


def test_the_authors_domain_signs_and_not_the_senders(server: Server, account: str, sender: Any) -> None:
    verified(sender, "other.example")
    raw = RAW.replace(b"me@example.com", b"me@other.example")
    id_ = id_of(Doors(server, account).send_raw_v1(raw, Source="me@example.com"))
    assert [("other.example", True), *SERVICE_ONLY] == judged(server, id_)


def test_who_sends_for_another_account_has_its_owner_sign(server: Server, account: str, sender: Any) -> None:
    delegate = server.client("sesv2", new_account())
    arn = f"arn:aws:ses:us-east-1:{account}:identity/example.com"
    id_ = send(delegate, FromEmailAddressIdentityArn=arn)
    assert SIGNED == judged(server, id_)
    assert records(server, id_) == records(server, send(sender))


def test_an_own_key_signs_and_its_record_is_the_customers(server: Server, account: str, sesv2: Any) -> None:
    private, public = own_key(2048)
    sesv2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=attributes(private))
    id_ = send(sesv2)
    assert SIGNED == judged(server, id_)
    assert f"p={public}" == records(server, id_)["own._domainkey.example.com"]
    assert ("for the author's domain and amazonses.com", "example.com") == journey(server, id_)


def test_what_was_sent_is_signed_with_the_key_of_then(server: Server, sesv2: Any) -> None:
    private, public = own_key()
    sesv2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=attributes(private))
    earlier = send(sesv2)
    sesv2.delete_email_identity(EmailIdentity="example.com")
    verified(sesv2)
    later = send(sesv2)
    assert [SIGNED, SIGNED] == [judged(server, earlier), judged(server, later)]
    assert f"p={public}" == records(server, earlier)["own._domainkey.example.com"]
    assert "own._domainkey.example.com" not in records(server, later)


def test_a_key_that_is_none_never_signs(server: Server, sesv2: Any) -> None:
    sesv2.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=attributes("AAAA"))
    identity = sesv2.get_email_identity(EmailIdentity="example.com")
    assert (True, "PENDING") == (identity["VerifiedForSendingStatus"], identity["DkimAttributes"]["Status"])
    id_ = send(sesv2)
    assert (SERVICE_ONLY, "example.com: DKIM is PENDING") == (judged(server, id_), journey(server, id_)[1])


def test_a_replica_signs_with_the_key_of_its_parent_region(server: Server, account: str) -> None:
    here, there = server.client("sesv2", account), server.client("sesv2", account, region="eu-west-1")
    verified(there)
    replica = {"DomainSigningAttributesOrigin": "AWS_SES_EU_WEST_1"}
    here.create_email_identity(EmailIdentity="example.com", DkimSigningAttributes=replica)
    ids = [send(here), send(there)]
    assert [SIGNED] * 2 == [judged(server, id_) for id_ in ids]
    own = [{name for name in records(server, id_) if name.endswith("example.com")} for id_ in ids]
    assert own[0] == own[1]


def test_a_message_signed_by_its_sender_keeps_that_signature(server: Server, account: str, sender: Any) -> None:
    foreign = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=theirs; h=from; bh=AA==; b=AA==\r\n"
    id_ = id_of(Doors(server, account).send_raw_v1(foreign + RAW))
    raw = octets(server, id_)
    assert raw.count(b"DKIM-Signature:") == 3
    assert foreign in raw
    assert SIGNED == judged_but_last(server, id_)


def judged_but_last(server: Server, id_: str) -> list[tuple[str, bool]]:
    known = records(server, id_) | {"theirs._domainkey.example.com": records(server, id_).popitem()[1]}
    return verdicts(octets(server, id_), known)[:-1]


def test_a_bounce_that_comes_back_by_mail_holds_the_signed_message(server: Server, account: str, sender: Any) -> None:
    id_ = send(sender, to="bounce@simulator.amazonses.com")
    server.settle()
    (mail,) = mails_about(server, account)
    assert octets(server, id_) in octets(server, str(mail["Message-ID"]).strip("<>").partition("@")[0])
    assert "DKIM-Signature" not in mail


@pytest.mark.parametrize("mode", ["copy", "deliver"])
def test_the_relay_hands_on_the_very_octets_that_are_shown(mode: str) -> None:
    with mail_host() as host, relaying(host, relay_mode=mode) as story:
        ids = [
            story.send("you@example.org"),
            story.send_raw(RAW.replace(b"\r\n", b"\n"), "you@example.org"),
            submit(story.server, story.account, RAW),
        ]
        story.server.settle()
        assert [as_transmitted(story.raw(id_)) for id_ in ids] == [message.data for message in host.messages]
        assert [SIGNED] * 3 == [
            verdicts(message.data, records(story.server, id_)) for message, id_ in zip(host.messages, ids, strict=True)
        ]


def test_without_a_seed_every_domain_has_a_key_of_its_own() -> None:
    with Server(seed=None) as server:
        client = server.client("sesv2", new_account())
        for name in ("example.com", "other.example"):
            verified(client, name)
        ids = [send(client), send(client, sender="me@other.example")]
        assert [SIGNED, [("other.example", True), *SERVICE_ONLY]] == [judged(server, id_) for id_ in ids]
        assert 3 == len(set(records(server, ids[0]).values()) | set(records(server, ids[1]).values()))


def test_a_seed_repeats_the_signatures_too() -> None:
    def run() -> bytes:
        with Server(seed=3) as server:
            look(server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00Z"})
            return octets(server, send(verified(server.client("sesv2", "111122223333"))))

    assert run() == run()

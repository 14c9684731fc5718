"""Relay, mode copy: mail counts as delivered here, and a real server gets the same octets."""

import pytest
from fakes.mail_host import CERTIFICATES, MailHost, mail_host
from harness import Server
from inspecting import look, verified
from relaying import Relayed, relaying
from smtp_sockets import smtp, submit

EIGHT_BIT = (
    "From: me@example.com\r\nTo: you@example.org\r\nSubject: dots\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    ".\r\n..\r\n.one\r\nGr\u00fc\u00dfe\r\n.\r\nlast line without an end"
).encode()


def test_with_the_relay_off_nothing_leaves(server: Server, account: str) -> None:
    assert None is server.app.services.outside.mail
    view = look(server, "/_sestina/relay").json
    assert (False, None, None, 0) == (view["enabled"], view["target"], view["mode"], view["waiting"])
    assert 409 == look(server, "/_sestina/relay/retry", "POST").status


def test_a_copy_holds_the_octets_that_are_stored() -> None:
    with mail_host() as host, relaying(host) as story:
        id_ = story.send("you@example.org", subject="Grüße")
        (copy,) = host.messages
        assert story.raw(id_) + b"\r\n" == copy.data  # RFC 5321 §4.1.1.4: content ends with a line end
        assert ("me@example.com", ["you@example.org"]) == (copy.mail_from, copy.recipients)
        assert f"SIZE={len(copy.data)}" in copy.parameters
        assert ["Send", "Delivery"] == story.event_types(id_)
        assert ["queued", "copied"] == [decision for decision, _ in story.steps(id_)]
        assert "250 2.6.0 Message received" == story.events(id_, "Delivery")[0]["smtp_response"]


def test_dots_and_eight_bits_arrive_as_they_were_and_a_last_line_gets_its_end() -> None:
    with mail_host() as host, relaying(host) as story:
        id_ = story.send_raw(EIGHT_BIT, "you@example.org")
        (copy,) = host.messages
        assert story.raw(id_) + b"\r\n" == copy.data
        assert b"\r\n\r\n..\r\n...\r\n..one\r\nGr\xc3\xbc\xc3\x9fe\r\n..\r\nlast" in copy.wire
        assert "BODY=8BITMIME" in copy.parameters


def test_mail_by_smtp_is_copied_too() -> None:
    with mail_host() as host, relaying(host) as story:
        verified(story.server.client("sesv2", "000000000000"))
        message = b"From: me@example.com\r\nTo: you@example.org\r\nSubject: Hi\r\n\r\nHello\r\n"
        with smtp(story.server, user="AKIA") as client:
            code, text = submit(client, message, "me@example.com", ("you@example.org", "hidden@example.org"))
        story.server.settle()
        (copy,) = host.messages
        assert (250, story.raw(text.split()[-1])) == (code, copy.data)
        assert ["you@example.org", "hidden@example.org"] == copy.recipients


def test_only_those_get_a_copy_who_were_delivered_to() -> None:
    with mail_host() as host, relaying(host, relay_block=("*.example.net",)) as story:
        story.sesv2.put_suppressed_destination(EmailAddress="held@example.org", Reason="BOUNCE")
        id_ = story.send(
            "you@example.org", "held@example.org", "success@simulator.amazonses.com", "them@mail.example.net"
        )
        assert [["you@example.org"]] == [copy.recipients for copy in host.messages]
        kept = ("kept here", "them@mail.example.net: not for the relay by its lists")
        assert kept in story.steps(id_)
        delivered = {address for event in story.events(id_, "Delivery") for address in event["recipients"]}
        assert {"you@example.org", "them@mail.example.net", "success@simulator.amazonses.com"} == delivered


def test_a_message_to_nobody_the_relay_may_get_stays_here() -> None:
    with mail_host() as host, relaying(host, relay_block=("example.org",)) as story:
        id_ = story.send("you@example.org")
        assert (0, ["kept here"]) == (host.connections, [decision for decision, _ in story.steps(id_)])


def test_an_allow_list_shuts_out_all_others() -> None:
    with mail_host() as host, relaying(host, relay_allow=("boss@example.org", "example.com")) as story:
        story.send("boss@example.org", "you@example.org", "Any@EXAMPLE.com")
        assert ["boss@example.org", "Any@EXAMPLE.com"] == host.messages[0].recipients


def test_a_refused_copy_is_told_of_in_the_journey_and_the_send_stands() -> None:
    with mail_host(recipients={"no@example.org": "550 5.1.1 No such user"}) as host, relaying(host) as story:
        id_ = story.send("no@example.org", "you@example.org")
        assert ["Send", "Delivery"] == story.event_types(id_)
        assert ("refused", "no@example.org: 550 5.1.1 No such user") in story.steps(id_)
        (trouble,) = story.view()["troubles"]
        assert (id_, "no@example.org", "550 5.1.1 No such user") == tuple(
            trouble[name] for name in ("message", "recipient", "reply")
        )
        assert 0 == story.view()["waiting"]


def test_a_copy_waits_for_a_host_that_is_down() -> None:
    with mail_host() as host, relaying(host) as story:
        story.freeze()
        host.stop()
        id_ = story.send("you@example.org")
        assert ["Send", "Delivery"] == story.event_types(id_)
        assert 1 == story.view()["waiting"]
        assert "done" == story.message(id_)["state"]
        host.start()
        story.advance(minutes=1)
        assert ({"you@example.org": 1}, 0) == (host.counts, story.view()["waiting"])
        assert ["queued", "deferred", "copied"] == [decision for decision, _ in story.steps(id_)]


def test_whoever_does_not_want_to_wait_asks_for_another_try() -> None:
    with mail_host() as host, relaying(host) as story:
        story.freeze()
        host.stop()
        for number in range(3):
            story.send("you@example.org", subject=str(number))
        host.start()
        assert {"retried": 3} == story.retry()
        assert 3 == len(host.messages)


def test_the_envelope_of_ses_can_be_had() -> None:
    with mail_host() as host, relaying(host, relay_envelope="ses") as story:
        id_ = story.send("you@example.org")
        assert f"{id_}@amazonses.com" == host.messages[0].mail_from


def test_bounces_go_where_the_return_path_says() -> None:
    with mail_host() as host, relaying(host) as story:
        ses = story.server.client("ses", story.account)
        ses.send_email(
            Source="Me <me@example.com>",
            ReturnPath="bounces@example.com",
            Destination={"ToAddresses": ["you@example.org"]},
            Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}},
        )
        story.server.settle()
        assert "bounces@example.com" == host.messages[0].mail_from


@pytest.mark.parametrize("script", [{"starttls": True}, {"wrapped": True}], ids=["STARTTLS", "wrapper"])
def test_login_and_tls(script: dict[str, bool]) -> None:
    secret = "p@ss:w/rd%"
    with mail_host(login=("rela/y", secret), **script) as host:
        url = f"{'smtps' if script.get('wrapped') else 'smtp'}://rela%2Fy:p%40ss%3Aw%2Frd%25@127.0.0.1:{host.port}"
        with relaying(host, relay=url, relay_tls="required", relay_certificate="any") as story:
            story.send("you@example.org")
            (copy,) = host.messages
            assert (True, "rela/y") == (copy.is_secure, copy.user)
            assert secret not in str(story.view())
            assert f"{url.partition(':')[0]}://127.0.0.1:{host.port}" == story.view()["target"]


def test_a_wrong_login_waits_and_says_so_without_the_password() -> None:
    with mail_host(login=("relay", "right")) as host, relaying(host, relay=host.url.replace("right", "wrong")) as story:
        story.send("you@example.org")
        (trouble,) = story.view()["troubles"]
        expected = "421 4.7.8 The server does not take our login: 535 5.7.8 Authentication credentials invalid"
        assert expected == trouble["reply"]
        assert "wrong" not in str(story.view())


@pytest.mark.parametrize(
    ("script", "settings", "expected"),
    [
        ({}, {"relay_tls": "required"}, "421 4.7.4"),
        ({"starttls": True}, {"relay_tls": "required"}, "421 4.7.5"),
        ({"greeting": "554 5.3.2 closed"}, {}, "421 4.3.2"),
        ({"greeting": ""}, {}, "421 4.4.1"),
        ({"dot": ""}, {}, "421 4.4.2"),
        ({"mail": "451 4.3.0 later"}, {}, "451 4.3.0"),
        ({"is_silent": True}, {"relay_timeout": 0.05}, "421 4.4.1"),
    ],
    ids=["no TLS", "untrusted", "closed", "cut at once", "cut at the end", "sender deferred", "silent"],
)
def test_trouble_with_the_host_is_temporary(script: dict[str, str], settings: dict[str, str], expected: str) -> None:
    with mail_host(**script) as host, relaying(host, **settings) as story:
        id_ = story.send("you@example.org")
        assert 1 == story.view()["waiting"]
        decision, reason = story.steps(id_)[-1]
        assert ("deferred", expected) == (decision, reason.removeprefix("you@example.org: ")[: len(expected)])


@pytest.mark.parametrize("tls", ["disabled", "optional"])
def test_a_host_that_knows_only_helo_is_spoken_to(tls: str) -> None:
    with mail_host(knows_ehlo=False) as host, relaying(host, relay_tls=tls) as story:
        story.send("you@example.org")
        assert [[]] == [copy.parameters for copy in host.messages]


def test_connections_are_kept_and_stale_ones_replaced() -> None:
    with mail_host() as host, relaying(host) as story:
        for number in range(3):
            story.send("you@example.org", subject=str(number))
        assert (1, 3) == (host.connections, len(host.messages))
        host.cut_all()
        story.send("you@example.org", subject="again")
        assert (2, 4) == (host.connections, len(host.messages))


def test_optional_tls_takes_any_certificate_but_a_checked_one_must_be_right() -> None:
    assert CERTIFICATES.pem()
    with MailHost(starttls=True) as host, relaying(host, relay_tls="optional") as story:
        assert isinstance(story, Relayed)
        story.send("you@example.org")
        assert host.messages[0].is_secure
    with MailHost(starttls=True) as host, relaying(host, relay_tls="disabled") as story:
        story.send("you@example.org")
        assert not host.messages[0].is_secure

"""Relay and TLS: what is only a bonus may fail, what is required may not."""

from typing import Any

import pytest
from fakes.mail_host import Script, mail_host
from relaying import Relayed, relaying

BROKEN = pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"tls_ahead": "454 4.7.0 TLS not available"}, "421 4.7.5 TLS failed: 454 4.7.0 TLS not available"),
        ({"shakes_hands": False}, "421 4.7.5 TLS failed: "),
        ({"tls_ahead": ""}, "421 4.7.5 TLS failed: "),
        ({"hates_secrets": True}, "421 4.7.5 TLS failed: "),
    ],
    ids=["refused", "no handshake", "cut", "cut after it"],
)


def requiring(story: Relayed) -> str:
    story.sesv2.create_configuration_set(ConfigurationSetName="tls", DeliveryOptions={"TlsPolicy": "REQUIRE"})
    return "tls"


@BROKEN
def test_where_optional_tls_fails_mail_goes_without_it_at_once(script: dict[str, Any], expected: str) -> None:
    with mail_host(starttls=True, **script) as host, relaying(host, relay_mode="deliver") as story:
        id_ = story.send("you@example.org")
        assert ["Send", "Delivery"] == story.event_types(id_)
        assert (False, 2) == (host.messages[0].is_secure, host.connections)


@BROKEN
def test_required_tls_is_never_gone_without(script: dict[str, Any], expected: str) -> None:
    with (
        mail_host(starttls=True, **script) as host,
        relaying(host, relay_mode="deliver", relay_tls="required", relay_certificate="any") as story,
    ):
        id_ = story.send("you@example.org")
        assert (["Send", "DeliveryDelay"], []) == (story.event_types(id_), host.messages)
        assert expected in story.steps(id_)[-1][1]


@BROKEN
def test_a_message_that_requires_tls_waits_for_it(script: dict[str, Any], expected: str) -> None:
    with mail_host(starttls=True, **script) as host, relaying(host, relay_mode="deliver") as story:
        story.freeze()
        id_ = story.send("you@example.org", ConfigurationSetName=requiring(story))
        assert (["Send", "DeliveryDelay"], []) == (story.event_types(id_), host.messages)
        assert expected in story.steps(id_)[-1][1]
        host.script = Script(starttls=True)
        story.advance(minutes=1)
        assert [True] == [message.is_secure for message in host.messages]


def test_a_password_is_not_sent_in_the_clear_because_tls_failed() -> None:
    with (
        mail_host(starttls=True, tls_ahead="454 4.7.0 TLS not available", login=("me", "secret")) as host,
        relaying(host) as story,
    ):
        story.send("you@example.org")
        assert (1, 1) == (story.view()["waiting"], host.connections)
        assert [] == [line for line in host.commands if line.startswith("AUTH")]


def test_a_server_that_lets_us_wait_for_tls_is_spoken_to_without() -> None:
    with mail_host(starttls=True, tls_ahead="silence") as host, relaying(host, relay_timeout=0.5) as story:
        story.send("you@example.org")
        assert [False] == [message.is_secure for message in host.messages]


def test_a_message_that_requires_tls_gets_it_though_it_is_disabled_for_others() -> None:
    with mail_host(starttls=True) as host, relaying(host, relay_mode="deliver", relay_tls="disabled") as story:
        first = story.send("you@example.org")
        second = story.send("you@example.org", ConfigurationSetName=requiring(story))
        assert [False, True] == [message.is_secure for message in host.messages]
        deliveries = [event for id_ in (first, second) for event in story.events(id_, "Delivery")]
        assert [None, "TLSv1.3"] == [event.get("outgoing_tls_version") for event in deliveries]


def test_a_server_is_asked_before_it_is_said_to_offer_no_tls() -> None:
    with mail_host() as host, relaying(host, relay_mode="deliver", relay_tls="disabled") as story:
        id_ = story.send("you@example.org", ConfigurationSetName=requiring(story))
        expected = "smtp; 554 5.7.4 TLS is required, but the receiving server does not offer it"
        assert expected == story.events(id_, "Bounce")[0]["diagnostic_code"]
        assert ("EHLO [127.0.0.1]", 1) == (host.commands[0], host.connections)

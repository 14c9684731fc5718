"""Host names: web pages reach us under loopback names, AWS's names, addresses and configured names only."""

import pytest

from sestina.listeners.http_hosts import browser_hosts, host_name


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "inbox.localhost",
        "127.0.0.1",
        "127.3.2.1",
        "::1",
        "192.168.1.7",
        "email.us-east-1.amazonaws.com",
        "r.us-east-1.awstrack.me",
    ],
)
def test_loopback_aws_and_addresses_are_allowed(host: str) -> None:
    assert browser_hosts()(host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "",
        "localhost.evil.example",
        "notlocalhost",
        "amazonaws.com.evil.example",
        "xamazonaws.com",
        "127.0.0.1.nip.io",
        "0x7f.1",
        "2130706433",
        "a\0b",
    ],
)
def test_names_a_stranger_may_own_are_not(host: str) -> None:
    assert not browser_hosts()(host)


def test_configured_names_are_allowed_whole_or_by_suffix() -> None:
    allowed = browser_hosts(["Mail.Test", ".dev.example"])
    assert [True, True, False, False] == [
        allowed(host) for host in ("mail.test", "a.dev.example", "x.mail.test", "dev.example")
    ]


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("localhost:4566", "localhost"),
        ("localhost", "localhost"),
        ("[::1]:4566", "::1"),
        ("[::1", "::1"),
        ("user@h:1", "h"),
        ("localhost@evil.example", "evil.example"),
        ("", ""),
    ],
)
def test_the_host_of_an_authority_has_no_port_and_no_brackets(authority: str, host: str) -> None:
    assert host == host_name(authority)

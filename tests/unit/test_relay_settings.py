"""Where the relay is taken from."""

import asyncio

import pytest

from sestina.app import running
from sestina.settings import Settings, SettingsError, load_settings


def test_without_any_of_it_there_is_no_relay() -> None:
    assert ("", "copy") == (load_settings({}, {}).relay, load_settings({}, {}).relay_mode)


def test_fakecloud_s_variable_counts() -> None:
    assert "smtp://mailhog:1025" == load_settings({}, {"FAKECLOUD_SES_SMTP_RELAY": "smtp://mailhog:1025"}).relay


@pytest.mark.parametrize(
    ("variables", "relay", "tls"),
    [
        ({"HOST": "mailpit"}, "smtp://mailpit:25", "disabled"),
        ({"HOST": "mailpit", "PORT": "1025", "STARTTLS": "OPTIONAL"}, "smtp://mailpit:1025", "optional"),
        ({"HOST": "::1", "STARTTLS": "REQUIRED"}, "smtp://[::1]:25", "required"),
        ({"HOST": "m", "USER": "a@b", "PASS": "p/:@"}, "smtp://a%40b:p%2F%3A%40@m:25", "disabled"),
        ({"PORT": "1025"}, "", "optional"),
    ],
)
def test_floci_s_variables_count(variables: dict[str, str], relay: str, tls: str) -> None:
    settings = load_settings({}, {f"FLOCI_SERVICES_SES_SMTP_{name}": value for name, value in variables.items()})
    assert (relay, tls) == (settings.relay, settings.relay_tls)


def test_a_setting_stands_above_them() -> None:
    others = {"FAKECLOUD_SES_SMTP_RELAY": "smtp://other", "FLOCI_SERVICES_SES_SMTP_HOST": "third"}
    assert "smtp://own" == load_settings({}, {"SESTINA_RELAY": "smtp://own", **others}).relay
    assert "" == load_settings({"relay": ""}, others).relay
    settings = load_settings({"relay_tls": "required"}, {"FLOCI_SERVICES_SES_SMTP_HOST": "third"})
    assert ("smtp://third:25", "required") == (settings.relay, settings.relay_tls)


def test_a_list_is_written_with_commas() -> None:
    assert ("example.org", "*@example.net") == load_settings(
        {"relay_allow": "example.org, *@example.net"}, {}
    ).relay_allow


@pytest.mark.parametrize(
    ("relay", "reason"),
    [
        ("smtp://me:secret@host:none", "its port is no port"),
        ("smtp://me:secret@localhost:2587", "it is this server, and mail would go round for ever"),
        ("smtps://me:secret@127.0.0.1:2465", "it is this server, and mail would go round for ever"),
    ],
)
def test_a_relay_that_cannot_be_is_said_at_the_start_without_the_password(relay: str, reason: str) -> None:
    async def start() -> None:
        async with running(Settings(relay=relay)):
            raise AssertionError("it started")

    with pytest.raises(SettingsError) as refusal:
        asyncio.run(start())
    assert f"the setting relay is not usable: {reason}" == str(refusal.value)

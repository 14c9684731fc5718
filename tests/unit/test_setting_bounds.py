"""What settings refuse, and how they agree with each other."""

import msgspec
import pytest

from sestina.settings import Settings, SettingsError, all_settings, checked, load_settings


@pytest.mark.parametrize(
    ("name", "wrong", "least"),
    [
        ("port", "-1", "0"),
        ("smtp_port", "-1", "0"),
        ("smtps_port", "-1", "0"),
        ("smtp_plain_port", "65536", "65535"),
        ("inbound_port", "-1", "0"),
        ("max_smtp_connections", "0", "1"),
        ("max_connections", "0", "1"),
        ("relay_connections", "0", "1"),
        ("relay_connections", "-1", "1"),
        ("delivery_delay", "-1", "0"),
        ("relay_timeout", "0", "0.01"),
        ("relay_timeout", "-1", "0.01"),
        ("relay_timeout", "inf", "86400"),
        ("relay_timeout", "nan", "86400"),
    ],
)
def test_a_number_out_of_bounds_is_refused(name: str, wrong: str, least: str) -> None:
    variable = "SESTINA_" + name.upper()
    with pytest.raises(SettingsError, match=rf"^a setting is not usable: .* - at `\$\.{name}`$"):
        load_settings({}, {variable: wrong})
    assert float(least) == getattr(load_settings({}, {variable: least}), name)


def test_every_number_but_the_seed_says_its_bounds() -> None:
    numbers = {field.name for field in msgspec.structs.fields(Settings) if type(field.default) in (int, float)}
    told = {one.name: one.sentence.rpartition(". ")[2] for one in all_settings() if one.name in numbers}
    assert "At least 1." == told.pop("max_connections")
    assert "At least 0, at most 65535." == told.pop("port")
    assert "More than 0, at most 86400." == told.pop("relay_timeout")
    assert all(text.startswith("At least ") for text in told.values())


def test_an_optional_number_says_its_bounds_too() -> None:
    [plain] = [one for one in all_settings() if one.name == "smtp_plain_port"]
    assert plain.sentence.endswith(" At least 0, at most 65535.")


def test_a_key_without_its_certificate_is_refused() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({"tls_key": "key.pem"}, {})
    assert "the setting tls_key is not usable: it is the key of tls_certificate, which is not set" == str(refusal.value)
    assert "key.pem" == load_settings({"tls_key": "key.pem", "tls_certificate": "c.pem"}, {}).tls_key


@pytest.mark.parametrize(
    ("flags", "environment"),
    [
        ({}, {"FAKECLOUD_SES_SMTP_PORT": "2525"}),
        ({}, {"SESTINA_SMTP_PLAIN_PORT": "2525"}),
        ({"smtp_plain_port": "2525"}, {}),
        ({"smtp_port": "2525"}, {}),
        ({"port": 2525}, {}),
    ],
)
def test_the_inbound_port_steps_aside(flags: dict[str, object], environment: dict[str, str]) -> None:
    assert 0 == load_settings(flags, environment).inbound_port


def test_an_inbound_port_that_was_asked_for_stays() -> None:
    environment = {"FAKECLOUD_SES_SMTP_PORT": "2525", "SESTINA_INBOUND_PORT": "2525"}
    assert 2525 == load_settings({}, environment).inbound_port
    assert 2525 == load_settings({}, {"FAKECLOUD_SES_SMTP_PORT": "2526"}).inbound_port
    assert 2525 == checked({}).inbound_port

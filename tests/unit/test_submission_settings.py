"""Settings of other emulators that SMTP submission understands."""

import pytest

from sestina.settings import SettingsError, load_settings


def test_fakeclouds_port_is_the_plain_one() -> None:
    assert 2526 == load_settings({}, {"FAKECLOUD_SES_SMTP_PORT": "2526"}).smtp_plain_port


def test_our_own_name_wins() -> None:
    environment = {"FAKECLOUD_SES_SMTP_PORT": "2526", "SESTINA_SMTP_PLAIN_PORT": "2527"}
    assert 2527 == load_settings({}, environment).smtp_plain_port


@pytest.mark.parametrize("environment", [{}, {"FAKECLOUD_SES_SMTP_PORT": ""}])
def test_without_either_there_is_no_plain_port(environment: dict[str, str]) -> None:
    assert None is load_settings({}, environment).smtp_plain_port


def test_a_port_must_be_a_number() -> None:
    with pytest.raises(SettingsError, match="smtp_plain_port"):
        load_settings({}, {"FAKECLOUD_SES_SMTP_PORT": "smtp"})

"""The rules of configuration sets, by value."""

import pytest

from sestina.domain.configuration_sets import ConfigurationSet, check_configuration_set_name, check_set_may_send
from sestina.domain.refusals import Invalid, Kind, Paused


@pytest.mark.parametrize("name", ["a", "A-b_9", "n" * 64])
def test_letters_digits_dashes_and_underscores_make_a_name(name: str) -> None:
    check_configuration_set_name(name)


def test_a_name_is_measured_before_it_is_read() -> None:
    with pytest.raises(Invalid) as refusal:
        check_configuration_set_name("." * 65)
    assert "Configuration set name cannot exceed 64 characters." == refusal.value.message


def test_a_paused_set_refuses_to_send() -> None:
    with pytest.raises(Paused) as refusal:
        check_set_may_send(ConfigurationSet(name="quiet", created=0, sending_enabled=False))
    assert Kind.CONFIGURATION_SET is refusal.value.kind
    assert {"ConfigurationSetName": "quiet"} == refusal.value.details

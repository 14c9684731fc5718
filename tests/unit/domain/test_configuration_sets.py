"""The rules of configuration sets, by value."""

import pytest

from sestina.domain.configuration_sets import (
    ConfigurationSet,
    Delivery,
    check_configuration_set_name,
    check_set_may_send,
    too_many_configuration_sets,
    with_sending,
)
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


def test_tls_is_optional_unless_the_set_says_otherwise() -> None:
    strict = Delivery(tls_policy="REQUIRE")
    sets = [ConfigurationSet(name="set", created=0, delivery=delivery) for delivery in (None, Delivery(), strict)]
    assert ["OPTIONAL", "OPTIONAL", "REQUIRE"] == [found.tls_policy for found in sets]
    assert (False, True) == (Delivery().requires_tls, strict.requires_tls)


def test_only_sending_again_after_a_pause_is_a_fresh_start() -> None:
    fresh = ConfigurationSet(name="fresh", created=0)
    assert with_sending(fresh, True, 5).last_fresh_start is None
    paused = with_sending(fresh, False, 5)
    assert (False, None) == (paused.sending_enabled, paused.last_fresh_start)
    assert (True, 9) == ((again := with_sending(paused, True, 9)).sending_enabled, again.last_fresh_start)


def test_one_set_too_many_names_the_limit() -> None:
    assert "Number of configuration sets exceeds the limit of 10000." == too_many_configuration_sets().message

"""DKIM of identities by value: tokens, keys, lengths, and who signs."""

import re

import pytest

from sestina.domain.dkim import (
    PublicKey,
    Signatory,
    begun_dkim,
    cname_records,
    dkim_tokens,
    easy_dkim,
    own_dkim,
    own_key_name,
    replicated_dkim,
    service_signatory,
    signatory_of,
    why_unsigned,
    with_dkim_status,
    with_key_length,
)
from sestina.domain.identities import Dkim, Identity, Status
from sestina.domain.instants import DAY
from sestina.domain.refusals import Invalid

NOW = 1_790_000_000_000
WHO = ("000000000000", "us-east-1", "example.com")
EASY = easy_dkim(*WHO, NOW)
SHORT = easy_dkim(*WHO, NOW, "RSA_1024_BIT", salt="/1")
OWN = own_dkim("sel", own_key_name("AAAA"), PublicKey(1024, "MII"), NOW)
USELESS = own_dkim("sel", own_key_name("AAAA"), None, NOW)


def test_tokens_depend_on_account_region_and_domain_and_on_nothing_else() -> None:
    others = [("1" * 12, *WHO[1:]), (WHO[0], "eu-west-1", WHO[2]), (*WHO[:2], "example.org")]
    assert all(re.fullmatch(r"[a-z2-7]{32}", token) for token in dkim_tokens(*WHO))
    assert 12 == len({token for who in (WHO, *others) for token in dkim_tokens(*who)})
    assert set(dkim_tokens(*WHO)).isdisjoint(dkim_tokens(*WHO, salt="2"))


def test_the_records_of_easy_dkim() -> None:
    first = EASY.tokens[0]
    assert (f"{first}._domainkey.example.com", f"{first}.dkim.amazonses.com") == cname_records("example.com", EASY)[0]


def test_own_keys_and_replicas_say_where_they_are_from() -> None:
    assert ("EXTERNAL", ("sel",), None, "MII") == (OWN.origin, OWN.tokens, OWN.generated, OWN.public_key)
    replica = replicated_dkim(WHO[0], "AWS_SES_EU_WEST_1", WHO[2], NOW)
    assert ("AWS_SES_EU_WEST_1", dkim_tokens(WHO[0], "eu-west-1", WHO[2])) == (replica.origin, replica.tokens)
    assert Dkim().status is Status.NOT_STARTED


def test_a_domain_signs_by_its_first_token_or_its_own_selector() -> None:
    easy = signatory_of(Identity(name="example.com", created=NOW, status=Status.SUCCESS, dkim=EASY))
    assert Signatory("example.com", EASY.tokens[0], 2048) == easy
    assert f"{EASY.tokens[0]}._domainkey.example.com" == easy.record_name
    own = signatory_of(Identity(name="example.com", created=NOW, status=Status.SUCCESS, dkim=OWN))
    assert Signatory("example.com", "sel", 1024, own_key_name("AAAA")) == own
    assert (EASY.tokens[0], own_key_name("AAAA")) == (easy.key, own.key)


def test_the_service_signs_with_a_key_of_the_region() -> None:
    here, there = service_signatory("us-east-1"), service_signatory("eu-west-1")
    assert ("amazonses.com", 1024, here.selector) == (here.domain, here.bits, here.key)
    assert re.fullmatch(r"[a-z2-7]{32}", here.selector)
    assert here.selector != there.selector


@pytest.mark.parametrize(
    ("dkim", "why"),
    [
        (with_dkim_status(EASY, Status.SUCCESS, NOW), ""),
        (with_dkim_status(OWN, Status.SUCCESS, NOW), ""),
        (EASY, "DKIM is PENDING"),
        (with_dkim_status(EASY, Status.TEMPORARY_FAILURE, NOW), "DKIM is TEMPORARY_FAILURE"),
        (with_dkim_status(USELESS, Status.SUCCESS, NOW), "DKIM is PENDING"),
        (Dkim(), "signing is turned off"),
    ],
)
def test_what_signs_and_what_does_not(dkim: Dkim, why: str) -> None:
    assert why == why_unsigned(dkim)


def test_signing_that_was_never_set_up_has_no_status_to_change() -> None:
    assert Dkim() == with_dkim_status(Dkim(), Status.SUCCESS, NOW)


def test_the_first_step_down_is_free_and_then_a_length_stands_for_a_day() -> None:
    down = with_key_length(EASY, SHORT, NOW + 1)
    assert ("RSA_1024_BIT", NOW + 1, SHORT.tokens) == (down.key_length, down.length_changed, down.tokens)
    with pytest.raises(Invalid):
        with_key_length(down, EASY, NOW + DAY)
    up = with_key_length(down, EASY, NOW + DAY + 1)
    assert ("RSA_2048_BIT", NOW + DAY + 1) == (up.key_length, up.length_changed)
    with pytest.raises(Invalid):
        with_key_length(up, SHORT, NOW + DAY + 2)


def test_a_step_up_waits_for_a_day_after_the_key_was_made() -> None:
    with pytest.raises(Invalid):
        with_key_length(SHORT, EASY, NOW + DAY - 1)
    assert "RSA_2048_BIT" == with_key_length(SHORT, EASY, NOW + DAY).key_length


def test_the_same_length_again_is_refused() -> None:
    with pytest.raises(Invalid):
        with_key_length(EASY, EASY, NOW + 2 * DAY)


def test_beginning_again_waits_and_signs() -> None:
    begun = begun_dkim(with_dkim_status(EASY, Status.FAILED, NOW), NOW + 5)
    assert (True, Status.PENDING, NOW + 5) == (begun.enabled, begun.status, begun.since)

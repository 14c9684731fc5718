"""DKIM of identities by value: tokens, keys, lengths, and who signs."""

import re

import pytest
from msgspec.structs import replace

from sestina.domain.dkim import (
    PublicKey,
    Signatory,
    begun_dkim,
    cname_records,
    dkim_tokens,
    easy_dkim,
    has_same_key,
    own_dkim,
    own_key_name,
    replica_dkim,
    replicated,
    replication_error,
    service_signatory,
    shows_key,
    signatory_of,
    why_unsigned,
    with_dkim_status,
    with_key_length,
)
from sestina.domain.identities import Dkim, Status
from sestina.domain.instants import DAY
from sestina.domain.refusals import Invalid

NOW = 1_790_000_000_000
WHO = ("000000000000", "us-east-1", "example.com")
EASY = easy_dkim(*WHO, NOW)
SHORT = easy_dkim(*WHO, NOW, "RSA_1024_BIT", salt="/1")
OWN = own_dkim("sel", own_key_name("AAAA"), PublicKey(1024, "MII"), NOW)
REPLICA = replica_dkim("AWS_SES_EU_WEST_1", NOW)
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
    assert "AWS_SES_EU_WEST_1" == REPLICA.origin
    assert Dkim().status is Status.NOT_STARTED


def test_a_domain_signs_by_its_first_token_or_its_own_selector() -> None:
    easy = signatory_of("example.com", EASY)
    assert Signatory("example.com", EASY.tokens[0], 2048) == easy
    assert f"{EASY.tokens[0]}._domainkey.example.com" == easy.record_name
    own = signatory_of("example.com", OWN)
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


def test_beginning_again_leaves_signing_off_that_was_off() -> None:
    assert not begun_dkim(replace(EASY, enabled=False), NOW).enabled


def test_each_length_has_tokens_of_its_own() -> None:
    short = easy_dkim(*WHO, NOW, "RSA_1024_BIT")
    assert set(EASY.tokens).isdisjoint(short.tokens)
    assert short.tokens == easy_dkim(*WHO, NOW + 1, "RSA_1024_BIT").tokens


DONE = with_dkim_status(EASY, Status.SUCCESS, NOW)


def test_a_replica_has_key_and_status_of_its_parent_and_a_switch_of_its_own() -> None:
    replica = replicated(replace(REPLICA, enabled=False), "us-east-1", DONE)
    assert ("AWS_SES_EU_WEST_1", False, DONE.tokens, Status.SUCCESS) == (
        replica.origin, replica.enabled, replica.tokens, replica.status
    )  # fmt: skip


@pytest.mark.parametrize(
    ("region", "parent", "error"),
    [
        ("us-east-1", DONE, None),
        ("us-east-1", None, "REPLICATION_PRIMARY_NOT_FOUND"),
        ("us-east-1", Dkim(), "REPLICATION_PRIMARY_NOT_FOUND"),
        ("us-east-1", OWN, "REPLICATION_PRIMARY_BYO_DKIM_NOT_SUPPORTED"),
        ("us-east-1", REPLICA, "REPLICATION_REPLICA_AS_PRIMARY_NOT_SUPPORTED"),
        ("eu-west-1", DONE, "REPLICATION_PRIMARY_INVALID_REGION"),
    ],
)
def test_what_can_be_the_parent_of_a_replica(region: str, parent: Dkim | None, error: str | None) -> None:
    assert error == replication_error(REPLICA, region, parent)
    assert (error is None) == bool(replicated(REPLICA, region, parent).tokens)


def test_a_replica_does_not_succeed_without_a_parent() -> None:
    assert Status.PENDING is with_dkim_status(REPLICA, Status.SUCCESS, NOW).status
    kept_before = replace(DONE, origin="AWS_SES_EU_WEST_1")
    assert (Status.PENDING, ()) == (
        replicated(kept_before, "us-east-1", None).status,
        replicated(kept_before, "us-east-1", None).tokens,
    )


@pytest.mark.parametrize(
    ("record", "shows"),
    [
        ("p=MII", True),
        ("v=DKIM1; k=rsa; p=MII", True),
        ("v=DKIM1;p = M\tI I ;", True),
        ("p=MIIJ", False),
        ("x=p=MII", False),
        ("", False),
    ],
)
def test_a_record_may_be_written_with_blanks(record: str, shows: bool) -> None:
    assert shows == shows_key(record, "MII")


def test_another_key_is_told_from_the_same() -> None:
    assert has_same_key(EASY, DONE)
    assert not has_same_key(EASY, SHORT)
    assert not has_same_key(EASY, OWN)

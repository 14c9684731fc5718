"""The rules of resource tags, by value; texts and their order as the service was probed for them."""

import pytest

from sestina.domain.refusals import Invalid
from sestina.domain.tags import BAD_CHARACTERS, TOO_MANY, ResourceTag, merge_resource_tags, resource_tags


def refusal_of(*pairs: tuple[str | None, str | None]) -> str | None:
    with pytest.raises(Invalid) as refusal:
        resource_tags(pairs)
    return refusal.value.message


def test_values_may_be_empty_and_letters_are_those_of_unicode() -> None:
    pairs = [("k", ""), ("Schlüssel", "_ . : / = + - @ a1"), ("a\u00a0b", "\u00a0"), ("\U0001d400" * 128, "aws:x")]
    assert tuple(ResourceTag(key, value) for key, value in pairs) == resource_tags(pairs)


def test_more_than_fifty_are_too_many_before_anything_else() -> None:
    assert TOO_MANY == refusal_of(*[("dup!", "v")] * 51)
    assert 50 == len(resource_tags([(f"k{number}", "v") for number in range(50)]))


@pytest.mark.parametrize("pair", [("k", "bad!"), ("bad!", "v"), ("k", None), ("k", "line\n"), ("aws:x", "bad!")])
def test_other_characters_are_refused(pair: tuple[str, str | None]) -> None:
    assert BAD_CHARACTERS == refusal_of(pair)
    assert BAD_CHARACTERS == refusal_of(("k" * 129, "v"), pair)


@pytest.mark.parametrize("key", ["aws:foo", "AWS:foo", "aWs:"])
def test_keys_of_the_system_are_reserved(key: str) -> None:
    assert "Caller is an end user and not allowed to mutate system tags" == refusal_of((key, "v" * 300))


def test_lengths_are_reported_together_value_before_key() -> None:
    one = "Value at 'tags.{}.member.{}' failed to satisfy constraint: Member must have length less than or equal to {}"
    key, value = one.format(1, "key", 128), one.format(1, "value", 256)
    assert f"1 validation error detected: {key}" == refusal_of(("k" * 129, "v"))
    assert f"2 validation errors detected: {value}; {key}" == refusal_of(("k" * 129, "v" * 257))
    assert f"1 validation error detected: {one.format(2, 'value', 256)}" == refusal_of(("", "v"), ("k", "v" * 257))


def test_an_empty_key_is_refused_without_words() -> None:
    assert refusal_of(("", "v"), ("a", "1"), ("a", "2")) is None
    assert refusal_of((None, "v")) is None


def test_a_key_may_stand_once() -> None:
    assert "Cannot provide multiple tags with the same key" == refusal_of(("dup", "1"), ("dup", "2"))


def test_merging_keeps_the_place_of_a_key_that_changes() -> None:
    present = [ResourceTag("env", "dev"), ResourceTag("owner", "alice")]
    added = [ResourceTag("team", "mail"), ResourceTag("env", "prod")]
    expected = (ResourceTag("env", "prod"), ResourceTag("owner", "alice"), ResourceTag("team", "mail"))
    assert expected == merge_resource_tags(present, added)


def test_merging_counts_what_is_there_already() -> None:
    full = [ResourceTag(f"k{number}", "v") for number in range(50)]
    assert 50 == len(merge_resource_tags(full, [ResourceTag("k0", "new")]))
    with pytest.raises(Invalid) as refusal:
        merge_resource_tags(full, [ResourceTag("k50", "v")])
    assert f"{TOO_MANY} or delete existing tags and retry" == refusal.value.message

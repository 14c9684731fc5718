"""Values: JSON as JavaScript spells, tests and takes it apart."""

from typing import Any

import pytest

from sestina.protocols.handlebars.values import (
    UNDEFINED,
    is_empty,
    is_same,
    is_truthy,
    key_text,
    number_text,
    property_of,
    text_of,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1, "0.1"),
        (100.0, "100"),
        (1234.5, "1234.5"),
        (1e16, "10000000000000000"),
        (1.5e16, "15000000000000000"),
        (1e21, "1e+21"),
        (1.25e22, "1.25e+22"),
        (0.000001, "0.000001"),
        (0.00000125, "0.00000125"),
        (1e-7, "1e-7"),
        (-1.25e-7, "-1.25e-7"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_a_number_is_spelled_as_in_javascript(number: float, text: str) -> None:
    assert text == number_text(number)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (True, "true"),
        (False, "false"),
        (None, ""),
        (UNDEFINED, ""),
        (7, "7"),
        (7.0, "7"),
        ([1, None, [True, "a"]], "1,,true,a"),
        ({"a": 1}, "[object Object]"),
        (object(), ""),
    ],
)
def test_a_value_is_shown_as_in_javascript(value: Any, text: str) -> None:
    assert text == text_of(value)


@pytest.mark.parametrize(("value", "key"), [(None, "null"), (UNDEFINED, "undefined"), (1.0, "1"), ("a", "a")])
def test_anything_can_be_the_name_of_a_property(value: Any, key: str) -> None:
    assert key == key_text(value)


@pytest.mark.parametrize(
    ("value", "name", "found"),
    [
        ({"a": 1}, "a", 1),
        ({"a": None}, "a", None),
        ({"a": 1}, "b", UNDEFINED),
        ({"a": 1}, "length", UNDEFINED),
        ([7, 8], "1", 8),
        ([7, 8], "length", 2),
        ([7, 8], "2", UNDEFINED),
        ([7, 8], "01", UNDEFINED),
        ([7, 8], "-1", UNDEFINED),
        ([7, 8], "1.0", UNDEFINED),
        ([7, 8], "١", UNDEFINED),
        ([7, 8], "", UNDEFINED),
        ([7, 8], "9" * 5000, UNDEFINED),
        ("ab", "0", "a"),
        ("ab", "length", 2),
        (7, "a", UNDEFINED),
        (True, "real", UNDEFINED),
        (None, "a", UNDEFINED),
        (UNDEFINED, "a", UNDEFINED),
    ],
)
def test_only_own_properties_are_found(value: Any, name: str, found: Any) -> None:
    assert found == property_of(value, name)


@pytest.mark.parametrize(
    ("value", "truthy", "empty"),
    [
        (True, True, False),
        (False, False, True),
        (1, True, False),
        (0, False, False),
        (0.0, False, False),
        ("a", True, False),
        ("", False, True),
        (None, False, True),
        (UNDEFINED, False, True),
        ([], True, True),
        ([0], True, False),
        ({}, True, False),
        ({"a": 1}, True, False),
    ],
)
def test_truth_and_emptiness_are_those_of_handlebars(value: Any, truthy: bool, empty: bool) -> None:
    assert (truthy, empty) == (is_truthy(value), is_empty(value))


def test_contexts_are_the_same_by_identity_or_as_equal_words() -> None:
    items: list[Any] = [1]
    assert is_same(items, items)
    assert is_same("".join(["a", "b"]), "ab")
    assert not is_same([1], [1])
    assert not is_same({}, {})
    assert not is_same(1, "1")
    assert not is_same(1, True)
    assert not is_same("a", "b")

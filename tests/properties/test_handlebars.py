"""Templates: our engine and handlebars.js agree on templates nobody wrote, and no source or data can break ours."""

import random
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from vectors.handlebars import templates
from vectors.handlebars.judge import Judge

from sestina.protocols.handlebars import Budget, MissingAttribute, SyntaxFault, TemplateError, compile

JUDGE = Judge()
CALMLY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

soups = st.lists(st.sampled_from(templates.MORSELS), max_size=12).map("".join)


def refusal(source: str) -> str | None:
    try:
        compile(source)
    except SyntaxFault as fault:
        return fault.message
    return None


def assert_agreement(source: str, data: Mapping[str, Any]) -> None:
    """What handlebars.js gives, we give; where we miss an attribute, so does it when strict; else both fail."""
    try:
        text = compile(source).render(data)
    except MissingAttribute as error:
        of_block_parameter = error.name.split(".")[0] in ("x", "y")  # about these handlebars.js is never strict
        assert of_block_parameter or JUDGE.render(source, data, strict=True).text is None
    except TemplateError:
        assert JUDGE.render(source, data).text is None
    else:
        assert JUDGE.render(source, data).text == text


@settings(CALMLY, max_examples=150)
@given(templates.templates(), templates.data())
def test_a_template_gives_what_handlebars_js_gives(source: str, data: Mapping[str, Any]) -> None:
    assert_agreement(source, data)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_thousands_of_templates_give_what_handlebars_js_gives(seed: int) -> None:
    choose = random.Random(seed).randrange
    for _ in range(400):
        assert_agreement(templates.Writer(choose).template(), templates.some_data(choose))


@settings(CALMLY, max_examples=500)
@given(soups)
@example("{{{{a}}}} {{{{{/a}}}}")
@example("{{!--}}--}}")
@example("\\\\\\{{a}}\\{{")
def test_a_source_is_refused_exactly_where_handlebars_js_refuses_it(source: str) -> None:
    message = refusal(source)
    assert (message is None) == JUDGE.accepts(source) or "decorator" in str(message)


@settings(CALMLY, max_examples=300)
@given(st.text(), soups, st.text())
def test_any_text_is_a_template_or_a_fault_on_a_line(before: str, soup: str, after: str) -> None:
    message = refusal(before + soup + after)
    assert message is None or message.startswith("line ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(CALMLY, max_examples=200)
@given(templates.templates(), st.dictionaries(st.sampled_from(["a", "b", "l", "o", "rows", "none"]), json_values))
def test_any_data_gives_text_or_an_error_of_the_engine(source: str, data: Mapping[str, Any]) -> None:
    with suppress(TemplateError):
        assert len(compile(source).render(data, budget=Budget(output=1000, steps=1000, depth=20))) <= 1000


@settings(CALMLY, max_examples=200)
@given(st.floats(allow_nan=False, allow_infinity=False))
@example(1e21)
@example(123456789012345680000.0)
@example(5e-324)
def test_a_number_is_spelled_as_javascript_spells_it(number: float) -> None:
    spelled, ours = str(JUDGE.render("{{n}}", {"n": number}).text), compile("{{n}}").render({"n": number})
    assert number == float(ours)
    assert len(spelled) >= len(ours)  # QuickJS does not always find the shortest digits
    assert (spelled.partition(".")[0], spelled.partition("e")[1:]) == (ours.partition(".")[0], ours.partition("e")[1:])


@given(st.text(st.characters(exclude_characters="{\0\\"), max_size=50))
def test_text_without_tags_is_itself(text: str) -> None:
    assert text == compile(text).render({})


@given(st.text(), st.text())
def test_a_value_is_never_read_as_template(first: str, second: str) -> None:
    assert f"{first}|{second}" == compile("{{a}}|{{b}}").render({"a": first, "b": second})

"""Templates: what the caller gives and gets."""

from types import MappingProxyType

import pytest

from sestina.protocols.handlebars import MissingAttribute, SyntaxFault, Template, TemplateError, TooMuchWork, compile

UNSUBSCRIBE = "{{amazonSESUnsubscribeUrl}}"
OPEN_TRACKER = "{{ses:openTracker}}"


def test_a_template_is_compiled_once_and_rendered_with_any_data() -> None:
    template = compile("Hello {{name}}!")
    assert isinstance(template, Template)
    assert "Hello Ann!" == template.render({"name": "Ann"})
    assert "Hello Bob!" == template.render({"name": "Bob"})


def test_a_missing_attribute_is_told_in_the_words_of_ses() -> None:
    with pytest.raises(MissingAttribute) as caught:
        compile("{{name}}").render({})
    assert "name" == caught.value.name
    assert "Attribute 'name' is not present in the rendering data." == caught.value.message == str(caught.value)


def test_an_unknown_helper_is_a_missing_attribute() -> None:
    with pytest.raises(MissingAttribute, match="Attribute 'IF' is not present"):
        compile("{{#IF name}}x{{/IF}}").render({"name": "Ann"})


@pytest.mark.parametrize("error", [MissingAttribute("x"), SyntaxFault("x"), TooMuchWork("x")])
def test_every_error_is_a_template_error_with_a_message(error: TemplateError) -> None:
    assert isinstance(error, TemplateError)
    assert str(error) == error.message


def test_a_failed_rendering_leaves_nothing_behind() -> None:
    template = compile("{{#*inline 'p'}}{{name}}{{/inline}}{{> p}}")
    with pytest.raises(MissingAttribute):
        template.render({})
    assert "Ann" == template.render({"name": "Ann"})


def test_data_may_be_any_mapping() -> None:
    data = MappingProxyType({"name": "Ann", "list": [1]})
    assert "Ann 1 [object Object]" == compile("{{name}} {{#each list}}{{.}}{{/each}} {{@root}}").render(data)


def test_data_is_not_changed() -> None:
    data = {"user": {"name": "Ann"}, "list": [{"a": 1}]}
    compile("{{#*inline 'p'}}{{name}}{{x}}{{/inline}}{{> p user x=1}}{{#each list}}{{a}}{{/each}}").render(data)
    assert {"user": {"name": "Ann"}, "list": [{"a": 1}]} == data


def test_reserved_names_stay_in_the_text() -> None:
    assert UNSUBSCRIBE + OPEN_TRACKER == compile("{{ amazonSESUnsubscribeUrl }}{{{ses:openTracker}}}").render({})


def test_reserved_names_give_way_to_literals() -> None:
    literals = {"amazonSESUnsubscribeUrl": "https://unsubscribe.example", "ses:openTracker": "<img>"}
    assert "https://unsubscribe.example <img>" == compile(f"{UNSUBSCRIBE} {OPEN_TRACKER}").render({}, literals=literals)


def test_data_comes_before_the_unsubscribe_literal_but_not_before_the_open_tracker() -> None:
    data = {"amazonSESUnsubscribeUrl": "data", "ses:openTracker": "data"}
    literals = {"amazonSESUnsubscribeUrl": "literal", "ses:openTracker": "literal"}
    assert "data literal" == compile(f"{UNSUBSCRIBE} {OPEN_TRACKER}").render(data, literals=literals)
    assert f"data {OPEN_TRACKER}" == compile(f"{UNSUBSCRIBE} {OPEN_TRACKER}").render(data)


def test_a_literal_stands_for_any_bare_name_that_is_missing() -> None:
    template = compile("{{x}}{{#if x}}yes{{else}}no{{/if}}")
    assert "literal no" == template.render({}, literals={"x": "literal "})
    assert "data yes" == template.render({"x": "data "}, literals={"x": "literal "})
    with pytest.raises(MissingAttribute):
        compile("{{this.x}}").render({}, literals={"x": "literal"})


def test_a_rendering_result_is_not_a_template_again() -> None:
    assert "{{b}}" == compile("{{a}}").render({"a": "{{b}}", "b": "never"})


@pytest.mark.parametrize("count", [31, 32, 33, 64, 65])
def test_runs_of_names_of_any_length_keep_their_order(count: int) -> None:
    source = "".join(f"[{{{{n{number}}}}}]" for number in range(count))
    data = {f"n{number}": number for number in range(count)}
    assert "".join(f"[{number}]" for number in range(count)) == compile(source).render(data)


def test_names_are_looked_up_in_contexts_that_are_no_objects() -> None:
    data = {"list": ["ab", [1, 2]]}
    assert "a2 12 " == compile("{{#each list}}{{[0]}}{{#if @last}}{{[1]}}{{else}}{{length}}{{/if}} {{/each}}").render(
        data
    )

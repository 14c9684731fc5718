"""Bounds: whatever a template asks for, it ends soon, and says why."""

import sys
from collections.abc import Callable

import pytest

from sestina.protocols.handlebars import Budget, SyntaxFault, TooMuchWork, compile
from sestina.protocols.handlebars.parser import MAX_SOURCE

SIZE = MAX_SOURCE - 100
HUNDREDS = {
    "list": list(range(1000)),
    "map": {str(number): number for number in range(1000)},
    "text": "x" * 100_000,
    "lines": "\n" * 100_000,
    "long": list(range(50_000)),
}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{{#if a}}" * 10_000, "line 1: blocks are nested deeper than 100"),
        ("{{#if a}}" * 10_000 + "{{/if}}" * 10_000, "line 1: blocks are nested deeper than 100"),
        ("{{#*inline 'p'}}" * 10_000, "line 1: blocks are nested deeper than 100"),
        ("{{#> p}}" * 10_000, "line 1: blocks are nested deeper than 100"),
        ("{{^a}}" * 10_000, "line 1: blocks are nested deeper than 100"),
        ("{{#if a}}" + "{{else if a}}" * 10_000 + "{{/if}}", "line 1: blocks are nested deeper than 100"),
        ("{{lookup " + "(lookup " * 10_000 + "}}", "line 1: parentheses are nested deeper than 50"),
        ("x" * 5_000_000, f"the template is longer than {MAX_SOURCE} characters"),
        ("{{a}}" * 1_000_000, f"the template is longer than {MAX_SOURCE} characters"),
    ],
    ids=lambda value: value[:20],
)
def test_a_template_out_of_bounds_is_refused(source: str, message: str) -> None:
    with pytest.raises(SyntaxFault) as caught:
        compile(source)
    assert message == caught.value.message


# Each of these makes a pattern that backtracks take time in the square of its length, which here is hours.
PROBES = {
    "spaces in an open tag": "{{" + " " * SIZE,
    "spaces before else": "{{" + " " * (SIZE - 10) + "else x",
    "blank lines before a block": "\n" * (SIZE // 2) + "{{#if a}}" + " " * (SIZE // 3),
    "brackets": "{{" + "[" * SIZE,
    "escaped brackets": "{{" + "[a\\] " * (SIZE // 5),
    "escaped quotes": "{{a " + '"\\" ' * (SIZE // 4),
    "digits": "{{a " + "1" * SIZE + "x",
    "letters": "{{" + "a" * SIZE,
    "paths": "{{" + "a." * (SIZE // 2),
    "parents": "{{" + "../" * (SIZE // 3) + "}}",
    "open comments": "{{!--" * (SIZE // 5),
    "open tags": "{{" * (SIZE // 2),
    "open raw blocks": "{{{{a}}}}" + "{{{{b}}}}" * (SIZE // 10),
    "raw braces": "{{{{a}}}}" + "{" * (SIZE - 9),
    "backslashes and open tags": "\\" * (SIZE // 2) + "{{" * (SIZE // 4),
    "block parameters": "{{#a as " + "|" * (SIZE - 8),
    "closing tags": "{{/a}}" * (SIZE // 6),
}


@pytest.mark.parametrize("source", PROBES.values(), ids=PROBES.keys())
def test_hostile_text_is_refused_in_one_pass(source: str) -> None:
    with pytest.raises(SyntaxFault):
        compile(source)


@pytest.mark.parametrize(
    "source",
    [
        "\\" * SIZE + "{{a}}",
        "\\{{" * (SIZE // 3),
        "{{! x }}" * (SIZE // 8),
        "  \n" * (SIZE // 6) + "{{#if a}}" + "  \n" * (SIZE // 8) + "{{/if}}",
        "{{a" + " " * (SIZE - 10) + "}}",
        ("x" + " " * 1000) * (SIZE // 1001) + "{{~a}}",
    ],
    ids=["backslashes", "escaped tags", "comments", "blank lines", "blanks in a tag", "blanks before a tilde"],
)
def test_long_text_is_compiled_in_one_pass(source: str) -> None:
    assert compile(source).render({"a": "A"})[:10] != "{{a}}"


LOOP = "{{#each @root.list}}"
BOMBS = {
    "loops within loops": LOOP * 4 + "x" + "{{/each}}" * 4,
    "loops of nothing": LOOP * 4 + "{{/each}}" * 4,
    "long output": LOOP + "{{@root.text}}{{/each}}",
    "long lists": LOOP * 2 + "{{@root.long}}" + "{{/each}}" * 2,
    "long keys": LOOP * 2 + "{{lookup @root @root.long}}" + "{{/each}}" * 2,
    "long paths": LOOP * 2 + "{{#if " + "../" * 30_000 + "x}}{{/if}}" + "{{/each}}" * 2,
    "long tags": LOOP * 2 + "{{log" + " @root" * 10_000 + "}}" + "{{/each}}" * 2,
    "many definitions": LOOP * 2 + "{{#*inline 'p'}}{{/inline}}" * 5000 + "{{/each}}" * 2,
    "copies of objects": "{{#*inline 'p'}}{{/inline}}" + LOOP * 2 + "{{> p @root.map x=1}}" + "{{/each}}" * 2,
    "copies of text": "{{#*inline 'p'}}{{/inline}}" + LOOP * 2 + "{{> p @root.text x=1}}" + "{{/each}}" * 2,
    "a partial of itself": "{{#*inline 'p'}}{{> p}}{{/inline}}{{> p}}",
    "a partial of itself twice": "{{#*inline 'p'}}{{> p}}{{> p}}{{/inline}}{{> p}}",
    "two partials of each other": "{{#*inline 'p'}}{{> q}}{{/inline}}{{#*inline 'q'}}{{> p}}{{/inline}}{{> p}}",
    "a partial in its own loop": "{{#*inline 'p'}}" + LOOP + "{{> p}}{{/each}}{{/inline}}{{> p}}",
    "a partial in its own content": "{{#*inline 'p'}}{{#> p}}{{> @partial-block}}{{/p}}{{/inline}}{{#> p}}x{{/p}}",
    "contents within contents": "{{#*inline 'p'}}{{> @partial-block}}{{> @partial-block}}{{/inline}}"
    + "{{#> p}}" * 50
    + "x"
    + "{{/p}}" * 50,
    "an indented partial of itself": "{{#*inline 'p'}}\na\n  {{> p}}\n{{/inline}}\n{{> p}}\n",
    "a wide indent": "{{#*inline 'p'}}\n{{lines}}\n{{/inline}}\n" + " " * 100_000 + "{{> p}}\n",
}


@pytest.mark.parametrize("source", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_ends_in_too_much_work(source: str) -> None:
    with pytest.raises(TooMuchWork):
        compile(source).render(HUNDREDS)


def test_output_is_counted_in_characters() -> None:
    template = compile("ab{{x}}{{#if x}}{{this.x}}{{/if}}{{ses:openTracker}}")
    length = len(template.render({"x": "é"}))
    assert length == len(template.render({"x": "é"}, budget=Budget(output=length)))
    with pytest.raises(TooMuchWork, match="too long"):
        template.render({"x": "é"}, budget=Budget(output=length - 1))


def test_steps_are_the_words_of_the_tags_executed() -> None:
    template = compile("{{#each list}}{{lookup this 'a'}}{{/each}}")
    data = {"list": [{"a": 1}, {"a": 2}]}
    steps = (1 + 2) + 2 * (1 + 3)  # a body and its words: `each list`, and twice `lookup this 'a'`
    assert "12" == template.render(data, budget=Budget(steps=steps))
    with pytest.raises(TooMuchWork, match="steps"):
        template.render(data, budget=Budget(steps=steps - 1))


def test_depth_is_that_of_blocks_and_partials_together() -> None:
    template = compile("{{#*inline 'p'}}{{#each this}}{{> p}}{{else}}.{{/each}}{{/inline}}{{> p tree}}")
    data = {"tree": [[[]], []]}
    assert ".." == template.render(data, budget=Budget(depth=2 + 3 + 3))
    with pytest.raises(TooMuchWork, match="nested"):
        template.render(data, budget=Budget(depth=2 + 3 + 2))


def test_a_tree_of_thirty_levels_is_within_the_usual_budget() -> None:
    tree: list[object] = []
    for _ in range(30):
        tree = [tree]
    template = compile("{{#*inline 'p'}}{{#each this}}<{{> p}}>{{/each}}{{/inline}}{{> p tree}}")
    assert "<" * 30 + ">" * 30 == template.render({"tree": tree})


def test_lists_within_lists_end_in_too_much_work() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TooMuchWork):
        compile("{{deep}}").render({"deep": deep})


def _deep_down(levels: int, act: Callable[[], object]) -> object:
    return act() if levels == 0 else _deep_down(levels - 1, act)


def test_a_caller_deep_in_its_own_calls_is_told_so() -> None:
    depth = 0
    frame = sys._getframe()
    while frame.f_back:
        depth, frame = depth + 1, frame.f_back
    levels = sys.getrecursionlimit() - depth - 200
    nested = "{{#if true}}" * 100 + "{{/if}}" * 100
    with pytest.raises(SyntaxFault, match="nested too deep"):
        _deep_down(levels, lambda: compile(nested))
    template = compile(nested)
    with pytest.raises(TooMuchWork, match="nested too deep"):
        _deep_down(levels, lambda: template.render({}))

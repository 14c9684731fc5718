"""What a case says: a template, its data, what comes out, and where SES departs from handlebars.js."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple


class Departure(Enum):
    """Where the answer is not that of handlebars.js, and why."""

    ABSENT_IN_BLOCK = "strict handlebars.js fails on a name absent from a block's argument; in SES it is merely false"
    ABSENT_SECTION = "strict handlebars.js fails on a section of an absent name; SES shows its inverse"
    ABSENT_ARGUMENT = "strict handlebars.js fails on the way to an absent argument; SES passes nothing"
    ABSENT_PARAMETER = "handlebars.js is never strict about block parameters; SES is about every plain tag"
    ABSENT_SCOPE = "handlebars.js fails on a block parameter that the helper gave no value; here it is absent"
    RESERVED = "SES fills in two names itself, and leaves them in the text until then"
    PROTOTYPE = "handlebars.js finds toString and its like on every object, forbidden but present; data has none"
    STRING_PROPERTY = "strict handlebars.js looks up nothing in a string, not even its length"
    ADDITION = "handlebars.js without escaping adds up the numbers of neighbouring tags"
    KEY_ORDER = "JavaScript puts keys that look like numbers first; here they keep the order of the data"
    BIG_INTEGER = "JavaScript rounds whole numbers beyond 2**53; here they keep their digits"
    LAYOUT = "handlebars.js shows the inlines of a partial block to registered partials only; SES has inline ones only"
    NULL_CONTEXT = "handlebars.js puts an empty object in the place of a null context inside a block"
    EQUAL_CONTEXT = "JavaScript takes 1 and '1', or 'a' and ['a'], for equal, and `../` then skips a level"
    FALSE_DATA = "handlebars.js answers @index.x with @index when that is 0; SES asks for the property"
    INTERNAL_DATA = "handlebars.js keeps its own things among the @ data; here templates cannot reach them"
    EMPTY_DECORATOR = "handlebars.js accepts an inline without content, which can only hide another; it is refused"
    BRACKETS = "handlebars.js lets a block parameter be named in brackets, and then never finds it; it is refused"
    ASTRAL = "JavaScript counts UTF-16 units; here a character is one"
    DEPTH = "nesting is bounded, so that no template can exhaust the stack"


class Missing(NamedTuple):
    """MissingAttribute of that name."""

    name: str


class Fails(NamedTuple):
    """Any other TemplateError when it is rendered."""

    message: str


class Fault(NamedTuple):
    """SyntaxFault when it is compiled."""

    message: str


class Case(NamedTuple):
    """One line of the table."""

    topic: str
    template: str
    data: Mapping[str, Any]
    expected: str | Missing | Fails | Fault
    departs: Departure | None = None


Line = tuple[Any, ...]  # template, expected, and then perhaps a departure or the line's own data


def table(topic: str, data: Mapping[str, Any], *lines: Line) -> tuple[Case, ...]:
    """Cases on one topic, which share their data unless a line brings its own."""
    cases = []
    for template, expected, *rest in lines:
        own = next((extra for extra in rest if isinstance(extra, dict)), data)
        departs = next((extra for extra in rest if isinstance(extra, Departure)), None)
        cases.append(Case(topic, template, own, expected, departs))
    return tuple(cases)

"""Blocks to closures: `if`, `each`, `with`, and sections, which have no helper.

A body is bound to the scope of its block before it runs: that is when its inline partials are defined.
"""

from msgspec import Struct

from sestina.protocols.handlebars.bodies import Body
from sestina.protocols.handlebars.scope import Find, Params, Render, Scope
from sestina.protocols.handlebars.values import UNDEFINED, is_empty, is_truthy


class Branches(Struct, frozen=True, kw_only=True):
    """What a block shows, and what it shows instead; either may be empty."""

    body: Body
    inverse: Body
    takes_params: bool  # the body declares block parameters


def if_block(value: Find, include_zero: Find | None, branches: Branches) -> Render:
    """`if`: what is false and the empty list show the inverse; 0 does not when `includeZero` is set."""
    body, inverse = branches.body, branches.inverse

    def plain(scope: Scope, out: list[str]) -> None:
        found = value(scope)
        branch = body if found or isinstance(found, dict) else inverse
        branch.bind(scope)(scope, out)

    def with_zero(scope: Scope, out: list[str]) -> None:
        found = value(scope)
        zero = include_zero is not None and is_truthy(include_zero(scope))
        shown = not is_empty(found) if zero else found or isinstance(found, dict)
        branch = body if shown else inverse
        branch.bind(scope)(scope, out)

    return with_zero if include_zero else plain


def each_block(value: Find, branches: Branches) -> Render:
    """`each`: once for every element or property; what has none shows the inverse."""

    def render(scope: Scope, out: list[str]) -> None:
        found = value(scope)
        if found and isinstance(found, list | dict):
            _repeat(found, branches, scope, out)
        else:
            branches.inverse.bind(scope)(scope, out)

    return render


def with_block(value: Find, branches: Branches) -> Render:
    """`with`: the body in the context of the value, unless that is empty."""

    def render(scope: Scope, out: list[str]) -> None:
        found = value(scope)
        if is_empty(found):
            branches.inverse.bind(scope)(scope, out)
        else:
            _enter(found, branches, (found,), scope, out)

    return render


def section(value: Find, branches: Branches) -> Render:
    """`{{#name}}`: true shows the body, false and nothing the inverse, a list repeats it, all else is its context."""

    def render(scope: Scope, out: list[str]) -> None:
        found = value(scope)
        if found is None or found is False or found is UNDEFINED or (isinstance(found, list) and not found):
            branches.inverse.bind(scope)(scope, out)
        elif isinstance(found, list):
            _repeat(found, branches, scope, out)
        else:
            _enter(scope.context if found is True else found, branches, (), scope, out)

    return render


def _enter(context: object, branches: Branches, params: tuple[object, ...], scope: Scope, out: list[str]) -> None:
    inner = Scope(scope.run, context, scope.entering(context), scope.frame, scope.params)
    if branches.takes_params:
        inner.params = Params(params, scope.params)
    branches.body.bind(scope)(inner, out)


def _repeat(items: list[object] | dict[str, object], branches: Branches, scope: Scope, out: list[str]) -> None:
    """The body once for every item, in one scope and one frame of data that move from item to item."""
    frame = scope.frame.inner()
    data = frame.values
    inner = Scope(scope.run, None, scope, frame, scope.params)
    render = branches.body.bind(scope)
    takes_params = branches.takes_params
    last = len(items) - 1
    pairs = items.items() if isinstance(items, dict) else enumerate(items)
    for index, (key, item) in enumerate(pairs):
        data["key"] = key
        data["index"] = index
        data["first"] = index == 0
        data["last"] = index == last
        inner.context = item
        inner.above = scope.entering(item)
        if takes_params:
            inner.params = Params((item, key), scope.params)
        render(inner, out)

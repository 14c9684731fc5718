"""The compiler: syntax tree to closures.

A closure writes its part of the output to a list. Runs of text and bare names, which most templates are made of,
become one closure; every other statement is one of its own.
"""

from collections.abc import Callable

from msgspec import Struct

from sestina.protocols.handlebars import blocks, tags
from sestina.protocols.handlebars.blocks import Branches
from sestina.protocols.handlebars.bodies import NOTHING, Body, Definition
from sestina.protocols.handlebars.errors import TemplateError
from sestina.protocols.handlebars.expressions import (
    BLOCK_HELPERS,
    Names,
    find,
    find_arguments,
    find_failure,
    find_helper,
    find_path,
    helper_name,
    is_plain,
    path_of,
)
from sestina.protocols.handlebars.partials import PartialCall, partial
from sestina.protocols.handlebars.scope import Params, Render, Scope, too_many_steps
from sestina.protocols.handlebars.syntax import (
    Block,
    Call,
    Comment,
    Expression,
    Literal,
    Mustache,
    Partial,
    PartialBlock,
    Program,
    Statement,
    Text,
)
from sestina.protocols.handlebars.values import UNDEFINED

_LONGEST_RUN = 32  # names in one closure, whose output is counted only when all of it is there


class _Place(Struct, frozen=True, kw_only=True):
    """Where in the template a statement stands: the block parameters in sight, and how deep in its partial."""

    names: Names = ()
    depth: int = 1


def compile_program(program: Program) -> Body:
    """The whole template."""
    return _body(program, _Place(), _Place())


def _body(program: Program, place: _Place, around: _Place) -> Body:
    """A body. Its inline partials are defined from around it, and so do not see its own block parameters."""
    definitions = tuple(
        Definition(name=find(_first(block.call), around.names), body=_part_of_its_own(block.program, around))
        for block in program.body
        if isinstance(block, Block) and block.inline
    )
    return Body(render=_render(program, place), definitions=definitions)


def _first(call: Call) -> Expression:
    return call.params[0] if call.params else Literal(value=UNDEFINED)


def _part_of_its_own(program: Program | None, place: _Place) -> Body:
    """A body that is called: its depth counts from here, as the call adds its own."""
    return _branch(program, _Place(names=place.names, depth=0))


def _branch(program: Program | None, place: _Place, *, gives_params: bool = False) -> Body:
    """One branch of a block; block parameters that get no value still hide those further out."""
    if program is None:
        return NOTHING
    names = (program.block_params, *place.names) if program.block_params else place.names
    body = _body(program, _Place(names=names, depth=place.depth + (not program.chained)), place)
    if gives_params or not program.block_params:
        return body
    return Body(render=_without_values(body.render), definitions=body.definitions)


def _without_values(render: Render) -> Render:
    def render_within(scope: Scope, out: list[str]) -> None:
        render(Scope(scope.run, scope.context, scope.above, scope.frame, Params((), scope.params)), out)

    return render_within


def _render(program: Program, place: _Place) -> Render:
    """The statements one after another, their cost taken from the budget beforehand."""
    parts = _parts(program.body, place)
    cost = 1 + sum(_cost(statement) for statement in program.body)

    def render(scope: Scope, out: list[str]) -> None:
        run = scope.run
        run.steps -= cost
        if run.steps < 0:
            raise too_many_steps()
        for part in parts:
            part(scope, out)

    return render


def _cost(statement: Statement) -> int:
    return 0 if isinstance(statement, Text | Comment) else statement.call.size


def _parts(body: list[Statement], place: _Place) -> list[Render]:
    """One closure per statement, except for runs of text and bare names."""
    parts: list[Render] = []
    pairs: list[tuple[str, str]] = []
    text = ""
    for statement in body:
        if isinstance(statement, Text):
            text += statement.value
            continue
        name = _plain_name(statement, place)
        part = _part(statement, place) if name is None else None
        if name is not None:
            pairs.append((text, name))
            text = ""
        if (part or len(pairs) == _LONGEST_RUN) and (pairs or text):
            parts.append(tags.fill(tuple(pairs), text))
            pairs, text = [], ""
        if part:
            parts.append(part)
    if pairs or text:
        parts.append(tags.fill(tuple(pairs), text))
    return parts


def _plain_name(statement: Statement, place: _Place) -> str | None:
    """The name of a tag that shows one property of the context at hand."""
    if not isinstance(statement, Mustache) or helper_name(statement.call, place.names):
        return None
    path = path_of(statement.call.name)
    return path.parts[0] if is_plain(path, place.names) and path.parts[0] != tags.OPEN_TRACKER else None


def _part(statement: Statement, place: _Place) -> Render | None:
    if isinstance(statement, Mustache):
        return _mustache(statement.call, place.names)
    if isinstance(statement, Partial | PartialBlock):
        return _partial(statement, place)
    if isinstance(statement, Block) and not statement.inline:
        return _block(statement, place)
    return None


def _mustache(call: Call, names: Names) -> Render:
    path = path_of(call.name)
    helper = helper_name(call, names)
    if helper:
        return tags.show(find_helper(helper, path.original, call, names))
    if path.parts == (tags.OPEN_TRACKER,) and is_plain(path, names):
        return tags.show_open_tracker
    value = find_path(path, names)
    return tags.show_strictly(value, path.original) if path.parts and path.parts[0] else tags.show(value)


def _block(block: Block, place: _Place) -> Render:
    path = path_of(block.call.name)
    helper = helper_name(block.call, place.names)
    if helper and helper not in BLOCK_HELPERS:
        return tags.show(find_helper(helper, path.original, block.call, place.names))
    gives_params = helper not in ("if", "unless")
    branches = Branches(
        body=_branch(block.program, place, gives_params=gives_params),
        inverse=_branch(block.inverse, place),
        takes_params=gives_params and block.program is not None and bool(block.program.block_params),
    )
    if helper is None:
        return blocks.section(find_path(path, place.names), branches)
    if len(block.call.params) != 1:
        return tags.show(find_failure(lambda: TemplateError(f"'{helper}' takes exactly one argument")))
    render = _built_in(helper, block.call, place.names, branches)
    return _after(find_arguments(block.call, place.names), render) if block.call.hash else render


def _built_in(helper: str, call: Call, names: Names, branches: Branches) -> Render:
    value = find(call.params[0], names)
    include_zero = next((find(flag, names) for key, flag in call.hash if key == "includeZero"), None)
    match helper:
        case "if":
            return blocks.if_block(value, include_zero, branches)
        case "unless":
            opposite = Branches(body=branches.inverse, inverse=branches.body, takes_params=False)
            return blocks.if_block(value, include_zero, opposite)
        case "each":
            return blocks.each_block(value, branches)
    return blocks.with_block(value, branches)


def _after(arguments: Callable[[Scope], list[object]], render: Render) -> Render:
    """A helper whose named arguments it has no use for, but which may fail."""

    def render_after(scope: Scope, out: list[str]) -> None:
        arguments(scope)
        render(scope, out)

    return render_after


def _partial(statement: Partial | PartialBlock, place: _Place) -> Render:
    call, names, name = statement.call, place.names, statement.name
    return partial(
        PartialCall(
            name=find(name if isinstance(name, Call) else Literal(value=name.original), names),
            is_fixed=not isinstance(name, Call),
            context=find(call.params[0], names) if call.params else None,
            pairs=tuple((key, find(value, names)) for key, value in reversed(call.hash)),
            indent="" if isinstance(statement, PartialBlock) else statement.indent,
            levels=place.depth + 1,
            content=_part_of_its_own(statement.program, place) if isinstance(statement, PartialBlock) else None,
        )
    )

"""Whitespace control: what `~` removes, and the lines that hold nothing but a block tag, a comment or a partial.

The rules and their order are those of handlebars.js 4.7, oddities included: a second trimming forgets the first.
"""

from msgspec import Struct

from sestina.protocols.handlebars.lexer import SPACES
from sestina.protocols.handlebars.syntax import (
    NO_STRIP,
    Block,
    Comment,
    Mustache,
    Partial,
    PartialBlock,
    Program,
    Statement,
    Strip,
    Text,
)


class _Edges(Struct, frozen=True, kw_only=True):
    """How a tag meets its surroundings."""

    strip: Strip
    opens_line: bool = False  # nothing but space follows the opening tag on its line
    closes_line: bool = False  # nothing but space precedes the closing tag on its line
    may_stand_alone: bool = False


def control(program: Program, *, is_root: bool = True) -> None:
    """Trim the text of a whole template in place."""
    body = program.body
    for at, statement in enumerate(body):
        if isinstance(statement, Text):
            continue
        edges = _edges(statement)
        line_before = _ends_line(body, at, is_root)
        line_after = _starts_line(body, at + 1, is_root)
        if edges.strip.close:
            _trim_start(body, at + 1, every=True)
        if edges.strip.open:
            _trim_end(body, at, every=True)
        if edges.may_stand_alone and line_before and line_after:
            _trim_start(body, at + 1)
            if _trim_end(body, at) and isinstance(statement, Partial):
                statement.indent = _indent(body[at - 1])
        if edges.opens_line and line_before:
            _trim_start(_branch(statement, 0), 0)
            _trim_end(body, at)
        if edges.closes_line and line_after:
            _trim_start(body, at + 1)
            inner = _branch(statement, -1)
            _trim_end(inner, len(inner))


def _edges(statement: Comment | Mustache | Block | Partial | PartialBlock) -> _Edges:
    if isinstance(statement, Mustache):
        return _Edges(strip=statement.strip)
    if isinstance(statement, Comment | Partial):
        return _Edges(strip=statement.strip, may_stand_alone=True)
    opened, closed = statement.open_strip, statement.close_strip
    if isinstance(statement, PartialBlock):
        return _inside(statement.program, None, opened, NO_STRIP, closed)
    return _inside(statement.program, statement.inverse, opened, statement.inverse_strip, closed)


def _inside(program: Program | None, inverse: Program | None, opened: Strip, between: Strip, closed: Strip) -> _Edges:
    """Trim the inside of a block, and tell how its outer tags stand."""
    for branch in (program, inverse):
        if branch is not None:
            control(branch, is_root=False)
    first, second = (program, inverse) if program is not None else (inverse, None)
    assert first is not None
    after = _unchained(second)
    last = after or first
    edges = _Edges(
        strip=Strip(open=opened.open, close=closed.close),
        opens_line=_starts_line(first.body, 0),
        closes_line=_ends_line(last.body, len(last.body)),
    )
    if opened.close:
        _trim_start(first.body, 0, every=True)
    if after and between.open:
        _trim_end(first.body, len(first.body), every=True)
    if after and between.close:
        _trim_start(after.body, 0, every=True)
    if closed.open:
        _trim_end(last.body, len(last.body), every=True)
    if after and _ends_line(first.body, len(first.body)) and _starts_line(after.body, 0):
        _trim_end(first.body, len(first.body))
        _trim_start(after.body, 0)
    return edges


def _unchained(inverse: Program | None) -> Program | None:
    """The branch after the first: of an `else if`, the content of its block."""
    if inverse is None or not inverse.chained:
        return inverse
    block = inverse.body[0]
    assert isinstance(block, Block)
    return block.program


def _branch(statement: Statement, number: int) -> list[Statement]:
    """The content of the first (0) or last (-1) branch that a block has."""
    if isinstance(statement, PartialBlock):
        return statement.program.body
    assert isinstance(statement, Block)
    branches = [branch for branch in (statement.program, statement.inverse) if branch is not None]
    return branches[number].body


def _ends_line(body: list[Statement], at: int, is_root: bool = False) -> bool:
    """Whether only space stands between `at` and the start of its line."""
    if at == 0:
        return is_root
    before = body[at - 1]
    if not isinstance(before, Text):
        return False
    kept = len(before.original.rstrip(SPACES))
    return "\n" in before.original[kept:] or (is_root and at == 1 and kept == 0)


def _starts_line(body: list[Statement], at: int, is_root: bool = False) -> bool:
    """Whether only space stands between `at` and the end of its line."""
    if at >= len(body):
        return is_root
    after = body[at]
    if not isinstance(after, Text):
        return False
    spaces = len(after.original) - len(after.original.lstrip(SPACES))
    alone = is_root and at == len(body) - 1 and spaces == len(after.original)
    return alone or after.original.find("\n", 0, spaces) >= 0


def _trim_start(body: list[Statement], at: int, *, every: bool = False) -> None:
    """Remove the rest of the line, or every space, from the text at `at`."""
    text = body[at] if at < len(body) else None
    if not isinstance(text, Text) or (text.right_stripped and not every):
        return
    rest_of_line = text.value.lstrip(" \t").removeprefix("\r").removeprefix("\n")
    value = text.value.lstrip(SPACES) if every else rest_of_line
    text.right_stripped = value != text.value
    text.value = value


def _trim_end(body: list[Statement], at: int, *, every: bool = False) -> bool:
    """Remove the indent, or every space, from the end of the text before `at`; tell whether there was any."""
    text = body[at - 1] if at else None
    if not isinstance(text, Text) or (text.left_stripped and not every):
        return False
    value = text.value.rstrip(SPACES if every else " \t")
    text.left_stripped = value != text.value
    text.value = value
    return text.left_stripped


def _indent(text: Statement) -> str:
    """The blanks that the tag after this text was indented by."""
    assert isinstance(text, Text)
    return text.original[len(text.original.rstrip(" \t")) :]

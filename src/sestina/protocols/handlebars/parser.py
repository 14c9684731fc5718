"""The parser: pieces of source to a syntax tree, without recursion over blocks.

The grammar is that of handlebars.js 4.7. Depth is bounded here, so that whatever walks the tree may recurse.
"""

from typing import Final

from msgspec import Struct

from sestina.protocols.handlebars.errors import SyntaxFault
from sestina.protocols.handlebars.lexer import Tag, fault, pieces
from sestina.protocols.handlebars.reader import Reader
from sestina.protocols.handlebars.syntax import (
    NO_STRIP,
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
    Strip,
    Text,
)

MAX_SOURCE: Final = 600_000  # characters; SES refuses templates over 500 KB itself
MAX_NESTING: Final = 100


class _Branch(Struct, kw_only=True):
    """One branch of an open block: what its tag said, and the statements so far."""

    call: Call | None  # None for a plain `else`
    strip: Strip
    body: list[Statement]
    block_params: tuple[str, ...] = ()


class _Open(Struct, kw_only=True):
    """A block whose closing tag has not come yet, with its branches; the first is the opening tag itself."""

    kind: str
    at: int
    name: Expression
    branches: list[_Branch]


def parse(source: str) -> Program:
    """The syntax tree of a template, whitespace still as written."""
    if len(source) > MAX_SOURCE:
        raise SyntaxFault(f"the template is longer than {MAX_SOURCE} characters")
    return _Parser(source).run()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._root: list[Statement] = []
        self._body = self._root
        self._open: list[_Open] = []
        self._depth = 0

    def run(self) -> Program:
        for piece in pieces(self._source):
            if isinstance(piece, str):
                self._body.append(Text(original=piece, value=piece))
            elif isinstance(piece, Comment):
                self._body.append(piece)
            else:
                self._tag(piece)
        if self._open:
            fault(self._source, self._open[-1].at, "a block is not closed")
        return Program(body=self._root)

    def _tag(self, tag: Tag) -> None:
        match tag.kind:
            case "mustache":
                self._body.append(Mustache(call=Reader(self._source, tag).call(), strip=tag.strip))
            case "partial":
                name, call = Reader(self._source, tag).partial()
                self._body.append(Partial(name=name, call=call, strip=tag.strip))
            case "inverse":
                self._else(tag, None)
            case "chain":
                call, block_params = Reader(self._source, tag).opening()
                self._else(tag, call, block_params)
            case "close":
                self._close(tag, Reader(self._source, tag).closing())
            case "raw end":
                self._close(tag, Literal(value=tag.words[0].value))
            case "decorator":
                fault(self._source, tag.at, "a decorator needs a block")
            case _:
                self._begin(tag)

    def _begin(self, tag: Tag) -> None:
        block_params: tuple[str, ...] = ()
        name: Expression
        if tag.kind == "partial block":
            name, call = Reader(self._source, tag).partial()
        elif tag.kind == "raw":
            call = Reader(self._source, tag).call()
            name = call.name
        else:
            call, block_params = Reader(self._source, tag).opening()
            name = call.name
        if tag.kind == "decorator block" and getattr(name, "original", None) != "inline":
            fault(self._source, tag.at, "the only decorator is 'inline'")
        self._deeper(tag)
        self._body = []
        branch = _Branch(call=call, strip=tag.strip, body=self._body, block_params=block_params)
        self._open.append(_Open(kind=tag.kind, at=tag.at, name=name, branches=[branch]))

    def _deeper(self, tag: Tag) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            fault(self._source, tag.at, f"blocks are nested deeper than {MAX_NESTING}")

    def _else(self, tag: Tag, call: Call | None, block_params: tuple[str, ...] = ()) -> None:
        block = self._open[-1] if self._open else None
        if block is None or block.kind not in ("block", "inverse block") or block.branches[-1].call is None:
            fault(self._source, tag.at, "'else' belongs to no block")
        if call is not None and block.kind == "inverse block":
            fault(self._source, tag.at, "an inverse block takes a plain 'else' only")
        if call is not None:
            self._deeper(tag)  # every further branch is a block within the branch before it
        self._body = []
        block.branches.append(_Branch(call=call, strip=tag.strip, body=self._body, block_params=block_params))

    def _close(self, tag: Tag, name: Expression) -> None:
        if not self._open:
            fault(self._source, tag.at, "this closes a block that is not open")
        block = self._open.pop()
        if not _same_name(block.name, name):
            fault(self._source, tag.at, f"'{_spelled(block.name)}' is closed by '{_spelled(name)}'")
        self._depth -= sum(branch.call is not None for branch in block.branches)
        self._body = self._open[-1].branches[-1].body if self._open else self._root
        self._body.append(_built(block, tag.strip))


def _same_name(opened: Expression, closed: Expression) -> bool:
    """Names match by what they spell; a subexpression spells nothing that a closing tag could repeat."""
    if isinstance(opened, Call) or isinstance(closed, Call):
        return False
    return type(opened.original) is type(closed.original) and opened.original == closed.original


def _spelled(name: Expression) -> str:
    return "(…)" if isinstance(name, Call) else str(name.original)


def _built(block: _Open, close: Strip) -> Statement:
    first = block.branches[0]
    assert first.call is not None
    program = Program(body=first.body, block_params=first.block_params)
    if block.kind == "partial block":
        return PartialBlock(
            name=block.name, call=first.call, program=program, open_strip=first.strip, close_strip=close
        )
    inverse, inverse_strip = _rest(block.branches, close)
    if block.kind == "inverse block":
        return _block(first, inverse, program, inverse_strip, close)
    built = _block(first, program, inverse, inverse_strip, close)
    built.inline = block.kind == "decorator block"
    return built


def _rest(branches: list[_Branch], close: Strip) -> tuple[Program | None, Strip]:
    """The branches after the first, each inside the one before, as `else if` is only a block in an `else`.

    As in handlebars.js the `~` of the closing tag counts for the second branch, and a later branch goes by its own tag.
    """
    inverse: Program | None = None
    strip = NO_STRIP
    for number in range(len(branches) - 1, 0, -1):
        branch = branches[number]
        program = Program(body=branch.body, block_params=branch.block_params)
        if branch.call is not None:
            closed = close if number == 1 else branch.strip
            program = Program(body=[_block(branch, program, inverse, strip, closed)], chained=True)
        inverse, strip = program, branch.strip
    return inverse, strip


def _block(branch: _Branch, program: Program | None, inverse: Program | None, between: Strip, close: Strip) -> Block:
    assert branch.call is not None
    return Block(
        call=branch.call,
        program=program,
        inverse=inverse,
        open_strip=branch.strip,
        inverse_strip=between,
        close_strip=close,
    )

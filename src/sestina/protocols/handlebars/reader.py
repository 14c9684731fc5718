"""The reader: the words of one tag to names, arguments and block parameters."""

import re
from typing import Final

from sestina.protocols.handlebars.lexer import Tag, Word, fault
from sestina.protocols.handlebars.syntax import Call, Expression, Literal, Path

MAX_PARENTHESES: Final = 50
_END: Final = Word("end")
_SCOPED: Final = re.compile(r"\.|.*?this(?![A-Za-z0-9_])", re.DOTALL)


class Reader:
    """Reads one tag from left to right; whatever does not fit is a SyntaxFault with its line."""

    def __init__(self, source: str, tag: Tag) -> None:
        self._source = source
        self._tag = tag
        self._next = 0
        self._parentheses = 0

    def call(self) -> Call:
        """A whole tag: a name and its arguments."""
        call = self._call()
        self._finish()
        return call

    def opening(self) -> tuple[Call, tuple[str, ...]]:
        """The tag that opens a block: a call, then perhaps `as |a b|`."""
        call = self._call()
        block_params = self._block_params()
        self._finish()
        return call, block_params

    def partial(self) -> tuple[Expression, Call]:
        """The tag of a partial: its name, which may be computed, and a call that only holds the arguments."""
        name = self._expression()
        params, pairs = self._arguments()
        self._finish()
        if len(params) > 1:
            self._fail("a partial takes one context at most")
        return name, Call(name=Literal(value=None), params=params, hash=pairs, size=len(self._tag.words))

    def closing(self) -> Expression:
        name = self._name()
        self._finish()
        return name

    def _fail(self, message: str) -> None:
        fault(self._source, self._tag.at, message)

    def _peek(self, ahead: int = 0) -> Word:
        at = self._next + ahead
        return self._tag.words[at] if at < len(self._tag.words) else _END

    def _take(self, kind: str) -> Word:
        word = self._peek()
        if word.kind != kind:
            found = word.kind if word.value is None else str(word.value)
            fault(self._source, self._tag.at, f"expected '{kind}' in the tag, found '{found}'")
        self._next += 1
        return word

    def _finish(self) -> None:
        self._take("end")

    def _call(self) -> Call:
        start = self._next
        name = self._name()
        params, pairs = self._arguments()
        return Call(name=name, params=params, hash=pairs, size=self._next - start)

    def _arguments(self) -> tuple[tuple[Expression, ...], tuple[tuple[str, Expression], ...]]:
        params: list[Expression] = []
        while self._peek().kind in ("id", "@", "literal", "(") and self._peek(1).kind != "=":
            params.append(self._expression())
        pairs: list[tuple[str, Expression]] = []
        while self._peek().kind == "id":
            key = str(self._take("id").value)
            self._take("=")
            pairs.append((key, self._expression()))
        return tuple(params), tuple(pairs)

    def _expression(self) -> Expression:
        if self._peek().kind != "(":
            return self._name()
        self._parentheses += 1
        if self._parentheses > MAX_PARENTHESES:
            self._fail(f"parentheses are nested deeper than {MAX_PARENTHESES}")
        self._take("(")
        call = self._call()
        self._take(")")
        self._parentheses -= 1
        return call

    def _name(self) -> Path | Literal:
        word = self._peek()
        if word.kind == "literal":
            self._next += 1
            return Literal(value=word.value)
        data = word.kind == "@"
        if data:
            self._next += 1
        return self._path(data)

    def _path(self, data: bool) -> Path:
        parts: list[str] = []
        depth = 0
        original = "@" if data else ""
        while True:
            word = self._take("id")
            part = str(word.value)
            original += part
            if word.bracketed or part not in ("..", ".", "this"):
                parts.append(part)
            elif parts:
                self._fail(f"'{part}' may only begin a path: {original}")
            elif part == "..":
                depth += 1
            if self._peek().kind != "/":
                return Path(data=data, depth=depth, parts=tuple(parts), original=original)
            original += str(self._take("/").value)

    def _block_params(self) -> tuple[str, ...]:
        if self._peek().kind != "as":
            return ()
        self._take("as")
        names = [self._block_param()]
        while self._peek().kind == "id":
            names.append(self._block_param())
        self._take("|")
        return tuple(names)

    def _block_param(self) -> str:
        word = self._take("id")
        if word.bracketed:
            self._fail(f"a block parameter is a bare name, not '[{word.value}]'")
        return str(word.value)


def is_scoped(path: Path) -> bool:
    """Whether a path says where to look (`./x`, `this.x`) and so is neither a helper nor a block parameter.

    handlebars.js asks the spelling, and so takes any name that ends in `this` for one.
    """
    return _SCOPED.match(path.original) is not None


def is_simple(path: Path) -> bool:
    """Whether a path is one bare name, which may be a helper's."""
    return len(path.parts) == 1 and not path.depth and not is_scoped(path)

"""The lexer: template source to text, comments and tags, each tag to its words.

It decides exactly where handlebars.js 4.7 does, down to what `\\s` is in JavaScript, but with patterns that cannot
backtrack, so that its time is linear in the source.
"""

import re
from collections.abc import Generator, Iterator
from typing import Final, NoReturn

from msgspec import Struct

from sestina.protocols.handlebars.errors import SyntaxFault
from sestina.protocols.handlebars.syntax import Comment, Strip
from sestina.protocols.handlebars.values import UNDEFINED

# ECMA-262 WhiteSpace and LineTerminator: not the set that Python's `\s` has.
SPACES: Final = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_LINE_ENDS: Final = frozenset("\n\r\u2028\u2029")
_S: Final = f"[{SPACES}]"

_OPEN: Final = re.compile(
    r"\{\{(?:(?P<raw>\{\{)|(?P<tilde>~)?(?:"
    r"(?P<mark>#>|#\*|#|>|/|\{|&|!--|!|\*)"
    rf"|(?P<inverse>(?:\^|{_S}*+else){_S}*+~?\}}\}})"
    r"|(?P<section>\^)"
    rf"|(?P<chain>{_S}*+else(?![A-Za-z0-9_]))"
    r"|))"
)
_KIND_OF_MARK: Final = {
    "#": "block",
    "#*": "decorator block",
    "#>": "partial block",
    ">": "partial",
    "/": "close",
    "{": "unescaped",
    "&": "mustache",
    "*": "decorator",
}
_NAME: Final = rf"[^!\"#%-,./;->@\[-\^`{{-~{SPACES}]++"
_AFTER_ID: Final = rf"(?=[=~}}/.)|{SPACES}])"
_AFTER_LITERAL: Final = rf"(?=[~}}){SPACES}])"
_WORD: Final = re.compile(
    rf"(?P<space>{_S}++)"
    r"|(?P<end>\}\}\}\}|\}~?\}\}|~?\}\})"
    r"|(?P<quote>[\"'\[])"
    rf"|(?P<literal>(?:true|false|undefined|null|-?[0-9]++(?:\.[0-9]++)?){_AFTER_LITERAL})"
    rf"|(?P<as>as{_S}++\|)"
    rf"|(?P<id>\.\.|(?:\.|{_NAME}){_AFTER_ID})"
    r"|(?P<sign>[()=|@./])"
)
_CLOSED_BY: Final = {"raw": "}}}}", "unescaped": "}}}"}
_END_OF_RAW: Final = re.compile(rf"\{{{{4}}/({_NAME})\}}{{4}}")
_END_OF_COMMENT: Final = re.compile(r"--~?\}\}")
_NEXT_TAG: Final = re.compile(r"\\?\\?\{\{")
_LITERALS: Final[dict[str, object]] = {"true": True, "false": False, "null": None, "undefined": UNDEFINED}


class Word(Struct, frozen=True):
    """One token inside a tag: `kind` is `id`, `literal`, `as`, or the sign itself."""

    kind: str
    value: object = None
    bracketed: bool = False  # an id in `[…]`, which is never `this` or `..`


class Tag(Struct, frozen=True):
    """One tag with its words; `raw end` closes a raw block by its name alone."""

    kind: str
    words: list[Word]
    strip: Strip
    at: int


def fault(source: str, at: int, message: str) -> NoReturn:
    """Refuse the source, for what stands at that place in it."""
    raise SyntaxFault(f"line {source.count(chr(10), 0, at) + 1}: {message}")


def pieces(source: str) -> Iterator[str | Comment | Tag]:
    """Cut a template into text, comments and tags, in the order they stand."""
    at = 0
    while at < len(source):
        opening = source.find("{{", at)
        text = source[at:] if opening < 0 else source[at:opening]
        _refuse_nul(source, at, text)
        if opening < 0:
            yield text
            return
        escaped = text.endswith("\\") and not text.endswith("\\\\")  # two backslashes are one, and no escape
        if text.endswith("\\"):
            text = text[:-1]
        if text:
            yield text
        if escaped:
            at = _end_of_escaped(source, opening)
            yield source[opening:at]
            continue
        piece, at = _tag_at(source, opening)
        yield piece
        if isinstance(piece, Tag) and piece.kind == "raw":
            at = yield from _raw_content(source, at)


def _refuse_nul(source: str, at: int, text: str) -> None:
    if "\0" in text:
        fault(source, at, "NUL is not allowed in a template")


def _end_of_escaped(source: str, opening: int) -> int:
    """Where the text that `\\{{` starts gives way to the next tag, with the backslashes that belong to that tag."""
    found = _NEXT_TAG.search(source, opening + 2)
    end = found.start() if found else len(source)
    _refuse_nul(source, opening, source[opening:end])
    return end


def _raw_content(source: str, at: int) -> Generator[str | Tag, None, int]:
    """The untouched content of a raw block; raw blocks nest in it by their fences."""
    depth = 1
    while True:
        end = _END_OF_RAW.match(source, at)
        if end:
            depth -= 1
            if depth == 0:
                yield Tag("raw end", [Word("id", end[1])], Strip(), at)
                return end.end()
            yield end[0]
            at = end.end()
            continue
        if source.startswith("{{{{", at) and at + 4 < len(source) and source[at + 4] != "/":
            depth += 1
            yield "{{{{"
            at += 4
            continue
        fence = source.find("{{{{", at + 1)
        if fence < 0:
            fault(source, at, "a raw block is not closed")
        _refuse_nul(source, at, source[at:fence])
        yield source[at:fence]
        at = fence


def _tag_at(source: str, at: int) -> tuple[Comment | Tag, int]:
    opened = _OPEN.match(source, at)
    assert opened  # the last alternative is empty
    mark = opened["mark"]
    if mark in ("!", "!--"):
        return _comment_at(source, at, mark)
    tilde = opened["tilde"] is not None
    if opened["inverse"]:
        strip = Strip(open=tilde, close=source[opened.end() - 3] == "~")
        return Tag("inverse", [], strip, at), opened.end()
    kind = _kind_of(opened)
    words, closing, end = _words(source, opened.end())
    if closing.replace("~", "") != _CLOSED_BY.get(kind, "}}"):
        fault(source, end, f"'{closing}' does not close this tag")
    strip = Strip(open=tilde, close="~" in closing)
    return Tag("mustache" if kind == "unescaped" else kind, words, strip, at), end


def _kind_of(opened: re.Match[str]) -> str:
    if opened["raw"]:
        return "raw"
    if opened["section"]:
        return "inverse block"
    if opened["chain"]:
        return "chain"
    return _KIND_OF_MARK.get(opened["mark"] or "&", "mustache")


def _comment_at(source: str, at: int, mark: str) -> tuple[Comment, int]:
    if mark == "!":
        end = source.find("}}", at)
    else:
        found = _END_OF_COMMENT.search(source, at)
        end = found.end() - 2 if found else -1
    if end < 0:
        fault(source, at, "a comment is not closed")
    return Comment(strip=Strip(open=source[at + 2] == "~", close=source[end - 1] == "~")), end + 2


def _words(source: str, at: int) -> tuple[list[Word], str, int]:
    """The words of a tag, its closing braces, and where the tag ends."""
    words: list[Word] = []
    while True:
        found = _WORD.match(source, at)
        if not found:
            fault(
                source,
                at,
                f"unexpected {source[at : at + 1]!r} in a tag" if at < len(source) else "a tag is not closed",
            )
        kind, text = found.lastgroup, found[0]
        at = found.end()
        match kind:
            case "end":
                return words, text, at
            case "quote":
                word, at = _quoted(source, at - 1)
                words.append(word)
            case "literal":
                words.append(Word("literal", _literal(text)))
            case "id":
                words.append(Word("id", text))
            case "sign":
                words.append(Word("/" if text == "." else text, text))
            case "as":
                words.append(Word("as"))


def _quoted(source: str, at: int) -> tuple[Word, int]:
    """A string or a bracketed id: to the first unescaped end, or failing that to the last escaped one."""
    end = "]" if source[at] == "[" else source[at]
    stop = source.find(end, at + 1)
    while stop >= 0 and source[stop - 1] == "\\":
        stop = source.find(end, stop + 1)
    if stop < 0:
        stop = source.rfind(end, at + 1)
    if stop < 0:
        fault(source, at, f"{source[at]!r} is not closed")
    text = source[at + 1 : stop]
    if end != "]":
        return Word("literal", text.replace("\\" + end, end)), stop + 1
    text = re.sub(r"\\([\\\]])", r"\1", text)
    if _LINE_ENDS.isdisjoint(text):
        return Word("id", text, bracketed=True), stop + 1
    return Word("id", f"[{text}]"), stop + 1


def _literal(text: str) -> object:
    if text in _LITERALS:
        return _LITERALS[text]
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number

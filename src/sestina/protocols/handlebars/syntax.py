"""The syntax tree of a template: what the parser builds, whitespace control trims and the compiler reads."""

from typing import Final

from msgspec import Struct


class Strip(Struct, frozen=True, kw_only=True):
    """Which sides of a tag carry `~`."""

    open: bool = False
    close: bool = False


NO_STRIP: Final = Strip()


class Path(Struct, frozen=True, kw_only=True):
    """A name to look up: `a.b`, `../x`, `@index`, `this`."""

    data: bool
    depth: int
    parts: tuple[str, ...]
    original: str  # as written, brackets aside


class Literal(Struct, frozen=True, kw_only=True):
    """A string, number, boolean, null or undefined written in the template."""

    value: object

    @property
    def original(self) -> object:
        return self.value


class Call(Struct, frozen=True, kw_only=True):
    """A name with arguments: the inside of a tag, or a subexpression in parentheses."""

    name: "Path | Literal"
    params: tuple["Expression", ...]
    hash: tuple[tuple[str, "Expression"], ...]
    size: int  # how many tokens it was written with: what evaluating it may cost


Expression = Path | Literal | Call


class Text(Struct, kw_only=True):
    """Literal text; `value` is what whitespace control leaves of it."""

    original: str
    value: str
    left_stripped: bool = False
    right_stripped: bool = False


class Comment(Struct, frozen=True, kw_only=True):
    """`{{! … }}`, of which only the effect on its surroundings is left."""

    strip: Strip


class Mustache(Struct, frozen=True, kw_only=True):
    """A plain tag, in two braces or three."""

    call: Call
    strip: Strip


class Program(Struct, kw_only=True):
    """A run of statements: the template itself, or one branch of a block."""

    body: list["Statement"]
    block_params: tuple[str, ...] = ()
    chained: bool = False  # an `else if`: holds exactly the block of the next branch


class Block(Struct, kw_only=True):
    """`{{#name}}…{{else}}…{{/name}}` and, with `inline`, `{{#*inline "name"}}…{{/inline}}`."""

    call: Call
    program: Program | None
    inverse: Program | None
    open_strip: Strip
    inverse_strip: Strip
    close_strip: Strip
    inline: bool = False


class Partial(Struct, kw_only=True):
    """`{{> name context key=value}}`; `indent` is set by whitespace control when the tag stands alone on its line."""

    name: Expression
    call: Call
    strip: Strip
    indent: str = ""


class PartialBlock(Struct, kw_only=True):
    """`{{#> name}}…{{/name}}`: the content is the partial's `@partial-block`, and the fallback where there is none."""

    name: Expression
    call: Call
    program: Program
    open_strip: Strip
    close_strip: Strip


Statement = Text | Comment | Mustache | Block | Partial | PartialBlock

"""Templates at random, with data they fit: mostly right, nested, and strewn with whitespace control."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

# Leaves that JavaScript never takes for one another, as it does '' and 0 and false, of which each data has one only:
# entering a context equal to the one around it is no step for `../` there, whatever the types.
LEAVES = ("word", "two words", "<&>\"'`=", "é", "line\nbreak", 7, 2.5, -3, True)
SPACES = ("", "", " ", "\n", "  ", "\r\n", "\t", "\n\n", " \n ", "x", "text\n", "\n x", ".", " }", "{ ")


# What templates are made of, in no order: most of what these give together is refused.
_WORDS = """
{{ }} {{{ }}} {{{{ }}}} ~ # / ^ else if a b.c a/b .. ../x ./x this . [a\\]b] ' " 's' "t" 1 -2.5 true null undefined
@index @ ( ) = k=1 |x| | > #> ! !-- -- & * \\ \\\\ text { } é - _ $ : ? ; else-x foo-this this/ {{else}} {{^}} {{^a}}
{{/a}} {{{{raw}}}} {{{{/raw}}}} {{/p}} {{/if}} {{/inline}} {{a}} \\{{a}} {{~a~}}
"""
MORSELS = (
    *_WORDS.split(),
    *("[a b]", "(lookup a b)", "as |x|", "{{#if a}}", "{{else if b}}", "{{> p}}", "{{#> p}}", "{{#*inline 'p'}}"),
    *("{{!-- c --}}", " ", "\n", "\r\n", "\0", "\x1c", "\u2028", "\xa0", "\ufeff"),
)

Choose = Callable[[int], int]
"""Which of so many ways to go, counted from 0."""


@st.composite
def templates(draw: st.DrawFn) -> str:
    return Writer(lambda count: draw(st.integers(0, count - 1))).template()


@st.composite
def data(draw: st.DrawFn) -> dict[str, Any]:
    return some_data(lambda count: draw(st.integers(0, count - 1)))


def some_data(choose: Choose) -> dict[str, Any]:
    leaves = (*LEAVES, ("", 0, False)[choose(3)])

    def leaf() -> Any:
        return leaves[choose(len(leaves))]

    def row() -> dict[str, Any]:
        few = [leaf() for _ in range(2 + choose(2))]
        return {"a": leaf(), "b": leaf(), "l": few, "o": {"a": leaf(), "b": leaf()}}

    rows = [row() for _ in range(choose(4))]
    return row() | {"rows": rows, "none": None, "empty": [], "bare": {}, "no": False, "names": ["r"]}


class Place(NamedTuple):
    """Where a piece of template stands."""

    kinds: tuple[str, ...] = ("object",)  # of the contexts, innermost first: object or leaf
    loops: int = 0
    names: tuple[tuple[str, str], ...] = ()  # block parameters, and what they are
    partials: tuple[str, ...] = ()
    depth: int = 2
    content: bool = False  # `@partial-block` stands for something

    def entering(self, kind: str, *names: tuple[str, str], loops: int = 0) -> "Place":
        kinds = (kind, *self.kinds)
        return self._replace(kinds=kinds, names=(*names, *self.names), loops=self.loops + loops, depth=self.depth - 1)

    def inside(self) -> "Place":
        return self._replace(depth=self.depth - 1)


class Writer:
    """Writes a template, asking at every turn which of so many ways to go."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose

    def template(self) -> str:
        partials = ("p", "q") if self.chance(4) else ()
        place = Place(partials=partials)
        bodies = [self.definition(name) for name in partials]
        return "".join([*bodies, self.body(place)])

    def pick(self, *choices: T) -> T:
        return choices[self._choose(len(choices))]

    def chance(self, tenths: int) -> bool:
        return self._choose(10) < tenths

    def tag(self, inside: str, opening: str = "{{") -> str:
        left, right = self.pick("", "", "", "~"), self.pick("", "", "", "~")
        return f"{{{{{left}{opening[2:]}{inside}{self.pick('', '', ' ')}{right}}}}}"

    def body(self, place: Place) -> str:
        pieces = [self.pick(*SPACES)]
        for _ in range(self._choose(4)):
            pieces += [self.statement(place), self.pick(*SPACES)]
        return "".join(pieces)

    def statement(self, place: Place) -> str:
        plain = [self.variable, self.variable, self.variable, self.comment, self.escaped, self.raw, self.lookup]
        blocks = [self.conditional, self.conditional, self.each, self.each, self.with_, self.section, self.partial]
        choices = [*plain, *blocks, self.local] if place.depth else plain
        return self.pick(*choices)(place)

    def variable(self, place: Place) -> str:
        path = self.path(place)
        match self.pick("{{", "{{", "{{{", "&"):
            case "{{{":
                left, right = self.pick("", "~"), self.pick("", "~")
                return f"{{{{{left}{{{path}}}{right}}}}}"
            case "&":
                return self.tag("&" + path)
        return self.tag(self.pick("", " ") + path)

    def path(self, place: Place) -> str:
        """A path to a leaf that is there, most of the time."""
        choices = ["@root.a", "@root.o.b"] + [name if kind == "leaf" else f"{name}.a" for name, kind in place.names]
        if place.kinds[0] == "object":
            choices += ["a", "b", "a", "b", "o.a", "o/b", "this.a", "./b", "[a]", "o.[b]", "l.[0]", "l.length"]
        else:
            choices += ["this", ".", "this"]
        if place.kinds[1:2] == ("object",):
            choices += ["../a", "../o.b", "../this.b"]
        if place.loops:
            choices += ["@index", "@key", "@first", "@last"]
        if place.loops > 1:
            choices += ["@../index", "@../key", "@../last"]
        return self.pick(*choices)

    def condition(self, place: Place) -> str:
        """Anything at all, absent or not."""
        odd = (
            "no",
            "none",
            "empty",
            "bare",
            "zz",
            "zz.b.c",
            "none.x",
            "@first",
            "'s'",
            "0",
            "true",
            "null",
        )
        return self.pick(
            self.path(place), *odd, "undefined", "(lookup . 'a')", "(lookup zz a)", "../../zz", "@root.rows"
        )

    def objects(self, place: Place) -> tuple[str, str]:
        """A path to an object or a leaf, with its kind."""
        choices = ["@root.o", "@root"]
        if place.kinds[0] == "object":
            choices += ["o", "this", "./o"]
        choices += [name for name, kind in place.names if kind == "object"]
        return (self.pick(*choices), "object") if self.chance(8) else (self.path(place), "leaf")

    def lists(self, place: Place) -> tuple[str, str, str]:
        """A path to something to iterate, what its elements are, and what their keys are."""
        choices = [("@root.rows", "object"), ("@root.l", "leaf"), ("@root.empty", "leaf"), ("@root.o", "leaf")]
        if place.kinds[0] == "object":
            choices += [("l", "leaf"), ("o", "leaf"), ("zz", "leaf")]
        if len(place.kinds) == 1:
            choices += [("rows", "object"), ("rows", "object")]
        found = self.pick(*choices)
        return *found, "leaf"

    def comment(self, place: Place) -> str:
        return self.pick("{{! note }}", "{{!-- a }} b --}}", "{{~! note ~}}", "{{!-- x --~}}", "{{!}}")

    def escaped(self, place: Place) -> str:
        return self.pick("\\", "\\\\", "\\\\\\") + self.variable(place)

    def raw(self, place: Place) -> str:
        name = self.pick("zz", "a", "empty")
        return f"{{{{{{{{{name}}}}}}}}} {{{{x}}}} {{{{{{{{/{name}}}}}}}}}"

    def lookup(self, place: Place) -> str:
        key = self.pick("'a'", '"b"', "0", "'length'", "a")
        return self.tag(f"lookup {self.objects(place)[0]} {key}")

    def conditional(self, place: Place) -> str:
        helper = self.pick("if", "unless")
        option = self.pick("", "", " includeZero=true")
        opening = self.tag(f"{helper} {self.condition(place)}{option}", "{{#" if self.chance(9) else "{{^")
        rest = ""
        if "#" in opening[:4]:
            for _ in range(self._choose(3)):
                rest += self.tag(f"else {self.pick('if', 'unless', 'with')} {self.condition(place)}") + self.opaque(
                    place
                )
        return opening + self.body(place.inside()) + rest + self.otherwise(place) + self.tag(helper, "{{/")

    def opaque(self, place: Place) -> str:
        """A body that stands in whatever context."""
        return self.body(place.inside()._replace(kinds=("leaf",)))

    def otherwise(self, place: Place) -> str:
        if self.chance(5):
            return ""
        return self.tag(self.pick("else", " else", "^")) + self.body(place.inside())

    def each(self, place: Place) -> str:
        path, kind, key = self.lists(place)
        names, declared = self.pick_names((("x", kind), ("y", key)))
        inner = place.entering(kind, *names, loops=1)
        opening = self.tag(f"each {path}{declared}", "{{#")
        return opening + self.body(inner) + self.otherwise(place) + self.tag("each", "{{/")

    def pick_names(self, names: tuple[tuple[str, str], ...]) -> tuple[tuple[tuple[str, str], ...], str]:
        count = self.pick(0, 0, 1, len(names))
        taken = names[:count]
        return taken, f" as |{' '.join(name for name, _ in taken)}|" if taken else ""

    def with_(self, place: Place) -> str:
        path, kind = self.objects(place)
        names, declared = self.pick_names((("x", kind),))
        opening = self.tag(f"with {path}{declared}", "{{#")
        return opening + self.body(place.entering(kind, *names)) + self.otherwise(place) + self.tag("with", "{{/")

    def section(self, place: Place) -> str:
        sign = self.pick("{{#", "{{#", "{{^")
        path = self.pick("o", "l", "rows", "no", "empty", "a", "zz", "this", "o.a", "none")
        opening = self.tag(path, sign)
        return opening + self.opaque(place) + self.otherwise(place) + self.tag(path, "{{/")

    def definition(self, name: str) -> str:
        body = self.body(Place(kinds=("object",), depth=1, content=True))
        content = self.pick(
            "", "", "{{> @partial-block}}", "\n  {{> @partial-block}}\n", "{{#> @partial-block}}d{{/@partial-block}}"
        )
        return self.tag(f'* inline "{name}"', "{{#") + body + content + self.tag("inline", "{{/") + self.pick("", "\n")

    def local(self, place: Place) -> str:
        """An inline partial of a block's own, defined and called."""
        body = self.body(Place(kinds=("object",), depth=1))
        call = self.pick(
            "{{> r @root}}", "\n  {{> r @root.o}}\n", "{{> (lookup (lookup @root 'names') 0) @root}}{{> r @root}}"
        )
        return f"{{{{#if true}}}}{{{{#*inline 'r'}}}}{body}{{{{/inline}}}}{call}{{{{/if}}}}"

    def partial(self, place: Place) -> str:
        if not place.partials:
            return self.tag("zz", "{{#>") + self.opaque(place) + self.tag("zz", "{{/")
        name = self.pick(*place.partials)
        context = self.pick("" if place.kinds[0] == "object" else " @root", " @root", " @root.o")
        arguments = self.pick("", "", " a=@root.b", " zz='s' b=1")
        before, after = self.pick("", "\n  ", "\n\t", " "), self.pick("", "\n", " \n")
        if self.chance(6):
            return before + self.tag(f" {name}{context}{arguments}", "{{>") + after
        opening = self.tag(f" {name}{context}{arguments}", "{{#>")
        inner = Place(kinds=("object",), names=place.names, partials=place.partials, depth=place.depth - 1)
        return before + opening + self.body(inner) + self.tag(name, "{{/") + after

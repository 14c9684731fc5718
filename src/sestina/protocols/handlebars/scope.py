"""What a rendering knows while it runs: its budget, its contexts from the inside out, its partials."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from sestina.protocols.handlebars.errors import TooMuchWork
from sestina.protocols.handlebars.values import UNDEFINED, is_same


class Budget(Struct, frozen=True, kw_only=True):
    """How much one rendering may do; counted, never timed, so that it ends the same way everywhere."""

    output: int = 20_000_000  # characters; SES sends 40 MB at most
    steps: int = 1_000_000  # words of template executed
    depth: int = 120  # levels of blocks and partials within one another, while partials call partials


DEFAULT_BUDGET: Final = Budget()


class Run(Struct, kw_only=True):
    """One rendering: what is left of its budget, and the inline partials in force."""

    room: int
    steps: int
    depth: int
    literals: Mapping[str, str]
    partials: "dict[str, Invoke]"


class Frame(Struct):
    """The `@` data of a loop or partial, the frame that `@../` leads to, and what `@partial-block` stands for."""

    values: dict[str, object]
    outer: "Frame | None"
    content: "Invoke | None"

    def inner(self) -> "Frame":
        """A frame of its own values, which begin as these."""
        return Frame(self.values.copy(), self, self.content)


class Params(Struct, frozen=True):
    """The block parameters of one block (`as |item index|`), and those around it."""

    values: tuple[object, ...]
    outer: "Params | None"


class Scope(Struct):
    """Where a statement stands: its context, the scope that `../` leads to, its frame and block parameters."""

    run: Run
    context: object
    above: "Scope | None"
    frame: Frame
    params: Params | None

    def entering(self, context: object) -> "Scope | None":
        """What `../` means to a scope of that context inside this one."""
        return self.above if is_same(context, self.context) else self


Render = Callable[[Scope, list[str]], None]
Find = Callable[[Scope], object]
Invoke = Callable[[object, Frame, list[str]], None]


def spend(run: Run, characters: int) -> None:
    """Account for output, before or as it is made."""
    run.room -= characters
    if run.room < 0:
        raise too_long()


def too_long() -> TooMuchWork:
    """The refusal of output beyond the budget."""
    return TooMuchWork("the rendered template is too long")


def work(run: Run, steps: int) -> None:
    """Account for steps, before they are made."""
    run.steps -= steps
    if run.steps < 0:
        raise too_many_steps()


def too_many_steps() -> TooMuchWork:
    """The refusal of work beyond the budget."""
    return TooMuchWork("the template takes too many steps to render")


def context_above(scope: Scope, depth: int) -> object:
    """The context that `../` leads to when it is written `depth` times."""
    found: Scope | None = scope
    while depth and found is not None:
        found = found.above
        depth -= 1
    return UNDEFINED if found is None else found.context


def data_above(scope: Scope, depth: int, name: str) -> object:
    """The `@` data of that name, as many frames out as `@../` is written."""
    frame: Frame | None = scope.frame
    while depth and frame is not None:
        frame = frame.outer
        depth -= 1
    return UNDEFINED if frame is None else frame.values.get(name, UNDEFINED)

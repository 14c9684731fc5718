"""Templates: compiled once, rendered with any data."""

from collections.abc import Mapping
from typing import Final, final

from sestina.protocols.handlebars.bodies import Body
from sestina.protocols.handlebars.compiler import compile_program
from sestina.protocols.handlebars.errors import SyntaxFault, TooMuchWork
from sestina.protocols.handlebars.parser import parse
from sestina.protocols.handlebars.scope import DEFAULT_BUDGET, Budget, Frame, Run, Scope
from sestina.protocols.handlebars.values import UNDEFINED
from sestina.protocols.handlebars.whitespace import control

_NO_LITERALS: Final[Mapping[str, str]] = {}


@final
class Template:
    """A compiled template. It holds nothing of any rendering, so it may be kept and shared."""

    __slots__ = ("_body",)

    def __init__(self, body: Body) -> None:
        self._body = body

    def render(
        self,
        data: Mapping[str, object],
        *,
        budget: Budget | None = None,
        literals: Mapping[str, str] = _NO_LITERALS,
    ) -> str:
        """The template filled with data, which is what a JSON decoder makes.

        `literals` are texts for bare names that the data does not have, above all for the two names that SES
        reserves: `amazonSESUnsubscribeUrl` and `ses:openTracker`, which without a literal stay in the text as they are.
        """
        limits = budget or DEFAULT_BUDGET
        run = Run(room=limits.output, steps=limits.steps, depth=limits.depth, literals=literals, partials={})
        context = data if isinstance(data, dict) else dict(data)
        frame = Frame({"root": context}, None, None)
        outside = Scope(run, UNDEFINED, None, frame, None)
        out: list[str] = []
        try:
            self._body.bind(outside)(Scope(run, context, outside, frame, None), out)
        except RecursionError as error:  # the caller's own stack was deep, or a list within lists within lists
            raise TooMuchWork("the template is nested too deep") from error
        return "".join(out)


def compile(source: str) -> Template:
    """Compile a template; raises SyntaxFault where handlebars.js would not accept it, or where it is out of bounds."""
    program = parse(source)
    try:
        control(program)
        return Template(compile_program(program))
    except RecursionError as error:  # the depth of a template is bounded, but not that of the caller's stack
        raise SyntaxFault("the template is nested too deep") from error

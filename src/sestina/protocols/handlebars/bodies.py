"""Bodies: one branch of a block, compiled, with the inline partials it defines."""

from msgspec import Struct

from sestina.protocols.handlebars.scope import Find, Frame, Invoke, Render, Run, Scope, work
from sestina.protocols.handlebars.values import key_text


class Definition(Struct, frozen=True, kw_only=True):
    """`{{#*inline "name"}}…{{/inline}}`; the name is an expression."""

    name: Find
    body: "Body"


class Body(Struct, frozen=True, kw_only=True):
    """What a branch writes once its inline partials are defined."""

    render: Render
    definitions: tuple[Definition, ...] = ()

    def bind(self, scope: Scope) -> Render:
        """The body for one run of its block, which stands in `scope`."""
        return _defining(self, scope) if self.definitions else self.render

    def invoke(self, scope: Scope) -> Invoke:
        """The body as a partial: it remembers where it was written, whatever context and frame it is called with."""

        def invoke(context: object, frame: Frame, out: list[str]) -> None:
            inner = Scope(scope.run, context, scope.entering(context), frame, scope.params)
            self.bind(scope)(inner, out)

        return invoke

    def partials(self, scope: Scope) -> dict[str, Invoke]:
        """The inline partials of the body, as seen from around it."""
        return {key_text(one.name(scope)): one.body.invoke(scope) for one in self.definitions}


def _write_nothing(scope: Scope, out: list[str]) -> None:
    """What an absent branch writes."""


NOTHING = Body(render=_write_nothing)


def put_in_force(run: Run, partials: dict[str, Invoke]) -> dict[str, Invoke]:
    """Add partials; give back those that were in force before."""
    before = run.partials
    work(run, (len(before) + len(partials)) // 10)
    run.partials = {**before, **partials}
    return before


def _defining(body: Body, scope: Scope) -> Render:
    """A body whose inline partials are in force while it runs, in whatever it calls."""
    partials = body.partials(scope)

    def render(inner: Scope, out: list[str]) -> None:
        before = put_in_force(inner.run, partials)
        body.render(inner, out)
        inner.run.partials = before

    return render

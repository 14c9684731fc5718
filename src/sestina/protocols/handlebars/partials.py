"""Partials to closures: the call by name, and the content that a call hands to its partial."""

from typing import Final

from msgspec import Struct

from sestina.protocols.handlebars.bodies import Body, put_in_force
from sestina.protocols.handlebars.errors import TemplateError, TooMuchWork
from sestina.protocols.handlebars.scope import Find, Frame, Invoke, Render, Run, Scope, spend, work
from sestina.protocols.handlebars.values import key_text

_CONTENT: Final = "@partial-block"


class PartialCall(Struct, frozen=True, kw_only=True):
    """`{{> name context key=value}}`, compiled; with `content`, `{{#> name}}…{{/name}}`."""

    name: Find
    is_fixed: bool  # written out, and so perhaps `@partial-block`; not computed
    context: Find | None
    pairs: tuple[tuple[str, Find], ...]
    indent: str
    levels: int  # how much deeper the call goes, counted from the body it stands in
    content: Body | None


def partial(call: PartialCall) -> Render:
    """The call itself: how deep it goes, and the indent of what it gives."""

    def render(scope: Scope, out: list[str]) -> None:
        run = scope.run
        run.depth -= call.levels
        if run.depth < 0:
            raise TooMuchWork("partials are nested too deep")
        if call.indent:
            lines: list[str] = []
            _call(call, scope, lines)
            out.append(_indented("".join(lines), call.indent, run))
        else:
            _call(call, scope, out)
        run.depth += call.levels

    return render


def _call(call: PartialCall, scope: Scope, out: list[str]) -> None:
    run, frame = scope.run, scope.frame
    name = key_text(call.name(scope))
    found = run.partials.get(name)
    if found is None and call.is_fixed and name == _CONTENT:
        found = frame.content
    context = _context(call, scope)
    if call.content is not None:
        own = _content(call.content.invoke(scope), frame.content)
        inner = frame.inner()
        inner.content = own
        before = put_in_force(run, call.content.partials(scope))
        (found or own)(context, inner, out)
        run.partials = before
    elif found is not None:
        found(context, frame, out)
    else:
        raise TemplateError(f"The partial {name} could not be found")


def _content(invoke: Invoke, current: Invoke | None) -> Invoke:
    """`@partial-block`: where it names `@partial-block` itself, it means the content that was current before."""

    def content(context: object, frame: Frame, out: list[str]) -> None:
        inner = frame.inner()
        inner.content = current
        invoke(context, inner, out)

    return content


def _context(call: PartialCall, scope: Scope) -> object:
    """The context of the partial: a copy with the named arguments in it, if there are any."""
    context = call.context(scope) if call.context else scope.context
    if not call.pairs:
        return context
    own: dict[str, object] = {}
    if isinstance(context, dict | list | str):
        work(scope.run, len(context))
        own.update(context if isinstance(context, dict) else {str(index): item for index, item in enumerate(context)})
    own.update((key, value(scope)) for key, value in call.pairs)
    return own


def _indented(text: str, indent: str, run: Run) -> str:
    """Every line indented as the tag of the partial is, when it has a line to itself."""
    if not text:
        return ""
    spend(run, len(text) + (text.count("\n") + 1) * len(indent))
    lines = indent + text.replace("\n", "\n" + indent)
    return lines[: -len(indent)] if text.endswith("\n") else lines

"""Plain tags to closures: what `{{name}}` writes, and what it does when the data has no such name."""

from typing import Final

from sestina.protocols.handlebars.errors import MissingAttribute
from sestina.protocols.handlebars.scope import Find, Render, Scope, spend, too_long
from sestina.protocols.handlebars.values import UNDEFINED, property_of, text_of

UNSUBSCRIBE: Final = "amazonSESUnsubscribeUrl"  # list management puts the link in; data of that name comes first
OPEN_TRACKER: Final = "ses:openTracker"  # tracking puts the image in; data cannot take its place
_RESERVED: Final = {name: f"{{{{{name}}}}}" for name in (UNSUBSCRIBE, OPEN_TRACKER)}


def fill(pairs: tuple[tuple[str, str], ...], tail: str) -> Render:
    """Text, bare name, text, bare name … and the text after the last name."""
    fixed = len(tail) + sum(len(text) for text, _ in pairs)

    def render(scope: Scope, out: list[str]) -> None:
        context = scope.context if type(scope.context) is dict else {}
        size = fixed
        for text, name in pairs:
            try:
                value = context[name]
            except KeyError:
                value = _elsewhere(scope, name)
            if type(value) is not str:
                value = text_of(value)
            size += len(value)
            out.append(text)
            out.append(value)
        out.append(tail)
        run = scope.run
        run.room -= size
        if run.room < 0:
            raise too_long()

    return render


def _elsewhere(scope: Scope, name: str) -> object:
    """The value of a bare name that the context is not an object for, or does not have."""
    value = property_of(scope.context, name)
    if value is not UNDEFINED:
        return value
    if name in scope.run.literals:
        return scope.run.literals[name]
    if name in _RESERVED:
        return _RESERVED[name]
    raise MissingAttribute(name)


def show_open_tracker(scope: Scope, out: list[str]) -> None:
    """`{{ses:openTracker}}`, whatever the data says."""
    text = scope.run.literals.get(OPEN_TRACKER, _RESERVED[OPEN_TRACKER])
    spend(scope.run, len(text))
    out.append(text)


def show(value: Find) -> Render:
    """The result of a helper, or a context: absent is empty."""

    def render(scope: Scope, out: list[str]) -> None:
        text = text_of(value(scope))
        spend(scope.run, len(text))
        out.append(text)

    return render


def show_strictly(value: Find, name: str) -> Render:
    """A path: absent is an error."""

    def render(scope: Scope, out: list[str]) -> None:
        found = value(scope)
        if found is UNDEFINED:
            raise MissingAttribute(name)
        text = text_of(found)
        spend(scope.run, len(text))
        out.append(text)

    return render

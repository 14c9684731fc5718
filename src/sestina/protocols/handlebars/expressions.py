"""Expressions to closures: paths, literals, arguments, and the helpers that give a value."""

from collections.abc import Callable
from typing import Final

from sestina.protocols.handlebars.errors import MissingAttribute, TemplateError
from sestina.protocols.handlebars.reader import is_scoped, is_simple
from sestina.protocols.handlebars.scope import Find, Scope, context_above, data_above, work
from sestina.protocols.handlebars.syntax import Call, Expression, Literal, Path
from sestina.protocols.handlebars.values import UNDEFINED, is_truthy, key_text, property_of

BLOCK_HELPERS: Final = frozenset({"each", "if", "unless", "with"})
HELPERS: Final = BLOCK_HELPERS | {"log", "lookup"}

Names = tuple[tuple[str, ...], ...]
"""The block parameters in sight, innermost block first; blocks that declare none leave no trace."""


def path_of(name: Path | Literal) -> Path:
    """A literal in the place of a name is a name: `{{"a b"}}`, `{{12}}`."""
    if isinstance(name, Path):
        return name
    text = key_text(name.value)
    return Path(data=False, depth=0, parts=(text,), original=text)


def block_param(path: Path, names: Names) -> tuple[int, int] | None:
    """Which block parameter a path begins with: how many blocks out, and at which place."""
    if path.depth or not path.parts or is_scoped(path):
        return None
    for level, params in enumerate(names):
        if path.parts[0] in params:
            return level, params.index(path.parts[0])
    return None


def helper_name(call: Call, names: Names) -> str | None:
    """The helper that a tag means, known or not; None where it means a value.

    The name of a built-in helper means the helper even without arguments, and a block parameter never does.
    """
    path = path_of(call.name)
    known = path.parts[0] if path.parts and path.parts[0] in HELPERS else None
    if not is_simple(path):
        return (known or path.original) if call.params or call.hash else None
    if block_param(path, names):
        return None
    return (known or path.original) if call.params or call.hash else known


def find(expression: Expression, names: Names) -> Find:
    """The value of an argument; what is absent is UNDEFINED, not an error."""
    if isinstance(expression, Path):
        return find_path(expression, names)
    if isinstance(expression, Call):
        return _find_result(expression, names)
    value = expression.value
    return lambda scope: value


def is_plain(path: Path, names: Names) -> bool:
    """Whether a path is nothing but a property of the context at hand."""
    return is_simple(path) and not path.data and bool(path.parts[0]) and not block_param(path, names)


def find_path(path: Path, names: Names) -> Find:
    """The value that a path leads to, or UNDEFINED."""
    if is_plain(path, names):
        name = path.parts[0]
        return lambda scope: property_of(scope.context, name)
    start, parts = _start(path, names)
    return _walk(start, parts) if parts else start


def _walk(start: Find, parts: tuple[str, ...]) -> Find:
    def walk(scope: Scope) -> object:
        value = start(scope)
        for part in parts:
            value = property_of(value, part)
        return value

    return walk


def _start(path: Path, names: Names) -> tuple[Find, tuple[str, ...]]:
    """Where a path begins, and what is left to look up from there."""
    depth = path.depth
    param = block_param(path, names)
    if param:
        return _find_param(*param), path.parts[1:]
    named = bool(path.parts and path.parts[0])  # handlebars.js takes `[]` for `this`
    if path.data and named:
        name = path.parts[0]
        return (lambda scope: data_above(scope, depth, name)), path.parts[1:]
    parts = path.parts if named else ()
    return (lambda scope: context_above(scope, depth)), parts


def _find_param(level: int, place: int) -> Find:
    def param(scope: Scope) -> object:
        params = scope.params
        for _ in range(level):
            params = params.outer if params else None
        return params.values[place] if params and place < len(params.values) else UNDEFINED

    return param


def _find_result(call: Call, names: Names) -> Find:
    """The value of a subexpression: of a helper, always, unless a block parameter has taken the name."""
    path = path_of(call.name)
    if is_simple(path) and block_param(path, names):
        return find_path(path, names)
    name = path.parts[0] if path.parts else path.original
    return find_helper(name, path.original, call, names)


def find_helper(name: str | None, written: str, call: Call, names: Names) -> Find:
    """What a helper gives where it has no block."""
    if name == "lookup":
        return _find_lookup(call, names)
    if name == "log":
        return _find_nothing(find_arguments(call, names))
    if name in BLOCK_HELPERS:
        return find_failure(lambda: TemplateError(f"'{written}' needs a block"))
    return find_failure(lambda: MissingAttribute(written))


def find_arguments(call: Call, names: Names) -> Callable[[Scope], list[object]]:
    """The positional arguments of a helper; the named ones are evaluated too, for they may fail."""
    params = [find(param, names) for param in call.params]
    pairs = [find(value, names) for _, value in call.hash]

    def arguments(scope: Scope) -> list[object]:
        for pair in pairs:
            pair(scope)
        return [param(scope) for param in params]

    return arguments


def find_failure(error: Callable[[], TemplateError]) -> Find:
    """What can only fail, when it is asked for."""

    def fail(scope: Scope) -> object:
        raise error()

    return fail


def _find_nothing(arguments: Callable[[Scope], list[object]]) -> Find:
    """`log`: it writes nowhere here."""

    def log(scope: Scope) -> object:
        arguments(scope)
        return UNDEFINED

    return log


def _find_lookup(call: Call, names: Names) -> Find:
    """`lookup object key`; as in handlebars.js, nothing is looked up in what is false: it is the answer itself."""
    arguments = find_arguments(call, names)

    def lookup(scope: Scope) -> object:
        values = arguments(scope)
        if values and not is_truthy(values[0]):
            return values[0]
        if len(values) != 2:
            raise TemplateError("'lookup' takes an object and a key")
        key = key_text(values[1])
        work(scope.run, len(key) // 10)  # the key may be a list of any length
        return property_of(values[0], key)

    return lookup

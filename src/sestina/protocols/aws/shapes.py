"""What the codecs need to know of a generated type, read once from its annotations."""

from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Struct, inspect
from msgspec.structs import force_setattr


@cache
def structure(shape: type[Struct]) -> inspect.StructType:
    """The members of a structure and their types."""
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)
    _restore_order(described, shape, set())
    return described


def _restore_order(described: inspect.Type, hint: Any, seen: set[type]) -> None:
    """Give enums back the order of their annotation, which is the service's own; msgspec describes them sorted."""
    kind, hint = bare(described), _bare_hint(hint)
    match kind:
        case inspect.LiteralType():
            force_setattr(kind, "values", get_args(hint))
        case inspect.ListType(item_type=item):
            _restore_order(item, get_args(hint)[0], seen)
        case inspect.DictType(key_type=key, value_type=value):
            _restore_order(key, get_args(hint)[0], seen)
            _restore_order(value, get_args(hint)[1], seen)
        case inspect.StructType(cls=cls, fields=fields) if cls not in seen:
            seen.add(cls)
            hints = get_type_hints(cls)
            for field in fields:
                _restore_order(field.type, hints[field.name], seen)
        case _:
            pass


def _bare_hint(hint: Any) -> Any:
    """An annotation without its optionality."""
    if get_origin(hint) in (None, Literal, list, dict):
        return hint
    return next(each for each in get_args(hint) if each is not NoneType)


def bare(described: inspect.Type) -> inspect.Type:
    """The type without its optionality and its notes."""
    match described:
        case inspect.UnionType(types=types):
            return bare(next(each for each in types if not isinstance(each, inspect.NoneType)))
        case inspect.Metadata(type=inner):
            return bare(inner)
        case _:
            return described


def notes(described: inspect.Type) -> dict[str, object]:
    """The notes a generated annotation carries: `timestamp`, `pattern`, `echo`."""
    match described:
        case inspect.UnionType(types=types):
            return notes(next(each for each in types if not isinstance(each, inspect.NoneType)))
        case inspect.Metadata(type=inner, extra=extra):
            return notes(inner) | (extra or {})
        case _:
            return {}


def is_nullable(described: inspect.Type) -> bool:
    """Whether an explicit null means the same as leaving the member out."""
    return isinstance(described, inspect.UnionType)


def is_timestamp(described: inspect.Type) -> bool:
    """Whether the value is an instant, written differently by each protocol."""
    return notes(described).get("timestamp") is True


@cache
def has_timestamps(shape: type[Struct]) -> bool:
    """Whether an instant stands anywhere inside the structure."""
    return _reaches_timestamp(structure(shape), set())


def _reaches_timestamp(described: inspect.Type, seen: set[type]) -> bool:
    if is_timestamp(described):
        return True
    match bare(described):
        case inspect.StructType(cls=cls, fields=fields):
            if cls in seen:
                return False
            seen.add(cls)
            return any(_reaches_timestamp(member.type, seen) for member in fields)
        case inspect.ListType(item_type=item):
            return _reaches_timestamp(item, seen)
        case inspect.DictType(value_type=value):
            return _reaches_timestamp(value, seen)
        case _:
            return False

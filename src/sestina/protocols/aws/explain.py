"""The slow, telling way to read a request: coerces as the service does and names everything that is wrong.

The codecs decode fast and strictly; what they refuse, and what carries instants, is read here from the untyped tree.
The first thing that has the wrong form ends the reading (`Malformed`); broken constraints are collected (`Violated`),
in the order of the model's members.
"""

import binascii
import re
from typing import TypeGuard, TypeVar

import msgspec
from msgspec import Struct, inspect

from sestina.protocols.aws import shapes, timestamps
from sestina.protocols.aws.errors import Malformed, Violated

S = TypeVar("S", bound=Struct)

NOT_NULL = "Member must not be null"
_LONGEST_MATCHED = 4096  # beyond this the length is violation enough, and a pattern that backtracks would take its time
_VIOLATIONS_TOLD = 100  # an answer stays an answer, however long the list in the request was
_ARTICLES = {"String": "a String", "Boolean": "a Boolean", "Integer": "an Integer", "Double": "a Double"}


def read(tree: object, shape: type[S]) -> S:
    """The tree as a value of the shape, or every reason why it is none."""
    violations: list[str] = []
    members = _structure(shapes.structure(shape), tree, "", violations)
    if violations:
        raise Violated(tuple(violations[:_VIOLATIONS_TOLD]))
    return msgspec.convert(members, shape)


def _structure(described: inspect.StructType, tree: object, path: str, violations: list[str]) -> dict[str, object]:
    if not isinstance(tree, dict):
        raise Malformed("Start of list found where not expected" if isinstance(tree, list) else "Expected null")
    members: dict[str, object] = {}
    for field in described.fields:
        step = _step(field)
        where = f"{path}.{step}" if path else step
        value = tree.get(field.encode_name)
        if value is not None:
            members[field.encode_name] = _member(field.type, value, where, violations)
        elif (
            field.encode_name in tree
            and isinstance(shapes.bare(field.type), inspect.BoolType)
            and not shapes.is_nullable(field.type)
        ):
            raise Malformed(None)
        elif field.required:
            violations.append(_violation(field.type, None, where, NOT_NULL))
    return members


def _step(field: inspect.Field) -> str:
    """How the service spells a member in a path: the model's name with a small first letter."""
    wire = field.encode_name
    if wire.lower() == field.name.replace("_", ""):
        return wire[0].lower() + wire[1:]
    head, *words = field.name.strip("_").split("_")  # the wire name is not the member's: `Reason` carries `Reasons`
    return head + "".join(word.capitalize() for word in words)


def _member(described: inspect.Type, value: object, path: str, violations: list[str]) -> object:
    """The coerced value; what it breaks is added to the violations, containers before their contents."""
    kind = shapes.bare(described)
    match kind:
        case inspect.StructType():
            return _structure(kind, value, path, violations)
        case inspect.ListType():
            return _list(described, kind, value, path, violations)
        case inspect.DictType():
            return _map(described, kind, value, path, violations)
        case _:
            scalar = _scalar(described, value)
            violations += [_violation(described, scalar, path, rule) for rule in _broken(described, scalar)]
            return scalar


def _list(
    described: inspect.Type, kind: inspect.ListType, value: object, path: str, violations: list[str]
) -> list[object]:
    if not isinstance(value, list):
        raise Malformed("Expected list or null")
    violations += [
        _violation(described, value, path, rule) for rule in _misfit(kind.min_length, kind.max_length, len(value))
    ]
    return _contents(described, kind.item_type, list(enumerate(value, start=1)), path, violations)


def _map(
    described: inspect.Type, kind: inspect.DictType, value: object, path: str, violations: list[str]
) -> dict[object, object]:
    if isinstance(value, list):
        raise Malformed("Start of list found where not expected")
    if not isinstance(value, dict):
        raise Malformed("Expected null")
    violations += [
        _violation(described, value, path, rule) for rule in _misfit(kind.min_length, kind.max_length, len(value))
    ]
    told = len(violations)
    _contents(described, kind.key_type, [(key, key) for key in value], path, violations, "Map keys")
    present = {key: each for key, each in value.items() if each is not None}
    if len(violations) > told:
        return present  # its values are not looked at then (probed)
    return dict(
        zip(
            present,
            _contents(described, kind.value_type, [*present.items()], path, violations, "Map value"),
            strict=True,
        )
    )


def _contents(
    described: inspect.Type,
    item: inspect.Type,
    values: list[tuple[object, object]],
    path: str,
    violations: list[str],
    part: str = "Member",
) -> list[object]:
    """The coerced contents of a list or map; scalars that break a rule are told once, at the container."""
    kind = shapes.bare(item)
    contents: list[object] = []
    is_broken = False
    for index, value in values:
        inner = f"{path}.{index}.member"
        if not isinstance(kind, inspect.StructType | inspect.ListType | inspect.DictType):
            scalar = None if value is None else _scalar(item, value)
            is_broken = is_broken or value is None or bool(_broken(item, scalar))
            contents.append(scalar)
        elif value is None:
            violations.append(_violation(item, None, inner, NOT_NULL))
        else:
            contents.append(_member(item, value, inner, violations))
    if is_broken:
        rules = ", ".join(_rules(item) or [NOT_NULL])
        violations.append(_violation(described, contents, path, f"{part} must satisfy constraint: [{rules}]"))
    return contents


def _violation(described: inspect.Type, value: object, path: str, rule: str) -> str:
    if not shapes.notes(described).get("echo"):
        return f"Value at '{path}' failed to satisfy constraint: {rule}"
    shown = "null" if value is None else f"'{_shown(value)}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _shown(value: object) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _scalar(described: inspect.Type, value: object) -> object:
    """The value as its type's own, coerced where the service coerces."""
    if isinstance(value, list):
        raise Malformed("Start of list found where not expected")
    if isinstance(value, dict):
        raise Malformed("Start of structure or map found where not expected.")
    if shapes.is_timestamp(described):
        return _instant(value)
    match shapes.bare(described):
        case inspect.StrType() | inspect.LiteralType():
            return value if isinstance(value, str) else _refuse(value, "String")
        case inspect.BoolType():
            return value if isinstance(value, bool) else isinstance(value, str) or _refuse(value, "Boolean")
        case inspect.IntType():
            return int(value) if _is_number(value) else _refuse(value, "Integer")
        case inspect.FloatType():
            return float(value) if _is_number(value) else _refuse(value, "Double")
        case _:
            return _blob(value) if isinstance(value, str) else _refuse(value, "String")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse(value: object, wanted: str) -> object:
    if isinstance(value, bool):
        token = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        token = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    raise Malformed(f"{token} can not be converted to {_ARTICLES[wanted]}")


def _instant(value: object) -> int:
    try:
        if isinstance(value, str):
            return timestamps.from_text(value)
        if _is_number(value):
            return timestamps.from_seconds(value)
    except (ValueError, OverflowError) as error:
        raise Malformed("STRING_VALUE can not be converted to milliseconds since epoch") from error
    raise Malformed("TRUE_VALUE can not be converted to milliseconds since epoch")


def _blob(text: str) -> bytes:
    """Base64 with white space anywhere, as mailers wrap it."""
    try:
        return binascii.a2b_base64("".join(text.split()), strict_mode=True)
    except ValueError as error:
        raise Malformed(None) from error


def _broken(described: inspect.Type, value: object) -> list[str]:
    """The rules this scalar breaks."""
    match shapes.bare(described):
        case inspect.StrType(min_length=low, max_length=high) if isinstance(value, str):
            rules = _misfit(low, high, len(value))
            pattern = _pattern(described)
            if pattern and len(value) <= _LONGEST_MATCHED and not re.search(pattern[0], value):
                rules.append(pattern[1])
            return rules
        case inspect.LiteralType(values=values):
            return [] if value in values else _rules(described)
        case inspect.IntType(ge=least, le=most) if isinstance(value, int):
            return _out_of_range(least, most, value)
        case _:
            return []


def _rules(described: inspect.Type) -> list[str]:
    """Every rule a scalar of this type must keep, in the order the service lists them."""
    match shapes.bare(described):
        case inspect.StrType(min_length=low, max_length=high):
            rules = [_length_at_most(high)] if high is not None else []
            rules += [_length_at_least(low)] if low is not None else []
            pattern = _pattern(described)
            return [*rules, pattern[1]] if pattern else rules
        case inspect.LiteralType(values=values):
            return [f"Member must satisfy enum value set: [{', '.join(map(str, values))}]"]
        case _:
            return []


def _pattern(described: inspect.Type) -> tuple[str, str] | None:
    """The pattern to match by and the rule that names it as the model does."""
    kind = shapes.bare(described)
    if not isinstance(kind, inspect.StrType) or kind.pattern is None:
        return None
    return kind.pattern, f"Member must satisfy regular expression pattern: {shapes.notes(described)['pattern']}"


def _misfit(low: int | None, high: int | None, length: int) -> list[str]:
    if high is not None and length > high:
        return [_length_at_most(high)]
    if low is not None and length < low:
        return [_length_at_least(low)]
    return []


def _out_of_range(least: int | None, most: int | None, value: int) -> list[str]:
    if most is not None and value > most:
        return [f"Member must have value less than or equal to {most}"]
    if least is not None and value < least:
        return [f"Member must have value greater than or equal to {least}"]
    return []


def _length_at_most(limit: int) -> str:
    return f"Member must have length less than or equal to {limit}"


def _length_at_least(limit: int) -> str:
    return f"Member must have length greater than or equal to {limit}"

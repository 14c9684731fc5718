"""REST-JSON, the protocol of SES v2: path labels, query string and JSON body to a request, and a response to JSON.

A request that travels in the body alone is decoded by msgspec in one step; everything else is put together as a tree
first.
"""

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct, inspect

from sestina.protocols.aws import explain, shapes, timestamps
from sestina.protocols.aws.errors import Malformed
from sestina.protocols.aws.operation import Operation

MOST_QUERY_FIELDS = 1000

_encode = msgspec.json.Encoder().encode
_decode_tree = msgspec.json.Decoder().decode
# RecursionError is msgspec's own guard against nesting; the deepest request of the model has nine levels.
_REFUSALS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_INTEGER_LIMIT = 2**31

Plain = Callable[[Any], object]  # takes values of any annotated type; chosen by the same annotations


class _Plan(Struct, frozen=True):
    """How requests of one operation are read."""

    shape: type[Struct]
    decode: Callable[[bytes], Struct] | None
    """One step from body to request; None where members travel outside the body or carry instants."""
    query: Mapping[str, inspect.Type]
    older_query: Mapping[str, inspect.Type]


_plans: dict[type[Struct], _Plan] = {}


def decode(operation: Operation, labels: Mapping[str, str], query: str, body: bytes) -> Struct:
    """The request; raises `Malformed` or `Violated`."""
    plan = _plans.get(operation.request)
    if plan is None:
        plan = _plans[operation.request] = _plan(operation)
    if plan.decode is None or (query and plan.older_query):
        return _assemble(plan, labels, query, body)
    try:
        return plan.decode(body or b"{}")
    except _REFUSALS:
        return explain.read(_tree(body), plan.shape)


def encode_response(operation: Operation, response: Struct) -> bytes:
    """The body of a successful answer."""
    if shapes.has_timestamps(operation.response):
        return _encode(_plain(operation.response)(response))
    return _encode(response)


def encode_error(message: str | None, *, capital: bool = False) -> bytes:
    """The body of an error; the service spells the member `Message` where IAM refuses."""
    return _encode({"Message" if capital else "message": message})


def _plan(operation: Operation) -> _Plan:
    members = {field.encode_name: field.type for field in shapes.structure(operation.request).fields}
    in_body = "{" not in operation.path and not operation.query and not shapes.has_timestamps(operation.request)
    return _Plan(
        operation.request,
        msgspec.json.Decoder(operation.request).decode if in_body else None,
        {name: members[name] for name in operation.query},
        {name: members[name] for name in operation.older_query},
    )


def _assemble(plan: _Plan, labels: Mapping[str, str], query: str, body: bytes) -> Struct:
    tree = _tree(body)
    if query:
        tree |= _query_members({**plan.query, **plan.older_query}, query)
    tree |= labels
    if not shapes.has_timestamps(plan.shape):
        try:
            return msgspec.convert(tree, plan.shape)
        except msgspec.ValidationError:
            pass  # told below
    return explain.read(tree, plan.shape)


def _tree(body: bytes) -> dict[str, object]:
    if not body:
        return {}
    try:
        tree = _decode_tree(body)
    except _REFUSALS as error:
        raise Malformed(None) from error
    if not isinstance(tree, dict):
        raise Malformed("Expected null")
    return tree


def _query_members(types: Mapping[str, inspect.Type], query: str) -> dict[str, object]:
    """The members the query string carries; a list repeats its key, anything else counts once."""
    members: dict[str, object] = {}
    try:
        fields = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_QUERY_FIELDS)
    except ValueError as error:
        raise Malformed(None) from error
    for name, text in fields:
        described = types.get(name)
        if described is None:
            continue
        kind = shapes.bare(described)
        if not text and isinstance(kind, inspect.IntType):
            continue  # a number left empty is a number left out
        if isinstance(kind, inspect.ListType):
            values = members.setdefault(name, [])
            assert isinstance(values, list)
            values.append(_query_value(kind.item_type, text))
        else:
            members.setdefault(name, _query_value(described, text))
    return members


def _query_value(described: inspect.Type, text: str) -> object:
    if isinstance(shapes.bare(described), inspect.IntType) and not shapes.is_timestamp(described):
        return _integer(text)
    return text


def _integer(text: str) -> int:
    digits = text[1:] if text[:1] in ("-", "+") else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 10 and -_INTEGER_LIMIT <= int(text) < _INTEGER_LIMIT:
        return int(text)
    raise Malformed(f"'{text}' can not be converted to Integer")


@cache
def _plain(shape: type[Struct]) -> Plain:
    """Compiles the way from a structure that carries instants to what JSON shows; the rest stays as it is."""
    members = [
        (field.encode_name, attrgetter(field.name), _plain_member(field.type))
        for field in shapes.structure(shape).fields
    ]

    def plain(value: object) -> object:
        shown = ((wire, get(value), convert) for wire, get, convert in members)
        return {wire: convert(member) if convert else member for wire, member, convert in shown if member is not None}

    return plain


def _plain_member(described: inspect.Type) -> Plain | None:
    """The conversion a member needs; None where msgspec writes it rightly itself."""
    if shapes.is_timestamp(described):
        return timestamps.seconds
    match shapes.bare(described):
        case inspect.StructType(cls=cls) if shapes.has_timestamps(cls):
            return lambda value: _plain(cls)(value)
        case inspect.ListType(item_type=item):
            return _plain_list(_plain_member(item))
        case inspect.DictType(value_type=item):
            return _plain_map(_plain_member(item))
        case _:
            return None


def _plain_list(convert: Plain | None) -> Plain | None:
    return convert and (lambda values: [convert(value) for value in values])


def _plain_map(convert: Plain | None) -> Plain | None:
    return convert and (lambda values: {key: convert(value) for key, value in values.items()})

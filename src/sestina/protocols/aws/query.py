"""AWS Query, the protocol of SES v1: a form to a request, a response or an error to XML."""

import binascii
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct, inspect

from sestina.protocols.aws import explain, shapes, xml
from sestina.protocols.aws.errors import Malformed
from sestina.protocols.aws.operation import Operation

S = TypeVar("S", bound=Struct)

MOST_FIELDS = 20_000
MOST_HOLES = 100
MOST_STEPS = 64  # a name deeper than this belongs to no shape
_REMEMBERED_NAMES = 4096
_LONGEST_REMEMBERED = 256
_INTEGER_LIMIT = 2**31

# Quoted-printable with `%` for `=` is percent-encoding, and binascii decodes it in C. The separators become control
# characters on the way, so that an escaped separator inside a value stays apart from a real one.
_TO_QUOTED_PRINTABLE = bytes.maketrans(b"%+&=", b"= \x1e\x1f")


def parse_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of a field given twice the last counts."""
    form = None if b"\r" in body or b"\n" in body else _parse_fast(body)
    return _parse_slowly(body) if form is None else form


def _parse_fast(body: bytes) -> dict[str, str] | None:
    """The fields; None where quoted-printable, or an escaped control character, could have misled us."""
    unquoted = binascii.a2b_qp(body.translate(_TO_QUOTED_PRINTABLE))
    if len(unquoted) != len(body) - 2 * body.count(b"%"):
        return None
    try:
        fields = unquoted.decode("utf-8").split("\x1e", MOST_FIELDS - 1)
    except UnicodeDecodeError as error:
        raise Malformed(None) from error
    if len(fields) - 1 != body.count(b"&"):
        return None
    form: dict[str, str] = {}
    equals = 0
    for field in fields:
        name, separator, value = field.partition("\x1f")
        if separator:
            equals += 1
            if "\x1f" in value:
                equals += value.count("\x1f")
                value = value.replace("\x1f", "=")
        if field:
            form[name] = value
    return form if equals == body.count(b"=") else None


def _parse_slowly(body: bytes) -> dict[str, str]:
    try:
        return dict(
            parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
        )
    except ValueError as error:
        raise Malformed(None) from error


Key = str | int
Tree = dict[Key, object]
Lists = list[tuple[Tree, Key, bool]]
"""Every list met so far: its parent, its key there, and whether holes in it are empty structures."""


class _Container(Struct, frozen=True):
    """A structure or list on the way to a value."""

    key: Key
    is_list: bool
    has_holes: bool


class _Leaf(Struct, frozen=True):
    """Where a form field belongs in the request."""

    parents: tuple[_Container, ...]
    place: _Container
    type: inspect.Type


_NOWHERE = _Leaf((), _Container("", False, False), inspect.AnyType())
_names: dict[type[Struct], dict[str, _Leaf]] = {}


def decode(form: Mapping[str, str], request_type: type[S]) -> S:
    """The request; names no shape knows are left alone. Raises `Malformed` or `Violated`."""
    tree = _tree(form, request_type)
    if not shapes.has_timestamps(request_type):
        try:
            return msgspec.convert(tree, request_type)
        except msgspec.ValidationError:
            pass  # told below
    return explain.read(tree, request_type)


def _tree(form: Mapping[str, str], request_type: type[Struct]) -> Tree:
    """The request as nested members; lists are filled by index first and closed up at the end."""
    names = _names.setdefault(request_type, {})
    tree: Tree = {}
    lists: Lists = []
    for name, text in form.items():
        leaf = names.get(name)
        if leaf is None:
            leaf = _locate(name, shapes.structure(request_type))
            if len(names) < _REMEMBERED_NAMES and len(name) <= _LONGEST_REMEMBERED:
                names[name] = leaf
        if leaf is not _NOWHERE:
            _plant(tree, leaf, text, lists)
    for parent, key, has_holes in reversed(lists):
        items = parent[key]
        assert isinstance(items, dict)
        parent[key] = _closed(items, has_holes)
    return tree


def _plant(tree: Tree, leaf: _Leaf, text: str, lists: Lists) -> None:
    """Put one field where it belongs."""
    parent = tree
    for container in leaf.parents:
        parent = _grow(parent, container, lists)
    kind = leaf.type
    if type(kind) is inspect.StrType:
        parent[leaf.place.key] = text
    elif isinstance(kind, inspect.StructType | inspect.ListType):
        _expect_nothing(kind, text)
        _grow(parent, leaf.place, lists)
    else:
        parent[leaf.place.key] = _scalar(kind, text)


def _grow(parent: Tree, container: _Container, lists: Lists) -> Tree:
    """The container inside its parent, made when it is first needed."""
    child = parent.get(container.key)
    if child is None:
        child = parent[container.key] = {}
        if container.is_list:
            lists.append((parent, container.key, container.has_holes))
    assert isinstance(child, dict)
    return child


def _closed(items: dict[int, object], has_holes: bool) -> list[object]:
    """The items in the order of their indexes."""
    last = max(items, default=0)
    if has_holes and last <= len(items) + MOST_HOLES:
        return [items.get(index, {}) for index in range(1, last + 1)]
    return [items[index] for index in sorted(items)]


def _locate(name: str, shape: inspect.StructType) -> _Leaf:
    """Follow a dotted name through the type."""
    steps = iter(name.split(".", MOST_STEPS))
    parents: list[_Container] = []
    described: inspect.Type = shape
    key: Key = ""
    for step in steps:
        kind = shapes.bare(described)
        if described is not shape:
            parents.append(_container(key, kind))
        match kind:
            case inspect.StructType(fields=fields):
                member = next((field.type for field in fields if field.encode_name == step), None)
                if member is None:
                    return _NOWHERE
                key, described = step, member
            case inspect.ListType(item_type=item):
                if step != "member":
                    return _NOWHERE
                key, described = _index(next(steps, "")), item
            case _:
                raise Malformed(_NOT_SCALAR["member" if step == "member" else "structure"])
    kind = shapes.bare(described)
    return _Leaf(tuple(parents), _container(key, kind), described if shapes.is_timestamp(described) else kind)


def _container(key: Key, kind: inspect.Type) -> _Container:
    """A hole in a list is an empty structure where one can be empty: the service counts it as a receipt action."""
    if not isinstance(kind, inspect.ListType):
        return _Container(key, False, False)
    item = shapes.bare(kind.item_type)
    can_be_empty = isinstance(item, inspect.StructType) and not any(field.required for field in item.fields)
    return _Container(key, True, can_be_empty)


_NOT_SCALAR = {
    "member": "Start of list found where not expected",
    "structure": "Start of structure or map found where not expected.",
}


def _index(digits: str) -> int:
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        return int(digits)
    raise Malformed(None)


def _expect_nothing(kind: inspect.Type, text: str) -> None:
    """An empty text is an empty container; any other is a scalar in the wrong place."""
    if text:
        what = "list" if isinstance(kind, inspect.ListType) else "complex"
        raise Malformed(f"Unexpected {what} element termination")


def _scalar(kind: inspect.Type, text: str) -> object:
    match kind:
        case inspect.BoolType():
            return _boolean(text)
        case inspect.IntType():
            return _integer(text)
        case inspect.FloatType():
            return _double(text)
        case _:
            return text


def _boolean(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise Malformed(None)


def _integer(text: str) -> int:
    if not text:
        raise Malformed("missing value for decimal type")
    digits = text[1:] if text[0] in "-+" else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 10 and -_INTEGER_LIMIT <= int(text) < _INTEGER_LIMIT:
        return int(text)
    raise Malformed(None)


def _double(text: str) -> float:
    if not text:
        raise Malformed("missing value for decimal type")
    try:
        return float(text)
    except ValueError as error:
        raise Malformed(None) from error


def encode_response(operation: Operation, response: Struct, request_id: str, namespace: str) -> bytes:
    """The body of a successful answer."""
    name = operation.name
    result = ""
    if operation.has_result:
        inner = xml.writer(operation.response)(response)
        result = f"<{name}Result>{inner}</{name}Result>" if inner else f"<{name}Result/>"
    return (
        f'<{name}Response xmlns="{namespace}">{result}'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
    ).encode()


def encode_error(
    namespace: str, code: str, message: str | None, sender: bool, request_id: str, extra: Mapping[str, str]
) -> bytes:
    """The body of an error; `extra` are the members the modelled error has beside its message."""
    shown = "" if message is None else f"<Message>{xml.escape(message)}</Message>"
    members = "".join(f"<{name}>{xml.escape(text)}</{name}>" for name, text in extra.items())
    return (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{"Sender" if sender else "Receiver"}</Type>'
        f"<Code>{code}</Code>{shown}{members}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    ).encode()

"""Shapes as XML: one writer per structure, compiled from its annotations when first needed."""

import binascii
import re
from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any

from msgspec import Struct, inspect

from sestina.protocols.aws import shapes, timestamps

# Values of any annotated type pass through here; the writers are chosen by the same annotations.
Writer = Callable[[Any], str]

# XML 1.0 §2.2 has no place for these characters, not even as references; a bare CR would be read as LF (§2.11).
_TOUCHED = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def escape(text: str) -> str:
    """The text as element content; characters XML cannot hold are dropped."""
    if _TOUCHED.search(text) is None:
        return text
    return _TOUCHED.sub(lambda found: _REFERENCES.get(found[0], ""), text)


@cache
def writer(shape: type[Struct]) -> Writer:
    """How the members of a structure are written, one element each; None writes nothing."""
    members = [
        (attrgetter(field.name), f"<{field.encode_name}>", f"</{field.encode_name}>", _writer(field.type))
        for field in shapes.structure(shape).fields
    ]

    def write(value: Struct) -> str:
        text = ""
        for get, start, end, write_member in members:
            member = get(value)
            if member is not None:
                text += f"{start}{write_member(member)}{end}"
        return text

    return write


def _writer(described: inspect.Type) -> Writer:
    if shapes.is_timestamp(described):
        return timestamps.iso8601
    match shapes.bare(described):
        case inspect.StructType(cls=cls):
            return lambda value: writer(cls)(value)
        case inspect.ListType(item_type=item):
            return _list_writer(_writer(item))
        case inspect.DictType(value_type=item):
            return _map_writer(_writer(item))
        case inspect.BoolType():
            return lambda value: "true" if value else "false"
        case inspect.FloatType():
            return lambda value: repr(float(value))
        case inspect.IntType():
            return str
        case inspect.BytesType():
            return lambda value: binascii.b2a_base64(value, newline=False).decode("ascii")
        case _:
            return escape


def _list_writer(write: Writer) -> Writer:
    return lambda values: "".join([f"<member>{write(value)}</member>" for value in values])


def _map_writer(write: Writer) -> Writer:
    return lambda values: "".join(
        [f"<entry><key>{escape(key)}</key><value>{write(value)}</value></entry>" for key, value in values.items()]
    )

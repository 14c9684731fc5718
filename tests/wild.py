"""Requests nobody would write: trees made from the shapes of an operation, then spoiled in every way."""

import copy
import json
import random
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct, inspect

from sestina.protocols.aws import shapes
from sestina.protocols.aws.operation import Operation

STRINGS = [
    "",
    " ",
    "a",
    "name",
    "a@example.com",
    "Ann <a@example.com>",
    "example.com",
    "x" * 300,
    "x" * 5000,
    "é" * 70,
    "\u2028",
    "a\r\nBcc: evil@example.com",
    "\r\n\r\n",
    "\0",
    "<script>",
    "../../etc/passwd",
    "{{#each x}}{{/each}}",
    "{{",
    "{{{{raw}}",
    "=?utf-8?q?=41?=",
    '"',
    "a@" + "b" * 400,
    "arn:aws:ses:us-east-1:000000000000:identity/example.com",
    "arn:::::",
    "%",
    "%00",
    "2020-01-01T00:00:00Z",
    "9999999999999999999",
    "-1",
    "NaN",
    "true",
    "BOUNCE",
    "null",
    "[]",
    "{}",
    '{"a":{"b":[1]}}',
    "😀",
]
OTHERS: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    50,
    10**12,
    1.5,
    [],
    {},
    [[]],
    [None],
    {"": None},
    ["a"] * 60,
    "a" * 2000,
    [{}],
    {"a": 1},
]


class Wild:
    """A source of wild requests that repeats itself for a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def tree(self, shape: type[Struct]) -> dict[str, Any]:
        """A document of the shape, most members present, some spoiled."""
        document = self._structure(shape, 0)
        while document and self.random.random() < 0.45:
            self._spoil(document)
        return document

    def _structure(self, shape: type[Struct], depth: int) -> dict[str, Any]:
        fields = shapes.structure(shape).fields
        chosen = [field for field in fields if field.required or (self.random.random() < 0.5 and depth < 6)]
        return {field.encode_name: self._value(field.type, depth) for field in chosen}

    def _value(self, described: inspect.Type, depth: int) -> Any:
        pick = self.random.choice
        if shapes.is_timestamp(described):
            return pick([0, 1.5, 1_800_000_000, -5, 10**15])
        match shapes.bare(described):
            case inspect.StructType(cls=cls):
                return self._structure(cls, depth + 1)
            case inspect.ListType(item_type=item):
                return [self._value(item, depth + 1) for _ in range(pick([0, 1, 1, 2, 3]))]
            case inspect.DictType(key_type=key, value_type=value):
                return {str(self._value(key, depth + 1)): self._value(value, depth + 1) for _ in range(pick([0, 1, 2]))}
            case inspect.LiteralType(values=choices):
                return pick(list(choices))
            case inspect.IntType():
                return pick([0, 1, 10, 300, -1, 10**6, 2**40])
            case inspect.BoolType():
                return pick([True, False])
            case inspect.FloatType():
                return pick([0.0, 0.5, -1.0, 1e300])
            case inspect.BytesType():
                return pick(
                    ["", "aGVsbG8=", "RnJvbTogYUBleGFtcGxlLmNvbQ0KVG86IGJAZXhhbXBsZS5jb20NCg0KeA==", "!!", "aGVsbG8"]
                )
            case _:
                return pick(STRINGS)

    def _spoil(self, document: dict[str, Any]) -> None:
        parent: Any = document
        while True:
            key = self.random.choice(list(parent) if isinstance(parent, dict) else list(range(len(parent))))
            child = parent[key]
            if isinstance(child, dict | list) and child and self.random.random() < 0.7:
                parent = child
                continue
            break
        action = self.random.random()
        if action < 0.15 and isinstance(parent, dict):
            del parent[key]
        elif action < 0.3 and isinstance(parent, dict):
            parent[self.random.choice(STRINGS)] = copy.deepcopy(self.random.choice(OTHERS))
        else:
            parent[key] = copy.deepcopy(self.random.choice([*OTHERS, *STRINGS]))

    def form(self, name: str, tree: dict[str, Any]) -> str:
        """The tree as a Query form, sometimes with names that lead nowhere."""
        pairs = [("Action", name), ("Version", "2010-12-01"), *_flat("", tree)]
        if self.random.random() < 0.2:
            pairs.append((self.random.choice(["a.b.c", "Tags.member.x", "Tags.member.0", "member.1", ".", "..."]), "v"))
        return urlencode([(key, str(value)) for key, value in pairs], errors="surrogatepass")

    def rest(self, operation: Operation, tree: dict[str, Any]) -> tuple[str, str, bytes]:
        """Method, target and body of a v2 request."""
        path = operation.path
        for label in [part.partition("}")[0] for part in path.split("{")[1:]]:
            value = tree.pop(label, None) if isinstance(tree.get(label), str) else self.random.choice(STRINGS)
            path = path.replace("{" + label + "}", quote(str(value) or "x", safe=self.random.choice(["", "@+"])))
        query = [(name, str(tree.pop(name))) for name in operation.query if name in tree]
        target = path + ("?" + urlencode(query) if query else "")
        method = (
            operation.method if self.random.random() < 0.95 else self.random.choice(["GET", "PUT", "PATCH", "HEAD"])
        )
        return method, target, self._body(tree)

    def _body(self, tree: dict[str, Any]) -> bytes:
        chance = self.random.random()
        if chance < 0.03:
            return self.random.choice(
                [b"", b" ", b"[]", b"null", b"{", b"\xff\xfe", b"[" * 3000, b'{"a":' * 2000, b'"x"', b"1"]
            )
        body = json.dumps(tree).encode()
        return body[: self.random.randrange(len(body))] if chance < 0.06 else body


def _flat(prefix: str, value: Any, depth: int = 0) -> list[tuple[str, Any]]:
    if depth > 40:
        return [(prefix, "deep")]
    if isinstance(value, dict):
        return [
            pair
            for key, child in value.items()
            for pair in _flat(f"{prefix}.{key}" if prefix else key, child, depth + 1)
        ]
    if isinstance(value, list):
        children = [
            pair for n, child in enumerate(value, 1) for pair in _flat(f"{prefix}.member.{n}", child, depth + 1)
        ]
        return children or [(prefix, "")]
    if isinstance(value, bool):
        return [(prefix, "true" if value else "false")]
    return [] if value is None else [(prefix, value)]

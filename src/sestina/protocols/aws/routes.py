"""REST routes: from a method and a raw path to an operation and its decoded labels.

Paths are split before they are decoded, so an escaped slash stays inside its label; `+` is not a space in a path.
"""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import unquote

from msgspec import Struct

from sestina.protocols.aws.operation import Operation

_NO_LABELS: Mapping[str, str] = MappingProxyType({})


class Match(Struct, frozen=True):
    """The operation a request means, and the labels its path carries."""

    operation: Operation
    labels: Mapping[str, str]


class _Route(Struct, frozen=True):
    operation: Operation
    labels: tuple[tuple[str, int], ...]
    """Each label's name and the segment that carries it."""

    def match(self, segments: list[str]) -> Match:
        return Match(self.operation, {name: unquote(segments[index]) for name, index in self.labels})


class _Node:
    """One step of the path tree: literal segments, one label, and the routes that end here by method."""

    __slots__ = ("label", "literals", "routes")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.label: _Node | None = None
        self.routes: dict[str, _Route] = {}


class Router:
    """All routes of a service; a slash at the end of a path is never what tells two apart."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._literal: dict[tuple[str, str], Match] = {}
        self._root = _Node()
        for operation in operations:
            self._add(operation, operation.method, operation.path)
            for method, path in operation.older_routes:
                self._add(operation, method, path)

    def match(self, method: str, raw_path: str) -> Match | None:
        """The operation of this method and path, if there is one."""
        found = self._literal.get((method, raw_path))
        if found is not None:
            return found
        segments = _segments(raw_path)
        for node in _ends(self._root, segments, 0):
            route = node.routes.get(method)
            if route is not None:
                return route.match(segments)
        return None

    def methods(self, raw_path: str) -> tuple[str, ...]:
        """The methods this path knows; empty when no operation lives there."""
        nodes = _ends(self._root, _segments(raw_path), 0)
        return tuple(sorted({method for node in nodes for method in node.routes}))

    def _add(self, operation: Operation, method: str, path: str) -> None:
        node = self._root
        labels: list[tuple[str, int]] = []
        for index, segment in enumerate(_segments(path)):
            if segment.startswith("{"):
                labels.append((segment[1:-1], index))
                node.label = node.label or _Node()
                node = node.label
            else:
                node = node.literals.setdefault(segment, _Node())
        node.routes[method] = _Route(operation, tuple(labels))
        if not labels:
            self._literal[method, path] = Match(operation, _NO_LABELS)


def _segments(path: str) -> list[str]:
    return path.removesuffix("/").split("/")


def _ends(node: _Node, segments: list[str], index: int) -> Iterator[_Node]:
    """The nodes this path can end at, literal readings before labels."""
    if index == len(segments):
        yield node
        return
    segment = segments[index]
    literal = node.literals.get(segment)
    if literal is not None:
        yield from _ends(literal, segments, index + 1)
    if node.label is not None and segment:
        yield from _ends(node.label, segments, index + 1)

"""The source of chance we need from outside; with a seed it repeats itself."""

from typing import Protocol


class Ids(Protocol):
    """Random names."""

    def uuid(self) -> str:
        """A random UUID in its text form, lower case."""
        ...

    def serial(self) -> str:
        """A UUID in its text form that differs from all others of this run, for what needs no chance."""
        ...

    def octets(self, count: int) -> bytes:
        """`count` random octets."""
        ...

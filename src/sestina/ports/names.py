"""The DNS we need from outside, in the words of verification."""

from typing import Protocol


class Names(Protocol):
    """Look-ups that answer with an empty list when nothing is there, and never raise."""

    async def txt(self, name: str) -> list[str]:
        """The texts of all TXT records."""
        ...

    async def cname(self, name: str) -> list[str]:
        """The targets of all CNAME records, without the final dot."""
        ...

    async def mx(self, name: str) -> list[tuple[int, str]]:
        """Preference and host of all MX records, best first."""
        ...

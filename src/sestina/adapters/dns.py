"""DNS through dnspython, loaded when a name is first looked up; errors read as "nothing there"."""

from collections.abc import Iterable
from typing import Any, Final

TIMEOUT: Final = 5.0  # seconds for one look-up in all


class DnsNames:
    """The port `Names` over the resolvers of this machine."""

    async def txt(self, name: str) -> list[str]:
        """The texts of all TXT records, their pieces joined (RFC 1035 §3.3.14)."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in await self._records(name, "TXT")]

    async def cname(self, name: str) -> list[str]:
        """The targets of all CNAME records, without the final dot."""
        return [str(record.target).rstrip(".").lower() for record in await self._records(name, "CNAME")]

    async def mx(self, name: str) -> list[tuple[int, str]]:
        """Preference and host of all MX records, best first."""
        records = await self._records(name, "MX")
        return sorted((record.preference, str(record.exchange).rstrip(".").lower()) for record in records)

    async def _records(self, name: str, kind: str) -> Iterable[Any]:  # dnspython types its records by kind at run time
        import dns.asyncresolver
        import dns.exception

        try:
            answer = await dns.asyncresolver.resolve(name, kind, lifetime=TIMEOUT)
        except (dns.exception.DNSException, OSError):
            return ()
        return list(answer)

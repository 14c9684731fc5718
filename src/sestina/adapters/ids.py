"""Random names from the operating system, or from a seed so that a run can be repeated."""

import random


_FORM = "%08x-%04x-4%03x-%04x-%012x"


class RandomIds:
    """UUIDs and octets; not for secrets, for which `cryptography` has its own source."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        """A UUID of version 4 (RFC 9562 §5.4)."""
        bits = self._random.getrandbits(122)
        high, middle, low = bits >> 74, bits >> 62 & 0xFFF, bits & 0x3FFFFFFFFFFFFFFF
        return _FORM % (high >> 16, high & 0xFFFF, middle, low >> 48 | 0x8000, low & 0xFFFFFFFFFFFF)

    def octets(self, count: int) -> bytes:
        """Random octets."""
        return self._random.randbytes(count)

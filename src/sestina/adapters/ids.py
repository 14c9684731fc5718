"""Random names from the operating system, or from a seed so that a run can be repeated."""

import os
import random

_FORM = "%08x-%04x-4%03x-%04x-%012x"


class RandomIds:
    """UUIDs and octets; without a seed the octets are fit for secrets."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)
        self._is_seeded = seed is not None
        self._prefix = self.uuid()[:24]
        self._serial = self._random.getrandbits(40)

    def uuid(self) -> str:
        """A UUID of version 4 (RFC 9562 §5.4)."""
        bits = self._random.getrandbits(122)
        high, middle, low = bits >> 74, bits >> 62 & 0xFFF, bits & 0x3FFFFFFFFFFFFFFF
        return _FORM % (high >> 16, high & 0xFFFF, middle, low >> 48 | 0x8000, low & 0xFFFFFFFFFFFF)

    def serial(self) -> str:
        """A UUID whose first part is random for the run and whose last part counts."""
        self._serial += 1
        return f"{self._prefix}{self._serial:012x}"

    def octets(self, count: int) -> bytes:
        """Random octets, from the operating system unless a seed was given."""
        return self._random.randbytes(count) if self._is_seeded else os.urandom(count)

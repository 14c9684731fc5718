"""Random names from the operating system, or from a seed so that a run can be repeated."""

import random


class RandomIds:
    """UUIDs and octets; not for secrets, for which `cryptography` has its own source."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        """A UUID of version 4 (RFC 9562 §5.4)."""
        bits = self._random.getrandbits(128)
        bits = bits & ~(0xF000 << 64 | 0xC000 << 48) | (0x4000 << 64 | 0x8000 << 48)
        text = f"{bits:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def octets(self, count: int) -> bytes:
        """Random octets."""
        return self._random.randbytes(count)

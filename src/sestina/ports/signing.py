"""The RSA we need from outside: keys and signatures, made where they hold nobody up."""

from collections.abc import Sequence
from typing import Protocol

from sestina.domain.dkim import PublicKey


class Signing(Protocol):
    """Private keys are DER octets: PKCS #8, or PKCS #1 if a customer brought it."""

    async def new_key(self, bits: int) -> bytes:
        """A fresh private key; one of a seed is always the same."""
        ...

    async def sign(self, asked: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """The signature for each key and octets (RSASSA-PKCS1-v1_5 with SHA-256), always the same for the same."""
        ...

    async def public_half(self, key: bytes) -> PublicKey | None:
        """The public key; None if the key cannot sign DKIM: no RSA, damaged, or not of 1,024 to 2,048 bits."""
        ...

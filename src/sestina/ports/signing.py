"""The RSA we need from outside: keys and signatures, made where they hold nobody up."""

from typing import Protocol

from sestina.domain.dkim import PublicKey


class Signing(Protocol):
    """Private keys are DER octets: PKCS #8, or PKCS #1 if a customer brought it."""

    async def new_key(self, bits: int) -> bytes:
        """A fresh private key; one of a seed is always the same."""
        ...

    async def sign(self, key: bytes, octets: bytes) -> bytes:
        """The signature (RSASSA-PKCS1-v1_5 with SHA-256), always the same for the same key and octets."""
        ...

    async def public_half(self, key: bytes) -> PublicKey | None:
        """The public key; None if the key cannot sign DKIM: no RSA, damaged, or not of 1,024 to 2,048 bits."""
        ...

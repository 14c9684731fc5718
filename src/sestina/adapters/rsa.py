"""RSA by cryptography, on two threads of its own: the operation lets other threads run while it computes.

The library is loaded, and the threads are begun, with the first key or signature.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from sestina.domain.dkim import PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

P = ParamSpec("P")
T = TypeVar("T")

THREADS: Final = 2
EXPONENT: Final = 65537
LEAST_BITS, MOST_BITS = 1024, 2048  # AWS page "Provide your own DKIM authentication token (BYODKIM)"


class RsaSigning:
    """The port `Signing`."""

    def __init__(self, seed: int | None = None) -> None:
        self._seed = seed
        self._threads: ThreadPoolExecutor | None = None

    async def new_key(self, bits: int) -> bytes:
        """A fresh private key (PKCS #8); with a seed the one key of that length which the seed gives."""
        if self._seed is None:
            return await self._elsewhere(_new_key, bits)
        from sestina.adapters.seeded_rsa import seeded_key

        return await self._elsewhere(seeded_key, self._seed, bits)

    async def sign(self, asked: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """A signature for each key and octets; together, because a thread is handed to only once."""
        return await self._elsewhere(_sign, asked)

    async def public_half(self, key: bytes) -> PublicKey | None:
        """The public key, if the key can sign DKIM."""
        return await self._elsewhere(_public_half, key)

    def close(self) -> None:
        """Ends the threads; what they still compute is not waited for."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _elsewhere(self, function: Callable[P, T], *arguments: P.args, **_: P.kwargs) -> T:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sestina-rsa")
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def _new_key(bits: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return der_of(rsa.generate_private_key(public_exponent=EXPONENT, key_size=bits))


def der_of(key: "RSAPrivateKey") -> bytes:
    """The octets of a private key (PKCS #8)."""
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _sign(asked: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.hashes import SHA256

    return [_loaded(key).sign(octets, PKCS1v15(), SHA256()) for key, octets in asked]


@lru_cache(maxsize=256)
def _loaded(key: bytes) -> "RSAPrivateKey":
    """A key that is known to be good."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    loaded = load_der_private_key(key, password=None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(loaded, RSAPrivateKey)
    return loaded


def _public_half(key: bytes) -> PublicKey | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        # The size first: to prove a key of many thousand bits good takes minutes.
        sized = serialization.load_der_private_key(key, password=None, unsafe_skip_rsa_key_validation=True)
        if not (isinstance(sized, RSAPrivateKey) and LEAST_BITS <= sized.key_size <= MOST_BITS):
            return None
        loaded = serialization.load_der_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    octets = loaded.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return PublicKey(sized.key_size, b64encode(octets).decode())

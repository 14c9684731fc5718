"""RSA: keys of a seed are the same again, keys without one are not, and what cannot sign DKIM is told."""

import asyncio
from base64 import b64decode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from sestina.adapters.rsa import RsaSigning
from sestina.domain.dkim import PublicKey

FORMS = serialization.PrivateFormat
RSA_1024 = rsa.generate_private_key(public_exponent=65537, key_size=1024)


def der(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey, form: FORMS = FORMS.PKCS8) -> bytes:
    return key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def public_half(key: bytes) -> PublicKey | None:
    async def asked() -> PublicKey | None:
        signing = RsaSigning()
        try:
            return await signing.public_half(key)
        finally:
            signing.close()

    return asyncio.run(asked())


@pytest.mark.parametrize("bits", [1024, 2048])
def test_a_new_key_signs_what_its_public_half_verifies(bits: int) -> None:
    async def made() -> tuple[bytes, PublicKey | None]:
        signing = RsaSigning()
        key = await signing.new_key(bits)
        signature, again = await signing.sign([(key, b"octets")] * 2)
        assert signature == again
        public = await signing.public_half(key)
        signing.close()
        return signature, public

    signature, public = asyncio.run(made())
    assert public is not None
    assert (bits, bits // 8) == (public.bits, len(signature))
    loaded = load_der_public_key(b64decode(public.text))
    assert isinstance(loaded, rsa.RSAPublicKey)
    loaded.verify(signature, b"octets", PKCS1v15(), SHA256())


def test_a_seed_gives_the_same_key_again_and_no_seed_another() -> None:
    async def keys(make: Callable[[], RsaSigning]) -> set[bytes]:
        return {await make().new_key(1024) for _ in range(2)}

    assert 1 == len(asyncio.run(keys(lambda: RsaSigning(7))))
    assert 2 == len(asyncio.run(keys(RsaSigning)))


def test_a_seeded_key_is_a_good_one() -> None:
    async def checked() -> PublicKey | None:
        signing = RsaSigning(11)
        return await signing.public_half(await signing.new_key(1024))

    public = asyncio.run(checked())
    assert public is not None
    assert 1024 == public.bits


@pytest.mark.parametrize("form", [FORMS.PKCS8, FORMS.TraditionalOpenSSL])
def test_both_forms_of_a_key_are_read(form: FORMS) -> None:
    found = public_half(der(RSA_1024, form))
    assert found is not None
    assert 1024 == found.bits


@pytest.mark.parametrize(
    "key",
    [
        b"",
        b"\0\0\0",
        der(RSA_1024)[:-1],
        der(ed25519.Ed25519PrivateKey.generate()),
        der(rsa.generate_private_key(public_exponent=65537, key_size=3072)),
    ],
    ids=["nothing", "zeros", "cut", "not RSA", "too long"],
)
def test_what_cannot_sign_dkim_has_no_public_half(key: bytes) -> None:
    assert public_half(key) is None


def test_closing_before_anything_was_signed_is_no_error() -> None:
    RsaSigning().close()

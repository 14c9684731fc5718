"""Own keys: the private key a customer brings for DKIM, and the public half that its DNS record shows."""

from base64 import b64decode, b64encode
from functools import lru_cache


@lru_cache(maxsize=256)
def public_half(private_key: str) -> str | None:
    """What follows `p=` in the record of a base64 PKCS #1 or #8 key; None for a key that is none.

    The service takes an unusable key without a word and then never finds its record (terraform-provider-aws 29729).
    """
    from cryptography.hazmat.primitives import serialization

    try:
        key = serialization.load_der_private_key(b64decode(private_key, validate=True), password=None)
    except (ValueError, TypeError):
        return None
    octets = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(octets).decode()

"""dkimpy as the judge of our signatures, and a key that tests sign with themselves."""

from base64 import b64encode
from collections.abc import Mapping, Sequence

import dkim
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from sestina.adapters.seeded_rsa import seeded_key
from sestina.protocols.mail.dkim import Signer, drafts, finished, put_in_front

_KEY = load_der_private_key(seeded_key(1, 1024), password=None)
assert isinstance(_KEY, RSAPrivateKey)
_PUBLIC = b64encode(_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()

SHOP, AMAZON = (Signer(domain=domain, selector="s", bits=1024) for domain in ("shop.example", "amazonses.com"))
RECORDS = {f"s._domainkey.{one.domain}": f"p={_PUBLIC}" for one in (SHOP, AMAZON)}
BOTH = [("shop.example", True), ("amazonses.com", True)]


def signed(raw: bytes, signers: Sequence[Signer] = (SHOP, AMAZON), at: int = 1_772_366_400) -> bytes:
    """With the signatures of these signers, as the pipeline puts them there."""
    assert isinstance(_KEY, RSAPrivateKey)
    fields = [finished(draft, _KEY.sign(draft.octets, PKCS1v15(), SHA256())) for draft in drafts(raw, signers, at)]
    return put_in_front(raw, "".join(fields).encode("latin-1"))


def verdicts(octets: bytes, records: Mapping[str, str] = RECORDS) -> list[tuple[str, bool]]:
    """Signing domain and verdict of every signature of a message, from the top; the records are those of DNS."""

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        return records[name.decode().rstrip(".")].encode()

    count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.DKIM(octets).headers)
    found: list[tuple[str, bool]] = []
    for number in range(count):
        judge = dkim.DKIM(octets)
        try:
            good = judge.verify(idx=number, dnsfunc=look_up)
        except dkim.ValidationError:  # how it says that the body is another
            good = False
        found.append(((judge.domain or b"").decode(), good))
    return found

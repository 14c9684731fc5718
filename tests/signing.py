"""Signed messages as tests look at them: the octets, the records that verify them, and what the judge says."""

from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from harness import Server
from inspecting import look
from judge import verdicts

FORMS = serialization.PrivateFormat


def octets(server: Server, id_: str) -> bytes:
    """The message as receivers get it."""
    seen = look(server, f"/_sestina/messages/{id_}/raw")
    assert 200 == seen.status, seen.body
    return seen.body


def records(server: Server, id_: str) -> dict[str, str]:
    """The TXT records that verify a message."""
    found = look(server, f"/_sestina/messages/{id_}/signatures").json["signatures"]
    return {one["record"]["name"]: one["record"]["value"] for one in found}


def judged(server: Server, id_: str) -> list[tuple[str, bool]]:
    """Signing domain and verdict of every signature, from the top."""
    return verdicts(octets(server, id_), records(server, id_))


def journey(server: Server, id_: str) -> tuple[str, str]:
    """Decision and reason of the step that chose who signs."""
    steps = look(server, f"/_sestina/messages/{id_}").json["journey"]
    (step,) = [step for step in steps if step["stage"] == "sign"]
    return step["decision"], step["reason"]


def own_key(bits: int = 1024, form: FORMS = FORMS.PKCS8) -> tuple[str, str]:
    """A key of a customer: private half as the API takes it, public half as DNS shows it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    private = key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(private).decode(), b64encode(public).decode()


def attributes(private: str, selector: str = "own") -> dict[str, Any]:
    """SigningAttributes of a customer's own key."""
    return {"DomainSigningSelector": selector, "DomainSigningPrivateKey": private}

"""Signatures per second of processor time: ours beside dkimpy, which does the same, and the bare RSA operation."""

import json
import time
from base64 import b64encode
from collections.abc import Callable
from typing import NamedTuple

import dkim
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from sending import SENDER
from servers import Server, sestina

from sestina.adapters.seeded_rsa import seeded_key
from sestina.protocols.mail.dkim import Signer, drafts, finished, put_in_front

HEADER = (
    b"From: Shop <orders@shop.example>\r\nTo: ann@example.com\r\nSubject: Your order\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 7bit\r\n"
    b"Message-ID: <1@email.amazonses.com>\r\nDate: Sat, 28 Nov 2026 15:29:55 +0000\r\n"
    b"Feedback-ID: 1.us-east-1.x:AmazonSES\r\n\r\n"
)
SIZES = {"2 KB": 2_000, "1 MB": 1_000_000}
LOOKS = 400


class Measured(NamedTuple):
    """Signatures per second by size and by who makes them; what a look costs in microseconds."""

    rates: dict[str, dict[str, float]]
    first_look: float
    next_look: float


def measure(seconds: float) -> Measured:
    """All of it."""
    messages = {size: HEADER + b"It is on its way.\r\n" * (octets // 19) for size, octets in SIZES.items()}
    rates = {size: _rates(raw, seconds / 3) for size, raw in messages.items()}
    with sestina() as server:
        first, following = _looks(server)
    return Measured(rates, first, following)


def _rates(raw: bytes, seconds: float) -> dict[str, float]:
    der = seeded_key(1, 2048)
    key = load_der_private_key(der, password=None)
    assert isinstance(key, RSAPrivateKey)
    pem = b"-----BEGIN PRIVATE KEY-----\n" + b64encode(der) + b"\n-----END PRIVATE KEY-----\n"
    signer = Signer(domain="shop.example", selector="abc", bits=2048)

    def ours() -> None:
        (draft,) = drafts(raw, [signer], 1)
        put_in_front(raw, finished(draft, key.sign(draft.octets, PKCS1v15(), SHA256())).encode())

    def dkimpys() -> None:
        dkim.sign(raw, b"abc", b"shop.example", pem, canonicalize=(b"relaxed", b"simple"))

    def bare() -> None:
        key.sign(raw[:600], PKCS1v15(), SHA256())

    return {"sestina": _rate(ours, seconds), "dkimpy": _rate(dkimpys, seconds), "bare RSA": _rate(bare, seconds)}


def _rate(work: Callable[[], None], seconds: float) -> float:
    work()
    began, count = time.process_time(), 0
    while (used := time.process_time() - began) < seconds:
        work()
        count += 1
    return count / used


def _looks(server: Server) -> tuple[float, float]:
    """Processor time of a look at a message, in microseconds: the first one makes two signatures."""
    server.ask("POST", "/v2/email/identities", json.dumps({"EmailIdentity": SENDER.partition("@")[2]}).encode())
    content = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "It works."}}}}
    document = {"FromEmailAddress": SENDER, "Destination": {"ToAddresses": ["you@example.org"]}, "Content": content}
    send = json.dumps(document).encode()
    ids = [json.loads(server.ask("POST", "/v2/email/outbound-emails", send))["MessageId"] for _ in range(LOOKS)]
    server.ask("GET", f"/_sestina/messages/{ids.pop()}/raw")  # makes the keys
    costs = []
    for _ in range(2):
        began = server.cpu_seconds
        for id_ in ids:
            server.ask("GET", f"/_sestina/messages/{id_}/raw")
        costs.append((server.cpu_seconds - began) / len(ids) * 1_000_000)
    return costs[0], costs[1]


def table(measured: Measured) -> list[str]:
    """As Markdown."""
    lines = [
        "| message, RSA-2048 | sestina | dkimpy | bare RSA | times dkimpy | of bare RSA |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for size, rates in measured.rates.items():
        ours, theirs, bare = (rates[name] for name in ("sestina", "dkimpy", "bare RSA"))
        numbers = f"{ours:,.0f} | {theirs:,.0f} | {bare:,.0f} | {ours / theirs:.1f} | {ours / bare:.0%}"
        lines.append(f"| {size} | {numbers} |")
    lines += ["", f"A look at a message over HTTP costs {measured.next_look:,.0f} µs of processor time, "]
    lines[-1] += f"the first one, which makes two signatures, {measured.first_look:,.0f}."
    return lines

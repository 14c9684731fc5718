"""Signatures: the DKIM fields of an accepted message, made when somebody first wants what receivers get."""

import asyncio
from typing import Final

from sestina.domain.dkim import Signatory
from sestina.domain.instants import SECOND
from sestina.domain.messages import Message
from sestina.logs import event, get_log
from sestina.ports.outside import Outside
from sestina.protocols.mail import dkim
from sestina.protocols.mail.dkim import Signer, drafts, finished, put_in_front
from sestina.storage.region import Regions
from sestina.storage.signatures import Signatures

LARGE: Final = 64 * 1024  # octets; what is larger is hashed on a thread

log = get_log("signatures")


async def signed(seq: int, message: Message, raw: bytes, regions: Regions, outside: Outside) -> bytes:
    """The octets of a message with its signatures in front, the same as often as anybody asks."""
    if not message.signatories:
        return raw
    fields = await regions.signatures.of(seq)
    if fields is None:
        fields = await _made(message, raw, regions.signatures, outside)
        await regions.signatures.put(seq, fields)
    return put_in_front(raw, fields)


def octets_added(message: Message, head: bytes) -> int:
    """By how much its signatures make a message longer; `head` has at least its header section."""
    return dkim.octets_added(head, [*map(_signer, message.signatories)], message.accepted // SECOND)


async def key_of(signatory: Signatory, signatures: Signatures, outside: Outside) -> bytes | None:
    """The private key of a signatory; a key of the service is made when it is first asked for."""
    if signatory.own_key:
        return await signatures.key(signatory.key)
    return await signatures.key_or_new(signatory.key, lambda: outside.signing.new_key(signatory.bits))


async def _made(message: Message, raw: bytes, signatures: Signatures, outside: Outside) -> bytes:
    signers: list[Signer] = []
    keys: list[bytes] = []
    for signatory in message.signatories:
        key = await key_of(signatory, signatures, outside)
        if key is None:
            event(log, "key is gone", domain=signatory.domain, selector=signatory.selector, message=message.id)
            continue
        signers.append(_signer(signatory))
        keys.append(key)
    given = (raw, signers, message.accepted // SECOND)
    drawn = drafts(*given) if len(raw) <= LARGE else await asyncio.to_thread(drafts, *given)
    made = await outside.signing.sign([(key, draft.octets) for key, draft in zip(keys, drawn, strict=True)])
    return "".join(map(finished, drawn, made)).encode("latin-1")


def _signer(signatory: Signatory) -> Signer:
    return Signer(domain=signatory.domain, selector=signatory.selector, bits=signatory.bits)

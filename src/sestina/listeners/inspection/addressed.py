"""Addressed: to whom a message is written, by its call or, for raw mail, by its own header.

The envelope is another matter: who gets the message is in `recipients`.
"""

from typing import Final

from msgspec import Struct

from sestina.domain.messages import Message
from sestina.protocols.mail.addresses import AddressError, parse_address_list
from sestina.protocols.mail.headers import HeaderBlock, scan_part
from sestina.protocols.mail.words import decode_words

LARGEST: Final = 1024 * 1024


class Addressed(Struct, frozen=True, kw_only=True):
    """The lists of addresses as their author wrote them."""

    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    reply_to: tuple[str, ...]


def addressed(message: Message) -> Addressed:
    """What the call named counts, else what the header of raw mail says."""
    named = Addressed(to=message.to, cc=message.cc, bcc=message.bcc, reply_to=message.reply_to)
    header = message.submitted_header
    if not header or message.to or message.cc or message.bcc:
        return named
    block = scan_part(header, 0, len(header), LARGEST)
    return Addressed(
        to=_texts(block, "to"),
        cc=_texts(block, "cc"),
        bcc=_texts(block, "bcc"),
        reply_to=message.reply_to or _texts(block, "reply-to"),
    )


def _texts(block: HeaderBlock, name: str) -> tuple[str, ...]:
    texts: list[str] = []
    for value in block.all(name):
        try:
            texts.extend(decode_words(mailbox.text) for mailbox in parse_address_list(value))
        except AddressError:
            texts.append(value)  # with an envelope of its own, mail may say anything here
    return tuple(texts)

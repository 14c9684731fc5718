"""DKIM: the signature fields of a message (RFC 6376), rsa-sha256 over relaxed header fields and the simple body.

Everything but the key is here: `drafts` says which octets are to be signed, `finished` puts the signatures into their
fields, `put_in_front` the fields before the message. Signed is the message as SMTP carries it, whatever its line ends
are where it is kept.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from msgspec import Struct

from sestina.protocols.mail.headers import HeaderBlock, scan_part
from sestina.protocols.mail.transfer import as_transmitted

SIGNED: Final = frozenset(
    {
        # RFC 6376 §5.4.1
        "from", "reply-to", "subject", "date", "to", "cc", "resent-date", "resent-from", "resent-to", "resent-cc",
        "in-reply-to", "references", "list-id", "list-help", "list-unsubscribe", "list-subscribe", "list-post",
        "list-owner", "list-archive",
        # seen in signatures of SES, and what one-click unsubscribing needs (RFC 8058 §4)
        "sender", "message-id", "mime-version", "content-type", "content-transfer-encoding", "feedback-id",
        "list-unsubscribe-post",
    }
)  # fmt: skip
"""Fields that are signed; those of customers' own making (X-…) are not, as mail recorded from SES shows."""
HEADERS_READ: Final = 1024 * 1024
LONGEST_LINE: Final = 900  # of names in h=; a line of mail must stay below 998 octets
FIRST_LINE, NEXT_LINE = 64, 67  # characters of the signature in a line, as SES folds it

_ODD_BLANKS: Final = re.compile("[\x0b\x0c\x1c-\x1f\x85]")
_BLANKS: Final = re.compile(r"[ \t\r\n]+")


class Signer(Struct, frozen=True, kw_only=True):
    """Who signs: the signing domain (d=), the selector (s=) of its key, and how many bits that has."""

    domain: str
    selector: str
    bits: int


class Draft(Struct, frozen=True):
    """A signature field that ends with an empty `b=`, and the octets its signature is over."""

    field: str
    octets: bytes


def drafts(raw: bytes, signers: Sequence[Signer], at: int) -> list[Draft]:
    """What is to be signed for each signer; `at` is the time of signing in epoch seconds."""
    sent = as_transmitted(raw)
    block = scan_part(sent, 0, len(sent), HEADERS_READ)
    names, fields, digest = _signed_names(block), _signed_fields(block), _body_hash(sent, block.body)
    found = (_field(signer, at, names, digest) for signer in signers)
    return [Draft(field, f"{fields}{_relaxed(field)}".encode("latin-1")) for field in found]


def finished(draft: Draft, signature: bytes) -> str:
    """The whole field, with its line end."""
    text = b64encode(signature).decode()
    lines = [text[at : at + NEXT_LINE] for at in range(FIRST_LINE, len(text), NEXT_LINE)]
    return draft.field + "\r\n\t".join((text[:FIRST_LINE], *lines)) + "\r\n"


def put_in_front(raw: bytes, fields: bytes) -> bytes:
    """The message behind these fields (with CRLF); they take its line ends, and let the mark of an mbox stay first."""
    block = scan_part(raw, 0, len(raw), HEADERS_READ)
    at = block.spans[0][1] if block.names[:1] == [""] else 0
    if _has_bare_line_feeds(raw):
        fields = fields.replace(b"\r\n", b"\n")
    return raw[:at] + fields + raw[at:]


def octets_added(head: bytes, signers: Sequence[Signer], at: int) -> int:
    """By how much signing makes a message longer, which its header section is enough to tell."""
    sent = as_transmitted(head)
    names = _signed_names(scan_part(sent, 0, len(sent), HEADERS_READ))
    digits = len(str(at))
    added = sum([len(names) + _length(signer, digits) for signer in signers])
    if not _has_bare_line_feeds(head):
        return added
    return added - sum([names.count("\n") + _line_ends(signer.bits) for signer in signers])


def _has_bare_line_feeds(raw: bytes) -> bool:
    """Whether the message's first line ends with LF alone."""
    at = raw.find(b"\n")
    return at >= 0 and raw[at - 1 : at] != b"\r"


@lru_cache(maxsize=1024)
def _length(signer: Signer, digits: int) -> int:
    """Of a whole field whose h= is empty."""
    field = _field(signer, 10 ** (digits - 1), "", b64encode(bytes(32)).decode())
    return len(finished(Draft(field, b""), bytes((signer.bits + 7) // 8)))


@lru_cache(maxsize=64)
def _line_ends(bits: int) -> int:
    """Of a whole field whose h= is on one line."""
    signer = Signer(domain="", selector="", bits=bits)
    return finished(Draft(_field(signer, 0, "", ""), b""), bytes((bits + 7) // 8)).count("\n")


def _field(signer: Signer, at: int, names: str, digest: str) -> str:
    return (
        "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;\r\n"
        f"\ts={signer.selector}; d={signer.domain}; t={at};\r\n"
        f"\th={names};\r\n\tbh={digest};\r\n\tb="
    )


def _signed_names(block: HeaderBlock) -> str:
    """The text of h=: every signed field in the order of the message."""
    names = [block.lines[number].partition(":")[0].rstrip(" \t") for number in _signed_lines(block)]
    if "from" not in block.names:
        names.insert(0, "From")  # has to be named; one that is not there is hashed as nothing (§5.4)
    return _folded(names)


def _signed_fields(block: HeaderBlock) -> str:
    """The fields as they are hashed: of several of a name the lowest comes first (§5.4.2)."""
    numbers = _signed_lines(block)
    places: dict[str, list[int]] = {}
    for number in numbers:
        places.setdefault(block.names[number], []).append(number)
    lines = [block.lines[places[block.names[number]].pop()] for number in numbers]
    return "".join([f"{_relaxed(line)}\r\n" for line in lines])


def _signed_lines(block: HeaderBlock) -> list[int]:
    """Which lines are signed: none with controls that verifiers take for blanks, though only two are (§2.8).

    From is signed whatever it holds. All fields of a name have to be signable, for they are counted from the end.
    """
    found = [number for number, name in enumerate(block.names) if name in SIGNED]
    odd = {block.names[number] for number in found if _ODD_BLANKS.search(block.lines[number])} - {"from"}
    return [number for number in found if block.names[number] not in odd] if odd else found


def _relaxed(line: str) -> str:
    """A field as it is hashed (§3.4.2), without its line end."""
    name, _, value = line.partition(":")
    value = _BLANKS.sub(" ", value).strip(" ")
    return f"{name.rstrip().lower()}:{value}"


def _folded(names: Sequence[str]) -> str:
    """Joined by colons, in lines that mail can carry."""
    text = ":".join(names)
    if len(text) <= LONGEST_LINE:
        return text
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > LONGEST_LINE:
            lines.append(line)
            line = ""
        line += f"{name}:"
    return "\r\n\t".join((*lines, line[:-1]))


def _body_hash(sent: bytes, start: int) -> str:
    """The hash of the body without the empty lines at its end (§3.4.3)."""
    stop = max(start, len(sent.rstrip(b"\r\n")))  # there is no CR or LF on its own
    digest = sha256(memoryview(sent)[start:stop])
    digest.update(b"\r\n")
    return b64encode(digest.digest()).decode()

"""Reports: multipart/report messages (RFC 6522) about delivery (RFC 3464) and about abuse (RFC 5965).

Written part by part as octets, so that the message reported on stays exactly as it was.
"""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from sestina.protocols.mail.headers import write_field

_BREAKS: Final = re.compile(r"[\r\n]+[ \t]*")


class Part(Struct, frozen=True, kw_only=True):
    """One part: the fields of its head in their order, and its octets."""

    fields: tuple[tuple[str, str], ...]
    body: bytes


class FinalRecipient(Struct, frozen=True, kw_only=True):
    """The per-recipient fields of a delivery status (RFC 3464 §2.3) that SES writes."""

    address: str
    action: str
    status: str
    diagnostic_code: str | None = None
    original: str | None = None


def write_report(
    *,
    headers: Sequence[tuple[str, str]],
    report_type: str,
    parts: Sequence[Part],
    trailing: Sequence[tuple[str, str]],
    boundary: str,
) -> bytes:
    """The whole message; MIME fields stand between `headers` and `trailing`, folded as JavaMail folds them."""
    lines = _head(headers)
    lines += (
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; \r\n\tboundary="{boundary}"; \r\n\treport-type={report_type}\r\n'
    )
    lines += _head(trailing)
    pieces = [lines.encode("ascii"), b"\r\n"]
    for part in parts:
        head = "".join(f"{name}: {value}\r\n" for name, value in part.fields)
        pieces += [f"--{boundary}\r\n{head}\r\n".encode("ascii"), part.body, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode("ascii"))
    return b"".join(pieces)


def delivery_status(message_fields: Sequence[tuple[str, str]], recipients: Sequence[FinalRecipient]) -> bytes:
    """The body of a message/delivery-status part: the fields of the message, then a block for each recipient."""
    blocks = [_fields(message_fields)]
    for recipient in recipients:
        fields = [("Action", recipient.action), ("Final-Recipient", f"rfc822; {recipient.address}")]
        if recipient.original is not None:
            fields.append(("Original-Recipient", f"rfc822; {recipient.original}"))
        if recipient.diagnostic_code is not None:
            fields.append(("Diagnostic-Code", recipient.diagnostic_code))
        blocks.append(_fields([*fields, ("Status", recipient.status)]))
    return "\r\n".join(blocks).encode("ascii", "replace")


def feedback_report(fields: Sequence[tuple[str, str]]) -> bytes:
    """The body of a message/feedback-report part (RFC 5965 §3)."""
    return _fields(fields).encode("ascii", "replace")


def one_line(value: str) -> str:
    """A value that cannot begin another field."""
    return _BREAKS.sub(" ", value)


def _head(headers: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{write_field(name, one_line(value))}\r\n" for name, value in headers)


def _fields(fields: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{name}: {one_line(value)}\r\n" for name, value in fields)

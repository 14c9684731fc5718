"""Trace information: the Received field a server puts in front of what it takes (RFC 5321 §4.4)."""

import re
from collections.abc import Sequence
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[^!-~]+")
LONGEST_NAME: Final = 255
LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


def received_field(
    *, hello: str, address: str, by: str, software: str, transaction: str, recipients: Sequence[str], date: str
) -> str:
    """The field, folded; the recipient is only named where there is no other to be told of it (RFC 5321 §7.2)."""
    name = _UNPRINTABLE.sub("", hello)[:LONGEST_NAME] or "unknown"
    host = "localhost" if address in LOOPBACK else "unknown"
    addressee = f"\r\n for {recipients[0]}" if len(recipients) == 1 else ""
    return (
        f"Received: from {name} ({host} [{address}])\r\n by {by} with SMTP ({software})"
        f"\r\n id {transaction}{addressee};\r\n {date} (UTC)\r\n"
    )

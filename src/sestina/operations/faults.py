"""Faults at the API: a rule may throttle, break or delay the call that it matches (`/_sestina/faults`)."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from sestina.domain.faults import CallEffect, Delay, Failure, Injected, Throttle
from sestina.domain.refusals import Throttled
from sestina.ports.outside import Outside
from sestina.protocols.mail.addresses import AddressError, parse_address, split_addresses
from sestina.protocols.mail.headers import MailError, scan_headers
from sestina.storage.region import Region

KINDS: Final[tuple[type[CallEffect], ...]] = (Throttle, Failure, Delay)
ADDRESSED: Final = frozenset(
    {"destination", "destinations", "bulk_email_entries", "to_addresses", "cc_addresses", "bcc_addresses"}
)
"""Members of requests that name recipients, or hold others that do."""
RAW: Final = frozenset({"content", "raw", "raw_message"})
MOST_HEADERS: Final = 256 * 1024


async def strike(region: Region, operation: str, recipients: Sequence[str], outside: Outside) -> None:
    """Does to a call what the rules of its account say; delays add up, the first refusal ends it.

    Raises:
        Throttled, Injected: a rule says so.
    """
    now = outside.clock.now()
    for effect, _ in region.faults.strikes(KINDS, operation, region.name, recipients, now):
        match effect:
            case Delay(ms=ms):
                await outside.clock.sleep_until(outside.clock.now() + ms)
            case Throttle(message=message):
                raise Throttled(message)
            case Failure(status=status, code=code, message=message):
                raise Injected(status, code, message)


def recipients_of(request: msgspec.Struct) -> list[str]:
    """The bare addresses a send is for: those that its members name, else those in the header of a raw message."""
    addresses = []
    for text in list(_named(request)) or _in_header(request):
        with contextlib.suppress(AddressError):  # the call will be refused for it, and in the service's words
            addresses.append(parse_address(text).address)
    return addresses


def _named(value: msgspec.Struct) -> Iterator[str]:
    for name in value.__struct_fields__:
        member = getattr(value, name)
        if name in ADDRESSED and member is not None:
            for item in member if isinstance(member, list) else [member]:
                if isinstance(item, str):
                    yield item
                elif isinstance(item, msgspec.Struct):
                    yield from _named(item)


def _in_header(value: msgspec.Struct) -> list[str]:
    for name in value.__struct_fields__:
        member = getattr(value, name)
        if name in RAW and isinstance(member, msgspec.Struct):
            return _in_header(member)
        if name == "data" and isinstance(member, bytes):
            return _header_recipients(member)
    return []


def _header_recipients(data: bytes) -> list[str]:
    try:
        block = scan_headers(data, MOST_HEADERS)
    except MailError:
        return []
    return [text for name in ("to", "cc", "bcc") for value in block.all(name) for text in split_addresses(value)]

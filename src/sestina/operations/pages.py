"""Pages: opaque tokens for the next page of a list, bound to the list and the region, the same for v1 and v2."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import TypeVar

import msgspec

from sestina.domain.refusals import InvalidPageToken
from sestina.storage.collection import START, Collection, Mark
from sestina.storage.region import Region

T = TypeVar("T", bound=msgspec.Struct)


class _Token(msgspec.Struct, frozen=True, array_like=True):
    list_: str
    region: str
    scope: str
    mark: Mark


def write_token(list_: str, region: Region, mark: Mark | None, scope: str = "") -> str | None:
    """The token that continues a list behind a mark; `scope` binds it to a filter as well. None on the last page."""
    if mark is None:
        return None
    token = _Token(list_, f"{region.account}/{region.name}", scope, mark)
    return urlsafe_b64encode(msgspec.msgpack.encode(token)).decode().rstrip("=")


def read_token(
    list_: str, region: Region, token: str | None, refuse: Callable[[str], InvalidPageToken], scope: str = ""
) -> Mark:
    """Where a list goes on; the start without a token.

    Raises:
        InvalidPageToken: as `refuse` words it, when the token is not one of this list, region and filter.
    """
    if token is None:
        return START
    try:
        padded = token + "=" * (-len(token) % 4)
        found = msgspec.msgpack.decode(urlsafe_b64decode(padded.encode()), type=_Token)
    except (msgspec.DecodeError, binascii.Error, UnicodeError, ValueError) as error:
        raise refuse(token) from error
    if (found.list_, found.region, found.scope) != (list_, f"{region.account}/{region.name}", scope):
        raise refuse(token)
    return found.mark


async def gather(
    collection: Collection[T], after: Mark, size: int, name_of: Callable[[T], str], wanted: Callable[[T], bool]
) -> tuple[list[T], Mark | None]:
    """A full page by name of the documents that are wanted, and where to go on if another wanted one follows."""
    found: list[T] = []
    mark: Mark | None = after
    while mark is not None:
        documents, mark = await collection.page("name", mark, size + 1)
        for document in filter(wanted, documents):
            if len(found) == size:
                return found, Mark(0, name_of(found[-1]))  # the order is by name alone
            found.append(document)
    return found, None

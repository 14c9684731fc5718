"""Resource tags between the wire and the domain, and the shelves on which tagged things stand."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeVar

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.configuration_sets import ConfigurationSet
from sestina.domain.identities import Identity
from sestina.domain.refusals import Kind, Missing
from sestina.domain.resources import Resource, absence
from sestina.domain.tags import ResourceTag, resource_tags
from sestina.domain.templates import Template
from sestina.storage.collection import Collection
from sestina.storage.region import Region

Taggable = TypeVar("Taggable", Identity, Template, ConfigurationSet)
Tags = tuple[ResourceTag, ...]

KINDS: Final = {
    "configuration-set": Kind.CONFIGURATION_SET,
    "contact-list": Kind.CONTACT_LIST,
    "custom-verification-email-template": Kind.VERIFICATION_TEMPLATE,
    "dedicated-ip-pool": Kind.DEDICATED_IP_POOL,
    "identity": Kind.IDENTITY,
    "template": Kind.TEMPLATE,
    "tenant": Kind.TENANT,
}


class Shelf(NamedTuple):
    """How the tags of one kind of resource are read (None when it is not there) and replaced."""

    read: Callable[[Region, str], Awaitable[Tags | None]]
    write: Callable[[Region, str, Tags], Awaitable[None]]


def shelf(of: Callable[[Region], Collection[Taggable]]) -> Shelf:
    """The shelf of a collection whose documents keep their tags themselves."""

    async def read(region: Region, name: str) -> Tags | None:
        found = await of(region).get(name)
        return None if found is None else found.tags

    async def write(region: Region, name: str, tags: Tags) -> None:
        found = await of(region).get(name)
        if found is not None:
            await of(region).put(name, replace(found, tags=tags), found.created)

    return Shelf(read, write)


SHELVES: Final = {
    "configuration-set": shelf(lambda region: region.configuration_sets),
    "identity": shelf(lambda region: region.identities),
    "template": shelf(lambda region: region.templates),
}
"""By the kind in an ARN; kinds without a shelf have no resources yet."""


async def tags_of(region: Region, resource: Resource) -> Tags:
    """The tags of a resource that is there.

    Raises:
        Missing: it is not.
    """
    place = SHELVES.get(resource.kind)
    tags = await place.read(region, resource.name) if place else None
    if tags is None:
        raise Missing(KINDS[resource.kind], absence(resource))
    return tags


def requested_tags(tags: Sequence[sesv2.Tag] | None) -> Tags:
    """The tags of a request.

    Raises:
        Invalid: a rule for tags is broken.
    """
    return resource_tags([(tag.key, tag.value) for tag in tags or ()])


def shown_tags(tags: Sequence[ResourceTag]) -> list[sesv2.Tag]:
    """Tags as an answer lists them."""
    return [sesv2.Tag(key=tag.key, value=tag.value) for tag in tags]

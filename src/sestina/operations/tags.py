"""Resource tags between the wire and the domain: the same rules wherever a request carries tags."""

from collections.abc import Sequence

from sestina.api import sesv2
from sestina.domain.tags import ResourceTag, resource_tags


def requested_tags(tags: Sequence[sesv2.Tag] | None) -> tuple[ResourceTag, ...]:
    """The tags of a request.

    Raises:
        Invalid: a rule for tags is broken.
    """
    return resource_tags([(tag.key, tag.value) for tag in tags or ()])


def shown_tags(tags: Sequence[ResourceTag]) -> list[sesv2.Tag]:
    """Tags as an answer lists them."""
    return [sesv2.Tag(key=tag.key, value=tag.value) for tag in tags]

"""Tags: message tags on a send, and resource tags on what a customer owns."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from sestina.domain.refusals import Invalid

LONGEST: Final = 255
NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
VALUE: Final = re.compile(r"[A-Za-z0-9_.@-]+")
RESERVED: Final = "ses:"  # ses:feedback-id-a … are accepted despite the colon (AWS page "Feedback-ID")


class MessageTag(Struct, frozen=True, array_like=True):
    """A name and value that the caller attaches to one send."""

    name: str
    value: str


class ResourceTag(Struct, frozen=True, array_like=True):
    """A key and value on an identity, configuration set, template or other resource."""

    key: str
    value: str


def check_message_tags(tags: Sequence[MessageTag]) -> None:
    """Refuses the first bad tag, name before value; order and texts as recorded from AWS (compatibility.md 2.1)."""
    for tag in tags:
        _check_tag(tag.name, tag.value)


def _check_tag(name: str, value: str) -> None:
    if not name:
        raise Invalid("The tag name must be specified.")
    if not value:
        raise Invalid("The tag value must be specified.")
    if len(name) > LONGEST:
        raise Invalid("Tag name cannot exceed 255 characters.")
    if not name.startswith(RESERVED) and not NAME.fullmatch(name):
        raise Invalid(f"Invalid tag name <{name}>: only alphanumeric ASCII characters, '_',  '-' are allowed.")
    if len(value) > LONGEST:
        raise Invalid("Tag value cannot exceed 255 characters.")
    if not VALUE.fullmatch(value):
        raise Invalid(
            f"Invalid tag value <{value}>: only alphanumeric ASCII characters, '_',  '-' , '.', '@' are allowed."
        )


def merge_resource_tags(present: Sequence[ResourceTag], added: Sequence[ResourceTag]) -> tuple[ResourceTag, ...]:
    """TagResource: a key that exists takes the new value and keeps its place."""
    merged = {tag.key: tag.value for tag in present}
    merged.update((tag.key, tag.value) for tag in added)
    return tuple(ResourceTag(key, value) for key, value in merged.items())

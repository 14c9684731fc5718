"""Tags: message tags on a send, and resource tags on what a customer owns."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from sestina.domain.refusals import Invalid, Refusal

LONGEST: Final = 255
NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
VALUE: Final = re.compile(r"[A-Za-z0-9_.@-]+")
RESERVED: Final = "ses:"  # ses:feedback-id-a … are accepted despite the colon (AWS page "Feedback-ID")


class Wordless(Refusal):
    """The service calls the request invalid and says nothing more: no key to remove, a name that cannot be one."""

    def __init__(self) -> None:
        super().__init__(None)


class MessageTag(Struct, frozen=True, array_like=True, gc=False):
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


MOST_ON_RESOURCE: Final = 50  # AWS page "Tag" of the API reference; so are the lengths
LONGEST_KEY: Final = 128
LONGEST_VALUE: Final = 256
SYSTEM: Final = "aws:"
SPECIAL: Final = frozenset("_.:/=+-@")
TOO_MANY: Final = (
    f"Maximum of {MOST_ON_RESOURCE} user tags are allowed per resource, "
    "consider reducing the number of tags in the request"
)
BAD_CHARACTERS: Final = (
    "Tags can only contain letters, numbers, spaces, and the following special characters: _ . : / = + - @"
)


def resource_tags(pairs: Sequence[tuple[str | None, str | None]]) -> tuple[ResourceTag, ...]:
    """Keys and values of a request as tags.

    Raises:
        Invalid: for the first rule that is broken; rules, order and texts as the service was probed for them.
    """
    if len(pairs) > MOST_ON_RESOURCE:
        raise Invalid(TOO_MANY)
    tags = [(key or "", value) for key, value in pairs]
    if any(value is None or not _has_known_characters(value + key) for key, value in tags):
        raise Invalid(BAD_CHARACTERS)
    if any(key.lower().startswith(SYSTEM) for key, _ in tags):
        raise Invalid("Caller is an end user and not allowed to mutate system tags")
    _check_lengths(tags)
    if not all(key for key, _ in tags):
        raise Invalid(None)
    if len({key for key, _ in tags}) < len(tags):
        raise Invalid("Cannot provide multiple tags with the same key")
    return tuple(ResourceTag(key, value or "") for key, value in tags)


def _check_lengths(tags: Sequence[tuple[str, str | None]]) -> None:
    too_long = [
        f"Value at 'tags.{number}.member.{part}' failed to satisfy constraint: "
        f"Member must have length less than or equal to {longest}"
        for number, (key, value) in enumerate(tags, 1)
        for part, text, longest in (("value", value or "", LONGEST_VALUE), ("key", key, LONGEST_KEY))
        if len(text) > longest
    ]
    if too_long:
        errors = "errors" if len(too_long) > 1 else "error"
        raise Invalid(f"{len(too_long)} validation {errors} detected: {'; '.join(too_long)}")


def _has_known_characters(text: str) -> bool:
    return all(each in SPECIAL or unicodedata.category(each)[0] in "LNZ" for each in text)


def merge_resource_tags(present: Sequence[ResourceTag], added: Sequence[ResourceTag]) -> tuple[ResourceTag, ...]:
    """TagResource: a key that exists takes the new value and keeps its place.

    Raises:
        Invalid: together they are too many.
    """
    merged = {tag.key: tag.value for tag in present}
    merged.update((tag.key, tag.value) for tag in added)
    if len(merged) > MOST_ON_RESOURCE:
        raise Invalid(f"{TOO_MANY} or delete existing tags and retry")
    return tuple(ResourceTag(key, value) for key, value in merged.items())

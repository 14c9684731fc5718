"""Adopt: the X-SES fields of a raw message say what its door had no parameter for (sending.md 5.3).

What the caller did say counts as a whole: tags of both are not merged. Of a field that stands twice the first counts.
"""

from typing import Final

from msgspec.structs import replace

from sestina.domain.submissions import Submission
from sestina.domain.tags import MessageTag, check_message_tags
from sestina.protocols.mail.headers import HeaderBlock

TAGS: Final = "x-ses-message-tags"
LIST: Final = "x-ses-list-management-options"
FIELDS: Final = {
    "x-ses-configuration-set": "configuration_set",
    "x-ses-from-arn": "from_arn",
    "x-ses-return-path-arn": "return_path_arn",
    "x-ses-source-arn": "source_arn",
    "x-ses-tenant": "tenant",
}
ALL: Final = frozenset({TAGS, LIST, *FIELDS})
TOPIC: Final = "topic"


def adopt(submission: Submission, block: HeaderBlock) -> Submission:
    """The submission with everything its own fields add.

    Raises:
        Invalid: a tag is none.
    """
    if ALL.isdisjoint(block.names):
        return submission
    found: dict[str, object] = {}
    for name, field in FIELDS.items():
        value = (block.get(name) or "").strip()
        if value and not getattr(submission, field):
            found[field] = value
    if not submission.tags:
        found["tags"] = tags_in(block.get(TAGS) or "")
    if not submission.contact_list:
        found["contact_list"], found["topic"] = list_in(block.get(LIST) or "")
    return replace(submission, **found)


def tags_in(value: str) -> tuple[MessageTag, ...]:
    """`a=b, c=d`; Invalid in the service's words if one is not acceptable."""
    pairs = (part.partition("=") for part in value.split(",") if part.strip())
    tags = tuple(MessageTag(name.strip(), content.strip()) for name, _, content in pairs)
    check_message_tags(tags)
    return tags


def list_in(value: str) -> tuple[str | None, str | None]:
    """List and topic of `contacts; topic=news`, with or without `contactListName=` in front."""
    name, *options = (part.strip() for part in value.split(";"))
    words = dict(option.partition("=")[::2] for option in options)
    topic = next((text.strip() for key, text in words.items() if key.strip().lower() == TOPIC), None)
    return name.removeprefix("contactListName=").strip() or None, topic or None

"""Templates: stored e-mail content with Handlebars, one store behind both APIs (sending.md 6)."""

from typing import Final

from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.domain.refusals import Invalid, Kind
from sestina.domain.tags import ResourceTag

LARGEST: Final = 500 * 1024  # octets of subject, text and html together (AWS page "Service quotas")
LARGEST_DATA: Final = 262_144  # characters of TemplateData
MOST: Final = 20_000  # per account and region


class TemplateContent(Struct, frozen=True, kw_only=True):
    """The three parts of a template as the customer wrote them."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None

    @property
    def size(self) -> int:
        """Octets of all parts in UTF-8."""
        return sum(len(part.encode()) for part in (self.subject, self.text, self.html) if part)


class Template(Struct, frozen=True, kw_only=True):
    """A named template of one account in one region."""

    name: str
    content: TemplateContent
    created: Instant
    tags: tuple[ResourceTag, ...] = ()


def missing_template(name: str) -> str:
    """What SES says when a template is not there (observed in public logs)."""
    return f"Template {name} does not exist."


def existing_template(name: str) -> str:
    """What SES says when a template's name is taken."""
    return f"Template {name} already exists."


def check_template(name: str, content: TemplateContent) -> None:
    """Refuses a template without name or subject, without any body, or over 500 KB."""
    if not name.strip():
        raise Invalid("The template name must be specified.", Kind.TEMPLATE)
    if len(name) > 64 or not all(c.isascii() and (c.isalnum() or c in "_-") for c in name):
        raise Invalid(f"Invalid template name <{name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.")
    if not content.subject:
        raise Invalid("The subject must be specified.", Kind.TEMPLATE)
    if content.text is None and content.html is None:
        raise Invalid("The template must have a text part or an HTML part.", Kind.TEMPLATE)
    if content.size > LARGEST:
        raise Invalid(f"Template size cannot exceed {LARGEST} bytes.", Kind.TEMPLATE)

"""Rendering: a template's parts and the caller's JSON become content, or a fault in SES's words (sending.md 6)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from sestina.domain.instants import Instant
from sestina.domain.templates import TemplateContent
from sestina.protocols.handlebars import MissingAttribute, SyntaxFault, Template, TemplateError, compile
from sestina.protocols.mail.compose import Body, compose
from sestina.protocols.mail.dates import iso8601

BAD_DATA: Final = "Template rendering data is invalid"
COMPILED_KEPT: Final = 512
LARGEST_CACHED: Final = 64 * 1024  # characters of a source that is worth keeping compiled


class RenderingFault(Exception):
    """A template and its data do not make a message; `attribute` names what is missing, if that is the reason."""

    def __init__(self, message: str, attribute: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.attribute = attribute


def data_of(text: str | None) -> dict[str, object]:
    """The rendering data of a call: a JSON object.

    Raises:
        RenderingFault: the text is blank, no JSON, or no object.
    """
    try:
        data = msgspec.json.decode(text or "")
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise RenderingFault(BAD_DATA) from error
    if not isinstance(data, dict):
        raise RenderingFault(BAD_DATA)
    return data


def merge(defaults: Mapping[str, object], replacements: Mapping[str, object]) -> dict[str, object]:
    """Replacement data over default data: objects key by key at every depth, all else whole (compatibility.md 2.3)."""
    merged = dict(defaults)
    for key, value in replacements.items():
        present = merged.get(key)
        if isinstance(present, dict) and isinstance(value, dict):
            merged[key] = merge(present, value)
        else:
            merged[key] = value
    return merged


def render_content(content: TemplateContent, data: Mapping[str, object]) -> TemplateContent:
    """Every part rendered; inline partials are local to a part.

    Raises:
        RenderingFault: an attribute is missing, the source is malformed, or the work is out of bounds.
    """
    parts = (content.subject, content.text, content.html)
    subject, text, html = (None if part is None else _render(part, data) for part in parts)
    return TemplateContent(subject=subject, text=text, html=html)


def check_sources(content: TemplateContent) -> str | None:
    """What is malformed about a template's sources, or None."""
    for part in (content.subject, content.text, content.html):
        try:
            if part:
                _compiled(part)
        except SyntaxFault as fault:
            return str(fault)
    return None


def _render(source: str, data: Mapping[str, object]) -> str:
    if "{{" not in source:
        return source
    try:
        return _compiled(source).render(data)
    except MissingAttribute as fault:
        raise RenderingFault(fault.message, fault.name) from fault
    except TemplateError as fault:
        raise RenderingFault(str(fault)) from fault


def _compiled(source: str) -> Template:
    return compile(source) if len(source) > LARGEST_CACHED else _compile_kept(source)


@lru_cache(maxsize=COMPILED_KEPT)
def _compile_kept(source: str) -> Template:
    return compile(source)


def rendered_mime(content: TemplateContent, now: Instant) -> str:
    """What TestRenderTemplate answers: a MIME text that begins with an ISO date (AWS page "TestRenderTemplate")."""
    message = compose(
        headers=[("Date", iso8601(now)), ("Subject", content.subject or "")],
        text=None if content.text is None else Body(data=content.text),
        html=None if content.html is None else Body(data=content.html),
        attachments=(),
        boundary_seed=str(now),
        trailing=(),
    )
    return message.decode("utf-8", "replace")

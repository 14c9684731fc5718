"""Templates, the part both APIs share: checks, store and test render behind `v1/templates.py` and `v2/templates.py`."""

from sestina.domain.refusals import AlreadyExists, Invalid, InvalidPageToken, Kind, LimitReached, Missing, Unrenderable
from sestina.domain.rendering import RenderingFault, check_sources, data_of, render_content, rendered_mime
from sestina.domain.tags import ResourceTag
from sestina.domain.templates import (
    MOST,
    Template,
    TemplateContent,
    check_template,
    existing_template,
    missing_template,
)
from sestina.operations.call import Call
from sestina.operations.pages import read_token, write_token

LIST = "templates"
DEFAULT_PAGE, LARGEST_PAGE = 10, 100


async def add_template(call: Call, name: str, content: TemplateContent, tags: tuple[ResourceTag, ...] = ()) -> None:
    """Checks and stores a new template.

    Raises:
        Invalid, AlreadyExists, LimitReached: as their names say.
    """
    check_template(name, content)
    _check_sources(content)
    if await call.region.templates.get(name) is not None:
        raise AlreadyExists(Kind.TEMPLATE, existing_template(name), {"Name": name})
    if await call.region.templates.count() >= MOST:
        raise LimitReached(f"Number of templates exceeds the limit of {MOST}.", Kind.TEMPLATE)
    template = Template(name=name, content=content, created=call.now, tags=tags)
    await call.region.templates.put(name, template, call.now)


async def replace_template(call: Call, name: str, content: TemplateContent) -> None:
    """Checks and stores new content for a template that exists; age and tags stay.

    Raises:
        Missing, Invalid: as their names say.
    """
    present = await template_named(call, name)
    check_template(name, content)
    _check_sources(content)
    template = Template(name=name, content=content, created=present.created, tags=present.tags)
    await call.region.templates.put(name, template, present.created)


async def template_named(call: Call, name: str) -> Template:
    """The template of this name.

    Raises:
        Missing: there is none.
    """
    template = await call.region.templates.get(name)
    if template is None:
        raise Missing(Kind.TEMPLATE, missing_template(name), {"TemplateName": name})
    return template


async def page_of_templates(call: Call, token: str | None, size: int) -> tuple[list[Template], str | None]:
    """A page, newest first, and the token of the next one.

    Raises:
        InvalidPageToken: the token is not of this list.
    """
    mark = read_token(LIST, call.region, token, _bad_token)
    templates, following = await call.region.templates.page("newest", mark, size)
    return list(templates), write_token(LIST, call.region, following)


async def rendered_template(call: Call, name: str, data: str) -> str:
    """The MIME text of a stored template and data; what a send would only report later is an error here.

    Raises:
        Missing, Unrenderable: as their names say.
    """
    template = await template_named(call, name)
    details = {"TemplateName": name}
    try:
        content = render_content(template.content, data_of(data))
    except RenderingFault as fault:
        raise Unrenderable(fault.message, Kind.MESSAGE if fault.attribute else None, details) from fault
    return rendered_mime(content, call.now)


def _bad_token(token: str) -> InvalidPageToken:
    return InvalidPageToken(f"Invalid PageToken <{token}>.", Kind.TEMPLATE)


def _check_sources(content: TemplateContent) -> None:
    fault = check_sources(content)
    if fault is not None:
        raise Invalid(fault, Kind.TEMPLATE)

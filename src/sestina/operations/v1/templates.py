"""Templates as the older API words them: deleting what is not there succeeds, a page size too large is cut."""

from sestina.api import ses
from sestina.domain.templates import TemplateContent
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.templates import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    add_template,
    page_of_templates,
    rendered_template,
    replace_template,
    template_named,
)


@handles(ses.CREATE_TEMPLATE)
async def create_template(call: Call, request: ses.CreateTemplateRequest) -> ses.CreateTemplateResponse:
    """Adds a template; its name must be free."""
    await add_template(call, request.template.template_name, _content(request.template))
    return ses.CreateTemplateResponse()


@handles(ses.GET_TEMPLATE)
async def get_template(call: Call, request: ses.GetTemplateRequest) -> ses.GetTemplateResponse:
    """The template as it was written; parts that were not given are absent."""
    template = await template_named(call, request.template_name)
    content = template.content
    return ses.GetTemplateResponse(
        template=ses.Template(
            template_name=template.name,
            subject_part=content.subject,
            text_part=content.text,
            html_part=content.html,
        )
    )


@handles(ses.UPDATE_TEMPLATE)
async def update_template(call: Call, request: ses.UpdateTemplateRequest) -> ses.UpdateTemplateResponse:
    """Replaces the whole content."""
    await replace_template(call, request.template.template_name, _content(request.template))
    return ses.UpdateTemplateResponse()


@handles(ses.DELETE_TEMPLATE)
async def delete_template(call: Call, request: ses.DeleteTemplateRequest) -> ses.DeleteTemplateResponse:
    """Removes a template; the model declares no error for one that is not there."""
    await call.region.templates.remove(request.template_name)
    return ses.DeleteTemplateResponse()


@handles(ses.LIST_TEMPLATES)
async def list_templates(call: Call, request: ses.ListTemplatesRequest) -> ses.ListTemplatesResponse:
    """A page of names, newest first; sizes out of range are served as the largest page (sending.md 1.9)."""
    size = DEFAULT_PAGE if request.max_items is None else request.max_items
    size = size if 1 <= size <= LARGEST_PAGE else LARGEST_PAGE
    templates, following = await page_of_templates(call, request.next_token, size)
    return ses.ListTemplatesResponse(
        templates_metadata=[
            ses.TemplateMetadata(name=template.name, created_timestamp=template.created) for template in templates
        ],
        next_token=following,
    )


@handles(ses.TEST_RENDER_TEMPLATE)
async def test_render_template(call: Call, request: ses.TestRenderTemplateRequest) -> ses.TestRenderTemplateResponse:
    """The whole MIME text that a template and data make."""
    rendered = await rendered_template(call, request.template_name, request.template_data)
    return ses.TestRenderTemplateResponse(rendered_template=rendered)


def _content(template: ses.Template) -> TemplateContent:
    return TemplateContent(subject=template.subject_part, text=template.text_part, html=template.html_part)

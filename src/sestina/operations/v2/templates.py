"""Templates as the newer API words them: strict create, read, update, delete, and a test render."""

from sestina.api import sesv2
from sestina.domain.refusals import Invalid
from sestina.domain.templates import TemplateContent
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.operations.tags import requested_tags, shown_tags
from sestina.operations.templates import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    add_template,
    page_of_templates,
    rendered_template,
    replace_template,
    template_named,
)


@handles(sesv2.CREATE_EMAIL_TEMPLATE)
async def create_email_template(
    call: Call, request: sesv2.CreateEmailTemplateRequest
) -> sesv2.CreateEmailTemplateResponse:
    """Adds a template; its name must be free."""
    tags = requested_tags(request.tags)
    await add_template(call, request.template_name, _content(request.template_content), tags)
    return sesv2.CreateEmailTemplateResponse()


@handles(sesv2.GET_EMAIL_TEMPLATE)
async def get_email_template(call: Call, request: sesv2.GetEmailTemplateRequest) -> sesv2.GetEmailTemplateResponse:
    """The template as it was written."""
    template = await template_named(call, request.template_name)
    content = template.content
    return sesv2.GetEmailTemplateResponse(
        template_name=template.name,
        template_content=sesv2.EmailTemplateContent(subject=content.subject, text=content.text, html=content.html),
        tags=shown_tags(template.tags),
    )


@handles(sesv2.UPDATE_EMAIL_TEMPLATE)
async def update_email_template(
    call: Call, request: sesv2.UpdateEmailTemplateRequest
) -> sesv2.UpdateEmailTemplateResponse:
    """Replaces the whole content; parts that are not given are gone, tags stay."""
    await replace_template(call, request.template_name, _content(request.template_content))
    return sesv2.UpdateEmailTemplateResponse()


@handles(sesv2.DELETE_EMAIL_TEMPLATE)
async def delete_email_template(
    call: Call, request: sesv2.DeleteEmailTemplateRequest
) -> sesv2.DeleteEmailTemplateResponse:
    """Removes a template that exists."""
    await template_named(call, request.template_name)
    await call.region.templates.remove(request.template_name)
    return sesv2.DeleteEmailTemplateResponse()


@handles(sesv2.LIST_EMAIL_TEMPLATES)
async def list_email_templates(
    call: Call, request: sesv2.ListEmailTemplatesRequest
) -> sesv2.ListEmailTemplatesResponse:
    """A page of names, newest first."""
    size = DEFAULT_PAGE if request.page_size is None else request.page_size
    if not 1 <= size <= LARGEST_PAGE:
        raise Invalid(f"The page size must be between 1 and {LARGEST_PAGE}")
    templates, following = await page_of_templates(call, request.next_token, size)
    return sesv2.ListEmailTemplatesResponse(
        templates_metadata=[
            sesv2.EmailTemplateMetadata(template_name=template.name, created_timestamp=template.created)
            for template in templates
        ],
        next_token=following,
    )


@handles(sesv2.TEST_RENDER_EMAIL_TEMPLATE)
async def test_render_email_template(
    call: Call, request: sesv2.TestRenderEmailTemplateRequest
) -> sesv2.TestRenderEmailTemplateResponse:
    """The whole MIME text that a template and data make."""
    rendered = await rendered_template(call, request.template_name, request.template_data)
    return sesv2.TestRenderEmailTemplateResponse(rendered_template=rendered)


def _content(content: sesv2.EmailTemplateContent) -> TemplateContent:
    return TemplateContent(subject=content.subject, text=content.text, html=content.html)

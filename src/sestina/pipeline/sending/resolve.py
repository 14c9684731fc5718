"""Resolve: what a submission only names is looked up: template, tenant, endpoint, contact list (sending.md 5.2)."""

from typing import Final

from msgspec.structs import replace

from sestina.domain.arns import parse_arn
from sestina.domain.refusals import Kind, Missing
from sestina.domain.submissions import Templated
from sestina.domain.templates import missing_template
from sestina.pipeline.flow import Sending

TEMPLATE_RESOURCE: Final = "template/"


async def resolve(work: Sending) -> None:
    """Puts the template as it stands now into the submission.

    Raises:
        Missing: something that the submission names does not exist.
    """
    submission = work.submission
    content = submission.content
    if isinstance(content, Templated) and content.template is None:
        found = await work.region.templates.get(content.name or "")
        if found is None:
            raise Missing(Kind.TEMPLATE, missing_template(content.name or ""), {"TemplateName": content.name or ""})
        work.submission = replace(submission, content=replace(content, template=found.content))
    if submission.contact_list:
        raise Missing(Kind.CONTACT_LIST, f"List with name: {submission.contact_list} doesn't exist.")
    if submission.tenant:
        raise Missing(Kind.TENANT, f"Tenant {submission.tenant} for AwsAccountId {work.region.account} not found.")
    if submission.endpoint:
        raise Missing(Kind.ENDPOINT, f"Endpoint {submission.endpoint} does not exist.")


def template_name_of(arn: str) -> str:
    """The name in a template's ARN; the text itself when it is not one, so that looking it up fails."""
    parsed = parse_arn(arn)
    if parsed is None or not parsed.resource.startswith(TEMPLATE_RESOURCE):
        return arn
    return parsed.resource[len(TEMPLATE_RESOURCE) :]

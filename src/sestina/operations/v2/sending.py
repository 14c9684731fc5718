"""Sending through the newer API: SendEmail with its three kinds of content, and SendBulkEmail."""

from collections.abc import Iterator, Sequence

from sestina.api import sesv2
from sestina.domain.refusals import Invalid
from sestina.domain.submissions import LARGEST_V2, Content, Raw, Simple, Submission, Templated
from sestina.domain.tags import MessageTag
from sestina.domain.templates import TemplateContent
from sestina.operations.bulk import check_bulk, submit_all
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.pipeline.sending.resolve import template_name_of
from sestina.protocols.mail.compose import Attachment, Body

NOTHING = sesv2.Destination()
ONE_CONTENT = "Content must contain exactly one of Simple, Raw or Template."
ONE_TEMPLATE = "Exactly one of TemplateName, TemplateArn or TemplateContent must be specified."


@handles(sesv2.SEND_EMAIL)
async def send_email(call: Call, request: sesv2.SendEmailRequest) -> sesv2.SendEmailResponse:
    """Sends one message; the answer is its id once it is durable."""
    operation, content = _content(request.content)
    destination = request.destination or NOTHING
    to, cc, bcc = _addresses(destination)
    submission = Submission(
        operation=operation,
        content=content,
        largest=LARGEST_V2,
        source=request.from_email_address,
        to=to,
        cc=cc,
        bcc=bcc,
        destinations=(to + cc + bcc or None) if isinstance(content, Raw) else None,
        reply_to=tuple(request.reply_to_addresses or ()),
        return_path=request.feedback_forwarding_email_address,
        tags=_tags(request.email_tags),
        configuration_set=request.configuration_set_name,
        source_arn=request.from_email_address_identity_arn,
        return_path_arn=request.feedback_forwarding_email_address_identity_arn,
        tenant=request.tenant_name,
        endpoint=request.endpoint_id,
        contact_list=request.list_management_options.contact_list_name if request.list_management_options else None,
        topic=request.list_management_options.topic_name if request.list_management_options else None,
        caller=call.caller,
        source_ip=call.source_ip,
    )
    return sesv2.SendEmailResponse(message_id=await call.services.mailroom.submit(call.region, submission))


@handles(sesv2.SEND_BULK_EMAIL)
async def send_bulk_email(call: Call, request: sesv2.SendBulkEmailRequest) -> sesv2.SendBulkEmailResponse:
    """Sends a template to many; every entry has its own message and status."""
    entries = request.bulk_email_entries
    source, return_path = request.from_email_address, request.feedback_forwarding_email_address
    await check_bulk(call, source, return_path, request.configuration_set_name, len(entries))
    template = request.default_content.template
    if template is None:
        raise Invalid("DefaultContent must contain a Template.")
    outcomes = await submit_all(call, _bulk_submissions(call, request, template))
    return sesv2.SendBulkEmailResponse(
        bulk_email_entry_results=[
            sesv2.BulkEmailEntryResult(status=outcome.v2, error=outcome.error, message_id=outcome.message_id)
            for outcome in outcomes
        ]
    )


def _bulk_submissions(
    call: Call, request: sesv2.SendBulkEmailRequest, template: sesv2.Template
) -> Iterator[Submission]:
    base = _templated(template)
    default_tags = {tag.name: tag for tag in _tags(request.default_email_tags)}
    for entry in request.bulk_email_entries:
        to, cc, bcc = _addresses(entry.destination)
        replacement = entry.replacement_email_content and entry.replacement_email_content.replacement_template
        data = (replacement and replacement.replacement_template_data) or "{}"
        tags = default_tags | {tag.name: tag for tag in _tags(entry.replacement_tags)}
        yield Submission(
            operation="SendBulkTemplatedEmail",
            content=Templated(
                name=base.name,
                template=base.template,
                data=data,
                defaults=base.data or "{}",
                headers=_replaced(base.headers, _headers(entry.replacement_headers)),
                attachments=base.attachments,
            ),
            largest=LARGEST_V2,
            source=request.from_email_address,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=tuple(request.reply_to_addresses or ()),
            return_path=request.feedback_forwarding_email_address,
            tags=tuple(tags.values()),
            configuration_set=request.configuration_set_name,
            source_arn=request.from_email_address_identity_arn,
            return_path_arn=request.feedback_forwarding_email_address_identity_arn,
            tenant=request.tenant_name,
            endpoint=request.endpoint_id,
            caller=call.caller,
            source_ip=call.source_ip,
        )


def _content(content: sesv2.EmailContent) -> tuple[str, Content]:
    """The value of the ses:operation tag, and the content itself."""
    simple, raw, template = content.simple, content.raw, content.template
    if (simple is not None) + (raw is not None) + (template is not None) != 1:
        raise Invalid(ONE_CONTENT)
    if simple is not None:
        return "SendEmail", _simple(simple)
    if raw is not None:
        return "SendRawEmail", Raw(data=raw.data)
    assert template is not None
    return "SendTemplatedEmail", _templated(template)


def _simple(message: sesv2.Message) -> Simple:
    text, html = message.body.text, message.body.html
    return Simple(
        subject=_body(message.subject),
        text=None if text is None else _body(text),
        html=None if html is None else _body(html),
        headers=_headers(message.headers),
        attachments=_attachments(message.attachments),
    )


def _templated(template: sesv2.Template) -> Templated:
    name, arn, inline = template.template_name, template.template_arn, template.template_content
    if (name is not None) + (arn is not None) + (inline is not None) != 1:
        raise Invalid(ONE_TEMPLATE)
    content = None
    if inline is not None:
        content = TemplateContent(subject=inline.subject, text=inline.text, html=inline.html)
    return Templated(
        name=template_name_of(arn) if arn is not None else name,
        template=content,
        data=template.template_data or "{}",
        headers=_headers(template.headers),
        attachments=_attachments(template.attachments),
    )


def _body(content: sesv2.Content) -> Body:
    return Body(data=content.data, charset=content.charset or "UTF-8")


def _addresses(destination: sesv2.Destination) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(destination.to_addresses or ()),
        tuple(destination.cc_addresses or ()),
        tuple(destination.bcc_addresses or ()),
    )


def _tags(tags: Sequence[sesv2.MessageTag] | None) -> tuple[MessageTag, ...]:
    return tuple(MessageTag(tag.name, tag.value) for tag in tags) if tags else ()


def _headers(headers: Sequence[sesv2.MessageHeader] | None) -> tuple[tuple[str, str], ...]:
    return tuple((header.name, header.value) for header in headers) if headers else ()


def _replaced(headers: tuple[tuple[str, str], ...], by: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    names = {name.lower() for name, _ in by}
    return tuple(header for header in headers if header[0].lower() not in names) + by


def _attachments(attachments: Sequence[sesv2.Attachment] | None) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            file_name=attachment.file_name,
            content=attachment.raw_content,
            content_type=attachment.content_type,
            disposition=attachment.content_disposition or "ATTACHMENT",
            transfer_encoding=attachment.content_transfer_encoding,
            content_id=attachment.content_id,
            description=attachment.content_description,
        )
        for attachment in attachments or ()
    )

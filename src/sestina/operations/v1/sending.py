"""Sending through the older API: simple, raw, templated and bulk templated mail."""

from collections.abc import Iterator, Sequence

from sestina.api import ses
from sestina.domain.refusals import Kind, Missing
from sestina.domain.submissions import LARGEST_V1, Raw, Simple, Submission, Templated
from sestina.domain.tags import MessageTag
from sestina.domain.templates import missing_template
from sestina.operations.bulk import check_bulk, submit_all
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.pipeline.sending.resolve import template_name_of
from sestina.protocols.mail.compose import Body


@handles(ses.SEND_EMAIL)
async def send_email(call: Call, request: ses.SendEmailRequest) -> ses.SendEmailResponse:
    """Sends a message of subject and bodies; the answer is its id once it is durable."""
    body = request.message.body
    to, cc, bcc = _addresses(request.destination)
    submission = Submission(
        operation="SendEmail",
        content=Simple(
            subject=_body(request.message.subject),
            text=None if body.text is None else _body(body.text),
            html=None if body.html is None else _body(body.html),
        ),
        largest=LARGEST_V1,
        source=request.source,
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=tuple(request.reply_to_addresses or ()),
        return_path=request.return_path,
        tags=_tags(request.tags),
        configuration_set=request.configuration_set_name,
        source_arn=request.source_arn,
        return_path_arn=request.return_path_arn,
        caller=call.caller,
        source_ip=call.source_ip,
    )
    return ses.SendEmailResponse(message_id=await call.services.mailroom.submit(call.region, submission))


@handles(ses.SEND_RAW_EMAIL)
async def send_raw_email(call: Call, request: ses.SendRawEmailRequest) -> ses.SendRawEmailResponse:
    """Sends a finished message; Destinations, when given, are the envelope in place of its To, Cc and Bcc."""
    submission = Submission(
        operation="SendRawEmail",
        content=Raw(data=request.raw_message.data),
        largest=LARGEST_V1,
        source=request.source or None,
        destinations=tuple(request.destinations) if request.destinations else None,
        tags=_tags(request.tags),
        configuration_set=request.configuration_set_name,
        source_arn=request.source_arn,
        from_arn=request.from_arn,
        return_path_arn=request.return_path_arn,
        caller=call.caller,
        source_ip=call.source_ip,
    )
    return ses.SendRawEmailResponse(message_id=await call.services.mailroom.submit(call.region, submission))


@handles(ses.SEND_TEMPLATED_EMAIL)
async def send_templated_email(call: Call, request: ses.SendTemplatedEmailRequest) -> ses.SendTemplatedEmailResponse:
    """Sends a stored template; data that do not fit it show as a Rendering Failure, not here."""
    to, cc, bcc = _addresses(request.destination)
    submission = Submission(
        operation="SendTemplatedEmail",
        content=Templated(name=_template_name(request), template=None, data=request.template_data),
        largest=LARGEST_V1,
        source=request.source,
        to=to,
        cc=cc,
        bcc=bcc,
        reply_to=tuple(request.reply_to_addresses or ()),
        return_path=request.return_path,
        tags=_tags(request.tags),
        configuration_set=request.configuration_set_name,
        source_arn=request.source_arn,
        return_path_arn=request.return_path_arn,
        caller=call.caller,
        source_ip=call.source_ip,
    )
    return ses.SendTemplatedEmailResponse(message_id=await call.services.mailroom.submit(call.region, submission))


@handles(ses.SEND_BULK_TEMPLATED_EMAIL)
async def send_bulk_templated_email(
    call: Call, request: ses.SendBulkTemplatedEmailRequest
) -> ses.SendBulkTemplatedEmailResponse:
    """Sends a stored template to many; a template that is missing fails the whole request here."""
    await check_bulk(
        call, request.source, request.return_path, request.configuration_set_name, len(request.destinations)
    )
    name = _template_name(request)
    if await call.region.templates.get(name) is None:
        raise Missing(Kind.TEMPLATE, missing_template(name), {"TemplateName": name})
    outcomes = await submit_all(call, _bulk_submissions(call, request, name))
    return ses.SendBulkTemplatedEmailResponse(
        status=[
            ses.BulkEmailDestinationStatus(status=outcome.v1, error=outcome.error, message_id=outcome.message_id)
            for outcome in outcomes
        ]
    )


def _bulk_submissions(call: Call, request: ses.SendBulkTemplatedEmailRequest, name: str) -> Iterator[Submission]:
    default_tags = {tag.name: tag for tag in _tags(request.default_tags)}
    for entry in request.destinations:
        to, cc, bcc = _addresses(entry.destination)
        tags = default_tags | {tag.name: tag for tag in _tags(entry.replacement_tags)}
        yield Submission(
            operation="SendBulkTemplatedEmail",
            content=Templated(
                name=name,
                template=None,
                data=entry.replacement_template_data or "{}",
                defaults=request.default_template_data or "{}",
            ),
            largest=LARGEST_V1,
            source=request.source,
            to=to,
            cc=cc,
            bcc=bcc,
            reply_to=tuple(request.reply_to_addresses or ()),
            return_path=request.return_path,
            tags=tuple(tags.values()),
            configuration_set=request.configuration_set_name,
            source_arn=request.source_arn,
            return_path_arn=request.return_path_arn,
            caller=call.caller,
            source_ip=call.source_ip,
        )


def _template_name(request: ses.SendTemplatedEmailRequest | ses.SendBulkTemplatedEmailRequest) -> str:
    return template_name_of(request.template_arn) if request.template_arn else request.template


def _body(content: ses.Content) -> Body:
    return Body(data=content.data, charset=content.charset or "UTF-8")


def _addresses(destination: ses.Destination) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(destination.to_addresses or ()),
        tuple(destination.cc_addresses or ()),
        tuple(destination.bcc_addresses or ()),
    )


def _tags(tags: Sequence[ses.MessageTag] | None) -> tuple[MessageTag, ...]:
    return tuple(MessageTag(tag.name, tag.value) for tag in tags) if tags else ()

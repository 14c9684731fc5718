"""Feedback: the mails that SES itself sends to the feedback address of a message (events-and-receiving.md 8.3 to 8.5).

They go straight into the mailbox: a bounce as a delivery status notification, a complaint as an abuse report, and the
out-of-office reply of the simulator. They count for nothing and are in no event.
"""

from typing import Final

from sestina.domain.events import Event, EventType
from sestina.domain.identities import Identity
from sestina.domain.instants import Instant
from sestina.domain.message_ids import bounce_domain, message_id
from sestina.domain.messages import Message, Step
from sestina.pipeline.flow import Delivering
from sestina.pipeline.sending.compose import OwnFields
from sestina.pipeline.sending.transmit import reporting_mta
from sestina.ports.engine import Statement
from sestina.ports.outside import Outside
from sestina.protocols.mail.addresses import AddressError, Mailbox, format_mailbox, parse_address
from sestina.protocols.mail.compose import Body, compose
from sestina.protocols.mail.dates import rfc5322_date
from sestina.protocols.mail.reports import FinalRecipient, Part, delivery_status, feedback_report, write_report

OPERATION: Final = "Feedback"
BOUNCE_TEXT: Final = "An error occurred while trying to deliver the mail to the following recipients:\r\n"
COMPLAINT_TEXT: Final = "This is an email abuse report for an email message from amazonses.com on {}\r\n"
AWAY_TEXT: Final = "I am out of the office and will read your message when I am back."
SEVEN_BIT: Final = ("Content-Transfer-Encoding", "7bit")
INLINE: Final = ("Content-Disposition", "inline")

Mail = tuple[Message, bytes]


def feedback_reader(message: Message, identity: Identity | None) -> Mailbox | None:
    """Who gets a mail about bounces and complaints, if the identity wants them by mail and there is somebody."""
    wants = identity is not None and identity.notifications.forwarding
    return _reader(message) if wants else None


def forwarded(message: Message, raw: bytes, to: Mailbox, event: Event, outside: Outside) -> Mail:
    """The mail about a bounce or complaint of a message, with its octets."""
    write = _bounce_mail if event.type is EventType.BOUNCE else _complaint_mail
    return write(message, raw, to, event, outside)


def automatic_reply(message: Message, address: str, outside: Outside) -> Mail | None:
    """The simulator's out-of-office reply (RFC 3834 §3), if there is somebody to get it."""
    to = _reader(message)
    if to is None:
        return None
    original = _own_fields(message).message_id_field
    subject = f"Automatic reply: {message.subject or ''}".rstrip()
    mail = _mail(message, to, address, "", subject, outside)
    headers = [
        ("From", address),
        ("To", mail.to[0]),
        ("Subject", subject),
        ("In-Reply-To", original),
        ("References", original),
        ("Auto-Submitted", "auto-replied"),  # RFC 3834 §5
    ]
    seed = str(mail.accepted)
    raw = compose(
        headers=headers, text=Body(data=AWAY_TEXT), html=None, boundary_seed=seed, finished=_own_fields(mail).lines
    )
    return mail, raw


def statements_of(work: Delivering, mail: Mail) -> list[Statement]:
    """The rows of a mail whose way has already ended."""
    message, raw = mail
    about = f"about {work.message.id}"
    journey = [Step("feedback", "put into the mailbox", about, message.accepted)]
    journey.append(Step("conclude", "done", "", message.accepted))
    return work.region.messages.insertion(message, raw, None, journey)[1]


def _bounce_mail(message: Message, raw: bytes, to: Mailbox, event: Event, outside: Outside) -> Mail:
    domain = bounce_domain(message.region)
    source, subject = f"MAILER-DAEMON@{domain}", "Delivery Status Notification (Failure)"
    mail = _mail(message, to, source, "", subject, outside)
    fields = [("Reporting-MTA", f"dsn; {event.reporting_mta or reporting_mta(message.region)}")]
    recipients = [
        FinalRecipient(address=address, action="failed", status=event.status or "5.0.0", diagnostic_code=diagnostic)
        for address, diagnostic in zip(event.recipients, event.diagnostics, strict=True)
    ]
    told = BOUNCE_TEXT + "\r\n".join(event.recipients)
    parts = [
        _part("text/plain; charset=us-ascii", told.encode("ascii", "replace"), SEVEN_BIT, _named("Notification")),
        _part(
            "message/delivery-status",
            delivery_status(fields, recipients),
            SEVEN_BIT,
            _named("Delivery Status Notification"),
        ),
        _part("message/rfc822", raw, _named("Undelivered Message")),
    ]
    return mail, _report(mail, "<>", "delivery-status", parts)


def _complaint_mail(message: Message, raw: bytes, to: Mailbox, event: Event, outside: Outside) -> Mail:
    prefix = "" if message.region == "us-east-1" else f"{message.region}."
    source, subject = f"complaints@{prefix}email-abuse.amazonses.com", f"Fw: {message.subject or ''}".rstrip()
    mail = _mail(message, to, source, "no-reply@amazonses.com", subject, outside)
    sent = rfc5322_date(message.accepted)
    fields = [
        ("Feedback-Type", event.feedback_type or "abuse"),
        ("User-Agent", event.user_agent or "Amazon SES"),
        ("Version", "0.1"),
        ("Original-Mail-From", f"<{message.mail_from}>"),
        *(("Original-Rcpt-To", address) for address in event.recipients),
        ("Received-Date", rfc5322_date(event.arrival or event.at)),
        ("Reported-Domain", "amazonses.com"),
    ]
    told = COMPLAINT_TEXT.format(sent)
    parts = [
        _part("text/plain; charset=us-ascii", told.encode("ascii"), SEVEN_BIT, INLINE),
        _part("message/feedback-report", feedback_report(fields), SEVEN_BIT, INLINE),
        _part("message/rfc822", raw, INLINE),
    ]
    return mail, _report(mail, "<no-reply@amazonses.com>", "feedback-report", parts)


def _mail(message: Message, to: Mailbox, source: str, mail_from: str, subject: str, outside: Outside) -> Message:
    now: Instant = outside.clock.now()
    return Message(
        id=message_id(message.region, now, outside.ids.uuid()),
        account=message.account,
        region=message.region,
        accepted=now,
        operation=OPERATION,
        source=source,
        mail_from=mail_from,
        feedback="",
        recipients=(to.address,),
        to=(format_mailbox(to),),
        subject=subject,
    )


def _reader(message: Message) -> Mailbox | None:
    """Who gets feedback; nobody when the Return-Path of a raw message names nobody."""
    try:
        return parse_address(message.feedback)
    except AddressError:
        return None


def _report(mail: Message, return_path: str, report_type: str, parts: list[Part]) -> bytes:
    own = _own_fields(mail)
    return write_report(
        headers=(
            ("Return-Path", return_path),
            ("From", mail.source),
            ("To", mail.to[0]),
            ("Message-ID", own.message_id_field),
            ("Subject", mail.subject or ""),
        ),
        report_type=report_type,
        parts=parts,
        trailing=(
            ("Date", rfc5322_date(mail.accepted)),
            ("Feedback-ID", own.feedback_id),
            ("X-SES-Outgoing", own.outgoing),
        ),
        boundary=f"----=_Part_{mail.id[17:25]}_{mail.id[26:30]}.{mail.accepted}",
    )


def _own_fields(message: Message) -> OwnFields:
    return OwnFields(
        message_id=message.id, accepted=message.accepted, region=message.region, account=message.account, tags=()
    )


def _named(description: str) -> tuple[str, str]:
    return "Content-Description", description


def _part(content_type: str, body: bytes, *fields: tuple[str, str]) -> Part:
    return Part(fields=(("Content-Type", content_type), *fields), body=body)

"""fakecloud's list of what came in over SMTP, as a view of the one mailbox (compatibility.md 2.1)."""

from typing import Final

from sestina.domain.messages import Message
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.routes import Route, Visit
from sestina.listeners.inspection.sent import Sent, in_order, json_list
from sestina.listeners.submission import OPERATION
from sestina.protocols.mail.dates import iso8601

Json = dict[str, object]


async def submissions(visit: Visit) -> Answer:
    """Every message that was submitted over SMTP, in order."""
    return await json_list(b'{"submissions":[', in_order(visit, _is_submission), _submission, b"]}")


ROUTES: Final = (
    Route(method="GET", path="/_fakecloud/ses/smtp/submissions", handler=submissions, summary="SMTP submissions"),
)


def _is_submission(message: Message) -> bool:
    return message.operation == OPERATION


def _submission(sent: Sent) -> Json:
    message = sent.message
    return {
        "messageId": message.id,
        "from": message.source,
        "to": message.recipients,
        "subject": message.subject,
        "rawSizeBytes": len(sent.submitted) - _trace_size(message.submitted_header),
        "receivedAt": iso8601(message.accepted).replace("Z", "+00:00"),
        "authUser": message.smtp_user,
    }


def _trace_size(header: bytes) -> int:
    """The octets of our own Received field, which the client has not sent."""
    end = 0
    while (end := header.find(b"\n", end) + 1) and header[end : end + 1] in (b" ", b"\t"):
        pass
    return end

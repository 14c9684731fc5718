"""fakecloud's endpoints, as views of the one mailbox (compatibility.md 2.1 and 2.2). To add one, add a row."""

from base64 import b64encode
from collections.abc import Awaitable
from typing import Final

from sestina import __version__
from sestina.domain.messages import Message
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection import fakecloud_events, fakecloud_identities, fakecloud_smtp
from sestina.listeners.inspection.control import forget
from sestina.listeners.inspection.routes import Facts, Route, Table, Visit, answer
from sestina.listeners.inspection.sent import Sent, in_order, json_list
from sestina.listeners.inspection.views import headers_of
from sestina.operations.call import Services
from sestina.protocols.mail.dates import iso8601

Json = dict[str, object]

SERVICES: Final = ("ses",)


async def emails(visit: Visit) -> Answer:
    """Every message in the order it was sent."""
    return await json_list(b'{"emails":[', in_order(visit, _every, signed=True), _sent_email, b"]}")


def health(visit: Visit) -> Answer:
    """That the server answers; its clients accept these three keys and no other."""
    return answer({"status": "ok", "version": __version__, "services": SERVICES})


def reset(visit: Visit) -> Awaitable[Answer]:
    """Forgets everything."""
    return _reset(visit, {"status": "ok"})


def reset_service(visit: Visit) -> Awaitable[Answer] | Answer:
    """Forgets everything of one service; SES is the one."""
    service = visit.labels["service"]
    if service not in SERVICES:
        return answer({"error": f"Unknown service: {service}"}, 404)
    return _reset(visit, {"reset": service})


async def _reset(visit: Visit, said: Json) -> Answer:
    await forget(visit)
    return answer(said)


ROUTES: Final = (
    Route(method="GET", path="/_fakecloud/ses/emails", handler=emails, summary="Messages"),
    *fakecloud_events.ROUTES,
    *fakecloud_identities.ROUTES,
    *fakecloud_smtp.ROUTES,
    Route(method="GET", path="/_fakecloud/health", handler=health, summary="Health"),
    Route(method="POST", path="/_reset", handler=reset, summary="Forget everything"),
    Route(method="POST", path="/_fakecloud/reset", handler=reset, summary="Forget everything"),
    Route(method="POST", path="/_fakecloud/reset/{service}", handler=reset_service, summary="Forget a service"),
)


def fakecloud_door(services: Services, facts: Facts) -> Table:
    """Answers under `/_fakecloud`, and `/_reset`."""
    return Table(ROUTES, services, facts, is_strict=False, error_key="error")


def _every(message: Message) -> bool:
    return True


def _sent_email(sent: Sent) -> Json:
    message = sent.message
    is_raw = message.raw_door
    signatory = message.signatories[0] if message.signatories else None
    headers = [] if sent.root is None else [(one.name, one.value) for one in headers_of(sent.root)]
    return {
        "messageId": message.id,
        "from": message.source,
        "to": message.to if message.to or not is_raw else message.recipients,
        "cc": message.cc,
        "bcc": message.bcc,
        "subject": message.subject,
        "htmlBody": sent.html,
        "textBody": sent.text,
        "rawData": b64encode(sent.submitted).decode() if is_raw else None,
        "templateName": message.template,
        "templateData": message.template_data,
        "timestamp": iso8601(message.accepted).replace("Z", "+00:00"),
        "dkimSignature": next((value for name, value in headers if name.lower() == "dkim-signature"), None),
        "dkimDomain": signatory.domain if signatory else None,
        "dkimSelector": signatory.selector if signatory else None,
        "headers": headers,
    }

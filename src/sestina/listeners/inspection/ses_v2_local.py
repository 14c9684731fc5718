"""aws-ses-v2-local's endpoints, as views of the one mailbox (compatibility.md part 2)."""

import re
from base64 import b64encode
from typing import Final

import msgspec

from sestina.domain.templates import Template
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.routes import Facts, Parameter, Route, Table, Visit, answer
from sestina.listeners.inspection.sent import Sent, in_order, json_list
from sestina.listeners.inspection.views import Header, headers_of
from sestina.operations.call import Services
from sestina.protocols.aws.timestamps import seconds
from sestina.protocols.mail.parts import attachments, part_at
from sestina.storage.collection import START

Json = dict[str, object]

SINCE: Final = Parameter(name="since", sentence="Only messages accepted since, in epoch seconds.")
MESSAGE_ID: Final = Parameter(name="messageId", sentence="The message.")
WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,15}")
BAD_SINCE: Final = "Bad since query param, expected integer representing epoch timestamp in seconds"
TEMPLATES_READ: Final = 500
STANDARD_HEADERS: Final = frozenset(
    {
        "from", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version", "content-type",
        "content-transfer-encoding", "feedback-id", "x-ses-outgoing", "dkim-signature",
    }
)  # fmt: skip


async def store(visit: Visit) -> Answer:
    """Templates and messages, in the order they were sent."""
    since = visit.text("since")
    if since is not None and not WHOLE_NUMBER.fullmatch(since):
        return answer({"message": BAD_SINCE}, 400)
    earliest = None if since is None else int(since)
    items = in_order(visit, lambda message: earliest is None or message.accepted // 1000 >= earliest)
    templates = msgspec.json.encode(await _templates(visit))
    return await json_list(b'{"templates":' + templates + b',"emails":[', items, _email, b"]}")


async def clear_store(visit: Visit) -> Answer:
    """Forgets messages and templates; identities and the rest stay, for this store has none."""
    regions, now = visit.services.regions, visit.services.clock.now()
    for region in await regions.all(now):
        await visit.services.mailroom.forget_all(region)
        while page := (await region.templates.page("name", START, TEMPLATES_READ))[0]:
            for template in page:
                await region.templates.remove(template.name)
    return answer({"message": "Store cleared"})


def health_check(visit: Visit) -> Answer:
    """That the server answers."""
    return Answer(200, content_type="")


async def eml_content(visit: Visit) -> Answer:
    """The octets of a message as Node writes a Buffer in JSON."""
    found = await visit.mailbox.get(visit.text("messageId") or "")
    raw = None if found is None else await visit.octets(found)
    if found is None or raw is None:
        return answer({"message": "Email not found within the store"}, 400)
    body = {"type": "Buffer", "data": list(raw)}
    return answer({"messageId": found.message.id, "fileName": found.message.subject, "body": body})


ROUTES: Final = (
    Route(method="GET", path="/store", handler=store, summary="Everything", parameters=(SINCE,)),
    Route(method="POST", path="/clear-store", handler=clear_store, summary="Forget everything"),
    Route(method="GET", path="/health-check", handler=health_check, summary="Health"),
    Route(method="GET", path="/get-emlContent", handler=eml_content, summary="One message", parameters=(MESSAGE_ID,)),
)


def ses_v2_local_door(services: Services, facts: Facts) -> Table:
    """Answers `/store`, `/clear-store`, `/health-check` and `/get-emlContent`."""
    return Table(ROUTES, services, facts, is_strict=False)


async def _templates(visit: Visit) -> Json:
    """By name; where two accounts have one of the same name, the later account's."""
    found: Json = {}
    for region in await visit.services.regions.all(visit.services.clock.now()):
        mark = START
        while True:
            page, following = await region.templates.page("name", mark, TEMPLATES_READ)
            found |= {template.name: _template(template) for template in page}
            if following is None:
                break
            mark = following
    return found


def _template(template: Template) -> Json:
    content = template.content
    parts = {"Subject": content.subject, "Text": content.text, "Html": content.html}
    return {
        "TemplateName": template.name,
        "TemplateContent": {name: part for name, part in parts.items() if part is not None},
        "CreatedTimestamp": seconds(template.created),
    }


def _email(sent: Sent) -> Json:
    message = sent.message
    view: Json = {
        "messageId": message.id,
        "from": message.source,
        "replyTo": message.reply_to,
        "destination": _destination(sent),
        "subject": message.subject if message.subject is not None else "(no subject)",
        "body": _body(sent),
        "attachments": _attachments(sent),
        "at": message.accepted // 1000,
    }
    own = [one for one in _headers(sent) if one.name.lower() not in STANDARD_HEADERS]
    return view | {"headers": own} if own else view


def _destination(sent: Sent) -> Json:
    message = sent.message
    if not message.raw_door:
        return {"to": message.to, "cc": message.cc, "bcc": message.bcc}
    fields = {} if sent.root is None else {name: sent.root.headers.all(name) for name in ("to", "cc")}
    return {"to": fields.get("to", []), "cc": fields.get("cc", []), "bcc": message.bcc}


def _body(sent: Sent) -> Json:
    parts = {"text": sent.text, "html": sent.html}
    if sent.message.template_data is not None:  # both are there, empty if the template lacks one
        return {name: part or "" for name, part in parts.items()}
    return {name: part for name, part in parts.items() if part is not None}


def _attachments(sent: Sent) -> list[Json]:
    root = sent.root
    if root is None:
        return []
    found: list[Json] = []
    for info in attachments(root):
        part = part_at(root, info.index)
        content = b"" if part is None else part.body
        named = {} if info.file_name is None else {"filename": info.file_name}
        found.append(
            {"content": b64encode(content).decode(), "contentType": info.content_type, **named, "size": len(content)}
        )
    return found


def _headers(sent: Sent) -> list[Header]:
    return [] if sent.root is None else headers_of(sent.root)

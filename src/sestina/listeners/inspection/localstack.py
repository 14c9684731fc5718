"""LocalStack's and Floci's endpoints, as views of the one mailbox (compatibility.md 2.3 and part 2)."""

from collections.abc import AsyncIterator, Awaitable
from typing import Final

from sestina import __version__
from sestina.domain.messages import Message
from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.control import forget
from sestina.listeners.inspection.filters import is_from
from sestina.listeners.inspection.messages import delete_messages, forget_one
from sestina.listeners.inspection.routes import Facts, Parameter, Route, Table, Visit, answer
from sestina.listeners.inspection.sent import Sent, in_order, json_list
from sestina.listeners.neighbour_services import TARGETS, VERSIONS
from sestina.operations.call import Services
from sestina.protocols.mail.dates import iso8601

Json = dict[str, object]

LOCALSTACK_NAMES: Final = {"monitoring": "cloudwatch"}
NEIGHBOURS: Final = sorted({*TARGETS.values(), *VERSIONS.values(), "lambda", "s3"})
SERVICES: Final = {
    "ses": "running",
    "sesv2": "running",
    **{LOCALSTACK_NAMES.get(name, name): "available" for name in NEIGHBOURS},
}
"""LocalStack's words: the neighbours are started when they are first called."""
ID: Final = Parameter(name="id", sentence="The exact message id.")
EMAIL: Final = Parameter(name="email", sentence="The source, or any recipient.")
STATE_OK: Final = {"status": "OK"}


async def list_sent(visit: Visit) -> Answer:
    """Messages in the order they were sent; `email` is the source (LocalStack) or a recipient (Floci)."""
    id_, email = visit.text("id"), visit.text("email")
    items = in_order(visit, lambda message: email is None or _is_about(message, email))
    if id_ is not None:
        items = _one(visit, id_, email)
    return await json_list(b'{"messages":[', items, _view, b"]}")


async def delete_sent(visit: Visit) -> Answer:
    """Forgets one message or all."""
    id_ = visit.text("id")
    if id_ is None:
        return await delete_messages(visit)
    found = await visit.mailbox.get(id_)
    if found is None:
        return answer({"message": f"There is no message with the id {id_}."}, 404)
    return await forget_one(visit, found)


def health(visit: Visit) -> Answer:
    """That SES runs, and that the neighbours can."""
    return answer(
        {"services": SERVICES, "edition": "community", "original_edition": "community", "version": __version__}
    )


def reset(visit: Visit) -> Awaitable[Answer]:
    """Forgets everything."""
    return _reset(visit)


async def _reset(visit: Visit) -> Answer:
    await forget(visit)
    return answer(STATE_OK)


ROUTES: Final = (
    Route(method="GET", path="/_aws/ses", handler=list_sent, summary="Messages", parameters=(ID, EMAIL)),
    Route(method="DELETE", path="/_aws/ses", handler=delete_sent, summary="Forget messages", parameters=(ID,)),
    *(
        Route(method="GET", path=path, handler=health, summary="Health")
        for path in ("/health", "/_localstack/health", "/_floci/health")
    ),
    *(
        Route(method="POST", path=f"/{owner}/state/{verb}", handler=reset, summary="Forget everything")
        for owner in ("_localstack", "_floci")
        for verb in ("reset", "nuke")
    ),
)


def localstack_door(services: Services, facts: Facts) -> Table:
    """Answers under `/_aws/ses`, `/_localstack` and `/_floci`."""
    return Table(ROUTES, services, facts, is_strict=False)


async def _one(visit: Visit, id_: str, email: str | None) -> AsyncIterator[Sent]:
    found = await visit.mailbox.get(id_)
    if found is not None and (email is None or _is_about(found.message, email)):
        yield Sent(found=found, raw=await visit.mailbox.raw(found.seq))


def _is_about(message: Message, email: str) -> bool:
    wanted = email.lower()
    return is_from(message, wanted) or any(wanted == one.lower() for one in (*message.recipients, *message.to))


def _view(sent: Sent) -> Json:
    message = sent.message
    view: Json = {"Id": message.id, "Region": message.region, "Source": message.source}
    if message.raw_door:
        view["RawData"] = sent.submitted.decode("utf-8", "replace")
    else:
        lists = {"ToAddresses": message.to, "CcAddresses": message.cc, "BccAddresses": message.bcc}
        view["Destination"] = {name: addresses for name, addresses in lists.items() if addresses}
        if message.reply_to:
            view["ReplyToAddresses"] = message.reply_to
        if message.template_data is not None:
            view |= {"Template": message.template, "TemplateData": message.template_data}
        view |= {"Subject": message.subject, "Body": {"text_part": sent.text, "html_part": sent.html}}
    view["Timestamp"] = iso8601(message.accepted)[:19]
    return view

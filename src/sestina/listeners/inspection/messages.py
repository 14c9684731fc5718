"""Messages: the list, one message, and every piece of it as it is."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final
from urllib.parse import quote

from sestina.listeners.http_messages import Answer, HttpError
from sestina.listeners.inspection.filters import Search, filters_of
from sestina.listeners.inspection.routes import LONGEST_TEXT, Visit, answer
from sestina.listeners.inspection.views import (
    Page,
    attachment_at,
    detail,
    part_view,
    plain_lines,
    summary,
)
from sestina.protocols.mail.parts import Part, html_body, parse, part_at, text_body
from sestina.storage.mailbox import Found
from sestina.storage.messages import END

MOST_LOOKED_AT: Final = 5_000  # messages per request, however few of them match
CURSOR: Final = re.compile(r"m([0-9]{1,18})")
MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}")  # RFC 6838 §4.2
UNSAFE_IN_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LONGEST_NAME: Final = 150
ON_ITS_WAY: Final = "This message waits for the relay; it can be forgotten once that has decided."
NO_SNIFFING: Final = (("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"))
SANDBOX: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; media-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
GUARDED: Final = (
    *NO_SNIFFING,
    ("Content-Security-Policy", SANDBOX),
    ("Referrer-Policy", "no-referrer"),
    ("X-DNS-Prefetch-Control", "off"),
)
"""For content of strangers: it runs nothing, loads nothing and belongs to no site."""


async def list_messages(visit: Visit) -> Answer:
    """A page, newest first."""
    limit, cursor = visit.number("limit"), visit.text("cursor")
    mark = await visit.mailbox.last()
    search = Search(visit.mailbox, filters_of(visit), END if cursor is None else position(cursor))
    messages = []
    async for found in search.run(MOST_LOOKED_AT):
        messages.append(summary(found, await visit.size(found)))
        if len(messages) == limit:
            break
    more = len(messages) == limit or not search.is_over
    return answer(Page(messages=messages, cursor=place(search.before) if more else None, mark=place(mark)))


async def latest(visit: Visit) -> Answer:
    """The newest message that the filters admit."""
    filters = filters_of(visit)
    async for found in Search(visit.mailbox, filters).run(None):
        return await _shown(visit, found)
    raise HttpError(404, f"There is no message yet{f' with {filters}' if str(filters) else ''}.")


async def get_message(visit: Visit) -> Answer:
    """Everything about one message."""
    return await _shown(visit, await _message(visit))


async def get_raw(visit: Visit) -> Answer:
    """The exact octets."""
    found, raw = await _content(visit)
    disposition = ("Content-Disposition", f'inline; filename="{found.message.id}.eml"')
    return Answer(200, raw, "message/rfc822", (disposition, *GUARDED))


async def get_text(visit: Visit) -> Answer:
    """The plain text."""
    text = plain_lines(text_body(await _root(visit)))
    if text is None:
        raise HttpError(404, "This message has no plain text.")
    return Answer(200, text.encode("utf-8", "replace"), "text/plain; charset=utf-8", GUARDED)


async def get_html(visit: Visit) -> Answer:
    """The HTML, where it can do no harm."""
    html = plain_lines(html_body(await _root(visit)))
    if html is None:
        raise HttpError(404, "This message has no HTML.")
    return Answer(200, html.encode("utf-8", "replace"), "text/html; charset=utf-8", GUARDED)


async def get_attachment(visit: Visit) -> Answer:
    """The exact content of an attachment, always as a file."""
    root, label = await _root(visit), visit.labels["n"]
    info = attachment_at(root, int(label)) if label.isascii() and label.isdigit() and len(label) < 10 else None
    part = None if info is None else part_at(root, info.index)
    if info is None or part is None:
        raise HttpError(404, f"This message has no attachment {label[:20]}.")
    content_type = info.content_type if MEDIA_TYPE.fullmatch(info.content_type) else "application/octet-stream"
    disposition = ("Content-Disposition", as_file(info.file_name or f"attachment-{label}"))
    return Answer(200, part.body, content_type, (disposition, *GUARDED))


async def get_parts(visit: Visit) -> Answer:
    """The tree of parts."""
    return answer(part_view(await _root(visit)))


async def delete_message(visit: Visit) -> Answer:
    """Forgets one message."""
    return await forget_one(visit, await _message(visit))


async def forget_one(visit: Visit, found: Found) -> Answer:
    """Forgets a message that was found, unless it is still on its way to the server that decides."""
    message, now = found.message, visit.services.outside.clock.now()
    region = await visit.services.regions.get(message.account, message.region, now)
    if not await visit.services.mailroom.forget(region, found.seq):
        raise HttpError(409, ON_ITS_WAY)
    return Answer(204)


async def delete_messages(visit: Visit) -> Answer:
    """Forgets all messages, or those of an account or region."""
    regions = visit.services.regions
    now = visit.services.outside.clock.now()
    for scope in await visit.mailbox.scopes(visit.text("account"), visit.text("region")):
        await visit.services.mailroom.forget_all(await regions.get(scope.account, scope.region, now))
    return Answer(204)


def place(seq: int) -> str:
    """A number as a word that says nothing to outsiders."""
    return urlsafe_b64encode(b"m%d" % seq).decode().rstrip("=")


def position(word: str) -> int:
    """The number of such a word.

    Raises:
        HttpError: it is none of ours.
    """
    try:
        text = urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode("ascii")
    except ValueError:
        text = ""
    matched = CURSOR.fullmatch(text)
    if matched is None:
        raise HttpError(400, f"{word[:LONGEST_TEXT]!r} is not a cursor or mark of an earlier answer.")
    return int(matched[1])


def as_file(name: str) -> str:
    """A Content-Disposition that saves under this name, or what is harmless of it (RFC 6266, RFC 8187)."""
    safe = UNSAFE_IN_NAME.sub("_", name.encode("utf-8", "replace").decode()).strip(". ")[:LONGEST_NAME] or "attachment"
    plain = "".join(each if " " <= each <= "~" and each != "%" else "_" for each in safe)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


async def _message(visit: Visit) -> Found:
    id_ = visit.labels["id"]
    found = await visit.mailbox.get(id_)
    if found is None:
        raise HttpError(404, f"There is no message with the id {id_}.")
    return found


async def _content(visit: Visit) -> tuple[Found, bytes]:
    found = await _message(visit)
    raw = await visit.octets(found)
    if raw is None:
        why = "waits to be rendered" if found.is_pending else "could not be rendered; its journey says why"
        raise HttpError(404, f"This message {why}.")
    return found, raw


async def _root(visit: Visit) -> Part:
    return parse((await _content(visit))[1])


async def _shown(visit: Visit, found: Found) -> Answer:
    raw, events = await visit.octets(found), await visit.mailbox.events(found.seq)
    return answer(detail(found, raw, events))

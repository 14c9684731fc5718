"""Routes of the inspection: a row says the path, what may be asked and what is answered; rows do the routing.

The same rows are described by `openapi.py`. Everything that comes in is checked here, once, by the kind that its row
gives it.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, TypeVar
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.listeners.http_messages import Answer, HttpError, Request
from sestina.operations.call import Services
from sestina.pipeline.sending.signatures import octets_added, signed
from sestina.protocols.aws.timestamps import from_seconds, from_text
from sestina.storage.mailbox import Found, Mailbox

T = TypeVar("T")

LONG_HEAD: Final = 16 * 1024
LARGEST_BODY: Final = 64 * 1024
LONGEST_LABEL: Final = 1_024
LONGEST_TEXT: Final = 1_000
MOST_PARAMETERS: Final = 50
EPOCH_SECONDS_END: Final = 100_000_000_000  # as seconds the year 5138: greater numbers are milliseconds


class Kind(Enum):
    """What a parameter is; the value is its JSON type."""

    TEXT = "string"
    TEXTS = "array"
    NUMBER = "integer"
    INSTANT = "date-time"


class Parameter(Struct, frozen=True, kw_only=True):
    """Something that may be asked in the query string."""

    name: str
    sentence: str
    kind: Kind = Kind.TEXT
    default: int | None = None
    least: int = 0
    most: int = 2**53


class Facts(Struct, frozen=True, kw_only=True):
    """What the program knows about itself: where it listens, by the names of the ready file, when it is to end, and
    how to get the PEM of its certificate."""

    default_region: str
    listeners: Mapping[str, str]
    closing: asyncio.Event
    certificate: Callable[[], bytes]


class Visit(Struct, frozen=True, kw_only=True):
    """One request to a route, checked: labels decoded, parameters of the kinds that the row gives them."""

    request: Request
    services: Services
    mailbox: Mailbox
    facts: Facts
    labels: Mapping[str, str]
    asked: Mapping[str, object]

    async def octets(self, found: Found) -> bytes | None:
        """A message as receivers get it, signed; None while it waits to be rendered or could not be."""
        raw = await self.mailbox.raw(found.seq)
        if raw is None:
            return None
        return await signed(found.seq, found.message, raw, self.services.regions, self.services.outside)

    async def size(self, found: Found) -> int | None:
        """How many octets that are; nothing is signed to find out."""
        if found.size is None or not found.message.signatories:
            return found.size
        head = await self.mailbox.head(found.seq)
        if len(head) > LONG_HEAD:
            await asyncio.sleep(0)  # it takes a while to read: the sockets have their turn in between
        return found.size + octets_added(found.message, head)

    def text(self, name: str) -> str | None:
        """A text, None if it was not given."""
        value = self.asked.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> Sequence[str]:
        """Every value of a parameter that may be repeated."""
        value = self.asked.get(name)
        return value if isinstance(value, tuple) else ()

    def number(self, name: str) -> int:
        """A number within its bounds, or the default of its row."""
        value = self.asked[name]
        assert isinstance(value, int)
        return value

    def instant(self, name: str) -> Instant | None:
        """An instant, None if it was not given."""
        value = self.asked.get(name)
        return value if isinstance(value, int) else None

    def body(self, type_: type[T]) -> T:
        """The JSON body as this type; no body counts as `{}`."""
        if len(self.request.body) > LARGEST_BODY:
            raise HttpError(413, f"The body is larger than {LARGEST_BODY} bytes.")
        try:
            return msgspec.json.decode(self.request.body or b"{}", type=type_)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HttpError(400, f"The body cannot be used: {error}.") from error


Handler = Callable[[Visit], Answer | Awaitable[Answer]]
Door = Callable[[Request], Answer | Awaitable[Answer]]


class Route(Struct, frozen=True, kw_only=True):
    """One row. `answers` is the shape of the body, or the content type of one that is no JSON; `explains` are errors
    that say more than a message."""

    method: str
    path: str
    handler: Handler
    summary: str
    parameters: tuple[Parameter, ...] = ()
    takes: type[Struct] | None = None
    answers: type[Struct] | str | None = None
    refuses: tuple[int, ...] = ()
    explains: dict[int, type[Struct]] = {}

    @property
    def name(self) -> str:
        """`get_messages_id_raw`."""
        words = [word for word in re.split(r"[^a-z0-9]+", self.path.removeprefix("/_sestina")) if word]
        return "_".join((self.method.lower(), *words)) if words else "index"


class Table:
    """Answers requests by rows. A strict one refuses parameters that its rows do not know."""

    def __init__(
        self, routes: Iterable[Route], services: Services, facts: Facts, *, is_strict: bool, error_key: str = "message"
    ) -> None:
        self._services = services
        self._mailbox = Mailbox(services.regions.engine)
        self._facts = facts
        self._is_strict = is_strict
        self._error_key = error_key
        self._rows: defaultdict[int, list[tuple[list[str], Route]]] = defaultdict(list)
        for route in routes:
            segments = _segments(route.path)
            self._rows[len(segments)].append((segments, route))
        for rows in self._rows.values():
            rows.sort(key=lambda row: sum(segment.startswith("{") for segment in row[0]))

    def __call__(self, request: Request) -> Answer | Awaitable[Answer]:
        """The answer, or a coroutine that makes it."""
        try:
            route, labels = self._match(request)
            _refuse_strangers(request)
            visit = Visit(
                request=request,
                services=self._services,
                mailbox=self._mailbox,
                facts=self._facts,
                labels=labels,
                asked=_asked(request.query, route.parameters, is_strict=self._is_strict),
            )
        except HttpError as error:
            return Answer(error.status, msgspec.json.encode({self._error_key: error.message}), headers=_allow(error))
        return route.handler(visit)

    def _match(self, request: Request) -> tuple[Route, dict[str, str]]:
        segments = _segments(request.path)
        rows = [row for row in self._rows.get(len(segments), ()) if _fits(row[0], segments)]
        if not rows:
            raise HttpError(404, f"There is nothing at {request.path[:LONGEST_LABEL]}.")
        method = "GET" if request.method == "HEAD" else request.method
        for pattern, route in rows:
            if route.method == method:
                pairs = zip(pattern, segments, strict=True)
                return route, {name[1:-1]: unquote(text) for name, text in pairs if name.startswith("{")}
        raise NotAllowed([route.method for _, route in rows], request.path)


class NotAllowed(HttpError):
    """The path is known, the method is not."""

    def __init__(self, methods: Sequence[str], path: str) -> None:
        self.methods = sorted({*methods, *(("HEAD",) if "GET" in methods else ())})
        super().__init__(405, f"{path} takes {', '.join(self.methods)}.")


async def unless_closing(closing: asyncio.Event, answering: Coroutine[None, None, Answer]) -> Answer:
    """What takes its time, given up when the server is to end."""
    work, end = asyncio.ensure_future(answering), asyncio.ensure_future(closing.wait())
    try:
        await asyncio.wait((work, end), return_when=asyncio.FIRST_COMPLETED)
        return await work if work.done() else answer({"message": "The server is stopping."}, 503)
    finally:
        work.cancel()
        end.cancel()


def answer(value: object, status: int = 200) -> Answer:
    """JSON."""
    return Answer(status, msgspec.json.encode(value))


def _allow(error: HttpError) -> tuple[tuple[str, str], ...]:
    return (("Allow", ", ".join(error.methods)),) if isinstance(error, NotAllowed) else ()


def _segments(path: str) -> list[str]:
    return path.removesuffix("/").split("/")


def _fits(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    return all(
        0 < len(segment) <= LONGEST_LABEL if expected.startswith("{") else expected == segment
        for expected, segment in zip(pattern, segments, strict=True)
    )


def _refuse_strangers(request: Request) -> None:
    """A web page of another site may not change anything here; browsers say where a request comes from."""
    if request.method not in ("GET", "HEAD") and request.headers.get("sec-fetch-site") == "cross-site":
        raise HttpError(403, "A web page of another site may not do this.")


def _asked(query: str, parameters: Sequence[Parameter], *, is_strict: bool) -> dict[str, object]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise HttpError(400, f"More than {MOST_PARAMETERS} parameters.") from error
    known = {parameter.name: parameter for parameter in parameters}
    asked: dict[str, object] = {
        parameter.name: parameter.default for parameter in parameters if parameter.default is not None
    }
    for name, text in pairs:
        parameter = known.get(name)
        if parameter is not None:
            asked[name] = _value(parameter, text, asked.get(name))
        elif is_strict:
            raise HttpError(400, f"{name!r} is not a parameter here; known are: {', '.join(sorted(known)) or 'none'}.")
    return asked


def _value(parameter: Parameter, text: str, before: object) -> object:
    if len(text) > LONGEST_TEXT:
        raise HttpError(400, f"{parameter.name} is longer than {LONGEST_TEXT} characters.")
    if parameter.kind is Kind.TEXTS:
        return (*(before if isinstance(before, tuple) else ()), text)
    if parameter.kind is Kind.NUMBER:
        return _number(parameter, text)
    if parameter.kind is Kind.INSTANT:
        return parse_instant(parameter.name, text)
    return text or None


def _number(parameter: Parameter, text: str) -> int:
    if not (text.isascii() and text.isdigit() and parameter.least <= int(text) <= parameter.most):
        raise HttpError(400, f"{parameter.name} must be a number from {parameter.least} to {parameter.most}.")
    return int(text)


def parse_instant(name: str, value: str | float) -> Instant:
    """The instant of an ISO 8601 text, of epoch milliseconds or of epoch seconds."""
    try:
        number = float(value)
    except ValueError:
        number = None
    try:
        if number is not None:
            return from_seconds(number / 1000 if abs(number) >= EPOCH_SECONDS_END else number)
        return from_text(str(value).replace(" ", "+"))  # a plus sign that nobody has encoded
    except (ValueError, OverflowError) as error:
        message = f"{name} must be an ISO 8601 instant like 2026-01-31T12:00:00Z, or epoch milliseconds."
        raise HttpError(400, message) from error

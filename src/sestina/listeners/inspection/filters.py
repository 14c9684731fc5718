"""Filters: which messages are asked for, and the search for them in slices of bounded cost."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.domain.messages import Message
from sestina.listeners.inspection.routes import Kind, Parameter, Visit
from sestina.protocols.mail.addresses import AddressError, parse_address
from sestina.storage.mailbox import Found, Mailbox
from sestina.storage.messages import END

SLICE: Final = 250  # rows between two looks at the sockets, about a millisecond
LOOK_BEHIND: Final = 1_000  # rows in a row older than `since` that end the search: the clock may have been turned back

PLACE: Final = (
    Parameter(name="account", sentence="Only this account, twelve digits; all accounts if left out."),
    Parameter(name="region", sentence="Only this region; all regions if left out."),
)
ONE_PLACE: Final = (
    Parameter(name="account", sentence="Whose it is, twelve digits; 000000000000 if left out."),
    Parameter(name="region", sentence="Where it is; the region that calls go to by default if left out."),
)
FILTERS: Final = (
    Parameter(name="to", sentence="Only messages with this recipient in the envelope (To, Cc or Bcc)."),
    Parameter(name="from", sentence="Only messages from this address; a display name does not matter."),
    Parameter(name="subject", sentence="Only messages whose subject contains this, in any case."),
    Parameter(
        name="tag", sentence="Only messages with this tag: a name, or name=value. May be repeated.", kind=Kind.TEXTS
    ),
    Parameter(name="configuration_set", sentence="Only messages sent with this configuration set."),
    Parameter(
        name="since",
        sentence="Only messages accepted at this instant or later: ISO 8601, or epoch milliseconds.",
        kind=Kind.INSTANT,
    ),
    *PLACE,
)


class Filters(Struct, frozen=True, kw_only=True):
    """What a message must be to be shown; None asks for nothing."""

    to: str | None = None
    from_: str | None = None
    subject: str | None = None
    tags: tuple[tuple[str, str | None], ...] = ()
    configuration_set: str | None = None
    since: Instant | None = None
    account: str | None = None
    region: str | None = None

    def admits(self, message: Message) -> bool:
        """Whether a message is asked for."""
        return (
            self.account in (None, message.account)
            and self.region in (None, message.region)
            and (self.since is None or message.accepted >= self.since)
            and self.configuration_set in (None, message.configuration_set)
            and (self.from_ is None or is_from(message, self.from_))
            and (self.subject is None or self.subject in (message.subject or "").lower())
            and (self.to is None or any(self.to == address.lower() for address in message.recipients))
            and all(_has_tag(message, name, value) for name, value in self.tags)
        )

    def __str__(self) -> str:
        """`to you@example.com, subject containing 'hello'`, for people."""
        said = [
            self.to and f"to {self.to}",
            self.from_ and f"from {self.from_}",
            self.subject and f"subject containing {self.subject!r}",
            self.tags and "tag " + ", ".join(name if value is None else f"{name}={value}" for name, value in self.tags),
            self.configuration_set and f"configuration set {self.configuration_set}",
            self.account and f"account {self.account}",
            self.region and f"region {self.region}",
        ]
        return ", ".join(part for part in said if part)


def filters_of(visit: Visit) -> Filters:
    """The filters of a request."""
    to, from_, subject = visit.text("to"), visit.text("from"), visit.text("subject")
    return Filters(
        to=to and _address(to),
        from_=from_ and _address(from_),
        subject=subject and subject.lower(),
        tags=tuple(_tag(text) for text in visit.texts("tag")),
        configuration_set=visit.text("configuration_set"),
        since=visit.instant("since"),
        account=visit.text("account"),
        region=visit.text("region"),
    )


class Search:
    """Goes through the mailbox from the newest message on; `before` is where it has got to."""

    def __init__(self, mailbox: Mailbox, filters: Filters, before: int = END) -> None:
        self._mailbox = mailbox
        self._filters = filters
        self.before = before
        self.is_over = False

    async def run(self, most: int | None) -> AsyncIterator[Found]:
        """What the filters admit, newest first, looking at no more than `most` messages."""
        filters = self._filters
        scopes = None
        if filters.account is not None or filters.region is not None:
            scopes = [scope.number for scope in await self._mailbox.scopes(filters.account, filters.region)]
        seen = older = 0
        while not self.is_over and (most is None or seen < most):
            size = SLICE if most is None else min(SLICE, most - seen)
            found = await self._mailbox.newest(size, before=self.before, scopes=scopes, recipient=filters.to)
            for one in found:
                self.before = one.seq
                older = older + 1 if filters.since is not None and one.message.accepted < filters.since else 0
                if filters.admits(one.message):
                    yield one
            seen += len(found)
            self.is_over = len(found) < size or older >= LOOK_BEHIND
            if not self.is_over:
                await asyncio.sleep(0)  # others may go on between two slices


def is_from(message: Message, address: str) -> bool:
    """Whether the sender is this address (in lower case), whatever name it bears."""
    source = message.source.lower()
    return source == address or source.endswith(f"<{address}>")


def _address(text: str) -> str:
    """The bare address of what may have a display name, as it is compared."""
    try:
        return parse_address(text).address.lower()
    except AddressError:
        return text.strip().lower()


def _tag(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name, value if equals else None


def _has_tag(message: Message, name: str, value: str | None) -> bool:
    return any(tag.name == name and value in (None, tag.value) for tag in message.tags)

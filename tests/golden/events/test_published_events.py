"""Golden publications: exactly what neighbours are told of each kind of send, byte for byte.

`PYTHONPATH=tests python tests/golden/events/test_published_events.py` writes them anew; read the difference before
keeping it. The order of keys is the one recorded from AWS (events-and-receiving.md 1.2, 1.3, 1.5, 2.1).
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from fakes.neighbours import Asked
from post_office import ACCEPTED, ACCOUNT, TOPIC, PostOffice, in_post_office

from sestina.domain.accounts import SuppressionReason
from sestina.domain.dispatches import Dispatch
from sestina.domain.event_destinations import (
    CloudWatchTarget,
    Dimension,
    EventBridgeTarget,
    FirehoseTarget,
    SnsTarget,
)
from sestina.domain.events import Event, EventType
from sestina.domain.submissions import Raw, Simple, Templated
from sestina.domain.suppression import SuppressedDestination
from sestina.domain.tags import MessageTag
from sestina.domain.templates import TemplateContent
from sestina.pipeline.publishing.publish import give
from sestina.ports.neighbours import BusEvent, Metric
from sestina.protocols.mail.compose import Body

HERE = Path(__file__).parent
FEEDBACK_ID = "0100019ca9450d10-1f6f7a34-0d5e-4a65-8f3b-91c2ab4e7d55-000000"
STREAM = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/events"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"
DIMENSIONS = (
    Dimension(name="campaign", source="MESSAGE_TAG", default="none"),
    Dimension(name="ses:configuration-set", source="MESSAGE_TAG", default="none"),
    Dimension(name="X-Batch", source="EMAIL_HEADER", default="no-batch"),
    Dimension(name="cta", source="LINK_TAG", default="no-link"),
)
WELCOME = TemplateContent(subject="Hi {{name}}", text="Hello {{name}}\n", html=None)
RAW = b"""From: Shop <news@shop.test>\r
Return-Path: <bounces@shop.test>\r
To: you@rcpt.test\r
Bcc: quiet@rcpt.test\r
Reply-To: =?UTF-8?Q?B=C3=BCro?= <desk@shop.test>\r
Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r
Date: Sun, 01 Mar 2026 12:00:00 +0000\r
Message-ID: <mine@shop.test>\r
X-SES-CONFIGURATION-SET: cs1\r
X-SES-MESSAGE-TAGS: campaign=spring\r
\r
Hello\r
"""
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


async def delivery(office: PostOffice) -> None:
    await office.furnish(notified=True)
    await office.send(
        to=("success@simulator.amazonses.com",),
        cc=("Ann <ann@rcpt.test>",),
        bcc=("bob@rcpt.test",),
        tags=(MessageTag("campaign", "spring"),),
    )


async def alternative(office: PostOffice) -> None:
    await office.furnish(notified=True, with_headers=True)
    await office.send(Simple(subject=Body(data="Grüße"), text=Body(data="Hello"), html=Body(data="<p>Hello</p>")))


async def bounce(office: PostOffice) -> None:
    await office.furnish(notified=True, with_headers=True)
    await office.send(to=("bounce@simulator.amazonses.com",))


async def complaint(office: PostOffice) -> None:
    await office.furnish(notified=True)
    await office.send(to=("complaint+label@simulator.amazonses.com",))


async def suppression(office: PostOffice) -> None:
    await office.furnish(notified=True)
    reasons: tuple[SuppressionReason, ...] = ("BOUNCE", "COMPLAINT")
    for reason in reasons:
        address = f"{reason.lower()}@rcpt.test"
        await office.region.suppressed.put(SuppressedDestination(address=address, reason=reason, updated=0))
    await office.send(to=("bounce@rcpt.test", "complaint@rcpt.test", "you@rcpt.test"))


async def template(office: PostOffice) -> None:
    await office.furnish()
    content = Templated(name="welcome", template=WELCOME, data='{"name":"Ann"}')
    await office.send(content, operation="SendTemplatedEmail")


async def rendering_failure(office: PostOffice) -> None:
    await office.furnish()
    await office.send(Templated(name="welcome", template=WELCOME, data="{}"), operation="SendTemplatedEmail")


async def raw(office: PostOffice) -> None:
    await office.furnish(notified=True, with_headers=True)
    given = {"operation": "SendRawEmail", "source": None, "to": (), "configuration_set": None}
    await office.send(Raw(data=RAW), **given)


async def raw_without_anything(office: PostOffice) -> None:
    await office.furnish()
    await office.send(Raw(data=b""), operation="SendRawEmail", to=(), destinations=("you@rcpt.test",))


async def rejection(office: PostOffice) -> None:
    await office.furnish()
    await office.send(Simple(subject=Body(data="Hi"), text=Body(data=EICAR)))


async def other_targets(office: PostOffice) -> None:
    await office.furnish(
        FirehoseTarget(role_arn=ROLE, stream_arn=STREAM),
        EventBridgeTarget(bus_arn=BUS),
        CloudWatchTarget(dimensions=DIMENSIONS),
    )
    headers = (("X-Batch", "b.7"),)
    tags = (MessageTag("campaign", "spring"),)
    await office.send(
        Simple(subject=Body(data="Hi"), text=Body(data="t"), headers=headers),
        to=("bounce@simulator.amazonses.com",),
        tags=tags,
    )
    await office.send(to=("success@simulator.amazonses.com",))


async def later_events(office: PostOffice) -> None:
    """What happens long after the send, told to every kind of target."""
    await office.furnish()
    id_ = await office.send(Simple(subject=Body(data="Hi"), text=Body(data="t")))
    stored = await office.region.messages.get(id_)
    assert stored is not None
    office.book.asked.clear()
    content = await office.region.messages.raw(stored.seq)
    at = ACCEPTED + 600_000
    agent = {"user_agent": "Mozilla/5.0", "ip_address": "192.0.2.7"}
    link = {"link": "https://shop.test/p?a=1&b=2", "link_tags": {"cta": ["top"], "lang": ["en"]}}
    events = (
        Event(
            type=EventType.DELIVERY_DELAY,
            at=at,
            recipients=("full@rcpt.test",),
            delay_type="MailboxFull",
            expires=at + 50_400_000,
            status="4.2.2",
            diagnostic_code="smtp; 452 4.2.2 mailbox full",
            reporting_mta="a8-77.smtp-out.amazonses.com",
        ),
        Event(
            type=EventType.BOUNCE,
            at=at,
            recipients=("gone@rcpt.test", "away@rcpt.test"),
            feedback_id=FEEDBACK_ID,
            bounce_type="Undetermined",
            bounce_subtype="Undetermined",
        ),
        Event(
            type=EventType.COMPLAINT,
            at=at,
            recipients=("you@rcpt.test",),
            feedback_id=FEEDBACK_ID,
            feedback_type="abuse",
            user_agent="ExampleCorp Feedback Loop (V0.01)",
            arrival=at - 1000,
        ),
        Event(type=EventType.OPEN, at=at, **agent),  # type: ignore[arg-type]  # as given
        Event(type=EventType.CLICK, at=at, **agent, **link),  # type: ignore[arg-type]
    )
    targets = (SnsTarget(topic_arn=TOPIC), EventBridgeTarget(bus_arn=BUS), CloudWatchTarget(dimensions=DIMENSIONS))
    for event in events:
        for target in targets:
            dispatch = Dispatch(event_id="e", event=event, destination="d", target=target, created=at)
            await give(office.book.neighbours, office.region, dispatch, stored.message, content)


CASES: dict[str, Callable[[PostOffice], Awaitable[None]]] = {
    "01-delivery": delivery,
    "02-alternative": alternative,
    "03-bounce": bounce,
    "04-complaint": complaint,
    "05-suppression": suppression,
    "06-template": template,
    "07-rendering-failure": rendering_failure,
    "08-raw": raw,
    "09-raw-without-anything": raw_without_anything,
    "10-rejection": rejection,
    "11-other-targets": other_targets,
    "12-later-events": later_events,
}


def told(name: str) -> str:
    """Everything the neighbours of a case were told, target by target: a line of where to, then the text."""

    async def run(office: PostOffice) -> list[Asked]:
        await CASES[name](office)
        return office.book.asked

    book = sorted(in_post_office(run), key=lambda asked: (asked.what, asked.target))
    return "\n".join(each for asked in book for each in _lines(asked))


def _lines(asked: Asked) -> list[str]:
    match asked.content:
        case str(text):
            return [f"# {asked.what} to {asked.target}, subject: {asked.extra['subject']}", _visible(text)]
        case [bytes(record)]:
            return [f"# {asked.what} to {asked.target}", _visible(record.decode())]
        case [BusEvent() as event]:
            place = f"{event.source}, {event.detail_type}, {', '.join(event.resources)}, {event.at}"
            return [f"# {asked.what} to {asked.target}: {place}", _visible(event.detail)]
        case [Metric() as metric]:
            text = f"{metric.value:g} {metric.unit} at {metric.at}, {dict(metric.dimensions)}"
            return [f"# {asked.what}: {metric.namespace} {metric.name}", text]
    raise AssertionError(asked)


def _visible(text: str) -> str:
    """The text, with the line feed behind it, or the want of one, to be seen."""
    return text.removesuffix("\n") + ("\\n" if text.endswith("\n") else "")


@pytest.mark.parametrize("name", sorted(CASES))
def test_neighbours_are_told_exactly_the_golden_texts(name: str) -> None:
    assert (HERE / f"{name}.txt").read_text() == told(name) + "\n"


def test_every_golden_publication_has_its_case() -> None:
    assert sorted(CASES) == sorted(path.stem for path in HERE.glob("*.txt"))


if __name__ == "__main__":
    for case in CASES:
        (HERE / f"{case}.txt").write_text(told(case) + "\n")

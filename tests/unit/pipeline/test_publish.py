"""The publisher: order, patience, and what becomes of a dispatch that nobody takes."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from fakes.neighbours import AWAY
from msgspec.structs import replace
from post_office import FEEDBACK, TOPIC, PostOffice, in_post_office

from sestina.domain.event_destinations import SnsTarget
from sestina.domain.instants import DAY
from sestina.pipeline.publishing.publish import POURING, REST
from sestina.ports.neighbours import Place

OTHER = f"{TOPIC}-other"


async def states(office: PostOffice) -> list[tuple[str, int, str | None]]:
    """State, attempts and result of every dispatch, oldest first."""
    return [(each.state, each.attempts, each.result) for each in reversed(await office.regions.dispatches.newest(50))]


def told(office: PostOffice) -> list[str]:
    """The event types that topics were told, in order."""
    texts = [str(asked.content) for asked in office.book.of("publish")]
    return [text.split('"')[3] for text in texts]


def test_what_a_neighbour_takes_is_done_with_its_answer() -> None:
    async def run(office: PostOffice) -> None:
        await office.furnish()
        await office.send()
        assert [("done", 1, "notification-1"), ("done", 1, "notification-2")] == await states(office)
        assert ["Send", "Delivery"] == told(office)

    in_post_office(run)


def test_a_neighbour_that_is_away_is_asked_again_after_one_two_four_seconds() -> None:
    async def run(office: PostOffice) -> None:
        office.book.failing["publish"] = [AWAY] * 4
        await office.furnish()
        await office.send()
        assert [("owed", 1, "nobody answers")] * 2 == await states(office)
        for seconds, asked in ((1, 4), (1, 4), (1, 6)):
            office.clock.advance(seconds * 1000)
            office.mailroom.publisher.call(0)
            await office.mailroom.settled()
            assert asked == len(office.book.of("publish"))
        assert ["done", "done"] == [state for state, _, _ in await states(office)]

    in_post_office(run)


def test_after_a_day_it_is_given_up() -> None:
    async def run(office: PostOffice) -> None:
        office.book.failing["publish"] = [AWAY] * 4
        await office.furnish()
        await office.send()
        office.clock.advance(DAY)
        office.mailroom.publisher.call(0)
        await office.mailroom.settled()
        assert [("failed", 2, "ServiceUnavailable: nobody answers")] * 2 == await states(office)

    in_post_office(run)


def test_a_topic_that_is_gone_loses_its_events_and_nobody_elses() -> None:
    async def run(office: PostOffice) -> None:
        office.book.missing.add(TOPIC)
        await office.furnish(SnsTarget(topic_arn=TOPIC), SnsTarget(topic_arn=OTHER))
        await office.send()
        assert {("failed", 1), ("done", 1)} == {(state, attempts) for state, attempts, _ in await states(office)}

    in_post_office(run)


@pytest.mark.parametrize(("address", "kept"), [("bounce", False), ("complaint", False), ("success", True)])
def test_a_topic_of_the_identity_that_is_gone_is_withdrawn_unless_it_is_for_deliveries(
    address: str, kept: bool
) -> None:
    async def run(office: PostOffice) -> None:
        office.book.missing.add(FEEDBACK)
        await office.furnish(notified=True)
        await office.send(to=(f"{address}@simulator.amazonses.com",))
        identity = await office.region.identities.get("shop.test")
        assert identity is not None
        assert (3 if kept else 2, not kept) == (len(identity.notifications.topics), identity.notifications.forwarding)
        mails = [stored.message.subject for stored in await office.region.messages.newest(5)]
        assert kept is not ("Amazon SES removed an Amazon SNS topic from identity shop.test" in mails)

    in_post_office(run)


class Hanging:
    """A topic that never answers, beside those that do."""

    def __init__(self, topics: Any) -> None:
        self._topics = topics
        self.asked = 0

    async def publish(
        self,
        place: Place,
        topic_arn: str,
        message: str,
        *,
        subject: str | None = None,
        attributes: Mapping[str, str] | None = None,
    ) -> str:
        if topic_arn != TOPIC:
            return str(await self._topics.publish(place, topic_arn, message, subject=subject))
        self.asked += 1
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def exists(self, place: Place, topic_arn: str) -> bool:
        return True


def test_a_target_that_does_not_answer_is_left_alone_for_a_while() -> None:
    async def run(office: PostOffice) -> None:
        hanging = office.outside.neighbours.topics
        assert isinstance(hanging, Hanging)
        office.mailroom.publisher.patience = 0.001
        await office.furnish(SnsTarget(topic_arn=TOPIC), SnsTarget(topic_arn=OTHER))
        await office.send()
        assert 1 == hanging.asked
        assert [("owed", "no answer in time"), ("owed", "no answer in time")] == [
            (state, result) for state, _, result in await states(office) if state == "owed"
        ]
        assert ["Send", "Delivery"] == told(office)
        office.clock.advance(REST)
        office.mailroom.publisher.call(0)
        await office.mailroom.settled()
        assert 2 == hanging.asked

    in_post_office(run, lambda neighbours: replace(neighbours, topics=Hanging(neighbours.topics)))


def test_a_dispatch_that_cannot_be_written_ends_and_holds_nobody_up() -> None:
    async def run(office: PostOffice) -> None:
        await office.furnish(SnsTarget(topic_arn=TOPIC), SnsTarget(topic_arn=OTHER))
        office.book.failing["publish"] = [ValueError("a bug")]  # type: ignore[list-item]  # what no neighbour raises
        await office.send()
        results = await states(office)
        assert [("failed", 1, "not publishable: a bug")] == [each for each in results if each[0] == "failed"]
        assert 3 == len([each for each in results if each[0] == "done"])

    in_post_office(run)


def test_while_sends_pour_in_events_wait_but_all_of_them_come() -> None:
    async def run(office: PostOffice) -> None:
        await office.furnish()
        for _ in range(POURING + 1):
            office.mailroom.publisher.call(0)
        await asyncio.gather(*(office.send() for _ in range(POURING)))
        assert 2 * POURING == len(office.book.of("publish"))

    in_post_office(run)

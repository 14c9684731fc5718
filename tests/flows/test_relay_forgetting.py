"""Clearing the mailbox of a gateway: what the real server has not decided on yet is not lost by it."""

from collections.abc import Iterator

import pytest
from fakes.mail_host import MailHost, mail_host
from inspecting import look
from relaying import Relayed, relaying

FULL = "452 4.2.2 mailbox full"


@pytest.fixture
def host() -> Iterator[MailHost]:
    with mail_host() as made:
        made.script.recipients = {"later@example.org": FULL}
        yield made


def listed(story: Relayed) -> list[str]:
    return [message["id"] for message in look(story.server, "/_sestina/messages").json["messages"]]


@pytest.mark.parametrize("path", ["/_sestina/messages", "/_aws/ses"])
def test_what_waits_for_the_relay_stays_until_that_has_decided(host: MailHost, path: str) -> None:
    with relaying(host, relay_mode="deliver") as story:
        story.freeze()
        story.send("now@example.org")
        waiting = story.send("later@example.org")
        assert 204 == look(story.server, path, "DELETE").status
        assert [waiting] == listed(story)
        assert 1 == story.view()["waiting"]
        host.script.recipients.clear()
        story.advance(minutes=1)
        assert {"now@example.org": 1, "later@example.org": 1} == host.counts
        assert ["Send", "DeliveryDelay", "Delivery"] == story.event_types(waiting)
        assert 204 == look(story.server, path, "DELETE").status
        assert [] == listed(story)


def test_one_that_waits_cannot_be_forgotten_alone(host: MailHost) -> None:
    with relaying(host, relay_mode="deliver") as story:
        story.freeze()
        waiting = story.send("later@example.org")
        for path in (f"/_sestina/messages/{waiting}", f"/_aws/ses?id={waiting}"):
            refused = look(story.server, path, "DELETE")
            assert (409, True) == (refused.status, "waits for the relay" in refused.message)
        assert [waiting] == listed(story)


def test_beginning_anew_forgets_it_all_the_same(host: MailHost) -> None:
    with relaying(host, relay_mode="deliver") as story:
        story.freeze()
        story.send("later@example.org")
        assert 200 == look(story.server, "/_sestina/reset", "POST").status
        assert ([], 0) == (listed(story), story.view()["waiting"])


def test_a_copy_goes_with_its_message(host: MailHost) -> None:
    with relaying(host) as story:
        story.freeze()
        story.send("later@example.org")
        assert 204 == look(story.server, "/_sestina/messages", "DELETE").status
        assert ([], 0) == (listed(story), story.view()["waiting"])

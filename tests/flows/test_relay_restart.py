"""Relay, after a restart with other lists: mail that waits goes only to whom the relay may get it now."""

import pathlib

import pytest
from fakes.mail_host import mail_host
from relaying import relaying

TO = ("you@example.org", "secret@example.org")


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ({"relay_block": ("secret@*",)}, ["you@example.org"]),
        ({"relay_allow": ("you@example.org",)}, ["you@example.org"]),
        ({"relay_block": ("example.org",)}, []),
    ],
    ids=["blocked", "not allowed", "all blocked"],
)
def test_in_mode_deliver_our_own_mailbox_takes_what_the_lists_keep(
    tmp_path: pathlib.Path, lists: dict[str, tuple[str, ...]], expected: list[str]
) -> None:
    with mail_host() as host:
        host.stop()
        with relaying(host, relay_mode="deliver", data=str(tmp_path)) as story:
            id_ = story.send(*TO)
        host.start()
        with relaying(host, relay_mode="deliver", data=str(tmp_path), **lists) as story:
            story.retry()
            assert expected == list(host.counts)
            deliveries = story.events(id_, "Delivery")
            words = {to: event["smtp_response"][:9] for event in deliveries for to in event["recipients"]}
            assert {to: "250 2.0.0" if to in expected else "250 2.6.0" for to in TO} == words
            kept = ", ".join(to for to in TO if to not in expected)
            assert ("kept here", f"{kept}: not for the relay by its lists") in story.steps(id_)
            assert (0, "done") == (story.view()["waiting"], story.message(id_)["state"])


def test_in_mode_copy_there_is_no_copy_for_whom_the_lists_keep(tmp_path: pathlib.Path) -> None:
    with mail_host() as host:
        host.stop()
        with relaying(host, data=str(tmp_path)) as story:
            id_ = story.send(*TO)
        host.start()
        with relaying(host, data=str(tmp_path), relay_block=("secret@*",)) as story:
            story.retry()
            assert ({"you@example.org": 1}, 0) == (host.counts, story.view()["waiting"])
            assert ["Send", "Delivery"] == story.event_types(id_)

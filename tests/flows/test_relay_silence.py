"""Relay, when the server lets us wait in vain: for all mail, or only for some."""

from fakes.mail_host import mail_host
from relaying import relaying

QUICKLY = 0.5  # seconds; long enough for a busy machine to answer where it means to


def test_a_server_that_does_not_even_greet_is_asked_once_for_all() -> None:
    with mail_host(is_silent=True) as host, relaying(host, relay_mode="deliver", relay_timeout=QUICKLY) as story:
        story.freeze()
        first, second, third = (story.send("you@example.org", subject=str(number)) for number in range(3))
        assert 1 == host.connections
        assert "421 4.4.1 Connection timed out" in story.events(first, "DeliveryDelay")[0]["diagnostic_code"]
        assert ["Send"] == story.event_types(second) == story.event_types(third)
        assert ["queued", "held back"] == [decision for decision, _ in story.steps(third)]
        host.script.is_silent = False
        assert {"retried": 3} == story.retry()
        assert ["Delivery"] * 3 == [story.event_types(id_)[-1] for id_ in (first, second, third)]


def test_mail_that_was_held_back_is_first_tried_half_a_minute_later() -> None:
    with mail_host(is_silent=True) as host, relaying(host, relay_mode="deliver", relay_timeout=QUICKLY) as story:
        story.freeze()
        first, second = (story.send("you@example.org", subject=str(number)) for number in range(2))
        story.advance(seconds=30)
        assert (2, ["Send", "DeliveryDelay"]) == (host.connections, story.event_types(second))
        host.script.is_silent = False
        story.advance(minutes=1)
        assert [["Send", "DeliveryDelay", "Delivery"]] * 2 == [story.event_types(id_) for id_ in (first, second)]


def test_the_time_of_mail_runs_out_though_the_server_is_not_asked_just_now() -> None:
    with mail_host(is_silent=True) as host, relaying(host, relay_mode="deliver", relay_timeout=QUICKLY) as story:
        story.freeze()
        story.sesv2.create_configuration_set(ConfigurationSetName="cs", DeliveryOptions={"MaxDeliverySeconds": 300})
        hurried = story.send("you@example.org", ConfigurationSetName="cs")
        story.advance(minutes=4, seconds=45)
        story.send("them@example.org")  # after that the server is not asked for another while
        story.advance(seconds=15)
        (bounce,) = story.events(hurried, "Bounce")
        assert ("CustomTimeoutExceeded", "4.4.7") == (bounce["bounce_subtype"], bounce["status"])


def test_a_message_whose_content_is_not_answered_holds_back_no_other() -> None:
    with mail_host(dot="silence") as host, relaying(host, relay_mode="deliver", relay_timeout=QUICKLY) as story:
        story.freeze()
        first = story.send("you@example.org", subject="poison")
        host.script.dot = "250 2.0.0 Ok"
        second = story.send("you@example.org", subject="harmless")
        assert ["Send", "DeliveryDelay"] == story.event_types(first)
        assert ["Send", "Delivery"] == story.event_types(second)


def test_a_recipient_who_is_not_answered_holds_back_no_other() -> None:
    with (
        mail_host(recipients={"slow@example.org": "silence"}) as host,
        relaying(host, relay_mode="deliver", relay_timeout=QUICKLY) as story,
    ):
        id_ = story.send("you@example.org", "slow@example.org", "them@example.org")
        assert {"you@example.org": 1, "them@example.org": 1} == host.counts
        (delay,) = story.events(id_, "DeliveryDelay")
        expected = (["slow@example.org"], "TransientCommunicationFailure", "smtp; 421 4.4.2 Connection timed out")
        assert expected == (delay["recipients"], delay["delay_type"], delay["diagnostic_code"])

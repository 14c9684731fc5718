"""Relay, mode deliver: what the real server answers is what becomes of the mail."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.mail_host import MailHost, mail_host
from inspecting import look
from relaying import Relayed, relaying

FULL = "452 4.2.2 mailbox full"
GONE = "550 5.1.1 No such user here"


@pytest.fixture
def host() -> Iterator[MailHost]:
    with mail_host() as made:
        yield made


@pytest.fixture
def story(host: MailHost) -> Iterator[Relayed]:
    with relaying(host, relay_mode="deliver") as made:
        made.freeze()
        yield made


def only(story: Relayed, id_: str, type_: str) -> Any:
    (event,) = story.events(id_, type_)
    return event


def configure(story: Relayed, **delivery: Any) -> str:
    story.sesv2.create_configuration_set(ConfigurationSetName="cs", DeliveryOptions=delivery)
    return "cs"


def test_a_delivery_has_the_servers_own_words(story: Relayed) -> None:
    id_ = story.send("you@example.org", "hidden@example.org")
    event = only(story, id_, "Delivery")
    assert ["you@example.org", "hidden@example.org"] == event["recipients"]
    assert ("250 2.0.0 Ok: queued as 1", "127.0.0.1") == (event["smtp_response"], event["remote_ip"])
    assert "a8-77.smtp-out.amazonses.com" == event["reporting_mta"]
    assert event["processing_ms"] >= 1
    assert "done" == story.message(id_)["state"]


def test_three_recipients_have_three_fates(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"no@example.org": GONE, "later@example.org": FULL}
    id_ = story.send("yes@example.org", "no@example.org", "later@example.org")
    assert ["Send", "Delivery", "Bounce", "DeliveryDelay"] == story.event_types(id_)
    assert ["yes@example.org"] == only(story, id_, "Delivery")["recipients"]
    bounce, delay = only(story, id_, "Bounce"), only(story, id_, "DeliveryDelay")
    assert (["no@example.org"], "Permanent", "General", "5.1.1", f"smtp; {GONE}") == tuple(
        bounce[name] for name in ("recipients", "bounce_type", "bounce_subtype", "status", "diagnostic_code")
    )
    assert (["later@example.org"], "MailboxFull", "4.2.2", f"smtp; {FULL}") == tuple(
        delay[name] for name in ("recipients", "delay_type", "status", "diagnostic_code")
    )
    assert "accepted" == story.message(id_)["state"]
    host.script.recipients.clear()
    story.advance(minutes=1)
    assert {"yes@example.org": 1, "later@example.org": 1} == host.counts
    assert ["Send", "Delivery", "Bounce", "DeliveryDelay", "Delivery"] == story.event_types(id_)
    assert "done" == story.message(id_)["state"]


def test_a_hard_bounce_gets_onto_the_suppression_list_and_a_full_mailbox_does_not(
    host: MailHost, story: Relayed
) -> None:
    host.script.recipients = {"no@example.org": GONE, "full@example.org": "552 5.2.2 over quota"}
    id_ = story.send("no@example.org", "full@example.org")
    kinds = [(event["bounce_type"], event["bounce_subtype"]) for event in story.events(id_, "Bounce")]
    assert [("Permanent", "General"), ("Transient", "MailboxFull")] == kinds
    listed = story.sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert ["no@example.org"] == [entry["EmailAddress"] for entry in listed]
    story.send("no@example.org")
    assert [] == host.messages


def test_those_who_bounce_alike_share_a_bounce_and_keep_their_diagnostics(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {f"{name}@example.org": f"550 5.1.1 <{name}> unknown" for name in "ab"}
    id_ = story.send("a@example.org", "b@example.org")
    event = only(story, id_, "Bounce")
    assert ["smtp; 550 5.1.1 <a> unknown", "smtp; 550 5.1.1 <b> unknown"] == event["diagnostic_codes"]


def test_a_refused_content_bounces_for_all(host: MailHost, story: Relayed) -> None:
    host.script.dot = "554 5.6.1 looks like spam"
    id_ = story.send("a@example.org", "b@example.org")
    event = only(story, id_, "Bounce")
    assert ("Transient", "ContentRejected") == (event["bounce_type"], event["bounce_subtype"])
    assert ["a@example.org", "b@example.org"] == event["recipients"]


def test_a_refused_sender_does_not_count_against_the_recipient(host: MailHost, story: Relayed) -> None:
    host.script.mail = "550 5.7.1 relaying denied"
    id_ = story.send("you@example.org")
    event = only(story, id_, "Bounce")
    assert ("Transient", "General", "5.7.1") == (event["bounce_type"], event["bounce_subtype"], event["status"])
    assert [] == story.sesv2.list_suppressed_destinations()["SuppressedDestinationSummaries"]


def test_a_delay_is_told_of_once_and_attempts_grow_rarer(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"later@example.org": "450 4.2.0 greylisted"}
    id_ = story.send("later@example.org")
    tried = [host.commands.count("RCPT TO:<later@example.org>")]
    for minutes in (1, 1, 1, 4, 1, 10, 14, 1):
        story.advance(minutes=minutes)
        tried.append(host.commands.count("RCPT TO:<later@example.org>"))
    assert [1, 2, 2, 3, 3, 4, 5, 5, 6] == tried
    assert ["Send", "DeliveryDelay"] == story.event_types(id_)


def test_after_fourteen_hours_a_message_bounces(host: MailHost, story: Relayed) -> None:
    host.stop()
    id_ = story.send("you@example.org")
    delay = only(story, id_, "DeliveryDelay")
    assert ("TransientCommunicationFailure", "4.4.1") == (delay["delay_type"], delay["status"])
    for _ in range(14):
        story.advance(hours=1)
    event = only(story, id_, "Bounce")
    assert ("Transient", "General", "4.4.7") == (event["bounce_type"], event["bounce_subtype"], event["status"])
    beginning = "smtp; 554 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.1 Unable to connect"
    assert event["diagnostic_code"].startswith(beginning)
    assert ("done", 0) == (story.message(id_)["state"], story.view()["waiting"])
    assert ["Send", "DeliveryDelay", "Bounce"] == story.event_types(id_)


def test_a_set_can_shorten_the_time(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"later@example.org": "451 4.3.0 try again"}
    id_ = story.send("later@example.org", ConfigurationSetName=configure(story, MaxDeliverySeconds=600))
    story.advance(minutes=9, seconds=59)
    assert [] == story.events(id_, "Bounce")
    story.advance(seconds=1)
    event = only(story, id_, "Bounce")
    assert ("Transient", "CustomTimeoutExceeded") == (event["bounce_type"], event["bounce_subtype"])
    expected = "smtp; 554 4.4.7 Message expired: unable to deliver in 10 minutes.<451 4.3.0 try again>"
    assert expected == event["diagnostic_code"]


def test_a_set_that_requires_tls_gets_no_delivery_without(host: MailHost, story: Relayed) -> None:
    id_ = story.send("you@example.org", ConfigurationSetName=configure(story, TlsPolicy="REQUIRE"))
    event = only(story, id_, "Bounce")
    assert ("Transient", "General", "5.7.4") == (event["bounce_type"], event["bounce_subtype"], event["status"])
    assert [] == host.messages


def test_a_set_that_requires_tls_is_served_over_tls() -> None:
    with mail_host(starttls=True) as host, relaying(host, relay_mode="deliver") as story:
        id_ = story.send("you@example.org", ConfigurationSetName=configure(story, TlsPolicy="REQUIRE"))
        assert host.messages[0].is_secure
        assert ["Send", "Delivery"] == story.event_types(id_)


def test_a_set_that_is_deleted_still_rules_the_mail_that_waits(host: MailHost, story: Relayed) -> None:
    host.script.starttls = True
    host.script.recipients = dict.fromkeys(("a@example.org", "b@example.org"), "451 4.3.0 try again")
    name = configure(story, TlsPolicy="REQUIRE", MaxDeliverySeconds=600)
    id_ = story.send("a@example.org", "b@example.org", ConfigurationSetName=name)
    story.sesv2.delete_configuration_set(ConfigurationSetName=name)
    del host.script.recipients["a@example.org"]
    story.advance(minutes=1)
    assert [(["a@example.org"], True)] == [(message.recipients, message.is_secure) for message in host.messages]
    story.advance(minutes=9)
    event = only(story, id_, "Bounce")
    assert ("CustomTimeoutExceeded", ["b@example.org"]) == (event["bounce_subtype"], event["recipients"])


def test_without_its_set_mail_still_does_not_go_without_tls(host: MailHost, story: Relayed) -> None:
    host.stop()
    name = configure(story, TlsPolicy="REQUIRE")
    id_ = story.send("you@example.org", ConfigurationSetName=name)
    story.sesv2.delete_configuration_set(ConfigurationSetName=name)
    host.start()
    story.advance(minutes=1)
    assert ([], "5.7.4") == (host.messages, only(story, id_, "Bounce")["status"])


def test_the_simulator_and_the_lists_keep_theirs_at_home(host: MailHost) -> None:
    with relaying(host, relay_mode="deliver", relay_allow=("example.org",)) as story:
        id_ = story.send("you@example.org", "bounce@simulator.amazonses.com", "them@example.net")
        assert [["you@example.org"]] == [message.recipients for message in host.messages]
        responses = {event["recipients"][0]: event["smtp_response"] for event in story.events(id_, "Delivery")}
        assert {
            "them@example.net": "250 2.6.0 Message received",
            "you@example.org": "250 2.0.0 Ok: queued as 1",
        } == responses


def test_a_line_that_breaks_before_the_last_word_is_tried_again(host: MailHost, story: Relayed) -> None:
    host.script.dot = ""
    id_ = story.send("you@example.org")
    assert "TransientCommunicationFailure" == only(story, id_, "DeliveryDelay")["delay_type"]
    host.script.dot = "250 2.0.0 Ok"
    story.advance(minutes=1)
    assert {"you@example.org": 1} == host.counts


def test_a_reply_of_many_lines_is_one_diagnostic(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"no@example.org": "550-5.1.1 The account\r\n550-5.1.1 does not\r\n550 5.1.1 exist \xff"}
    id_ = story.send("no@example.org")
    assert "smtp; 550 5.1.1 The account does not exist \xff" == only(story, id_, "Bounce")["diagnostic_code"]


def test_events_reach_their_destination(host: MailHost, story: Relayed) -> None:
    host.script.starttls = True
    host.script.recipients = {"later@example.org": "450 4.2.0 greylisted", "no@example.org": GONE}
    topic = story.server.client("sns", story.account).create_topic(Name="events")["TopicArn"]
    queue = story.server.client("sqs", story.account)
    url = queue.create_queue(QueueName="events")["QueueUrl"]
    arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    story.server.client("sns", story.account).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    story.sesv2.create_configuration_set(ConfigurationSetName="cs")
    story.sesv2.create_configuration_set_event_destination(
        ConfigurationSetName="cs",
        EventDestinationName="all",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": ["DELIVERY", "BOUNCE", "DELIVERY_DELAY"],
            "SnsDestination": {"TopicArn": topic},
        },
    )
    story.send("yes@example.org", "no@example.org", "later@example.org", ConfigurationSetName="cs")
    texts = [
        json.loads(message["Body"])["Message"]
        for _ in range(2)
        for message in queue.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]
    found = {event["eventType"]: event for event in map(json.loads, filter(lambda text: text[0] == "{", texts))}
    assert {"Delivery", "Bounce", "DeliveryDelay"} == found.keys()
    assert "250 2.0.0 Ok: queued as 1" == found["Delivery"]["delivery"]["smtpResponse"]
    tags = list(found["Delivery"]["mail"]["tags"].items())
    assert ["ses:outgoing-ip", "ses:outgoing-tls-version"] == [name for name, _ in tags[-2:]]
    assert ["TLSv1.3"] == tags[-1][1]
    assert not any("ses:outgoing-tls-version" in found[type_]["mail"]["tags"] for type_ in ("Bounce", "DeliveryDelay"))
    assert f"smtp; {GONE}" == found["Bounce"]["bounce"]["bouncedRecipients"][0]["diagnosticCode"]
    assert "General" == found["DeliveryDelay"]["deliveryDelay"]["delayType"]


def test_mail_that_is_forgotten_is_not_tried_again(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"later@example.org": "450 4.2.0 greylisted"}
    story.send("later@example.org")
    assert 200 == look(story.server, "/_sestina/reset", "POST").status
    assert 0 == story.view()["waiting"]
    story.advance(hours=1)
    assert 1 == host.commands.count("RCPT TO:<later@example.org>")


def test_at_rest_the_server_says_when_the_next_attempt_is_due(host: MailHost, story: Relayed) -> None:
    host.script.recipients = {"later@example.org": FULL}
    story.send("later@example.org")
    rest = look(story.server, "/_sestina/settled", "POST").json
    assert (True, story.view()["next_due"]) == (rest["settled"], rest["next_due"])

"""What an event tells about its message, and which metric it becomes: the rules that golden texts do not reach."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from sestina.domain.event_destinations import Dimension, DimensionSource
from sestina.domain.events import Event, EventType
from sestina.domain.messages import Message
from sestina.domain.tags import MessageTag
from sestina.pipeline.publishing.dimensions import METRIC_NAMES, dimensions_of
from sestina.pipeline.publishing.payloads import OBJECT_NAMES, event_payload, notification_payload
from sestina.pipeline.publishing.publish import DETAIL_TYPES

SEND = Event(type=EventType.SEND, at=0)
CLICK = Event(type=EventType.CLICK, at=0, link_tags={"cta": ["top", "left"]})
MESSAGE = Message(
    id="id",
    account="111122223333",
    region="us-east-1",
    accepted=0,
    operation="SendEmail",
    source="news@shop.test",
    mail_from="id@amazonses.com",
    feedback="news@shop.test",
    recipients=("you@rcpt.test",),
    tags=(MessageTag("campaign", "spring"), MessageTag("campaign", "summer")),
    configuration_set="cs",
)


def raw_message(fields: str) -> tuple[Message, bytes]:
    """A message that came in whole."""
    header = fields.replace("\n", "\r\n").encode()
    return replace(MESSAGE, operation="SendRawEmail", raw_door=True, submitted_header=header), header + b"\r\n\r\nbody"


def mail_of(message: Message, raw: bytes | None, event: Event = SEND) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event_payload(message, raw, event))["mail"]
    return found


def test_every_event_type_has_an_object_a_metric_and_a_detail_type() -> None:
    assert set(EventType) == OBJECT_NAMES.keys() == METRIC_NAMES.keys()
    assert {type_.value for type_ in EventType} == DETAIL_TYPES.keys()


def test_headers_beyond_ten_kilobytes_are_cut_and_it_is_said() -> None:
    fields = "From: a@shop.test\n" + "".join(f"X-{number}: {'x' * 990}\n" for number in range(12))
    mail = mail_of(*raw_message(fields))
    assert mail["headersTruncated"]
    assert ["From"] + [f"X-{number}" for number in range(10)] == [each["name"] for each in mail["headers"]]
    assert not mail_of(*raw_message("From: a@shop.test\nX: y"))["headersTruncated"]


def test_headers_that_cannot_be_read_are_none() -> None:
    message, raw = raw_message("From: a@shop.test")
    mail = mail_of(replace(message, submitted_header=b": no name\r\n"), raw)
    assert [] == mail["headers"]
    assert "ses:from-domain" not in mail["tags"]


def test_addresses_that_cannot_be_read_are_shown_as_they_are() -> None:
    message, raw = raw_message("From: a@shop.test\nTo: not an address, <\nSender: =?UTF-8?Q?B=C3=BCro?= <d@shop.test>")
    common = mail_of(message, raw)["commonHeaders"]
    assert ["not an address, <"] == common["to"]
    assert ["Büro <d@shop.test>"] == common["sender"]


def test_the_source_names_the_identity_when_none_is_known() -> None:
    arn = "arn:aws:ses:us-east-1:111122223333:identity/{}"
    assert arn.format("a@shop.test") == mail_of(replace(MESSAGE, source="A <a@shop.test>"), b"")["sourceArn"]
    assert arn.format("@") == mail_of(replace(MESSAGE, source="@"), b"")["sourceArn"]
    assert arn.format("shop.test") == mail_of(replace(MESSAGE, identity="shop.test"), b"")["sourceArn"]


def test_a_tag_given_twice_keeps_both_values_and_no_set_has_no_tag() -> None:
    tags = mail_of(replace(MESSAGE, configuration_set=None, source="@"), b"")["tags"]
    assert ["spring", "summer"] == tags["campaign"]
    assert "ses:configuration-set" not in tags
    assert "ses:from-domain" not in tags


def test_a_notification_of_a_bounce_tells_whole_seconds_and_one_of_a_delivery_milliseconds() -> None:
    message = replace(MESSAGE, accepted=1_772_366_400_987)
    times = {
        type_: json.loads(notification_payload(message, b"", Event(type=type_, at=0), with_headers=False))["mail"]
        for type_ in (EventType.BOUNCE, EventType.DELIVERY)
    }
    assert "2026-03-01T12:00:00.000Z" == times[EventType.BOUNCE]["timestamp"]
    assert "2026-03-01T12:00:00.987Z" == times[EventType.DELIVERY]["timestamp"]


@pytest.mark.parametrize(
    ("name", "source", "event", "value"),
    [
        ("campaign", "MESSAGE_TAG", SEND, "spring"),
        ("ses:configuration-set", "MESSAGE_TAG", SEND, "cs"),
        ("other", "MESSAGE_TAG", SEND, "default"),
        ("x-batch", "EMAIL_HEADER", SEND, "b7"),
        ("X-None", "EMAIL_HEADER", SEND, "default"),
        ("To", "EMAIL_HEADER", SEND, "default"),
        ("cta", "LINK_TAG", CLICK, "top"),
        ("lang", "LINK_TAG", CLICK, "default"),
        ("cta", "LINK_TAG", SEND, "default"),
    ],
)
def test_a_dimension_takes_its_value_from_its_source_or_the_default(
    name: str, source: DimensionSource, event: Event, value: str
) -> None:
    dimension = Dimension(name=name, source=source, default="default")
    raw = b"From: a@shop.test\r\nTo: you@rcpt.test\r\nX-Batch: b7\r\n\r\n"
    assert ((name, value),) == dimensions_of([dimension], MESSAGE, raw, event)


def test_a_value_that_no_dimension_may_have_makes_no_metric() -> None:
    dimension = Dimension(name="Subject", source="EMAIL_HEADER", default="default")
    assert dimensions_of([dimension], MESSAGE, b"Subject: two words\r\n\r\n", SEND) is None


def test_the_version_of_tls_stands_before_all_other_tags_where_there_was_tls() -> None:
    tags = mail_of(replace(MESSAGE, source_tls="TLSv1.3"), b"")["tags"]
    assert ["ses:source-tls-version", "ses:operation"] == list(tags)[:2]
    assert ["TLSv1.3"] == tags["ses:source-tls-version"]
    assert "ses:operation" == next(iter(mail_of(MESSAGE, b"")["tags"]))

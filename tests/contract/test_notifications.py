"""Feedback notifications of an identity through real clients."""

import json
from typing import Any

import pytest
from harness import Server
from wire import refused

FRESH = {
    "ForwardingEnabled": True,
    "HeadersInBounceNotificationsEnabled": False,
    "HeadersInComplaintNotificationsEnabled": False,
    "HeadersInDeliveryNotificationsEnabled": False,
}
INVALID = "Identity {} is invalid. Must be a verified email address or domain."


@pytest.fixture
def shop(sesv2: Any) -> str:
    sesv2.create_email_identity(EmailIdentity="shop.test")
    return "shop.test"


@pytest.fixture
def topic(server: Server, account: str) -> str:
    return str(server.client("sns", account).create_topic(Name="feedback")["TopicArn"])


def attributes(ses: Any, identity: str = "shop.test") -> dict[str, Any]:
    found: dict[str, Any] = ses.get_identity_notification_attributes(Identities=[identity])["NotificationAttributes"]
    return found[identity]


def test_a_new_identity_forwards_and_has_no_topics(ses: Any, shop: str) -> None:
    assert FRESH == attributes(ses)


def test_identities_that_are_not_there_are_left_out(ses: Any, shop: str) -> None:
    answer = ses.get_identity_notification_attributes(Identities=["ghost.test", "a@ghost.test"])
    assert {} == answer["NotificationAttributes"]


def test_topics_are_set_and_cleared_by_type(ses: Any, shop: str, topic: str) -> None:
    for type_ in ("Bounce", "Complaint", "Delivery"):
        ses.set_identity_notification_topic(Identity=shop, NotificationType=type_, SnsTopic=topic)
    assert {**FRESH, "BounceTopic": topic, "ComplaintTopic": topic, "DeliveryTopic": topic} == attributes(ses)
    ses.set_identity_notification_topic(Identity=shop, NotificationType="Complaint")
    ses.set_identity_notification_topic(Identity=shop, NotificationType="Delivery", SnsTopic="")
    assert {**FRESH, "BounceTopic": topic} == attributes(ses)


def test_a_topic_hears_at_once_that_it_is_subscribed(
    server: Server, account: str, ses: Any, shop: str, topic: str
) -> None:
    sqs = server.client("sqs", account)
    url = sqs.create_queue(QueueName="feedback")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:feedback"
    server.client("sns", account).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ses.set_identity_notification_topic(Identity=shop, NotificationType="Bounce", SnsTopic=topic)
    [message] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    envelope = json.loads(message["Body"])
    assert "Subject" not in envelope
    assert (
        '{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have successfully subscribed your Amazon '
        f"SNS topic '{topic}' to receive 'Bounce' notifications from Amazon SES for identity 'shop.test'.\"}}\n"
    ) == envelope["Message"]


def test_an_identity_may_be_named_by_its_arn(account: str, ses: Any, shop: str, topic: str) -> None:
    arn = f"arn:aws:ses:us-east-1:{account}:identity/shop.test"
    ses.set_identity_notification_topic(Identity=arn, NotificationType="Bounce", SnsTopic=topic)
    assert topic == attributes(ses)["BounceTopic"]
    assert topic == attributes(ses, arn)["BounceTopic"]


@pytest.mark.parametrize(
    "arn", ["topic", "arn:aws:sns:eu-west-1:{account}:t", "arn:aws:sqs:us-east-1:{account}:t", "{missing}"]
)
def test_a_topic_that_cannot_be_told_is_refused(account: str, ses: Any, shop: str, arn: str) -> None:
    arn = arn.format(account=account, missing=f"arn:aws:sns:us-east-1:{account}:missing")
    with pytest.raises(ses.exceptions.ClientError) as error:
        ses.set_identity_notification_topic(Identity=shop, NotificationType="Bounce", SnsTopic=arn)
    assert ("InvalidParameterValue", f"SNS topic {arn} is invalid.") == refused(error)
    assert FRESH == attributes(ses)


def test_a_type_that_is_none_is_refused(ses: Any, shop: str) -> None:
    with pytest.raises(ses.exceptions.ClientError) as error:
        ses.set_identity_notification_topic(Identity=shop, NotificationType="Open")
    assert "ValidationError" == refused(error)[0]


def test_header_fields_are_switched_by_type(ses: Any, shop: str) -> None:
    for type_ in ("Bounce", "Delivery"):
        ses.set_identity_headers_in_notifications_enabled(Identity=shop, NotificationType=type_, Enabled=True)
    ses.set_identity_headers_in_notifications_enabled(Identity=shop, NotificationType="Bounce", Enabled=False)
    assert {**FRESH, "HeadersInDeliveryNotificationsEnabled": True} == attributes(ses)


def test_v1_stops_forwarding_only_when_topics_stand_in(ses: Any, sesv2: Any, shop: str, topic: str) -> None:
    for type_ in ("Bounce", "Complaint"):
        with pytest.raises(ses.exceptions.ClientError) as error:
            ses.set_identity_feedback_forwarding_enabled(Identity=shop, ForwardingEnabled=False)
        assert "InvalidParameterValue" == refused(error)[0]
        ses.set_identity_notification_topic(Identity=shop, NotificationType=type_, SnsTopic=topic)
    ses.set_identity_feedback_forwarding_enabled(Identity=shop, ForwardingEnabled=False)
    assert not attributes(ses)["ForwardingEnabled"]
    assert not sesv2.get_email_identity(EmailIdentity=shop)["FeedbackForwardingStatus"]
    ses.set_identity_feedback_forwarding_enabled(Identity=shop, ForwardingEnabled=True)
    assert attributes(ses)["ForwardingEnabled"]


def test_v2_stops_forwarding_at_any_time(ses: Any, sesv2: Any, shop: str) -> None:
    sesv2.put_email_identity_feedback_attributes(EmailIdentity=shop)
    assert not attributes(ses)["ForwardingEnabled"]
    sesv2.put_email_identity_feedback_attributes(EmailIdentity=shop, EmailForwardingEnabled=True)
    assert attributes(ses)["ForwardingEnabled"]


def test_an_identity_that_is_not_there_is_refused_by_every_setter(ses: Any, sesv2: Any) -> None:
    for call in (
        lambda: ses.set_identity_notification_topic(Identity="ghost.test", NotificationType="Bounce"),
        lambda: ses.set_identity_headers_in_notifications_enabled(
            Identity="ghost.test", NotificationType="Bounce", Enabled=True
        ),
        lambda: ses.set_identity_feedback_forwarding_enabled(Identity="ghost.test", ForwardingEnabled=True),
    ):
        with pytest.raises(ses.exceptions.ClientError) as v1:
            call()
        assert ("InvalidParameterValue", INVALID.format("ghost.test")) == refused(v1)
    with pytest.raises(sesv2.exceptions.BadRequestException) as v2:
        sesv2.put_email_identity_feedback_attributes(EmailIdentity="ghost.test", EmailForwardingEnabled=True)
    assert ("BadRequestException", INVALID.format("ghost.test")) == refused(v2)

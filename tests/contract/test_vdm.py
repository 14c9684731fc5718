"""Virtual Deliverability Manager through real clients: the account's switch, and insights into one message."""

from typing import Any

import pytest
from harness import Server
from inspecting import look, send, verified
from wire import refused

ENABLED = {"VdmEnabled": "ENABLED"}


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def test_the_account_shows_its_attributes_once_they_are_set(sesv2: Any) -> None:
    assert "VdmAttributes" not in sesv2.get_account()
    sesv2.put_account_vdm_attributes(VdmAttributes={**ENABLED, "DashboardAttributes": {"EngagementMetrics": "ENABLED"}})
    assert {
        "VdmEnabled": "ENABLED",
        "DashboardAttributes": {"EngagementMetrics": "ENABLED"},
        "GuardianAttributes": {"OptimizedSharedDelivery": "DISABLED"},
    } == sesv2.get_account()["VdmAttributes"]
    sesv2.put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "DISABLED"})
    assert {"VdmEnabled": "DISABLED"} == sesv2.get_account()["VdmAttributes"]


def test_insights_tell_what_happened_to_every_recipient(server: Server, sender: Any) -> None:
    sender.put_account_vdm_attributes(VdmAttributes=ENABLED)
    sender.put_suppressed_destination(EmailAddress="held@gmail.com", Reason="BOUNCE")
    destination = {"ToAddresses": ["held@gmail.com", "you@example.org", "complaint@simulator.amazonses.com"]}
    tags = [{"Name": "campaign", "Value": "spring"}]
    message = send(sender, destination=destination, EmailTags=tags)
    server.settle()
    answer = sender.get_message_insights(MessageId=message)
    assert (message, "Me <me@example.com>", "Hello") == (
        answer["MessageId"],
        answer["FromEmailAddress"],
        answer["Subject"],
    )
    assert {"Name": "campaign", "Value": "spring"} in answer["EmailTags"]
    held, plain, complaining = answer["Insights"]
    assert ("held@gmail.com", "Gmail") == (held["Destination"], held["Isp"])
    assert ["SEND", "BOUNCE"] == [event["Type"] for event in held["Events"]]
    bounce = held["Events"][1]["Details"]["Bounce"]
    assert ("PERMANENT", "ON_ACCOUNT_SUPPRESSION_LIST") == (bounce["BounceType"], bounce["BounceSubType"])
    assert bounce["DiagnosticCode"].startswith("Amazon SES did not send the message")
    assert ("you@example.org", "UNKNOWN_ISP") == (plain["Destination"], plain["Isp"])
    assert ["SEND", "DELIVERY"] == [event["Type"] for event in plain["Events"]]
    assert "Details" not in plain["Events"][1]
    assert ["SEND", "DELIVERY", "COMPLAINT"] == [event["Type"] for event in complaining["Events"]]
    assert {"ComplaintFeedbackType": "abuse"} == complaining["Events"][2]["Details"]["Complaint"]


def test_other_bounces_are_undetermined_or_transient(server: Server, sender: Any) -> None:
    sender.put_account_vdm_attributes(VdmAttributes=ENABLED)
    message = send(sender)
    server.settle()
    for wish in ({"bounce_type": "Transient", "bounce_subtype": "MailboxFull"}, {"bounce_type": "Undetermined"}):
        look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce", **wish})
    (insights,) = sender.get_message_insights(MessageId=message)["Insights"]
    details = [event["Details"]["Bounce"] for event in insights["Events"][2:]]
    assert ["TRANSIENT", "UNDETERMINED"] == [bounce["BounceType"] for bounce in details]
    assert ["MAILBOX_FULL", "UNDETERMINED"] == [bounce["BounceSubType"] for bounce in details]
    assert "DiagnosticCode" not in details[1]


def test_a_message_has_insights_for_thirty_days_while_vdm_is_on(server: Server, account: str, sender: Any) -> None:
    clock = server.app.clock
    server.loop.call_soon_threadsafe(clock.freeze)
    message = send(sender)
    server.settle()
    text = f"Message {message} not found for account {account}"

    def missing(id_: str = message) -> str:
        with pytest.raises(sender.exceptions.NotFoundException) as error:
            sender.get_message_insights(MessageId=id_)
        return refused(error)[1]

    assert text == missing()
    sender.put_account_vdm_attributes(VdmAttributes=ENABLED)
    assert message == sender.get_message_insights(MessageId=message)["MessageId"]
    assert f"Message nothing not found for account {account}" == missing("nothing")
    server.loop.call_soon_threadsafe(clock.advance, 30 * 86_400_000 + 1)
    assert text == missing()


def test_fakecloud_tells_the_same_in_its_own_shape(server: Server, sender: Any) -> None:
    message = send(sender, to="bounce@simulator.amazonses.com")
    server.settle()
    told = look(server, f"/_fakecloud/ses/messages/{message}/insights").json
    assert ["messageId", "sends", "deliveries", "opens", "clicks", "bounces", "complaints", "rejects"] == list(told)
    (bounce,) = told["bounces"]
    assert {"destination", "timestamp", "bounceType", "bounceSubType", "diagnosticCode"} == bounce.keys()
    assert ("Permanent", "General") == (bounce["bounceType"], bounce["bounceSubType"])
    assert {"destination", "timestamp"} == told["sends"][0].keys()
    assert told["sends"][0]["timestamp"].endswith("+00:00")
    unknown = look(server, "/_fakecloud/ses/messages/nothing/insights")
    assert (404, {"error": "message not found"}) == (unknown.status, unknown.json)

"""Quota, rate, sandbox and pauses: what is refused, in which words, and when it goes on; the clock is moved by hand."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from harness import Server
from inspecting import look, send, verified
from wire import refused

DAILY = "Daily message quota exceeded."
RATE = "Maximum sending rate exceeded."
PAUSED = (
    "Sending paused for this account. For more information, please check the inbox of the email address associated "
    "with your AWS account."
)
SIMPLE = {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "It works."}}}
START = 1_750_000_000_000


@pytest.fixture
def frozen(server: Server) -> Iterator[Server]:
    """The shared server at an instant that does not pass."""
    server.loop.call_soon_threadsafe(server.app.clock.freeze, START)
    return server


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def allow(server: Server, account: str, **what: Any) -> Any:
    answer = look(server, "/_sestina/account", "POST", {"account": account, **what})
    assert 200 == answer.status, answer.body
    return answer.json


def advance(server: Server, seconds: float) -> None:
    look(server, "/_sestina/clock", "POST", {"advance": seconds})


def refusal(client: Any, **more: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        send(client, **more)
    return refused(error)


def test_the_daily_quota_counts_recipients_and_slides(frozen: Server, account: str, sender: Any) -> None:
    allow(frozen, account, per_day=3, per_second=-1)
    send(sender, destination={"ToAddresses": ["a@example.org", "b@example.org"]})
    advance(frozen, 3600)
    send(sender, destination={"ToAddresses": ["a@example.org", "b@example.org"]})  # something was left
    assert ("TooManyRequestsException", DAILY) == refusal(sender)
    assert 4.0 == sender.get_account()["SendQuota"]["SentLast24Hours"]
    advance(frozen, 23 * 3600)
    send(sender)
    assert 3.0 == sender.get_account()["SendQuota"]["SentLast24Hours"]
    assert ("TooManyRequestsException", DAILY) == refusal(sender)


def test_both_apis_refuse_in_their_own_codes(frozen: Server, account: str, ses: Any, sender: Any) -> None:
    allow(frozen, account, per_day=0)
    with pytest.raises(ClientError) as v1:
        ses.send_email(
            Source="me@example.com",
            Destination={"ToAddresses": ["you@example.org"]},
            Message=SIMPLE,
        )
    assert ("Throttling", DAILY) == refused(v1)
    assert 400 == v1.value.response["ResponseMetadata"]["HTTPStatusCode"]
    with pytest.raises(sender.exceptions.TooManyRequestsException) as v2:
        send(sender)
    assert 429 == v2.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_rate_allows_a_burst_of_one_second(frozen: Server, account: str, sender: Any) -> None:
    allow(frozen, account, per_second=2)
    send(sender)
    send(sender)
    assert ("TooManyRequestsException", RATE) == refusal(sender)
    advance(frozen, 0.5)
    send(sender)
    assert ("TooManyRequestsException", RATE) == refusal(sender)
    advance(frozen, 3600)
    send(sender)
    send(sender)
    assert ("TooManyRequestsException", RATE) == refusal(sender)


def test_a_message_to_many_is_paid_for_afterwards(frozen: Server, account: str, sender: Any) -> None:
    allow(frozen, account, per_second=1)
    send(sender, destination={"ToAddresses": [f"user{number}@example.org" for number in range(5)]})
    advance(frozen, 4)
    assert RATE == refusal(sender)[1]
    advance(frozen, 1)
    send(sender)


def test_simulator_recipients_count_for_the_rate_only(frozen: Server, account: str, sender: Any) -> None:
    allow(frozen, account, per_day=1, per_second=3)
    success = "Success@Simulator.AmazonSES.com"
    send(sender, to=success)
    send(sender)
    send(sender, to=success)
    assert 1.0 == sender.get_account()["SendQuota"]["SentLast24Hours"]
    assert RATE == refusal(sender, to=success)[1]
    advance(frozen, 1)
    assert DAILY == refusal(sender)[1]
    send(sender, to=success)


def test_a_refused_message_costs_nothing(frozen: Server, account: str, sender: Any) -> None:
    allow(frozen, account, per_day=1, per_second=1)
    send(sender)
    for _ in range(3):
        refusal(sender)
    assert 1.0 == sender.get_account()["SendQuota"]["SentLast24Hours"]
    allow(frozen, account, per_day=-1)
    advance(frozen, 1)
    send(sender)


def test_entries_of_a_bulk_are_throttled_one_by_one(frozen: Server, account: str, sender: Any) -> None:
    content = {"Subject": "Hello", "Text": "It works."}
    entries = [{"Destination": {"ToAddresses": [f"user{number}@example.org"]}} for number in range(3)]

    def statuses() -> list[str]:
        answer = sender.send_bulk_email(
            FromEmailAddress="me@example.com",
            DefaultContent={"Template": {"TemplateContent": content, "TemplateData": "{}"}},
            BulkEmailEntries=entries,
        )
        return [result["Status"] for result in answer["BulkEmailEntryResults"]]

    allow(frozen, account, per_second=2)
    assert ["SUCCESS", "SUCCESS", "ACCOUNT_THROTTLED"] == statuses()
    allow(frozen, account, per_day=3, per_second=-1)
    assert ["SUCCESS", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "ACCOUNT_DAILY_QUOTA_EXCEEDED"] == statuses()


def test_without_a_quota_of_its_own_an_account_is_let_through(frozen: Server, account: str, sender: Any) -> None:
    for _ in range(20):
        send(sender)
    assert 14.0 == sender.get_account()["SendQuota"]["MaxSendRate"]


def test_the_settings_enforce_the_usual_quota() -> None:
    with Server(enforce_rate=True, enforce_quota=True, sandbox=True) as server:
        server.loop.call_soon_threadsafe(server.app.clock.freeze, START)
        client = verified(server.client("sesv2", "111122223333"))
        client.create_email_identity(EmailIdentity="example.org")
        send(client)
        assert ("TooManyRequestsException", RATE) == refusal(client)
        for _ in range(4):
            advance(server, 50)
            send(client, destination={"ToAddresses": [f"user{number}@example.org" for number in range(50)]})
        advance(server, 60)
        assert ("TooManyRequestsException", DAILY) == refusal(client)


def test_the_sandbox_has_its_quota_without_any_setting(frozen: Server, account: str, sender: Any) -> None:
    allow(frozen, account, production_access=False)
    sender.create_email_identity(EmailIdentity="example.org")
    for _ in range(4):
        send(sender, destination={"ToAddresses": [f"user{number}@example.org" for number in range(50)]})
    assert ("TooManyRequestsException", DAILY) == refusal(sender)
    assert {"Max24HourSend": 200.0, "MaxSendRate": 1.0, "SentLast24Hours": 200.0} == sender.get_account()["SendQuota"]


def test_an_account_paused_by_ses_is_refused_with_its_words(
    frozen: Server, account: str, ses: Any, sender: Any
) -> None:
    allow(frozen, account, enforcement_status="SHUTDOWN")
    assert "SHUTDOWN" == sender.get_account()["EnforcementStatus"]
    assert ("MessageRejected", PAUSED) == refusal(sender)
    with pytest.raises(ses.exceptions.MessageRejected) as v1:
        ses.send_email(Source="me@example.com", Destination={"ToAddresses": ["you@example.org"]}, Message=SIMPLE)
    assert ("MessageRejected", PAUSED) == refused(v1)
    allow(frozen, account, enforcement_status="HEALTHY")
    send(sender)


def test_what_is_not_given_stays_as_it_was(frozen: Server, account: str) -> None:
    allow(frozen, account, per_second=5, sending_enabled=False)
    seen = allow(frozen, account, per_day=10)
    assert (10.0, 5.0, False, True) == (
        seen["per_day"],
        seen["per_second"],
        seen["sending_enabled"],
        seen["production_access"],
    )
    assert seen == look(frozen, "/_sestina/account", account=account).json
    elsewhere = look(frozen, "/_sestina/account", account=account, region="eu-west-1").json
    assert (50_000.0, 14.0) == (elsewhere["per_day"], elsewhere["per_second"])


@pytest.mark.parametrize("body", [{"account": "me"}, {"per_day": "many"}, {"enforcement_status": "GONE"}, {"x": 1}])
def test_an_account_is_set_with_care(server: Server, body: dict[str, Any]) -> None:
    assert 400 == look(server, "/_sestina/account", "POST", body).status


def test_fakecloud_moves_the_default_account_into_the_sandbox() -> None:
    with Server() as server:
        client = verified(server.client("sesv2", "000000000000", "eu-west-1"))
        answer = look(server, "/_fakecloud/ses/account/sandbox", "POST", {"sandbox": True})
        assert {"sandbox": True, "productionAccessEnabled": False} == answer.json
        assert client.get_account()["ProductionAccessEnabled"] is False
        assert "MessageRejected" == refusal(client)[0]
        answer = look(server, "/_fakecloud/ses/account/sandbox", "POST", {"sandbox": False})
        assert {"sandbox": False, "productionAccessEnabled": True} == answer.json
        send(client)


def test_bad_rates_pause_the_account_where_that_is_wanted() -> None:
    account = "111122223333"
    with Server(enforce_reputation=True) as server:
        client = verified(server.client("sesv2", account))

        def bounce(*names: str) -> None:
            for name in names:
                message = send(client, to=f"{name}@example.org")
                server.settle()
                look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"})

        many = [f"user{number}@example.org" for number in range(50)]
        send(client, destination={"ToAddresses": many})
        bounce(*"abcdefghij")
        assert "HEALTHY" == client.get_account()["EnforcementStatus"]  # too few to be judged
        send(client, destination={"ToAddresses": many})
        bounce("k")
        assert "PROBATION" == client.get_account()["EnforcementStatus"]
        bounce("l")
        seen = look(server, "/_sestina/account", account=account).json
        assert (112, 12 / 112) == (seen["judged_on"], seen["bounce_rate"])
        assert "SHUTDOWN" == client.get_account()["EnforcementStatus"]
        assert ("MessageRejected", PAUSED) == refusal(client)


def test_bounces_from_ones_own_domain_are_not_held_against_one(server: Server, account: str, sender: Any) -> None:
    message = send(sender, destination={"ToAddresses": ["gone@example.com", "gone@mail.example.com", "a@b.test"]})
    server.settle()
    look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "bounce"})
    seen = look(server, "/_sestina/account", account=account).json
    assert (3, 1 / 3) == (seen["judged_on"], seen["bounce_rate"])


def test_the_statistics_tell_what_happened(server: Server, ses: Any, sender: Any) -> None:
    message = send(sender)
    server.settle()
    look(server, f"/_sestina/messages/{message}/simulate", "POST", {"event": "complaint"})
    send(sender, to="bounce@simulator.amazonses.com")
    server.settle()
    points = ses.get_send_statistics()["SendDataPoints"]
    told = [sum(point[name] for point in points) for name in ("DeliveryAttempts", "Bounces", "Complaints", "Rejects")]
    assert [2, 1, 1, 0] == told

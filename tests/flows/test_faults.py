"""Faults on purpose: rules that strike calls and recipients, and single events for stored messages."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from harness import Server, new_account
from inspecting import look, send, verified
from outcomes import events_of, mails_about, payloads_of, types_of, watched_set
from wire import refused

FAULTS = "/_sestina/faults"


@pytest.fixture
def sender(server: Server, account: str) -> Any:
    """A client that tries once only, so that calls can be counted."""
    return verified(once(server, account, "sesv2"))


def once(server: Server, account: str, service: str) -> Any:
    """A client that never tries again."""
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )


def order(server: Server, account: str, effect: str, /, **rule: Any) -> Any:
    """Adds a rule; `effect` is its type, members of the effect are under `with_`."""
    body = {"account": account, "effect": {"type": effect, **rule.pop("with_", {})}, **rule}
    answer = look(server, FAULTS, "POST", body)
    assert 200 == answer.status, answer.body
    return answer.json


def outcomes(client: Any, count: int, **more: Any) -> list[str]:
    """The codes that calls in a row are answered with."""
    codes = []
    for _ in range(count):
        try:
            send(client, **more)
            codes.append("ok")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    return codes


THROTTLED = "TooManyRequestsException"


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ({}, [THROTTLED] * 5),
        ({"nth": 3}, ["ok", "ok", THROTTLED, "ok", "ok"]),
        ({"every": 2}, ["ok", THROTTLED, "ok", THROTTLED, "ok"]),
        ({"times": 2}, [THROTTLED, THROTTLED, "ok", "ok", "ok"]),
        ({"every": 2, "times": 1}, ["ok", THROTTLED, "ok", "ok", "ok"]),
        ({"operation": "Send*"}, [THROTTLED] * 5),
        ({"operation": "GetAccount"}, ["ok"] * 5),
        ({"region": "eu-west-1"}, ["ok"] * 5),
        ({"recipient": "*@slow.test"}, ["ok"] * 5),
        ({"recipient": "YOU@example.*"}, [THROTTLED] * 5),
    ],
)
def test_a_rule_strikes_the_calls_it_names(
    server: Server, account: str, sender: Any, rule: dict[str, Any], codes: list[str]
) -> None:
    order(server, account, "throttle", **rule)
    assert codes == outcomes(sender, 5)


def test_a_rule_ends_with_its_time(server: Server, account: str, sender: Any) -> None:
    server.loop.call_soon_threadsafe(server.app.clock.freeze, 1_750_000_000_000)
    rule = order(server, account, "throttle", until="2025-06-15T15:06:50Z")
    assert "2025-06-15T15:06:50.000Z" == rule["until"]
    assert [THROTTLED] == outcomes(sender, 1)
    look(server, "/_sestina/clock", "POST", {"advance": 10})
    assert ["ok"] == outcomes(sender, 1)
    (shown,) = look(server, FAULTS, account=account).json["faults"]
    assert (True, 1, 1) == (shown["over"], shown["matched"], shown["struck"])


def test_only_the_account_of_the_rule_is_struck(server: Server, account: str, sender: Any) -> None:
    order(server, account, "throttle")
    assert ["ok"] == outcomes(verified(server.client("sesv2", new_account())), 1)
    assert [THROTTLED] == outcomes(sender, 1)


def test_a_throttled_call_sounds_like_ses(server: Server, account: str, sender: Any) -> None:
    order(server, account, "throttle", operation="List*", with_={"message": "Rate exceeded"})
    with pytest.raises(sender.exceptions.TooManyRequestsException) as v2:
        sender.list_email_identities()
    assert (THROTTLED, "Rate exceeded") == refused(v2)
    with pytest.raises(ClientError) as v1:
        once(server, account, "ses").list_identities()
    assert ("Throttling", "Rate exceeded") == refused(v1)


@pytest.mark.parametrize(
    ("effect", "v1", "v2"),
    [
        ({}, (500, "InternalFailure"), (500, "InternalServiceErrorException")),
        ({"status": 503}, (503, "ServiceUnavailable"), (503, "ServiceUnavailable")),
        ({"status": 502, "code": "Odd.Code"}, (502, "Odd.Code"), (502, "Odd.Code")),
    ],
)
def test_an_error_has_the_status_and_code_it_is_given(
    server: Server, account: str, sender: Any, effect: Any, v1: tuple[int, str], v2: tuple[int, str]
) -> None:
    order(server, account, "error", with_=effect)
    for client, expected in ((once(server, account, "ses"), v1), (sender, v2)):
        operation = client.list_identities if client is not sender else client.list_email_identities
        with pytest.raises(ClientError) as error:
            operation()
        response = error.value.response
        assert expected == (response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"])
        assert "An internal failure has occurred." == response["Error"]["Message"]


def test_a_delay_lasts_until_the_clock_says_so(server: Server, account: str, sender: Any) -> None:
    clock = server.app.clock
    server.loop.call_soon_threadsafe(clock.freeze, 1_750_000_000_000)
    order(server, account, "delay", with_={"ms": 300_000})
    asleep, real = threading.Event(), clock.sleep_until

    async def observed(instant: int) -> None:
        if instant == 1_750_000_300_000:
            server.loop.call_soon(asleep.set)
        await real(instant)

    clock.sleep_until = observed  # type: ignore[method-assign]
    try:
        with ThreadPoolExecutor() as pool:
            sent = pool.submit(outcomes, sender, 1)
            assert asleep.wait(10)
            assert not sent.done()
            look(server, "/_sestina/clock", "POST", {"advance": 300})
            assert ["ok"] == sent.result(10)
    finally:
        del clock.sleep_until


@pytest.mark.parametrize("kind", ["destinations", "header"])
def test_recipients_of_raw_messages_and_bulks_are_known(server: Server, account: str, sender: Any, kind: str) -> None:
    order(server, account, "throttle", recipient="you@example.org")
    data = b"From: me@example.com\r\nTo: You <you@example.org>, junk\r\n\r\nHello"
    more = {"Destination": {"ToAddresses": ["you@example.org"]}} if kind == "destinations" else {}
    with pytest.raises(ClientError):
        sender.send_email(FromEmailAddress="me@example.com", Content={"Raw": {"Data": data}}, **more)
    (shown,) = look(server, FAULTS, account=account).json["faults"]
    assert 1 == shown["struck"]
    with pytest.raises(ClientError):
        sender.send_bulk_email(
            FromEmailAddress="me@example.com",
            DefaultContent={"Template": {"TemplateContent": {"Subject": "x", "Text": "x"}, "TemplateData": "{}"}},
            BulkEmailEntries=[{"Destination": {"CcAddresses": ["you@example.org"]}}],
        )


def test_a_bounce_is_real(server: Server, account: str, sender: Any) -> None:
    effect = {"status": "5.2.1", "diagnostic": "smtp; 550 5.2.1 disabled"}
    order(server, account, "bounce", recipient="gone*", with_=effect)
    destination = {"ToAddresses": ["gone1@example.org", "you@example.org", "GONE2@example.org"]}
    message = send(sender, destination=destination, ConfigurationSetName=watched_set(sender))
    _, bounced, delivered = payloads_of(server, message)
    assert [
        {"emailAddress": name, "action": "failed", "status": "5.2.1", "diagnosticCode": "smtp; 550 5.2.1 disabled"}
        for name in ("gone1@example.org", "GONE2@example.org")
    ] == bounced["bounce"]["bouncedRecipients"]
    assert ["you@example.org"] == delivered["delivery"]["recipients"]
    assert "OnAccountSuppressionList" == events_of(server, send(sender, to="gone1@example.org"))[1]["bounce_subtype"]


@pytest.mark.parametrize(
    ("effect", "types"),
    [
        ("bounce", ["Send", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
        ("delivery_delay", ["Send", "DeliveryDelay", "Delivery"]),
        ("reject", ["Send", "Reject"]),
    ],
)
def test_what_happens_to_recipients_is_an_event(
    server: Server, account: str, sender: Any, effect: str, types: list[str]
) -> None:
    order(server, account, effect, times=1)
    assert types == types_of(server, send(sender))
    assert ["Send", "Delivery"] == types_of(server, send(sender, to="other@example.org"))


def test_a_delay_of_delivery_tells_when_it_gives_up(server: Server, account: str, sender: Any) -> None:
    order(server, account, "delivery_delay", with_={"delay_type": "MailboxFull", "status": "4.2.2"})
    _, delayed, _ = payloads_of(server, send(sender, ConfigurationSetName=watched_set(sender)))
    assert "DeliveryDelay" == delayed["eventType"]
    delay = delayed["deliveryDelay"]
    assert ["timestamp", "delayType", "expirationTime", "delayedRecipients", "reportingMTA"] == list(delay)
    assert "MailboxFull" == delay["delayType"]
    assert delay["timestamp"] < delay["expirationTime"]
    assert ("you@example.org", "4.2.2") == (
        delay["delayedRecipients"][0]["emailAddress"],
        delay["delayedRecipients"][0]["status"],
    )


def test_the_operation_of_a_delivery_is_its_tag(server: Server, account: str, sender: Any) -> None:
    order(server, account, "bounce", operation="SendRawEmail")
    assert ["Send", "Delivery"] == types_of(server, send(sender))
    data = b"From: me@example.com\r\nTo: you@example.org\r\n\r\nHello"
    raw = sender.send_email(FromEmailAddress="me@example.com", Content={"Raw": {"Data": data}})["MessageId"]
    assert ["Send", "Bounce"] == types_of(server, raw)


def test_two_rules_do_not_strike_one_recipient_twice(server: Server, account: str, sender: Any) -> None:
    order(server, account, "bounce", recipient="you@*")
    order(server, account, "complaint")
    destination = {"ToAddresses": ["you@example.org", "other@example.org"]}
    events = events_of(server, send(sender, destination=destination))
    assert [
        ("Bounce", ["you@example.org"]),
        ("Delivery", ["other@example.org"]),
        ("Complaint", ["other@example.org"]),
    ] == [(event["type"], event["recipients"]) for event in events[1:]]


def test_rules_are_listed_and_removed(server: Server, account: str, sender: Any) -> None:
    first, second = order(server, account, "throttle"), order(server, account, "bounce", region="eu-west-1")
    assert first["id"] < second["id"]
    listed = look(server, FAULTS, account=account).json["faults"]
    assert [first["id"], second["id"]] == [one["id"] for one in listed]
    assert [second] == look(server, FAULTS, account=account, region="eu-west-1").json["faults"]
    assert 204 == look(server, f"{FAULTS}/{first['id']}", "DELETE").status
    assert 404 == look(server, f"{FAULTS}/{first['id']}", "DELETE").status
    assert 404 == look(server, f"{FAULTS}/x", "DELETE").status
    assert {"removed": 1} == look(server, FAULTS, "DELETE", account=account).json
    assert [] == look(server, FAULTS, account=account).json["faults"]
    assert ["ok"] == outcomes(sender, 1)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({}, "effect"),
        ({"effect": {"type": "explode"}}, "explode"),
        ({"effect": {"type": "delay"}}, "ms"),
        ({"effect": {"type": "delay", "ms": -1}}, "ms"),
        ({"effect": {"type": "error", "status": 200}}, "status"),
        ({"effect": {"type": "error", "code": "a\r\nb"}}, "code"),
        ({"effect": {"type": "throttle"}, "nth": 0}, "nth"),
        ({"effect": {"type": "throttle"}, "nth": 1, "every": 2}, "nth"),
        ({"effect": {"type": "throttle"}, "until": "soon"}, "until"),
        ({"effect": {"type": "throttle", "ms": 1}}, "ms"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(server: Server, body: Any, word: str) -> None:
    answer = look(server, FAULTS, "POST", body)
    assert 400 == answer.status
    assert word in answer.message


@pytest.mark.parametrize(
    ("wish", "last"),
    [
        ({"event": "bounce"}, "Bounce"),
        ({"event": "complaint", "feedback_type": "fraud"}, "Complaint"),
        ({"event": "delay", "delay_type": "IPFailure", "diagnostic": "smtp; 450 later"}, "DeliveryDelay"),
        ({"event": "reject"}, "Reject"),
        ({"event": "delivery"}, "Delivery"),
    ],
)
def test_something_happens_to_a_stored_message_now(server: Server, sender: Any, wish: Any, last: str) -> None:
    message = send(sender, ConfigurationSetName=watched_set(sender))
    server.settle()
    answer = look(server, f"/_sestina/messages/{message}/simulate", "POST", wish).json["event"]
    events = events_of(server, message)
    assert answer == events[-1]
    assert (last, f"{message}/+2") == (answer["type"], answer["id"])
    assert last == payloads_of(server, message)[-1]["eventType"]
    look(server, f"/_sestina/messages/{message}/simulate", "POST", wish)
    assert f"{message}/+3" == events_of(server, message)[-1]["id"]


def test_one_recipient_can_be_chosen(server: Server, account: str, sender: Any) -> None:
    message = send(sender, destination={"ToAddresses": ["a@example.org", "B@example.org"]})
    server.settle()
    wish = {"event": "bounce", "recipient": "b@example.org", "bounce_type": "Transient", "bounce_subtype": "General"}
    event = look(server, f"/_sestina/messages/{message}/simulate", "POST", wish).json["event"]
    assert ["B@example.org"] == event["recipients"]
    assert ("4.4.7", "Transient") == (event["status"], event["bounce_type"])
    assert event["diagnostic_code"].startswith("smtp; 554 4.4.7 Message expired: unable to deliver in 840 minutes.")
    assert ["Delivery Status Notification (Failure)"] == [mail["Subject"] for mail in mails_about(server, account)]


def test_what_cannot_happen_is_explained(server: Server, sender: Any) -> None:
    message = send(sender)
    path = f"/_sestina/messages/{message}/simulate"
    assert 404 == look(server, "/_sestina/messages/nothing/simulate", "POST", {"event": "bounce"}).status
    stranger = look(server, path, "POST", {"event": "bounce", "recipient": "x@example.org"})
    assert (400, "The message went to you@example.org, not to x@example.org.") == (stranger.status, stranger.message)
    assert 400 == look(server, path, "POST", {"event": "vanish"}).status
    assert 400 == look(server, path, "POST", {"event": "delay", "delay_type": "Mood"}).status

"""The account through real clients: quota, statistics, the switch, and the way out of the sandbox."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from harness import Server, new_account
from msgspec.structs import replace
from wire import refused, send_v1, send_v2

from sestina.domain.accounts import Account

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
QUARTER = 1_989_000 * 15 * MINUTE
START = QUARTER + 100_000
DETAILS = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://example.com/shop"}
SUPPRESSED = {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}


@pytest.fixture(scope="module")
def boxed() -> Iterator[Server]:
    """A server whose new accounts start in the sandbox."""
    with Server(sandbox=True) as server:
        yield server


def freeze(server: Server, at: int = START) -> None:
    server.loop.call_soon_threadsafe(server.app.clock.freeze, at)


def send(sesv2: Any, *recipients: str, sender: str = "a@example.com") -> None:
    sesv2.send_email(
        FromEmailAddress=sender,
        Destination={"ToAddresses": list(recipients)},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    )


def test_a_fresh_account_shows_what_was_set_and_nothing_else(server: Server, account: str) -> None:
    expected = {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": 0.0},
        "SendingEnabled": True,
        "SuppressionAttributes": SUPPRESSED,
    }
    assert expected == send_v2(server, account, "GET", "/v2/email/account").json


def test_a_fresh_account_in_the_sandbox_may_send_little(boxed: Server) -> None:
    account = new_account()
    answer = boxed.client("ses", account).get_send_quota()
    assert (200.0, 1.0, 0.0) == (answer["Max24HourSend"], answer["MaxSendRate"], answer["SentLast24Hours"])
    assert boxed.client("sesv2", account).get_account()["ProductionAccessEnabled"] is False


def test_the_quota_of_v1_is_written_with_decimals(server: Server, account: str) -> None:
    text = send_v1(server, account, "GetSendQuota").text
    for element in ("<Max24HourSend>50000.0</", "<MaxSendRate>14.0</", "<SentLast24Hours>0.0</"):
        assert element in text


def test_both_apis_count_recipients_of_the_last_day(server: Server, ses: Any, sesv2: Any) -> None:
    freeze(server)
    ses.verify_email_identity(EmailAddress="a@example.com")
    send(sesv2, "b@example.com", "c@example.com")
    send(sesv2, "d@example.com")
    assert 3.0 == ses.get_send_quota()["SentLast24Hours"]
    assert 3.0 == sesv2.get_account()["SendQuota"]["SentLast24Hours"]
    freeze(server, START + DAY + MINUTE)
    assert 0.0 == ses.get_send_quota()["SentLast24Hours"]


def test_statistics_are_points_of_a_quarter_of_an_hour_over_two_weeks(server: Server, ses: Any, sesv2: Any) -> None:
    freeze(server)
    ses.verify_email_identity(EmailAddress="a@example.com")
    assert [] == ses.get_send_statistics()["SendDataPoints"]
    send(sesv2, "b@example.com", "c@example.com")
    freeze(server, START + 5 * MINUTE)
    send(sesv2, "b@example.com")
    freeze(server, START + 15 * MINUTE)
    send(sesv2, "b@example.com")
    server.settle()
    nothing = {"Bounces": 0, "Complaints": 0, "Rejects": 0}
    points = sorted(ses.get_send_statistics()["SendDataPoints"], key=lambda point: point["Timestamp"])
    first, second = (datetime.fromtimestamp((QUARTER + late) / 1000, UTC) for late in (0, 15 * MINUTE))
    expected = [
        {"Timestamp": first, "DeliveryAttempts": 3, **nothing},
        {"Timestamp": second, "DeliveryAttempts": 1, **nothing},
    ]
    assert expected == points
    freeze(server, START + 14 * DAY + 10 * MINUTE)
    assert [1] == [point["DeliveryAttempts"] for point in ses.get_send_statistics()["SendDataPoints"]]
    freeze(server, START + 15 * DAY)
    assert [] == ses.get_send_statistics()["SendDataPoints"]


def test_the_switch_of_one_api_is_the_switch_of_the_other(ses: Any, sesv2: Any) -> None:
    ses.verify_email_identity(EmailAddress="a@example.com")
    assert ses.get_account_sending_enabled()["Enabled"] is True
    ses.update_account_sending_enabled(Enabled=False)
    assert sesv2.get_account()["SendingEnabled"] is False
    with pytest.raises(sesv2.exceptions.SendingPausedException):
        send(sesv2, "b@example.com")
    sesv2.put_account_sending_attributes(SendingEnabled=True)
    assert ses.get_account_sending_enabled()["Enabled"] is True
    send(sesv2, "b@example.com")


def test_a_flag_that_is_not_given_pauses(ses: Any, sesv2: Any) -> None:
    sesv2.put_account_sending_attributes()
    assert ses.get_account_sending_enabled()["Enabled"] is False
    ses.update_account_sending_enabled(Enabled=True)
    ses.update_account_sending_enabled()
    assert sesv2.get_account()["SendingEnabled"] is False


def test_the_switch_belongs_to_one_account_in_one_region(server: Server, account: str, ses: Any) -> None:
    ses.update_account_sending_enabled(Enabled=False)
    assert server.client("ses", account, "eu-west-1").get_account_sending_enabled()["Enabled"] is True
    assert server.client("ses", new_account()).get_account_sending_enabled()["Enabled"] is True


def test_details_are_kept_as_given_and_granted_to_who_has_production_access(sesv2: Any) -> None:
    assert "Details" not in sesv2.get_account()
    given = {
        **DETAILS,
        "ContactLanguage": "JA",
        "UseCaseDescription": "receipts",
        "AdditionalContactEmailAddresses": ["x@example.com", "y@example.com"],
    }
    sesv2.put_account_details(**given, ProductionAccessEnabled=True)
    details = sesv2.get_account()["Details"]
    review = details.pop("ReviewDetails")
    assert given == details
    assert "GRANTED" == review["Status"]
    assert review["CaseId"].isdigit()
    sesv2.put_account_details(**DETAILS)
    details = sesv2.get_account()["Details"]
    del details["ReviewDetails"]
    assert DETAILS == details


def test_leaving_the_sandbox_takes_a_day_and_one_request_at_a_time(boxed: Server) -> None:
    account = new_account()
    ses, sesv2 = boxed.client("ses", account), boxed.client("sesv2", account)
    freeze(boxed)
    ses.verify_email_identity(EmailAddress="a@example.com")
    sesv2.put_account_details(**DETAILS, ProductionAccessEnabled=True)
    review = sesv2.get_account()["Details"]["ReviewDetails"]
    assert "PENDING" == review["Status"]
    with pytest.raises(sesv2.exceptions.ConflictException) as conflict:
        sesv2.put_account_details(**DETAILS, ProductionAccessEnabled=True)
    assert 409 == conflict.value.response["ResponseMetadata"]["HTTPStatusCode"]
    with pytest.raises(sesv2.exceptions.MessageRejected):
        send(sesv2, "stranger@example.org")
    freeze(boxed, START + DAY)
    answer = sesv2.get_account()
    assert {**review, "Status": "GRANTED"} == answer["Details"]["ReviewDetails"]
    assert answer["ProductionAccessEnabled"] is True
    assert 50000.0 == ses.get_send_quota()["Max24HourSend"]
    send(sesv2, "stranger@example.org")


def test_details_without_a_request_start_no_review(boxed: Server) -> None:
    sesv2 = boxed.client("sesv2", new_account())
    sesv2.put_account_details(**DETAILS)
    sesv2.put_account_details(**DETAILS, ProductionAccessEnabled=False)
    assert "ReviewDetails" not in sesv2.get_account()["Details"]


@pytest.mark.parametrize("url", ["not a url", "https://", "http://localhost", "https://example.1", "x://[", "ftp:"])
def test_a_website_needs_a_host_that_could_be_one(sesv2: Any, url: str) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.put_account_details(MailType="MARKETING", WebsiteURL=url)
    assert ("BadRequestException", "Url contains invalid format") == refused(error)
    assert "Details" not in sesv2.get_account()


def test_all_constraints_of_the_details_are_told_at_once(sesv2: Any) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.put_account_details(MailType="SPAM", WebsiteURL="https://example.com", ContactLanguage="DE")
    assert refused(error)[1].startswith("2 validation errors detected: ")


def test_what_was_set_for_suppression_and_deliverability_is_shown(server: Server, account: str, sesv2: Any) -> None:
    async def change(**fields: Any) -> None:
        region = await server.app.services.regions.get(account, "us-east-1", 0)
        await region.set_settings(replace(await region.settings(Account(production_access=True)), **fields), 0)

    server.run(change(vdm_enabled=False, suppressed_reasons=(), validation_threshold_enabled=False))
    answer = sesv2.get_account()
    threshold = {"ConditionThresholdEnabled": "DISABLED"}
    expected = {"SuppressedReasons": [], "ValidationAttributes": {"ConditionThreshold": threshold}}
    assert expected == answer["SuppressionAttributes"]
    assert {"VdmEnabled": "DISABLED"} == answer["VdmAttributes"]
    server.run(change(vdm_enabled=True, vdm_engagement_metrics=True, validation_confidence="HIGH"))
    answer = sesv2.get_account()
    threshold |= {"OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "HIGH"}}
    assert {"ConditionThreshold": threshold} == answer["SuppressionAttributes"]["ValidationAttributes"]
    expected = {
        "VdmEnabled": "ENABLED",
        "DashboardAttributes": {"EngagementMetrics": "ENABLED"},
        "GuardianAttributes": {"OptimizedSharedDelivery": "DISABLED"},
    }
    assert expected == answer["VdmAttributes"]

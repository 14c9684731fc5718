"""Every option block of a configuration set through real clients: defaults, changes, and each API's view of them."""

import datetime as dt
from typing import Any

import pytest
from harness import Server
from wire import refused, send_v1, send_v2

UNVERIFIED = "Domain <{}> is not verified under this account."
ARCHIVE = "arn:aws:ses:us-east-1:123456789012:mailmanager-archive/a-abcdefghijklmnopqrstuvwx"
BLOCKS: dict[str, Any] = {
    "TrackingOptions": {"CustomRedirectDomain": "links.shop.test", "HttpsPolicy": "REQUIRE"},
    "DeliveryOptions": {"TlsPolicy": "REQUIRE", "MaxDeliverySeconds": 300},
    "ReputationOptions": {"ReputationMetricsEnabled": False},
    "SendingOptions": {"SendingEnabled": True},
    "SuppressionOptions": {
        "SuppressedReasons": ["BOUNCE"],
        "SuppressionScope": "TENANT",
        "ValidationOptions": {
            "ConditionThreshold": {
                "ConditionThresholdEnabled": "ENABLED",
                "OverallConfidenceThreshold": {"ConfidenceVerdictThreshold": "HIGH"},
            }
        },
    },
    "VdmOptions": {
        "DashboardOptions": {"EngagementMetrics": "ENABLED"},
        "GuardianOptions": {"OptimizedSharedDelivery": "DISABLED"},
    },
    "ArchivingOptions": {"ArchiveArn": ARCHIVE},
    "MessageSecurityOptions": {"SigningScheme": {"SmimeScheme": {"SignatureFormat": "DETACHED"}}},
    "Tags": [{"Key": "team", "Value": "mail"}],
}
ALL_ATTRIBUTES = ["eventDestinations", "trackingOptions", "deliveryOptions", "reputationOptions"]
ALWAYS = {"ConfigurationSetName", "ReputationOptions", "SendingOptions", "Tags", "ResponseMetadata"}


@pytest.fixture
def shop(sesv2: Any) -> None:
    sesv2.create_email_identity(EmailIdentity="shop.test")
    sesv2.create_configuration_set(ConfigurationSetName="cs")


def options(sesv2: Any, name: str = "cs") -> dict[str, Any]:
    answer: dict[str, Any] = sesv2.get_configuration_set(ConfigurationSetName=name)
    return answer


def described(ses: Any, name: str = "cs") -> dict[str, Any]:
    """What DescribeConfigurationSet shows when everything is asked for."""
    answer: dict[str, Any] = ses.describe_configuration_set(
        ConfigurationSetName=name, ConfigurationSetAttributeNames=ALL_ATTRIBUTES
    )
    return {key: value for key, value in answer.items() if key not in ("ResponseMetadata", "ConfigurationSet")}


def test_blocks_that_were_never_given_are_not_shown(sesv2: Any, shop: None) -> None:
    assert options(sesv2).keys() == ALWAYS


def test_every_block_given_at_creation_comes_back_as_it_was(sesv2: Any, shop: None) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="full", **BLOCKS)
    answer = options(sesv2, "full")
    assert BLOCKS == {name: answer[name] for name in BLOCKS}


def test_every_block_put_later_comes_back_as_it_was(account: str, sesv2: Any, shop: None) -> None:
    name = {"ConfigurationSetName": "cs"}
    sesv2.put_configuration_set_tracking_options(**name, **BLOCKS["TrackingOptions"])
    sesv2.put_configuration_set_delivery_options(**name, **BLOCKS["DeliveryOptions"])
    sesv2.put_configuration_set_reputation_options(**name, **BLOCKS["ReputationOptions"])
    sesv2.put_configuration_set_sending_options(**name, **BLOCKS["SendingOptions"])
    sesv2.put_configuration_set_suppression_options(**name, **BLOCKS["SuppressionOptions"])
    sesv2.put_configuration_set_vdm_options(**name, VdmOptions=BLOCKS["VdmOptions"])
    sesv2.put_configuration_set_archiving_options(**name, **BLOCKS["ArchivingOptions"])
    sesv2.update_configuration_set(**name, MessageSecurityOptions=BLOCKS["MessageSecurityOptions"])
    sesv2.tag_resource(ResourceArn=f"arn:aws:ses:us-east-1:{account}:configuration-set/cs", Tags=BLOCKS["Tags"])
    answer = options(sesv2)
    assert BLOCKS == {name: answer[name] for name in BLOCKS}


def test_the_default_scheme_of_signing_is_told_from_smime(sesv2: Any, shop: None) -> None:
    security: dict[str, Any] = {"SigningScheme": {"DefaultScheme": {}}}
    sesv2.update_configuration_set(ConfigurationSetName="cs", MessageSecurityOptions=security)
    assert security == options(sesv2)["MessageSecurityOptions"]
    sesv2.update_configuration_set(ConfigurationSetName="cs")
    assert "MessageSecurityOptions" not in options(sesv2)


@pytest.mark.parametrize("part", ["DashboardOptions", "GuardianOptions"])
def test_one_part_of_vdm_is_shown_alone(sesv2: Any, shop: None, part: str) -> None:
    vdm = {part: BLOCKS["VdmOptions"][part]}
    sesv2.put_configuration_set_vdm_options(ConfigurationSetName="cs", VdmOptions=vdm)
    assert vdm == options(sesv2)["VdmOptions"]


def test_a_threshold_without_confidence_is_shown_without(sesv2: Any, shop: None) -> None:
    validation = {"ConditionThreshold": {"ConditionThresholdEnabled": "DISABLED"}}
    sesv2.put_configuration_set_suppression_options(ConfigurationSetName="cs", ValidationOptions=validation)
    assert {"SuppressedReasons": [], "ValidationOptions": validation} == options(sesv2)["SuppressionOptions"]


def test_an_empty_put_clears_or_turns_off(sesv2: Any, shop: None) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="full", **BLOCKS)
    for put in (
        sesv2.put_configuration_set_tracking_options,
        sesv2.put_configuration_set_delivery_options,
        sesv2.put_configuration_set_reputation_options,
        sesv2.put_configuration_set_sending_options,
        sesv2.put_configuration_set_suppression_options,
        sesv2.put_configuration_set_vdm_options,
        sesv2.put_configuration_set_archiving_options,
    ):
        put(ConfigurationSetName="full")
    answer = options(sesv2, "full")
    assert answer.keys() == ALWAYS | {"SuppressionOptions", "MessageSecurityOptions"}
    assert {"ReputationMetricsEnabled": False} == answer["ReputationOptions"]
    assert {"SendingEnabled": False} == answer["SendingOptions"]
    assert {"SuppressedReasons": []} == answer["SuppressionOptions"]


def test_reputation_metrics_start_off_in_v1_and_on_in_v2(ses: Any, sesv2: Any, shop: None) -> None:
    ses.create_configuration_set(ConfigurationSet={"Name": "old"})
    assert {"ReputationMetricsEnabled": False} == options(sesv2, "old")["ReputationOptions"]
    assert {"ReputationMetricsEnabled": True} == options(sesv2)["ReputationOptions"]
    assert {"SendingEnabled": True, "ReputationMetricsEnabled": True} == described(ses)["ReputationOptions"]


def test_empty_reputation_options_at_creation_turn_metrics_off(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="cs", ReputationOptions={})
    assert {"ReputationMetricsEnabled": False} == options(sesv2)["ReputationOptions"]


def test_v1_describes_only_what_is_asked_for(ses: Any, sesv2: Any, shop: None) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="full", **BLOCKS)
    assert {
        "EventDestinations": [],
        "TrackingOptions": {"CustomRedirectDomain": "links.shop.test"},
        "DeliveryOptions": {"TlsPolicy": "Require"},
        "ReputationOptions": {"SendingEnabled": True, "ReputationMetricsEnabled": False},
    } == described(ses, "full")
    one = ses.describe_configuration_set(
        ConfigurationSetName="full", ConfigurationSetAttributeNames=["deliveryOptions"]
    )
    assert {"ConfigurationSet", "DeliveryOptions", "ResponseMetadata"} == one.keys()
    assert described(ses).keys() == {"EventDestinations", "ReputationOptions"}


def test_v1_changes_tracking_options_step_by_step(ses: Any, sesv2: Any, shop: None) -> None:
    def arguments(domain: str) -> dict[str, Any]:
        return {"ConfigurationSetName": "cs", "TrackingOptions": {"CustomRedirectDomain": domain}}

    for call in (
        lambda: ses.update_configuration_set_tracking_options(**arguments("shop.test")),
        lambda: ses.delete_configuration_set_tracking_options(ConfigurationSetName="cs"),
    ):
        with pytest.raises(ses.exceptions.TrackingOptionsDoesNotExistException) as missing:
            call()
        text = "There are no tracking options for configuration set <cs>"
        assert ("TrackingOptionsDoesNotExistException", text) == refused(missing)
    ses.create_configuration_set_tracking_options(**arguments("links.shop.test"))
    assert {"CustomRedirectDomain": "links.shop.test"} == options(sesv2)["TrackingOptions"]
    with pytest.raises(ses.exceptions.TrackingOptionsAlreadyExistsException) as existing:
        ses.create_configuration_set_tracking_options(**arguments("shop.test"))
    text = "Configuration set <cs> already has tracking options."
    assert ("TrackingOptionsAlreadyExistsException", text) == refused(existing)
    ses.update_configuration_set_tracking_options(**arguments("shop.test"))
    assert {"CustomRedirectDomain": "shop.test"} == described(ses)["TrackingOptions"]
    ses.delete_configuration_set_tracking_options(ConfigurationSetName="cs")
    assert "TrackingOptions" not in described(ses)


def test_v1_keeps_the_policy_that_only_v2_knows(ses: Any, sesv2: Any, shop: None) -> None:
    sesv2.put_configuration_set_tracking_options(ConfigurationSetName="cs", **BLOCKS["TrackingOptions"])
    ses.update_configuration_set_tracking_options(
        ConfigurationSetName="cs", TrackingOptions={"CustomRedirectDomain": "shop.test"}
    )
    assert {"CustomRedirectDomain": "shop.test", "HttpsPolicy": "REQUIRE"} == options(sesv2)["TrackingOptions"]


def test_v1_refuses_a_redirect_domain_before_it_looks_for_the_set(
    server: Server, account: str, ses: Any, shop: None
) -> None:
    for name, domain, code, text in (
        ("ghost", "other.test", "InvalidTrackingOptions", UNVERIFIED.format("other.test")),
        ("cs", " ", "InvalidTrackingOptions", "At least one field of TrackingOptions must contain a value."),
        ("ghost", "shop.test", "ConfigurationSetDoesNotExist", "Configuration set <ghost> does not exist."),
    ):
        with pytest.raises(ses.exceptions.ClientError) as error:
            ses.create_configuration_set_tracking_options(
                ConfigurationSetName=name, TrackingOptions={"CustomRedirectDomain": domain}
            )
        assert (code, text) == refused(error)
    answer = send_v1(server, account, "CreateConfigurationSetTrackingOptions", ConfigurationSetName="cs")
    assert "<Code>ValidationError</Code>" in answer.text
    assert "Member must not be null" in answer.text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"CustomRedirectDomain": " "}, "CustomRedirectDomain must be specified."),
        ({"HttpsPolicy": "REQUIRE"}, "CustomRedirectDomain must be specified."),
        ({"CustomRedirectDomain": "other.test", "HttpsPolicy": "BOGUS"}, UNVERIFIED.format("other.test")),
        ({"CustomRedirectDomain": "me@shop.test"}, UNVERIFIED.format("me@shop.test")),
        (
            {"CustomRedirectDomain": "shop.test", "HttpsPolicy": "BOGUS"},
            "1 validation error detected: Value at 'httpsPolicy' failed to satisfy constraint: "
            "Member must satisfy enum value set: [OPTIONAL, REQUIRE, REQUIRE_OPEN_ONLY]",
        ),
    ],
)
def test_v2_checks_the_redirect_domain_first_the_policy_next_and_the_set_last(
    sesv2: Any, shop: None, arguments: dict[str, str], text: str
) -> None:
    sesv2.create_email_identity(EmailIdentity="me@shop.test")
    with pytest.raises(sesv2.exceptions.BadRequestException) as error:
        sesv2.put_configuration_set_tracking_options(ConfigurationSetName="ghost", **arguments)
    assert ("BadRequestException", text) == refused(error)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"SendingPoolName": " "}, "sendingPoolName can't be blank."),
        ({"SendingPoolName": "pool"}, "SendingPool <pool> doesn't exist"),
        (
            {"TlsPolicy": "MAYBE"},
            "1 validation error detected: Value at 'tlsPolicy' failed to satisfy constraint: "
            "Member must satisfy enum value set: [OPTIONAL, REQUIRE]",
        ),
        (
            {"MaxDeliverySeconds": 299},
            "1 validation error detected: Value at 'maxDeliverySeconds' failed to satisfy constraint: "
            "Member must have value greater than or equal to 300",
        ),
        (
            {"MaxDeliverySeconds": 50401},
            "1 validation error detected: Value at 'maxDeliverySeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 50400",
        ),
    ],
)
def test_delivery_options_out_of_bounds_are_refused(
    server: Server, account: str, shop: None, arguments: dict[str, Any], text: str
) -> None:
    answer = send_v2(server, account, "PUT", "/v2/email/configuration-sets/cs/delivery-options", arguments)
    assert (400, "BadRequestException", text) == answer.error


def test_v1_sets_and_clears_the_tls_policy_and_keeps_what_only_v2_knows(ses: Any, sesv2: Any, shop: None) -> None:
    ses.put_configuration_set_delivery_options(ConfigurationSetName="cs", DeliveryOptions={"TlsPolicy": "Require"})
    assert {"TlsPolicy": "REQUIRE"} == options(sesv2)["DeliveryOptions"]
    ses.put_configuration_set_delivery_options(ConfigurationSetName="cs")
    assert "DeliveryOptions" not in options(sesv2)
    sesv2.put_configuration_set_delivery_options(ConfigurationSetName="cs", MaxDeliverySeconds=400)
    assert {"TlsPolicy": "Optional"} == described(ses)["DeliveryOptions"]
    ses.put_configuration_set_delivery_options(ConfigurationSetName="cs", DeliveryOptions={"TlsPolicy": "Optional"})
    assert {"TlsPolicy": "OPTIONAL", "MaxDeliverySeconds": 400} == options(sesv2)["DeliveryOptions"]


def test_suppression_reasons_are_refused_in_the_words_of_each_operation(sesv2: Any, shop: None) -> None:
    with pytest.raises(sesv2.exceptions.BadRequestException) as put:
        sesv2.put_configuration_set_suppression_options(ConfigurationSetName="cs", SuppressedReasons=["SPAM"])
    assert "Reason SPAM is invalid, must be one of [BOUNCE, COMPLAINT]." == refused(put)[1]
    with pytest.raises(sesv2.exceptions.BadRequestException) as create:
        sesv2.create_configuration_set(
            ConfigurationSetName="new", SuppressionOptions={"SuppressedReasons": ["SPAM", "HAM"]}
        )
    assert (
        "1 validation error detected: Value at 'suppressionOptions.suppressedReasons' failed to satisfy constraint: "
        "Member must satisfy constraint: [Member must satisfy enum value set: [BOUNCE, COMPLAINT]]"
    ) == refused(create)[1]
    with pytest.raises(sesv2.exceptions.NotFoundException):
        options(sesv2, "new")


def test_empty_suppression_options_at_creation_break_the_service_as_they_do_at_aws(
    server: Server, account: str
) -> None:
    body = {"ConfigurationSetName": "broken", "SuppressionOptions": {}}
    answer = send_v2(server, account, "POST", "/v2/email/configuration-sets", body)
    assert (500, "InternalFailure", "An internal failure has occurred.") == answer.error
    assert 404 == send_v2(server, account, "GET", "/v2/email/configuration-sets/broken").status


def test_an_empty_list_of_reasons_is_kept_apart_from_none(sesv2: Any) -> None:
    sesv2.create_configuration_set(ConfigurationSetName="cs", SuppressionOptions={"SuppressedReasons": []})
    assert {"SuppressedReasons": []} == options(sesv2)["SuppressionOptions"]


def test_sending_again_after_a_pause_is_a_fresh_start_in_both_views(
    server: Server, ses: Any, sesv2: Any, shop: None
) -> None:
    sesv2.put_configuration_set_sending_options(ConfigurationSetName="cs", SendingEnabled=True)
    assert "LastFreshStart" not in options(sesv2)["ReputationOptions"]
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="cs", Enabled=False)
    assert {"SendingEnabled": False} == options(sesv2)["SendingOptions"]
    assert "LastFreshStart" not in described(ses)["ReputationOptions"]
    server.loop.call_soon_threadsafe(server.app.clock.freeze, 1_800_000_000_000)
    ses.update_configuration_set_sending_enabled(ConfigurationSetName="cs", Enabled=True)
    began = dt.datetime.fromtimestamp(1_800_000_000, dt.UTC)
    assert began == options(sesv2)["ReputationOptions"]["LastFreshStart"]
    assert began == described(ses)["ReputationOptions"]["LastFreshStart"]


def test_v1_toggles_reputation_metrics(ses: Any, sesv2: Any, shop: None) -> None:
    ses.update_configuration_set_reputation_metrics_enabled(ConfigurationSetName="cs", Enabled=False)
    assert {"ReputationMetricsEnabled": False} == options(sesv2)["ReputationOptions"]


def test_a_paused_set_refuses_sends_in_the_words_of_each(ses: Any, sesv2: Any, shop: None) -> None:
    sesv2.put_configuration_set_sending_options(ConfigurationSetName="cs", SendingEnabled=False)
    with pytest.raises(ses.exceptions.ConfigurationSetSendingPausedException):
        ses.send_email(
            Source="me@shop.test",
            ConfigurationSetName="cs",
            Destination={"ToAddresses": ["you@other.test"]},
            Message={"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}},
        )
    with pytest.raises(sesv2.exceptions.SendingPausedException):
        sesv2.send_email(
            FromEmailAddress="me@shop.test",
            ConfigurationSetName="cs",
            Destination={"ToAddresses": ["you@other.test"]},
            Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
        )


@pytest.mark.parametrize(
    "call",
    [
        "put_configuration_set_tracking_options",
        "put_configuration_set_delivery_options",
        "put_configuration_set_reputation_options",
        "put_configuration_set_sending_options",
        "put_configuration_set_suppression_options",
        "put_configuration_set_vdm_options",
        "put_configuration_set_archiving_options",
        "update_configuration_set",
    ],
)
def test_options_of_a_set_that_is_not_there_are_refused_by_v2(sesv2: Any, call: str) -> None:
    with pytest.raises(sesv2.exceptions.NotFoundException) as error:
        getattr(sesv2, call)(ConfigurationSetName="ghost")
    assert "Configuration set <ghost> does not exist." == refused(error)[1]


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("put_configuration_set_delivery_options", {}),
        ("update_configuration_set_reputation_metrics_enabled", {"Enabled": True}),
        ("update_configuration_set_sending_enabled", {"Enabled": True}),
        ("delete_configuration_set_tracking_options", {}),
    ],
)
def test_options_of_a_set_that_is_not_there_are_refused_by_v1(ses: Any, call: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ses.exceptions.ConfigurationSetDoesNotExistException) as error:
        getattr(ses, call)(ConfigurationSetName="ghost", **arguments)
    assert "Configuration set <ghost> does not exist." == refused(error)[1]

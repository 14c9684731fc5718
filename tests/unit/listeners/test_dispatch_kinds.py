"""Every kind of target has its word and its ARN in the lists of dispatches."""

import pytest

from sestina.domain.event_destinations import (
    CloudWatchTarget,
    EventBridgeTarget,
    FirehoseTarget,
    PinpointTarget,
    SnsTarget,
    Target,
)
from sestina.listeners.inspection.dispatches import kind_and_target


@pytest.mark.parametrize(
    ("target", "told"),
    [
        (SnsTarget(topic_arn="arn:t"), ("sns", "arn:t")),
        (FirehoseTarget(role_arn="arn:r", stream_arn="arn:s"), ("firehose", "arn:s")),
        (EventBridgeTarget(bus_arn="arn:b"), ("eventbridge", "arn:b")),
        (PinpointTarget(application_arn="arn:a"), ("pinpoint", "arn:a")),
        (CloudWatchTarget(dimensions=()), ("cloudwatch", "")),
    ],
)
def test_kinds(target: Target, told: tuple[str, str]) -> None:
    assert told == kind_and_target(target)

"""Parser models of AWS Lambda Powertools: SNS envelopes and EventBridge events in, nothing out if they fit."""

import json
import sys

from aws_lambda_powertools.utilities.parser.models import EventBridgeModel, SnsNotificationModel


def main() -> None:
    given = json.load(sys.stdin)
    for envelope in given["envelopes"]:
        SnsNotificationModel.model_validate(envelope)
    for event in given["events"]:
        EventBridgeModel.model_validate(event)


if __name__ == "__main__":
    main()

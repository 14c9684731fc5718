"""What became of a message: its events, what was published about it, and the mails about it, once all is settled."""

import email
import email.message
import email.policy
import json
from typing import Any

from harness import Server
from inspecting import look

V1_TYPES = ["send", "reject", "bounce", "complaint", "delivery", "open", "click", "renderingFailure"]
V2_TYPES = ["SEND", "REJECT", "BOUNCE", "COMPLAINT", "DELIVERY", "RENDERING_FAILURE", "DELIVERY_DELAY"]
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def events_of(server: Server, message: str) -> list[dict[str, Any]]:
    """The timeline of a message, oldest first."""
    server.settle()
    return list(look(server, f"/_sestina/messages/{message}").json["events"])


def types_of(server: Server, message: str) -> list[str]:
    """The types of its events, in order."""
    return [event["type"] for event in events_of(server, message)]


def watched_set(sesv2: Any, name: str = "watched", **options: Any) -> str:
    """A configuration set that publishes every event to CloudWatch, which needs no other service; its name."""
    sesv2.create_configuration_set(ConfigurationSetName=name, **options)
    dimension = {"DimensionName": "from", "DimensionValueSource": "MESSAGE_TAG", "DefaultDimensionValue": "none"}
    sesv2.create_configuration_set_event_destination(
        ConfigurationSetName=name,
        EventDestinationName="all",
        EventDestination={
            "Enabled": True,
            "MatchingEventTypes": V2_TYPES,
            "CloudWatchDestination": {"DimensionConfigurations": [dimension]},
        },
    )
    return name


def payloads_of(server: Server, message: str) -> list[Any]:
    """What was published about a message, in order, as JSON; and that every text ends with a line feed."""
    server.settle()
    numbers = [one["id"] for one in look(server, "/_sestina/dispatches", message=message).json["dispatches"]]
    texts = [look(server, f"/_sestina/dispatches/{number}").json["payload"] for number in sorted(numbers)]
    assert all(text.endswith("\n") for text in texts)
    return [json.loads(text) for text in texts]


def mails_about(server: Server, account: str) -> list[email.message.EmailMessage]:
    """The feedback that SES has put into an account's mailbox, oldest first."""
    server.settle()
    page = look(server, "/_sestina/messages", account=account).json["messages"]
    ids = [one["id"] for one in reversed(page) if one["operation"] == "Feedback"]
    return [parsed(look(server, f"/_sestina/messages/{id_}/raw").body) for id_ in ids]


def parsed(raw: bytes) -> email.message.EmailMessage:
    """A message as Python's own library reads it."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert [] == message.defects
    return message


def suppressed(sesv2: Any) -> list[str]:
    """The addresses on the account's list."""
    answer = sesv2.list_suppressed_destinations()
    return [entry["EmailAddress"] for entry in answer["SuppressedDestinationSummaries"]]

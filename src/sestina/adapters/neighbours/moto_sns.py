"""SNS in the child: moto's, with HTTP as Amazon SNS speaks it, and subscribers that do not stand in each other's way.

moto posts without the header fields that consumers check, asks no endpoint to confirm, and ends a publication at the
first subscriber that is gone, with an error for the publisher. An endpoint that never confirms is told all the same,
and none is tried twice.
"""

import json
import secrets
import threading
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from typing import Any, Final  # attributes of a message, as moto has them
from urllib.parse import quote, urlencode
from uuid import uuid4

import requests
from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend, Subscription
from moto.sns.responses import SNSResponse

HTTP: Final = ("http", "https")
SECONDS: Final = 15.0  # for an endpoint to answer: Amazon SNS message delivery retries
PATIENCE: Final = 2.0  # of whoever publishes: mostly an endpoint has been told when they go on
WORKERS: Final = 4  # for each endpoint

_told = threading.local()  # each request has a thread of its own


def tell_host(host: str | None) -> None:
    """By which name the server is asked: that is where an endpoint confirms."""
    correct()
    _told.host = host


@cache
def correct() -> None:
    """Puts moto right."""
    subscribe, publish, confirm = SNSBackend.subscribe, Subscription.publish, SNSResponse.confirm_subscription

    def subscribe_and_ask(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
        known = set(self.subscriptions)
        subscription = subscribe(self, topic_arn, endpoint, protocol)
        if protocol in HTTP and subscription.arn not in known:
            _ask_to_confirm(subscription)
        return subscription

    def publish_anyway(self: Subscription, message: str, message_id: str, **given: Any) -> None:
        tell = _notify if self.protocol in HTTP else publish
        try:
            tell(self, message, message_id, **given)
        except Exception as error:  # a queue that is gone: neither the others nor the publisher have a part in it
            traceback.print_exception(error)

    def confirm_by_token(self: SNSResponse) -> ActionResult:
        answer, token = confirm(self), self._get_param("Token")
        confirmed = [one.arn for one in self.backend.subscriptions.values() if getattr(one, "token", None) == token]
        return ActionResult({"SubscriptionArn": confirmed[0]}) if confirmed else answer

    changed: tuple[tuple[type, str, Callable[..., object]], ...] = (
        (SNSBackend, "subscribe", subscribe_and_ask),
        (Subscription, "publish", publish_anyway),
        (SNSResponse, "confirm_subscription", confirm_by_token),
    )
    for target, name, function in changed:
        setattr(target, name, function)


def _ask_to_confirm(subscription: Subscription) -> None:
    topic = subscription.topic
    token = secrets.token_hex(80)
    subscription.home = f"http://{getattr(_told, 'host', None) or 'localhost'}/"  # type: ignore[attr-defined]
    subscription.token = token  # type: ignore[attr-defined]
    text = (
        f"You have chosen to subscribe to the topic {topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message."
    )
    document = subscription.get_post_data(text, str(uuid4()), None)
    del document["UnsubscribeURL"]
    url = _url(subscription, Action="ConfirmSubscription", TopicArn=topic.arn, Token=token)
    document |= {"Type": "SubscriptionConfirmation", "Token": token, "SubscribeURL": url}
    _post(subscription, document, json.dumps(document), {})


def _notify(
    subscription: Subscription,
    message: str,
    message_id: str,
    *,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    message_structure: str | None = None,
    **_: object,
) -> None:
    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if message_structure == "json":
        message = subscription._parse_message_structure(message, subscription.protocol)
    document = subscription.get_post_data(message, message_id, subject, message_attributes=message_attributes)
    document["UnsubscribeURL"] = _url(subscription, Action="Unsubscribe", SubscriptionArn=subscription.arn)
    fields = {"x-amz-sns-subscription-arn": subscription.arn}
    if str(subscription.attributes.get("RawMessageDelivery")).lower() == "true":
        _post(subscription, document, message, {**fields, "x-amz-sns-rawdelivery": "true"})
        return
    _post(subscription, document, json.dumps(document), fields)


def _url(subscription: Subscription, **members: str) -> str:
    """A link back to this server that needs no signature; the credential says in which account and region."""
    scope = f"{subscription.account_id}/20260101/{subscription.topic.sns_backend.region_name}/sns/aws4_request"
    query = urlencode({**members, "X-Amz-Credential": scope}, quote_via=quote)
    return f"{subscription.home}?{query}"  # type: ignore[attr-defined]


def _post(subscription: Subscription, document: Mapping[str, str], body: str, more: Mapping[str, str]) -> None:
    """Amazon SNS: HTTP/HTTPS headers."""
    fields = {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
        "x-amz-sns-message-type": document["Type"],
        "x-amz-sns-message-id": document["MessageId"],
        "x-amz-sns-topic-arn": document["TopicArn"],
        **more,
    }

    def post() -> None:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, and no password from .netrc
            try:
                session.post(
                    subscription.endpoint, body.encode(), headers=fields, timeout=SECONDS, allow_redirects=False
                )
            except requests.RequestException as error:
                traceback.print_exception(error)

    line: Any = subscription
    if not hasattr(line, "workers"):
        line.workers, line.is_slow = ThreadPoolExecutor(WORKERS), False
    posting = line.workers.submit(post)
    _, late = wait([posting], 0 if line.is_slow else PATIENCE)
    line.is_slow = bool(late)

"""HTTP subscribers of SNS in the child: asked to confirm, and then told what is published as Amazon SNS tells it.

moto posts without the header fields that consumers check, asks nobody to confirm, and fails the publisher if one fails.
"""

import base64
import datetime as dt
import json
import threading
import traceback
from functools import cache
from typing import Any, Final  # moto's own types of answers
from urllib.parse import urlencode
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns.exceptions import SNSInvalidParameter, SNSNotFoundError
from moto.sns.models import SNSBackend, Subscription, sns_backends
from moto.sns.responses import SNSResponse

from sestina.adapters.neighbours.moto_posts import Post, Posts

HTTP: Final = ("http", "https")
PENDING: Final = "pending confirmation"
LISTED_PENDING: Final = "PendingConfirmation"
VERSION: Final = "2010-03-31"
CERTIFICATE_DAYS: Final = 365
CERTIFICATE_PATH: Final = f"/SimpleNotificationService-{uuid4().hex}.pem"
SIGNED: Final = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
ARN_PARTS: Final = 6

_posts = Posts()
_told = threading.local()  # each connection has a thread of its own


def notice(environ: dict[str, Any]) -> bytes | None:
    """Notes by which name sestina was reached; the certificate, if that is asked for."""
    host = environ.get("HTTP_HOST")
    _told.base = f"http://{host}" if host else "http://127.0.0.1:4566"
    if environ.get("PATH_INFO") == CERTIFICATE_PATH:
        return _certificate()
    return None


@cache
def serve_subscribers() -> None:
    """Puts moto right."""
    subscribe, publish = SNSResponse.subscribe, Subscription.publish

    def subscribe_and_ask(self: SNSResponse) -> ActionResult:
        answer: Any = subscribe(self)
        subscription = self.backend.subscriptions[answer.result["SubscriptionArn"]]
        if subscription.protocol not in HTTP or subscription.confirmed:
            return ActionResult(answer.result)
        _ask(subscription)
        wants_arn = str(self._get_param("ReturnSubscriptionArn")).lower() == "true"
        return ActionResult({"SubscriptionArn": subscription.arn if wants_arn else PENDING})

    def publish_by_post(self: Subscription, message: str, message_id: str, *given: Any, **named: Any) -> None:
        if self.protocol in HTTP:
            _publish(self, message, message_id, *given, **named)
            return
        try:
            publish(self, message, message_id, *given, **named)
        except Exception as error:  # a queue that is gone: neither the others nor the publisher have a part in it
            traceback.print_exception(error)

    setattr(SNSResponse, "subscribe", subscribe_and_ask)  # noqa: B010  # as mypy wants no assignment
    setattr(SNSResponse, "confirm_subscription", _confirm)  # noqa: B010
    setattr(SNSResponse, "unsubscribe", _unsubscribe)  # noqa: B010
    setattr(Subscription, "publish", publish_by_post)  # noqa: B010
    for name in ("list_subscriptions", "list_subscriptions_by_topic"):
        _hide_pending(name)


def _confirm(self: SNSResponse) -> ActionResult:
    topic_arn, token = self._get_param("TopicArn"), self._get_param("Token")
    backend = _home(self, str(topic_arn))
    if topic_arn not in backend.topics:
        raise SNSNotFoundError("Topic does not exist")
    for subscription in list(backend.subscriptions.values()):
        if token and subscription.topic_arn == topic_arn and getattr(subscription, "token", None) == token:
            subscription.confirmed = True
            subscription.attributes["PendingConfirmation"] = False
            return ActionResult({"SubscriptionArn": subscription.arn})
    raise SNSInvalidParameter("Invalid parameter: Token")


def _unsubscribe(self: SNSResponse) -> EmptyResult:
    arn = str(self._get_param("SubscriptionArn"))
    _home(self, arn).unsubscribe(arn)
    return EmptyResult()


def _home(response: SNSResponse, arn: str) -> SNSBackend:
    """Where the ARN is: a link is followed without credentials."""
    parts = arn.split(":")
    found: SNSBackend = sns_backends[parts[4]][parts[3]] if len(parts) >= ARN_PARTS else response.backend
    return found


def _hide_pending(name: str) -> None:
    whole = getattr(SNSResponse, name)

    def listed(self: SNSResponse) -> ActionResult:
        result = whole(self).result
        shown = [_as_pending(found) if _is_pending(found) else found for found in result["Subscriptions"]]
        return ActionResult({**result, "Subscriptions": shown})

    setattr(SNSResponse, name, listed)


def _as_pending(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": LISTED_PENDING,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def _is_pending(subscription: Subscription) -> bool:
    return hasattr(subscription, "token") and not subscription.confirmed


def _ask(subscription: Subscription) -> None:
    """Sends the token by which the endpoint can confirm; again if it was subscribed again."""
    subscribed: Any = subscription
    if not hasattr(subscribed, "token"):
        subscribed.token = uuid4().hex * 4
    subscribed.base = _told.base
    subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    topic_arn = subscription.topic_arn
    link = {"Action": "ConfirmSubscription", "TopicArn": topic_arn, "Token": subscribed.token, "Version": VERSION}
    document = {
        "Type": "SubscriptionConfirmation",
        "MessageId": str(uuid4()),
        "Token": subscribed.token,
        "TopicArn": topic_arn,
        "Message": f"You have chosen to subscribe to the topic {topic_arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{subscribed.base}/?{urlencode(link)}",
    }
    _post(subscription, document, PENDING)


def _publish(
    subscription: Subscription,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    message_structure: str | None = None,
    **_: object,
) -> None:
    matcher = subscription._filter_policy_matcher
    if _is_pending(subscription) or (matcher is not None and not matcher.matches(message_attributes, message)):
        return
    if message_structure == "json":
        message = subscription._parse_message_structure(message, subscription.protocol)
    document: dict[str, Any] = {"Type": "Notification", "MessageId": message_id, "TopicArn": subscription.topic_arn}
    if subject:
        document["Subject"] = subject
    document["Message"] = message
    link = {"Action": "Unsubscribe", "SubscriptionArn": subscription.arn, "Version": VERSION}
    last: dict[str, Any] = {"UnsubscribeURL": f"{_base(subscription)}/?{urlencode(link)}"}
    if message_attributes:
        last["MessageAttributes"] = message_attributes
    _post(subscription, document, subscription.arn, last)


def _post(subscription: Subscription, document: dict[str, Any], arn: str, last: dict[str, Any] | None = None) -> None:
    """Signs it (SNS page "Verifying the signatures of Amazon SNS messages") and leaves it to be posted."""
    headers = {
        "x-amz-sns-message-type": document["Type"],
        "x-amz-sns-message-id": document["MessageId"],
        "x-amz-sns-topic-arn": document["TopicArn"],
        "x-amz-sns-subscription-arn": arn,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    if last is not None and str(subscription.attributes.get("RawMessageDelivery")).lower() == "true":
        headers["x-amz-sns-rawdelivery"] = "true"
        body = document["Message"]
    else:
        document["Timestamp"] = iso_8601_datetime_with_milliseconds()
        text = "".join(f"{name}\n{document[name]}\n" for name in SIGNED if name in document)
        signature = _key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        document["SignatureVersion"] = "2"
        document["Signature"] = base64.b64encode(signature).decode()
        document["SigningCertURL"] = _base(subscription) + CERTIFICATE_PATH
        body = json.dumps(document | (last or {}), indent=2, ensure_ascii=False, default=_text)
    _posts.add(Post(url=subscription.endpoint, headers=headers, body=body.encode()))


def _text(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _base(subscription: Subscription) -> str:
    return str(getattr(subscription, "base", None) or _told.base)


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _certificate() -> bytes:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = dt.datetime.now(dt.UTC)
    certificate = x509.CertificateBuilder(
        subject_name=name,
        issuer_name=name,
        public_key=_key().public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - dt.timedelta(days=1),
        not_valid_after=now + dt.timedelta(days=CERTIFICATE_DAYS),
    )
    return certificate.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

"""Withdraw: a topic that could not be told of a bounce or complaint is forgotten, and its owner hears of it by mail.

AWS page "Configuring Amazon SNS notifications": SES removes the topic and turns feedback forwarding on again.
"""

from typing import Final

from sestina.domain.instants import Instant
from sestina.domain.message_ids import message_id, message_id_domain
from sestina.domain.messages import Message, Step
from sestina.domain.notifications import without_failed_topic
from sestina.ports.engine import Statement
from sestina.protocols.mail.compose import Body, compose
from sestina.protocols.mail.dates import rfc5322_date
from sestina.storage.region import Region

SENDER: Final = "no-reply-aws@amazon.com"
OWNER: Final = "owner@{}.invalid"  # of an account here nobody knows the address (RFC 2606 §2)
SUBJECT: Final = "Amazon SES removed an Amazon SNS topic from identity {}"
TEXT: Final = """\
A notification of type "{type}" could not be published to the Amazon SNS topic "{topic}":
{reason}

The topic was removed from the identity {identity}, and feedback forwarding by email is enabled for it again.

This mail was written by sestina, which plays Amazon SES on this machine. It has not left it.
"""


async def withdraw(
    region: Region, identity_name: str, type_: str, topic: str, *, reason: str, uuid: str, now: Instant
) -> list[Statement]:
    """Changes the identity if it still names the topic; the statements that add the mail to its owner."""
    identity = await region.identities.get(identity_name)
    changed = None if identity is None else without_failed_topic(identity, type_, topic)
    if changed is None:
        return []
    await region.identities.put(changed.name, changed, changed.created)
    text = TEXT.format(type=type_, topic=topic, reason=reason, identity=changed.name)
    message, raw = _mail(region, SUBJECT.format(changed.name), text, message_id(region.name, now, uuid), now)
    journey = [Step("withdraw", "mailed", f"identity {changed.name}", now), Step("conclude", "done", "", now)]
    return region.messages.insertion(message, raw, None, journey)[1]


def _mail(region: Region, subject: str, text: str, id_: str, now: Instant) -> tuple[Message, bytes]:
    owner = OWNER.format(region.account)
    message = Message(
        id=id_,
        account=region.account,
        region=region.name,
        accepted=now,
        operation="SetIdentityNotificationTopic",
        source=SENDER,
        mail_from=SENDER,
        feedback=SENDER,
        recipients=(owner,),
        to=(owner,),
        subject=subject,
    )
    raw = compose(
        headers=[("From", SENDER), ("To", owner), ("Subject", subject)],
        text=Body(data=text),
        html=None,
        boundary_seed=id_,
        trailing=[("Message-ID", f"<{id_}@{message_id_domain(region.name)}>"), ("Date", rfc5322_date(now))],
    )
    return message, raw

"""The mail that asks for the confirmation of an address, as its owner finds it in the mailbox."""

from typing import Final

from sestina.domain.instants import Instant
from sestina.domain.message_ids import message_id_domain
from sestina.domain.messages import Message
from sestina.domain.regions import long_name
from sestina.protocols.mail.compose import Body, compose
from sestina.protocols.mail.dates import rfc5322_date

SENDER: Final = "no-reply-aws@amazon.com"  # sender and subject: AWS page "Creating and verifying identities"
SENDER_NAME: Final = "Amazon Web Services"
SUBJECT: Final = "Amazon Web Services \u2013 Email Address Verification Request in region {}"
TEXT: Final = """\
Hello,

somebody wants to use this address with Amazon SES and Amazon Pinpoint in the region {region}.
If that was you, open this link to confirm that the address is yours:

{link}

The link works for 24 hours. If it was not you, there is nothing to do: without the link nobody can send
from this address. The account that asked is {account}.

This mail was written by sestina, which plays Amazon SES on this machine. It has not left it.
"""


def mail_of_link(id_: str, account: str, region: str, address: str, link: str, now: Instant) -> tuple[Message, bytes]:
    """Record and bytes of the mail."""
    subject = SUBJECT.format(long_name(region))
    message = Message(
        id=id_,
        account=account,
        region=region,
        accepted=now,
        operation="VerifyEmailIdentity",
        source=f"{SENDER_NAME} <{SENDER}>",
        mail_from=SENDER,
        feedback=SENDER,
        recipients=(address,),
        to=(address,),
        subject=subject,
    )
    raw = compose(
        headers=[("From", message.source), ("To", address), ("Subject", subject)],
        text=Body(data=TEXT.format(region=long_name(region), link=link, account=account)),
        html=None,
        boundary_seed=id_,
        trailing=[("Message-ID", f"<{id_}@{message_id_domain(region)}>"), ("Date", rfc5322_date(now))],
    )
    return message, raw

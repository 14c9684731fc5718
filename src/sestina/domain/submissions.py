"""Submissions: what a caller hands over through any door, before SES has said yes."""

from msgspec import Struct

from sestina.domain.tags import MessageTag
from sestina.domain.templates import TemplateContent
from sestina.protocols.mail.compose import Attachment, Body

MOST_RECIPIENTS = 50  # AWS page "Service quotas"
LARGEST_V1 = 10_485_760  # octets of the finished message
LARGEST_V2 = 41_943_040


class Simple(Struct, frozen=True, kw_only=True, tag="simple"):
    """Subject and bodies; SES builds the message."""

    subject: Body
    text: Body | None = None
    html: Body | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()


class Raw(Struct, frozen=True, kw_only=True, tag="raw"):
    """A complete message; SES keeps it but for its own header fields.

    `needs_author` says that only a From field can tell who writes, for its door has no parameter that could.
    """

    data: bytes
    needs_author: bool = False


class Templated(Struct, frozen=True, kw_only=True, tag="templated"):
    """A template and the data to render it with after the answer.

    `template` is the content as it stood at acceptance; None until the name is looked up.
    """

    name: str | None
    template: TemplateContent | None
    data: str
    defaults: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = ()


Content = Simple | Raw | Templated


class Submission(Struct, frozen=True, kw_only=True):
    """One message on its way in. Addresses are texts as the caller gave them, display names included.

    `destinations` is the envelope where the door names one apart from To, Cc and Bcc (raw messages, SMTP).
    `operation` is the value of the ses:operation tag; `largest` the octets this door allows.
    `source_tls` is the version of TLS that it came in by, empty if by none.
    """

    operation: str
    content: Content
    largest: int
    source: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    destinations: tuple[str, ...] | None = None
    reply_to: tuple[str, ...] = ()
    return_path: str | None = None
    tags: tuple[MessageTag, ...] = ()
    configuration_set: str | None = None
    source_arn: str | None = None
    from_arn: str | None = None
    return_path_arn: str | None = None
    tenant: str | None = None
    endpoint: str | None = None
    contact_list: str | None = None
    topic: str | None = None
    caller: str = ""
    source_ip: str = ""
    source_tls: str = ""
    smtp_user: str = ""

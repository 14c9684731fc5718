"""Custom MAIL FROM, the part both APIs share: an envelope domain is set or cleared."""

from msgspec.structs import replace

from sestina.domain.identities import MailFrom, Status, normal_name
from sestina.domain.mail_from import with_mail_from
from sestina.domain.refusals import Invalid
from sestina.domain.verification import is_at_once
from sestina.operations.call import Call
from sestina.operations.verification import keep


async def set_mail_from(call: Call, text: str, domain: str | None, reject: bool | None) -> None:
    """Sets the envelope domain of an identity, or clears it and what to do without its MX.

    Raises:
        Invalid: there is no such identity, or the domain is not below its own.
    """
    identity = await call.region.identities.get(normal_name(text))
    if identity is None:
        raise Invalid(f"Identity <{text}> does not exist.")
    if not domain:
        await keep(call.region, replace(identity, mail_from=MailFrom()))
        return
    at_once = is_at_once(call.services.mailroom.fidelity.verification, is_domain=True)
    status = Status.SUCCESS if at_once else Status.PENDING
    await keep(call.region, with_mail_from(identity, domain, reject, status, call.now))

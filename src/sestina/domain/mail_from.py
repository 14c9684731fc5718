"""Custom MAIL FROM: an envelope domain of the customer's own, proven by its MX and SPF records (sending.md 4.4)."""

from typing import Final

from msgspec.structs import replace

from sestina.domain.identities import DOMAIN_RECORDS_EXPECTED, Identity, MailFrom, Status, check_domain
from sestina.domain.instants import Instant
from sestina.domain.refusals import Invalid, MailFromNotVerified

MX_PREFERENCE: Final = 10
SPF_INCLUDE: Final = "include:amazonses.com"
SENDER_POLICY: Final = f"v=spf1 {SPF_INCLUDE} ~all"


def with_mail_from(identity: Identity, domain: str, reject: bool | None, status: Status, now: Instant) -> Identity:
    """The identity with an envelope domain; what to do without its MX stays as it was unless it is given.

    Raises:
        Invalid: the domain is not below the identity's own.
    """
    domain = domain.lower()
    own = identity.name.rpartition("@")[2].lower()
    if not domain.endswith(f".{own}"):
        raise Invalid(f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity <{own}>.")
    check_domain(domain)
    present = identity.mail_from
    if domain == present.domain and present.status is Status.SUCCESS:
        status = Status.SUCCESS
    rejects = present.reject_on_mx_failure if reject is None else reject
    mail_from = MailFrom(domain=domain, status=status, reject_on_mx_failure=rejects, since=now)
    return replace(identity, mail_from=mail_from)


def envelope_domain(mail_from: MailFrom) -> str | None:
    """The domain that receivers see as envelope sender; None is the service's own.

    Raises:
        MailFromNotVerified: its records are not in order, and the customer wants no mail then.
    """
    if mail_from.domain is None or mail_from.status is Status.SUCCESS:
        return mail_from.domain
    if mail_from.reject_on_mx_failure:
        raise MailFromNotVerified("DNS setup for MAIL FROM domain is invalid.")
    return None


def after_look_up(mail_from: MailFrom, now: Instant, *, found: bool) -> MailFrom:
    """The envelope domain after its records were looked up: 72 hours to appear, 72 more to come back."""
    status = mail_from.status
    if found:
        status = Status.SUCCESS if status is not Status.FAILED else Status.FAILED
    elif status is Status.SUCCESS:
        status = Status.TEMPORARY_FAILURE
    elif now - mail_from.since > DOMAIN_RECORDS_EXPECTED:
        status = Status.FAILED
    return mail_from if status is mail_from.status else replace(mail_from, status=status, since=now)


def feedback_host(region: str) -> str:
    """The MX that an envelope domain needs, and the only one it may have."""
    return f"feedback-smtp.{region}.amazonses.com"


def has_records(exchanges: list[tuple[int, str]], texts: list[str], region: str) -> bool:
    """Whether MX and SPF are as AWS asks for them (AWS page "Using a custom MAIL FROM domain")."""
    hosts = [host.lower().rstrip(".") for _, host in exchanges]
    return hosts == [feedback_host(region)] and any(
        text.startswith("v=spf1") and SPF_INCLUDE in text.split() for text in texts
    )

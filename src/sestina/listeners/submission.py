"""SMTP submission: the way into SES for everything that speaks mail (sending.md 7)."""

import base64
from collections.abc import Callable
from hmac import compare_digest
from typing import Final, Protocol

from msgspec import Struct, structs

from sestina.domain import credentials
from sestina.domain.faults import Injected
from sestina.domain.instants import Instant
from sestina.domain.refusals import Refusal
from sestina.domain.regions import LONG_NAMES
from sestina.domain.submissions import LARGEST_V2, Raw, Submission
from sestina.listeners.caller import DEFAULT_ACCOUNT
from sestina.listeners.smtp_desks import Peer, Request
from sestina.operations.call import Services
from sestina.operations.faults import strike
from sestina.operations.voices import smtp_form, voice_of
from sestina.protocols.mail.dates import rfc5322_date
from sestina.protocols.smtp.dialect import LOGIN, PLAIN, Dialect
from sestina.protocols.smtp.events import Login, Message
from sestina.protocols.smtp.replies import Reply, reply
from sestina.protocols.smtp.trace import received_field
from sestina.storage.region import RefusedCall, Region

HOST: Final = "email-smtp.amazonaws.com"
OPERATION: Final = "SendSmtpEmail"
REFUSED: Final = reply("535 Authentication Credentials Invalid")
OWN_FIELDS: Final = 4_096  # octets that SES adds to a message and does not count
WITH_TLS: Final = Dialect(
    host=HOST, mechanisms=(PLAIN, LOGIN), offers_tls=True, needs_tls=True, needs_login=True, largest=LARGEST_V2
)
WITHOUT_TLS: Final = structs.replace(WITH_TLS, offers_tls=False, needs_tls=False)
ALPHANUMERIC: Final = str.maketrans("+/=", "xyz")


class Logins(Protocol):
    """What IAM has handed out."""

    async def login(self, name: str, region: str) -> credentials.Login | None:
        """Whose name this is, and the password it goes with in a region."""
        ...


class SubmissionRules(Struct, frozen=True, kw_only=True):
    """What users may choose; the defaults ask for what AWS asks for, but take any name and password."""

    region: str
    checks_credentials: bool = False
    needs_login: bool = True
    needs_tls: bool = True


class Principal(Struct, frozen=True, kw_only=True):
    """On whose behalf a session sends: account and region, the user of IAM, and the name given at login."""

    account: str
    region: str
    user: str = "root"
    name: str = ""


class SubmissionOffice:
    """Opens a desk for every session, and knows what all of them need."""

    def __init__(self, services: Services, logins: Logins, rules: SubmissionRules) -> None:
        self.services = services
        self.logins = logins
        self.rules = rules
        self.software = f"SimpleEmailService-d-{_letters(services, 9, base64.b32encode)}"
        self.dialect = structs.replace(WITH_TLS, needs_tls=rules.needs_tls, needs_login=rules.needs_login)
        self.plain_dialect = structs.replace(WITHOUT_TLS, needs_login=rules.needs_login)

    def open_desk(self, peer: Peer) -> "SubmissionDesk":
        """A desk of the ports that speak TLS."""
        return SubmissionDesk(self, peer, self.dialect)

    def open_plain_desk(self, peer: Peer) -> "SubmissionDesk":
        """A desk of the port that does without."""
        return SubmissionDesk(self, peer, self.plain_dialect)

    def transaction_id(self) -> str:
        """Twenty letters and digits that a session or a message is known by."""
        return _letters(self.services, 20, base64.b64encode)


class SubmissionDesk:
    """Answers one session: who may send, and what becomes of a message."""

    def __init__(self, office: SubmissionOffice, peer: Peer, dialect: Dialect) -> None:
        self.dialect = dialect
        self._office = office
        self._peer = peer
        self._principal = Principal(account=DEFAULT_ACCOUNT, region=office.rules.region)

    def greeting(self) -> Reply:
        """`220 email-smtp.amazonaws.com ESMTP SimpleEmailService-d-… …`."""
        return reply(f"220 {self.dialect.host} ESMTP {self._office.software} {self._office.transaction_id()}")

    async def answer(self, request: Request) -> Reply | None:
        """Logs in, or hands a message to the mailroom."""
        if isinstance(request, Login):
            return await self._log_in(request)
        return await self._submit(request) if isinstance(request, Message) else None

    async def _log_in(self, login: Login) -> Reply | None:
        principal = await identify(login, self._office.logins, self._office.rules)
        if principal is None:
            return REFUSED
        self._principal = principal
        return None

    async def _submit(self, message: Message) -> Reply:
        services, principal = self._office.services, self._principal
        now = services.outside.clock.now()
        regions = services.regions
        region = regions.opened(principal.account, principal.region) or await regions.get(
            principal.account, principal.region, now
        )
        submission = Submission(
            operation=OPERATION,
            content=Raw(data=self._received(message, now) + message.data, needs_author=True),
            largest=LARGEST_V2 + OWN_FIELDS,
            source=message.mail_from,
            destinations=message.recipients,
            return_path=message.mail_from,
            caller=principal.user,
            source_ip=self._peer.address,
            source_tls=self._peer.tls,
            smtp_user=principal.name,
        )
        try:
            if region.faults.rules:
                await strike(region, OPERATION, message.recipients, services.outside)
            return reply(f"250 Ok {await services.mailroom.submit(region, submission)}")
        except Refusal as refusal:
            return _refused(voice_of(refusal).smtp, refusal.message, region, now)
        except Injected as ordered:
            return _refused(smtp_form(ordered.status, ordered.code), ordered.message, region, now)

    def _received(self, message: Message, now: Instant) -> bytes:
        return received_field(
            hello=self._peer.hello,
            address=self._peer.address,
            by=self.dialect.host,
            software=self._office.software,
            transaction=self._office.transaction_id(),
            recipients=message.recipients,
            date=rfc5322_date(now),
        ).encode("ascii")


async def identify(login: Login, logins: Logins, rules: SubmissionRules) -> Principal | None:
    """Who logs in. The password tells the region too, because each region derives its own (sending.md 7.2)."""
    found = None
    for region in dict.fromkeys((rules.region, *LONG_NAMES)):
        found = await logins.login(login.user, region)
        if found is None:
            break
        if found.is_active and compare_digest(found.password.encode(), login.password.encode()):
            return Principal(account=found.account, region=region, user=found.user, name=login.user)
    if rules.checks_credentials:
        return None
    account = found.account if found is not None else _account_in(login.user)
    user = "root" if login.user in (account, "") else login.user
    return Principal(account=account, region=rules.region, user=user, name=login.user)


def _account_in(name: str) -> str:
    """The account that a name taken on trust belongs to: twelve digits, by themselves or behind `-at-`."""
    account = credentials.account_of(name) or name
    is_account = len(account) == 12 and account.isascii() and account.isdigit()
    return account if is_account else DEFAULT_ACCOUNT


def _refused(form: str, message: str | None, region: Region, now: Instant) -> Reply:
    answer = reply(form.format(message or "").rstrip())
    region.refused.append(
        RefusedCall(at=now, operation=OPERATION, code=str(answer.code), message=str(answer).partition(" ")[2])
    )
    return answer


def _letters(services: Services, count: int, encode: Callable[[bytes], bytes]) -> str:
    return encode(services.outside.ids.octets(count)).decode("ascii").translate(ALPHANUMERIC)[:count]

"""Credentials: what mail clients log in with. IAM hands them out; SMTP asks for them before it knows an account."""

from typing import Final, Literal

from msgspec import Struct

from sestina.domain.instants import Instant
from sestina.protocols.aws.sigv4 import smtp_password

SERVICE: Final = "ses.amazonaws.com"
MOST_PER_USER: Final = 2  # IAM API reference, CreateServiceSpecificCredential

Status = Literal["Active", "Inactive", "Expired"]


class ServiceCredential(Struct, frozen=True, kw_only=True):
    """A user name and password that IAM made for one of its users, good for SES over SMTP only."""

    id: str
    account: str
    user: str
    service_user: str
    password: str
    created: Instant
    status: Status = "Active"


class AccessKey(Struct, frozen=True, kw_only=True):
    """An access key of an IAM user, from whose secret the SMTP password of each region is derived."""

    id: str
    account: str
    user: str
    secret: str
    status: Status = "Active"


class Login(Struct, frozen=True, kw_only=True):
    """Who a name of SMTP AUTH belongs to, and the password that proves it."""

    account: str
    user: str
    password: str
    is_active: bool


def service_user_of(user: str, account: str, number: int) -> str:
    """The name to log in with: `jane-at-123456789012`, and `jane+1-at-123456789012` for the next."""
    mark = f"+{number}" if number else ""
    return f"{user}{mark}-at-{account}"


def account_of(service_user: str) -> str:
    """The account that the name of a service credential ends with, or nothing."""
    return service_user.rpartition("-at-")[2] if "-at-" in service_user else ""


def login_by_key(key: AccessKey, region: str) -> Login:
    """An access key as a mail client uses it in a region ("Obtaining Amazon SES SMTP credentials")."""
    password = smtp_password(key.secret, region)
    return Login(account=key.account, user=key.user, password=password, is_active=key.status == "Active")


def login_by_credential(credential: ServiceCredential) -> Login:
    """A service credential as a mail client uses it."""
    return Login(
        account=credential.account,
        user=credential.user,
        password=credential.password,
        is_active=credential.status == "Active",
    )

"""Refusals: every way SES says no, in the domain's words; `operations/voices.py` gives each its sound on a wire.

The sentences stand here, word for word as the service writes them where that is known. Angle brackets are literal.
"""

from collections.abc import Mapping
from enum import Enum


class Kind(Enum):
    """What a refusal is about; the value is the plain English noun."""

    ACCOUNT = "account"
    CLOUDWATCH_DESTINATION = "CloudWatch destination"
    CONFIGURATION_SET = "configuration set"
    CONTACT = "contact"
    CONTACT_LIST = "contact list"
    CREDENTIAL = "service specific credential"
    DEDICATED_IP_POOL = "dedicated IP pool"
    ENDPOINT = "endpoint"
    EVENT_DESTINATION = "event destination"
    FIREHOSE_DESTINATION = "Firehose destination"
    IDENTITY = "identity"
    MESSAGE = "message"
    POLICY = "policy"
    SNS_DESTINATION = "SNS destination"
    SUPPRESSED_DESTINATION = "suppressed destination"
    TEMPLATE = "template"
    TENANT = "tenant"
    TRACKING_OPTIONS = "tracking options"
    VERIFICATION_TEMPLATE = "custom verification email template"


class Refusal(Exception):
    """The base: a sentence for the caller, the kind of thing it is about, and details that v1 errors carry."""

    def __init__(self, message: str | None, kind: Kind | None = None, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.details: Mapping[str, str] = details or {}


class Missing(Refusal):
    """The named thing does not exist."""

    def __init__(self, kind: Kind, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message, kind, details)


class AlreadyExists(Refusal):
    """The name is taken."""

    def __init__(self, kind: Kind, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message, kind, details)


class LimitReached(Refusal):
    """A quota on the number of things is used up."""


class Invalid(Refusal):
    """A parameter, address, header or tag is not acceptable; `kind` narrows it where v1 has a code of its own."""


class InvalidPageToken(Refusal):
    """A pagination token is not one of ours, or belongs to another list."""


class Unrenderable(Refusal):
    """A template cannot be rendered with these data; `kind` TEMPLATE = the data, MESSAGE = a missing attribute."""


class Rejected(Refusal):
    """The message is refused: an identity is not verified, or the service has paused the account."""


class Paused(Refusal):
    """The customer paused sending for the account or for a configuration set (`kind` tells which)."""


class MailFromNotVerified(Refusal):
    """The custom MAIL FROM domain is not set up and its identity asks to reject then."""


class Throttled(Refusal):
    """The daily quota or the maximum send rate is used up."""


class Denied(Refusal):
    """The caller may not do this (policy, signature, tenant)."""


class Conflicting(Refusal):
    """The request contradicts one that is still in progress."""


class NotBuilt(Refusal):
    """The operation is known to SES but declared pending in this version of sestina."""


class Faulty(Refusal):
    """The service itself is known to fail on such a request; we fail as it does."""

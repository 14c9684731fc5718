"""Voices: how each refusal sounds on each wire. The one table from the domain's words to AWS's codes.

Sources: the service models (`error.code`), sending.md 2.1 and 7.3.
"""

from typing import Final

from msgspec import Struct

from sestina.domain.refusals import (
    AlreadyExists,
    Conflicting,
    Denied,
    Faulty,
    Invalid,
    InvalidPageToken,
    Kind,
    LimitReached,
    MailFromNotVerified,
    Missing,
    NotBuilt,
    Paused,
    Refusal,
    Rejected,
    Throttled,
    Unrenderable,
)
from sestina.domain.tags import Wordless


class Voice(Struct, frozen=True):
    """One refusal's code in v1, shape and status in v2, and SMTP reply."""

    v1: str
    v2: str
    v2_status: int
    smtp: str


BAD = "BadRequestException"
GONE = "NotFoundException"
TAKEN = "AlreadyExistsException"
TRANSACTION = "554 Transaction failed: {}"
REJECTED = "554 Message rejected: {}"
DENIED = "554 Access denied: {}"
THROTTLED = "454 Throttling failure: {}"
FAILED = "451 Temporary service failure"

VOICES: Final[dict[tuple[type[Refusal], Kind | None], Voice]] = {
    (AlreadyExists, None): Voice("AlreadyExists", TAKEN, 400, TRANSACTION),
    (AlreadyExists, Kind.CONFIGURATION_SET): Voice("ConfigurationSetAlreadyExists", TAKEN, 400, TRANSACTION),
    (AlreadyExists, Kind.EVENT_DESTINATION): Voice("EventDestinationAlreadyExists", TAKEN, 400, TRANSACTION),
    (AlreadyExists, Kind.TRACKING_OPTIONS): Voice("TrackingOptionsAlreadyExistsException", TAKEN, 400, TRANSACTION),
    (AlreadyExists, Kind.VERIFICATION_TEMPLATE): Voice(
        "CustomVerificationEmailTemplateAlreadyExists", TAKEN, 400, TRANSACTION
    ),
    (Conflicting, None): Voice("InvalidParameterValue", "ConflictException", 409, TRANSACTION),
    (Denied, None): Voice("AccessDenied", "AccessDeniedException", 403, DENIED),
    (Faulty, None): Voice("InternalFailure", "InternalFailure", 500, FAILED),
    (Invalid, None): Voice("InvalidParameterValue", BAD, 400, TRANSACTION),
    (Invalid, Kind.CONFIGURATION_SET): Voice("InvalidConfigurationSet", BAD, 400, TRANSACTION),
    (Invalid, Kind.CLOUDWATCH_DESTINATION): Voice("InvalidCloudWatchDestination", BAD, 400, TRANSACTION),
    (Invalid, Kind.FIREHOSE_DESTINATION): Voice("InvalidFirehoseDestination", BAD, 400, TRANSACTION),
    (Invalid, Kind.SNS_DESTINATION): Voice("InvalidSNSDestination", BAD, 400, TRANSACTION),
    (Invalid, Kind.TEMPLATE): Voice("InvalidTemplate", BAD, 400, TRANSACTION),
    (Invalid, Kind.TRACKING_OPTIONS): Voice("InvalidTrackingOptions", BAD, 400, TRANSACTION),
    (InvalidPageToken, None): Voice("InvalidParameterValue", BAD, 400, TRANSACTION),
    (InvalidPageToken, Kind.SUPPRESSED_DESTINATION): Voice(
        "InvalidParameterValue", "InvalidNextTokenException", 400, TRANSACTION
    ),
    (LimitReached, None): Voice("LimitExceeded", "LimitExceededException", 400, TRANSACTION),
    (LimitReached, Kind.POLICY): Voice("InvalidParameterValue", "LimitExceededException", 400, TRANSACTION),
    (MailFromNotVerified, None): Voice(
        "MailFromDomainNotVerifiedException",
        "MailFromDomainNotVerifiedException",
        400,
        "554 MAIL FROM domain not verified: {}",
    ),
    (Missing, None): Voice("InvalidParameterValue", GONE, 404, TRANSACTION),
    (Missing, Kind.CONFIGURATION_SET): Voice("ConfigurationSetDoesNotExist", GONE, 404, REJECTED),
    (Missing, Kind.EVENT_DESTINATION): Voice("EventDestinationDoesNotExist", GONE, 404, TRANSACTION),
    (Missing, Kind.TEMPLATE): Voice("TemplateDoesNotExist", GONE, 404, TRANSACTION),
    (Missing, Kind.TRACKING_OPTIONS): Voice("TrackingOptionsDoesNotExistException", GONE, 404, TRANSACTION),
    (Missing, Kind.VERIFICATION_TEMPLATE): Voice("CustomVerificationEmailTemplateDoesNotExist", GONE, 404, TRANSACTION),
    (NotBuilt, None): Voice("InvalidAction", BAD, 400, TRANSACTION),
    (Paused, None): Voice("AccountSendingPausedException", "SendingPausedException", 400, REJECTED),
    (Paused, Kind.CONFIGURATION_SET): Voice(
        "ConfigurationSetSendingPausedException", "SendingPausedException", 400, REJECTED
    ),
    (Rejected, None): Voice("MessageRejected", "MessageRejected", 400, REJECTED),
    (Throttled, None): Voice("Throttling", "TooManyRequestsException", 429, THROTTLED),
    (Unrenderable, None): Voice("InvalidRenderingParameter", BAD, 400, TRANSACTION),
    (Unrenderable, Kind.MESSAGE): Voice("MissingRenderingAttribute", BAD, 400, TRANSACTION),
    (Wordless, None): Voice("InvalidParameterValue", "ValidationException", 400, TRANSACTION),
}


def voice_of(refusal: Refusal) -> Voice:
    """The voice of a refusal: of its kind, else of its class."""
    return VOICES.get((type(refusal), refusal.kind)) or VOICES[type(refusal), None]


def smtp_form(status: int, code: str | None) -> str:
    """The SMTP reply to an error of which only the API's status and code are known, as those that users order."""
    if status >= 500:
        return FAILED
    if status == 429:
        return THROTTLED
    named = (voice.smtp for voice in VOICES.values() if code in (voice.v1, voice.v2))
    return next(named, DENIED if status == 403 else TRANSACTION)

"""Message ids: `RRRR` + 12 hex digits of the acceptance time + a UUID + `-000000`, 60 characters (sending.md 5.1)."""

from typing import Final

from sestina.domain.instants import Instant

REGION_CODES: Final = {
    "us-east-1": "0100",
    "us-west-2": "0101",
    "eu-west-1": "0102",
    "ap-northeast-1": "0106",
    "eu-central-1": "0107",
    "ap-southeast-2": "0108",
    "ap-south-1": "0109",
    "eu-west-2": "010b",
    "ca-central-1": "010d",
    "ap-southeast-1": "010e",
    "us-east-2": "010f",
}
OTHER_REGIONS: Final = "0110"  # the codes of further regions are not on record


def message_id(region: str, accepted: Instant, uuid: str) -> str:
    """The id of a message accepted in a region at an instant; `uuid` is 8-4-4-4-12 lower-case hex."""
    return f"{REGION_CODES.get(region, OTHER_REGIONS)}{accepted:012x}-{uuid}-000000"


def message_id_domain(region: str) -> str:
    """The domain of the Message-ID header field: `email.amazonses.com` in us-east-1, else `{region}.amazonses.com`."""
    return "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def bounce_domain(region: str) -> str:
    """The domain of the envelope sender that SES uses by default (sending.md 5.1)."""
    return "amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"

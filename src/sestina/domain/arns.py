"""ARNs: how SES names its resources across accounts and regions."""

import re
from typing import Final

from msgspec import Struct

_ACCOUNT: Final = re.compile(r"[0-9]{12}")


class Arn(Struct, frozen=True):
    """`arn:partition:service:region:account:resource`, split (AWS page "Amazon Resource Names")."""

    partition: str
    service: str
    region: str
    account: str
    resource: str


def parse_arn(text: str) -> Arn | None:
    """The parts of an ARN, or None when the text is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        return None
    return Arn(*parts[1:])


class IdentityArn(Struct, frozen=True):
    """The identity that an ARN names: where it stands, whose it is, and what it is called."""

    region: str
    account: str
    name: str


def parse_identity_arn(text: str) -> IdentityArn | None:
    """The identity in `arn:aws:ses:region:account:identity/name`, or None when the text is of another form."""
    arn = parse_arn(text)
    if arn is None or arn.service != "ses" or not arn.region or not _ACCOUNT.fullmatch(arn.account):
        return None
    kind, _, name = arn.resource.partition("/")
    return IdentityArn(arn.region, arn.account, name) if kind == "identity" and name else None


def partition_of(region: str) -> str:
    """The partition a region belongs to: `aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def ses_arn(region: str, account: str, resource: str) -> str:
    """The ARN of an SES resource such as `identity/example.com` or `template/welcome`."""
    return f"arn:{partition_of(region)}:ses:{region}:{account}:{resource}"

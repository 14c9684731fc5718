"""Resources: what an ARN of SES names, and which part of it is wrong when it names nothing (texts probed)."""

import re
from typing import Final

from msgspec import Struct

from sestina.domain.configuration_sets import LONGEST_NAME, NAME
from sestina.domain.identities import is_host_name, normal_name
from sestina.domain.refusals import Invalid
from sestina.domain.tags import Wordless

IDENTITY: Final = "identity"
SHAPES: Final = {
    "configuration-set": "ConfigurationSet",
    "contact-list": "ContactList",
    "custom-verification-email-template": "CustomVerificationEmailTemplate",
    "dedicated-ip-pool": "DedicatedIpPool",
    IDENTITY: "EmailIdentity",
    "template": "Template",
    "tenant": "Tenant",
}
"""Kinds of resource that carry tags, and what the service calls them when they are missing."""

ACCOUNT: Final = re.compile(r"[0-9]{12}")
TEMPLATE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
NOT_EXPECTED: Final = "ResourceArn is not the expected format"
NOT_OURS: Final = "Provided resource identifier is not an SES resource"
FOREIGN: Final = "Operations on a resource created in a different account is not allowed"
BAD_TEMPLATE: Final = (
    "Template name can contain alphanumeric characters, underscores(_) and hyphens(-). It can contain up to 128 "
    "characters and it should start with an alphanumeric character."
)


class Resource(Struct, frozen=True, kw_only=True):
    """What an ARN names; partition and service do not matter to the service."""

    kind: str
    name: str
    region: str


def resource_of(arn: str, account: str) -> Resource:
    """The resource of an ARN, which has to be the account's own.

    Raises:
        Invalid, Wordless: the ARN has another form, another account, or a name that cannot be one.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[1] or not parts[2]:
        raise Invalid(NOT_EXPECTED)
    _, _, _, region, owner, text = parts
    kind, slash, name = text.partition("/")
    if kind not in SHAPES or not slash:
        raise Invalid(NOT_EXPECTED)
    if kind == IDENTITY:
        if not ACCOUNT.fullmatch(owner) or not ("@" in name or is_host_name(name)):
            raise Invalid(NOT_OURS)
    elif not owner or not name.strip() or ":" in name or (name.count("/") != (kind == "tenant")):
        raise Invalid(NOT_EXPECTED)
    if owner != account:
        raise Invalid(FOREIGN)
    _check_name(kind, name)
    return Resource(kind=kind, name=normal_name(name) if kind == IDENTITY else name, region=region)


def _check_name(kind: str, name: str) -> None:
    if kind == "configuration-set" and not (len(name) <= LONGEST_NAME and NAME.fullmatch(name)):
        raise Wordless()
    if kind == "template" and not TEMPLATE_NAME.fullmatch(name):
        raise Invalid(BAD_TEMPLATE)


def absence(resource: Resource) -> str:
    """What the service says about a resource that is not there; the missing blank is its own."""
    if resource.kind == "tenant":
        name, _, id_ = resource.name.partition("/")
        return f"No Tenant present with name: {name}with tenantId: {id_}"
    return f"No {SHAPES[resource.kind]} present with name: {resource.name}"

"""Every module that answers operations; importing this one declares them all."""

from sestina.operations.v1 import account as _v1_account
from sestina.operations.v1 import configuration_sets as _v1_configuration_sets
from sestina.operations.v1 import identities as _v1_identities
from sestina.operations.v1 import sending as _v1_sending
from sestina.operations.v1 import templates as _v1_templates
from sestina.operations.v2 import account as _v2_account
from sestina.operations.v2 import configuration_sets as _v2_configuration_sets
from sestina.operations.v2 import identities as _v2_identities
from sestina.operations.v2 import sending as _v2_sending
from sestina.operations.v2 import tags as _v2_tags
from sestina.operations.v2 import templates as _v2_templates

MODULES = (
    _v1_account,
    _v1_configuration_sets,
    _v1_identities,
    _v1_sending,
    _v1_templates,
    _v2_account,
    _v2_configuration_sets,
    _v2_identities,
    _v2_sending,
    _v2_tags,
    _v2_templates,
)

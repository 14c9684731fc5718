"""Every module that answers operations; importing this one declares them all."""

from sestina.operations.v1 import account as _v1_account
from sestina.operations.v1 import configuration_set_options as _v1_configuration_set_options
from sestina.operations.v1 import configuration_sets as _v1_configuration_sets
from sestina.operations.v1 import dkim as _v1_dkim
from sestina.operations.v1 import event_destinations as _v1_event_destinations
from sestina.operations.v1 import identities as _v1_identities
from sestina.operations.v1 import mail_from as _v1_mail_from
from sestina.operations.v1 import notifications as _v1_notifications
from sestina.operations.v1 import sending as _v1_sending
from sestina.operations.v1 import templates as _v1_templates
from sestina.operations.v2 import account as _v2_account
from sestina.operations.v2 import configuration_set_options as _v2_configuration_set_options
from sestina.operations.v2 import configuration_sets as _v2_configuration_sets
from sestina.operations.v2 import dkim as _v2_dkim
from sestina.operations.v2 import event_destinations as _v2_event_destinations
from sestina.operations.v2 import identities as _v2_identities
from sestina.operations.v2 import mail_from as _v2_mail_from
from sestina.operations.v2 import notifications as _v2_notifications
from sestina.operations.v2 import sending as _v2_sending
from sestina.operations.v2 import suppression as _v2_suppression
from sestina.operations.v2 import tags as _v2_tags
from sestina.operations.v2 import templates as _v2_templates
from sestina.operations.v2 import vdm as _v2_vdm

MODULES = (
    _v1_account,
    _v1_configuration_set_options,
    _v1_configuration_sets,
    _v1_dkim,
    _v1_event_destinations,
    _v1_identities,
    _v1_mail_from,
    _v1_notifications,
    _v1_sending,
    _v1_templates,
    _v2_account,
    _v2_configuration_set_options,
    _v2_configuration_sets,
    _v2_dkim,
    _v2_event_destinations,
    _v2_identities,
    _v2_mail_from,
    _v2_notifications,
    _v2_sending,
    _v2_suppression,
    _v2_tags,
    _v2_templates,
    _v2_vdm,
)

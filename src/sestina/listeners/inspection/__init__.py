"""Inspection: what a user sees of the mail, under our own path and under those of the rivals."""

from collections.abc import Mapping

from sestina.listeners.inspection.fakecloud import fakecloud_door
from sestina.listeners.inspection.localstack import localstack_door
from sestina.listeners.inspection.native import native_door
from sestina.listeners.inspection.routes import Door, Facts
from sestina.listeners.inspection.ses_v2_local import ses_v2_local_door
from sestina.operations.call import Services

__all__ = ["Door", "Facts", "inspection_doors"]


def inspection_doors(services: Services, facts: Facts) -> Mapping[str, Door]:
    """The doors by the first segment of their path."""
    localstack = localstack_door(services, facts)
    fakecloud = fakecloud_door(services, facts)
    ses_v2_local = ses_v2_local_door(services, facts)
    return {
        "_sestina": native_door(services, facts),
        "_aws": localstack,
        "_localstack": localstack,
        "_floci": localstack,
        "health": localstack,
        "_fakecloud": fakecloud,
        "_reset": fakecloud,
        "store": ses_v2_local,
        "clear-store": ses_v2_local,
        "health-check": ses_v2_local,
        "get-emlContent": ses_v2_local,
    }

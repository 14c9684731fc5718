"""A call: one API request after the door has recognised it, with everything its handler may use."""

from msgspec import Struct

from sestina.domain.arns import ses_arn
from sestina.domain.instants import Instant
from sestina.pipeline.mailroom import Mailroom
from sestina.ports.clock import SettableClock
from sestina.ports.outside import Outside
from sestina.storage.region import Region, Regions


class Services(Struct, frozen=True, kw_only=True):
    """What outlives a call: the same for every handler."""

    outside: Outside
    regions: Regions
    mailroom: Mailroom
    clock: SettableClock


class Call(Struct, frozen=True, kw_only=True):
    """One request: who calls, where, when, and the state it is about."""

    operation: str
    region: Region
    now: Instant
    request_id: str
    caller: str
    source_ip: str
    services: Services

    def arn(self, resource: str) -> str:
        """The ARN of a resource of the caller's account and region."""
        return ses_arn(self.region.name, self.region.account, resource)

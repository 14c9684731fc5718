"""Events: what happened to a message, one row of the timeline each."""

from enum import Enum

from msgspec import Struct

from sestina.domain.instants import Instant


class EventType(Enum):
    """The kinds of event; the value is the word of `eventType` in a published event."""

    SEND = "Send"
    REJECT = "Reject"
    BOUNCE = "Bounce"
    COMPLAINT = "Complaint"
    DELIVERY = "Delivery"
    OPEN = "Open"
    CLICK = "Click"
    RENDERING_FAILURE = "Rendering Failure"
    DELIVERY_DELAY = "DeliveryDelay"
    SUBSCRIPTION = "Subscription"


class Event(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One thing that happened, to these recipients, for one cause.

    `feedback_id` identifies bounces and complaints. `diagnostic_codes` are there, one for each recipient, where they
    differ. The other fields belong to the types that name them in the
    event payloads (events-and-receiving.md 1.2); unset ones are None.
    """

    type: EventType
    at: Instant
    recipients: tuple[str, ...] = ()
    feedback_id: str | None = None
    bounce_type: str | None = None
    bounce_subtype: str | None = None
    complaint_subtype: str | None = None
    feedback_type: str | None = None
    user_agent: str | None = None
    arrival: Instant | None = None
    status: str | None = None
    action: str | None = None
    diagnostic_code: str | None = None
    diagnostic_codes: tuple[str, ...] = ()
    reporting_mta: str | None = None
    remote_ip: str | None = None
    smtp_response: str | None = None
    processing_ms: int | None = None
    delay_type: str | None = None
    expires: Instant | None = None
    reason: str | None = None
    template: str | None = None
    ip_address: str | None = None
    link: str | None = None
    link_tags: dict[str, list[str]] | None = None
    outgoing_ip: str | None = None
    outgoing_tls_version: str | None = None
    simulated: bool = False

    @property
    def diagnostics(self) -> tuple[str | None, ...]:
        """The diagnostic code of each recipient."""
        return self.diagnostic_codes or (self.diagnostic_code,) * len(self.recipients)

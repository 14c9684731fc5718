"""Virtual Deliverability Manager: the account's switch, and the insights into one message."""

from typing import Final, cast

from msgspec.structs import replace

from sestina.api import sesv2
from sestina.domain.events import Event, EventType
from sestina.domain.instants import DAY
from sestina.domain.isps import isp_of
from sestina.domain.refusals import Kind, Missing
from sestina.operations.accounts import account_settings
from sestina.operations.call import Call
from sestina.operations.handles import handles
from sestina.pipeline.publishing.mail_object import tags_of
from sestina.pipeline.sending.feedback import OPERATION as FEEDBACK

VISIBLE: Final = 30 * DAY  # AWS page "Virtual deliverability manager": messages of the last 30 days

BOUNCE_TYPES: Final[dict[str, sesv2.BounceType]] = {"Permanent": "PERMANENT", "Transient": "TRANSIENT"}


@handles(sesv2.PUT_ACCOUNT_VDM_ATTRIBUTES)
async def put_account_vdm_attributes(
    call: Call, request: sesv2.PutAccountVdmAttributesRequest
) -> sesv2.PutAccountVdmAttributesResponse:
    """Switches it on or off; a feature that is not given is off."""
    wish = request.vdm_attributes
    dashboard, guardian = wish.dashboard_attributes, wish.guardian_attributes
    account = replace(
        await account_settings(call),
        vdm_enabled=wish.vdm_enabled == "ENABLED",
        vdm_engagement_metrics=dashboard is not None and dashboard.engagement_metrics == "ENABLED",
        vdm_optimized_delivery=guardian is not None and guardian.optimized_shared_delivery == "ENABLED",
        changed=call.now,
    )
    await call.region.set_settings(account, call.now)
    return sesv2.PutAccountVdmAttributesResponse()


@handles(sesv2.GET_MESSAGE_INSIGHTS)
async def get_message_insights(
    call: Call, request: sesv2.GetMessageInsightsRequest
) -> sesv2.GetMessageInsightsResponse:
    """What happened to a message, recipient by recipient.

    Raises:
        Missing: there is no such message, it is too old, or the account never switched VDM on (sending.md 10.4).
    """
    stored = await call.region.messages.get(request.message_id)
    account = await account_settings(call)
    if (
        stored is None
        or not account.vdm_enabled
        or stored.message.operation == FEEDBACK
        or call.now - stored.message.accepted > VISIBLE
    ):
        text = f"Message {request.message_id} not found for account {call.region.account}"
        raise Missing(Kind.MESSAGE, text)
    message = stored.message
    events = [event for _, event in await call.region.messages.events(stored.seq)]
    sent = Event(type=EventType.SEND, at=message.accepted)
    return sesv2.GetMessageInsightsResponse(
        message_id=message.id,
        from_email_address=message.source,
        subject=message.subject,
        email_tags=[
            sesv2.MessageTag(name=name, value=value)
            for name, values in tags_of(message, sent).items()
            for value in values
        ],
        insights=[
            sesv2.EmailInsights(
                destination=address,
                isp=isp_of(address),
                events=[_shown(event, address) for event in events if address in event.recipients],
            )
            for address in message.recipients
        ],
    )


def _shown(event: Event, address: str) -> sesv2.InsightsEvent:
    type_ = cast(sesv2.EventType, event.type.name)
    return sesv2.InsightsEvent(timestamp=event.at, type=type_, details=_details(event, address))


def _details(event: Event, address: str) -> sesv2.EventDetails | None:
    match event.type:
        case EventType.BOUNCE:
            return sesv2.EventDetails(
                bounce=sesv2.Bounce(
                    bounce_type=BOUNCE_TYPES.get(event.bounce_type or "", "UNDETERMINED"),
                    bounce_sub_type=_constant(event.bounce_subtype),
                    diagnostic_code=event.diagnostics[event.recipients.index(address)],
                )
            )
        case EventType.COMPLAINT:
            return sesv2.EventDetails(
                complaint=sesv2.Complaint(
                    complaint_sub_type=_constant(event.complaint_subtype),
                    complaint_feedback_type=event.feedback_type,
                )
            )
        case _:
            return None


def _constant(word: str | None) -> str | None:
    """`OnAccountSuppressionList` as insights spell it: `ON_ACCOUNT_SUPPRESSION_LIST` (probed)."""
    if word is None:
        return None
    return "".join(f"_{letter}" if letter.isupper() and at else letter for at, letter in enumerate(word)).upper()

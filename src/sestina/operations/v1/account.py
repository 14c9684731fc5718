"""The account as the older API shows it: quota, statistics, and the switch that pauses everything."""

from sestina.api import ses
from sestina.operations.accounts import account_settings, send_statistics, sent_last_day, set_sending_enabled
from sestina.operations.call import Call
from sestina.operations.handles import handles


@handles(ses.GET_SEND_QUOTA)
async def get_send_quota(call: Call, _: ses.GetSendQuotaRequest) -> ses.GetSendQuotaResponse:
    """How much the account may send, and has sent."""
    quota = (await account_settings(call)).effective_quota
    return ses.GetSendQuotaResponse(
        max24_hour_send=quota.per_day, max_send_rate=quota.per_second, sent_last24_hours=sent_last_day(call)
    )


@handles(ses.GET_SEND_STATISTICS)
async def get_send_statistics(call: Call, _: ses.GetSendStatisticsRequest) -> ses.GetSendStatisticsResponse:
    """Points of 15 minutes over the last two weeks."""
    return ses.GetSendStatisticsResponse(
        send_data_points=[
            ses.SendDataPoint(
                timestamp=start, delivery_attempts=attempts, bounces=bounces, complaints=complaints, rejects=rejects
            )
            for start, (attempts, bounces, complaints, rejects) in send_statistics(call)
        ]
    )


@handles(ses.GET_ACCOUNT_SENDING_ENABLED)
async def get_account_sending_enabled(
    call: Call, _: ses.GetAccountSendingEnabledRequest
) -> ses.GetAccountSendingEnabledResponse:
    """Whether the account may send."""
    return ses.GetAccountSendingEnabledResponse(enabled=(await account_settings(call)).sending_enabled)


@handles(ses.UPDATE_ACCOUNT_SENDING_ENABLED)
async def update_account_sending_enabled(
    call: Call, request: ses.UpdateAccountSendingEnabledRequest
) -> ses.UpdateAccountSendingEnabledResponse:
    """Pauses the account or lets it send again."""
    await set_sending_enabled(call, request.enabled)
    return ses.UpdateAccountSendingEnabledResponse()

"""The record of a message, as it is kept."""

import msgspec

from sestina.domain.messages import Message

MESSAGE = Message(
    id="id",
    account="111122223333",
    region="us-east-1",
    accepted=0,
    operation="SendSmtpEmail",
    source="news@shop.test",
    mail_from="id@amazonses.com",
    feedback="news@shop.test",
    recipients=("you@rcpt.test",),
)


def test_a_record_of_before_tls_was_noted_is_still_read() -> None:
    kept = msgspec.msgpack.encode(MESSAGE)
    assert b"source_tls" not in kept
    assert "" == msgspec.msgpack.decode(kept, type=Message).source_tls

"""The Received field."""

from sestina.protocols.smtp.trace import received_field

COMMON = {
    "by": "email-smtp.amazonaws.com",
    "software": "SimpleEmailService-d-ABCDEFGHI",
    "transaction": "0123456789abcdefghij",
    "date": "Sat, 01 Feb 2025 00:00:00 +0000",
}


def test_a_message_carries_where_it_came_from() -> None:
    assert (
        "Received: from client.example.com (localhost [127.0.0.1])\r\n"
        " by email-smtp.amazonaws.com with SMTP (SimpleEmailService-d-ABCDEFGHI)\r\n"
        " id 0123456789abcdefghij\r\n"
        " for bert@example.net;\r\n"
        " Sat, 01 Feb 2025 00:00:00 +0000 (UTC)\r\n"
    ) == received_field(hello="client.example.com", address="127.0.0.1", recipients=["bert@example.net"], **COMMON)


def test_one_of_several_recipients_is_not_told_of_the_others() -> None:
    field = received_field(hello="c", address="192.0.2.1", recipients=["b@example.net", "c@example.net"], **COMMON)
    assert "example.net" not in field
    assert "(unknown [192.0.2.1])" in field


def test_a_client_that_says_nothing_of_use_is_unknown() -> None:
    assert received_field(hello=" \t", address="::1", recipients=[], **COMMON).startswith(
        "Received: from unknown (localhost [::1])\r\n"
    )

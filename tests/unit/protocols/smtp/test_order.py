"""The order of commands, as a table that leaves nothing out."""

import pytest
from msgspec.structs import fields

from sestina.protocols.smtp.dialect import Words
from sestina.protocols.smtp.order import NEED_LOGIN, NEED_TLS, ORDER, State, Verb
from sestina.protocols.smtp.session import COMMANDS


def test_every_command_has_a_row_and_a_way_to_be_done() -> None:
    assert set(Verb) == ORDER.keys() == COMMANDS.keys()


def test_every_disorder_has_words() -> None:
    said = {word for row in ORDER.values() for word in row.values()}
    assert set() == said - {field.name for field in fields(Words)}


def test_what_needs_a_login_needs_tls_too() -> None:
    assert set() == NEED_LOGIN - NEED_TLS


@pytest.mark.parametrize("verb", [Verb.EHLO, Verb.HELO, Verb.RSET, Verb.NOOP, Verb.HELP, Verb.QUIT, Verb.VRFY])
def test_some_commands_may_come_at_any_time(verb: Verb) -> None:
    assert {} == ORDER[verb]


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (Verb.MAIL, State.READY),
        (Verb.RCPT, State.SENDER),
        (Verb.RCPT, State.RECIPIENTS),
        (Verb.DATA, State.RECIPIENTS),
        (Verb.AUTH, State.READY),
    ],
)
def test_a_transaction_can_be_made(verb: Verb, state: State) -> None:
    assert None is ORDER[verb].get(state)

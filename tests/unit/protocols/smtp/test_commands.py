"""Commands, paths and parameters."""

import pytest

from sestina.protocols.smtp.commands import ParameterError, Path, is_legal, is_mailbox, parse_path, split_command
from sestina.protocols.smtp.order import Verb


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"QUIT", (Verb.QUIT, b"QUIT", b"")),
        (b"quit  ", (Verb.QUIT, b"QUIT", b"")),
        (b"Mail FROM:<a@b>", (Verb.MAIL, b"MAIL", b"FROM:<a@b>")),
        (b"  noop\t", (Verb.NOOP, b"NOOP", b"")),
        (b"WHAT is this", (None, b"WHAT", b"is this")),
        (b"", (None, b"", b"")),
    ],
)
def test_a_line_is_a_verb_and_an_argument(line: bytes, expected: tuple[Verb | None, bytes, bytes]) -> None:
    assert expected == split_command(line)


@pytest.mark.parametrize("line", [b"NOOP \x00", b"NOOP \x7f", b"NOOP \x80", b"NOOP \r", b"NOOP \x1b[2J"])
def test_a_command_has_no_octets_that_do_not_print(line: bytes) -> None:
    assert not is_legal(line)


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (b"FROM:<a@b.c>", Path("a@b.c", {})),
        (b"from:<a@b.c>", Path("a@b.c", {})),
        (b"FROM: <a@b.c>", Path("a@b.c", {})),
        (b"FROM:a@b.c", Path("a@b.c", {})),
        (b"FROM:<>", Path("", {})),
        (b"FROM:<a@b.c> SIZE=5 body=8bitmime", Path("a@b.c", {"SIZE": "5", "BODY": "8bitmime"})),
        (b"FROM:<a@b.c> X", Path("a@b.c", {"X": ""})),
        (b'FROM:<"a > b"@c.d> SIZE=1', Path('"a > b"@c.d', {"SIZE": "1"})),
        (b"FROM:<@one.example,@two.example:a@b.c>", Path("a@b.c", {})),
        (b"FROM:<@one.example>", Path("@one.example", {})),
    ],
)
def test_a_path_is_read_with_its_parameters(argument: bytes, expected: Path) -> None:
    assert expected == parse_path(argument, "FROM:")


@pytest.mark.parametrize(
    "argument",
    [b"", b"FROM", b"TO:<a@b.c>", b"FROM:", b"FROM:<a@b.c", b"FROM:a@b.c>", b"FROM:<a@b.c>X=1", b'FROM:<"a@b>'],
)
def test_what_is_no_path_is_none(argument: bytes) -> None:
    assert None is parse_path(argument, "FROM:")


@pytest.mark.parametrize("rest", [b"=1", b"SIZE=1 SIZE=1", b"SIZE=", b"-A=1", b"A=b=c"])
def test_parameters_have_names_and_come_once(rest: bytes) -> None:
    with pytest.raises(ParameterError):
        parse_path(b"FROM:<a@b.c> " + rest, "FROM:")


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "anna.b+c@example.com",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        '"a b"@c',
        r'"a\"b"@c',
        "!#$%&'*+-/=?^_`{|}~@x-1.y",
        "a" * 64 + "@b",
    ],
)
def test_these_are_mailboxes(address: str) -> None:
    assert is_mailbox(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a@b.",
        "a@.b",
        "a@b..c",
        "a@-b",
        "a@b-",
        ".a@b",
        "a.@b",
        "a..b@c",
        "a b@c",
        "a@b c",
        "a@b_c",
        "a@[]",
        '"a@b',
        'a"b@c',
        "a@b@",
        "a" * 65 + "@b",
        "a@" + "b" * 254,
    ],
)
def test_these_are_none(address: str) -> None:
    assert not is_mailbox(address)

"""Replies on the wire."""

from sestina.protocols.smtp.replies import LONGEST, reply


def test_a_reply_of_one_line_has_a_blank_behind_its_code() -> None:
    assert b"250 Ok\r\n" == reply("250 Ok").wire


def test_all_lines_but_the_last_have_a_hyphen() -> None:
    assert b"250-host\r\n250-8BITMIME\r\n250 Ok\r\n" == reply("250 host", "8BITMIME", "Ok").wire


def test_the_code_is_a_number() -> None:
    assert (554, False) == (reply("554 No").code, reply("554 No").is_positive)


def test_asking_for_more_is_positive() -> None:
    assert reply("354 Go ahead").is_positive


def test_nothing_a_caller_wrote_can_end_the_line() -> None:
    assert b"554 a 250 Ok b c\r\n" == reply("554 a\r\n250 Ok\x00b\u00e4c").wire


def test_a_line_is_no_longer_than_clients_can_read() -> None:
    assert LONGEST + len(b"554 \r\n") == len(reply("554 " + "x" * 10_000).wire)


def test_a_reply_prints_as_it_reads() -> None:
    assert "250-a\r\n250 b" == str(reply("250 a", "b"))

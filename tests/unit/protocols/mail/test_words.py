"""Words: encoded words written for mail and read from it."""

import pytest

from sestina.protocols.mail.charsets import decode_text, encode_text, find_charset
from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.words import decode_words, encode_unstructured, encode_words


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("", ""),
        ("plain text", "plain text"),
        ("tab\tbed", "tab\tbed"),
        ("=?UTF-8?Q?already?=", "=?UTF-8?Q?already?="),
        ("Grüße an alle", "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an_alle?="),
        ("日本語", "=?UTF-8?B?5pel5pys6Kqe?="),
        ("a\x00b", "=?UTF-8?Q?a=00b?="),
        ("\ud800x", "=?UTF-8?Q?=3Fx?="),
    ],
)
def test_text_is_encoded_only_where_a_field_could_not_hold_it(text: str, encoded: str) -> None:
    assert encoded == encode_unstructured(text)


def test_words_stay_within_75_characters_and_split_no_character() -> None:
    for text in ("é" * 200, "日本語テキスト" * 30, "a" * 100 + "é", "😀" * 50):
        words = encode_words(text, column=9).split(" ")
        assert 66 >= len(words[0])
        assert 75 >= max(map(len, words))
        assert text == "".join(decode_words(word) for word in words) == decode_words(" ".join(words))


@pytest.mark.parametrize("text", ["é\r\nBcc: x", "é\n", "\r"])
def test_text_with_a_line_break_is_refused(text: str) -> None:
    with pytest.raises(MailError, match="must not contain CR or LF"):
        encode_words(text)


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?a=C3=A9?= tail", "aé tail"),
        ("head =?ISO-8859-1?Q?=E9_x?= tail", "head é x tail"),
        ("=?utf-8?b?w6k=?= =?utf-8?q?_b?=", "é b"),
        ("=?utf-8?b?w6k?=", "é"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?utf-8?q?a?=\r\n =?iso-8859-1?q?=E9?=", "aé"),
        ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        ("=?utf-8*en?q?a?=", "a"),
        ("=?utf-8?Q?with blank?=", "with blank"),
        ("=?unknown-set?q?a?=", "=?unknown-set?q?a?="),
        ("=?hex?q?61?=", "=?hex?q?61?="),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?b?a?=", "=?utf-8?b?a?="),
        ("=?utf-8?q?é?=", "=?utf-8?q?é?="),
        ("=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("=?utf-8?q?=FF?=", "\ufffd"),
        ("=?broken", "=?broken"),
    ],
)
def test_encoded_words_are_read_leniently(text: str, decoded: str) -> None:
    assert decoded == decode_words(text)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("iso-8859-1", "iso8859-1"),
        ("Shift_JIS", "shift_jis"),
        ("nonsense", None),
        ("hex", None),
        ("rot13", None),
        ("idna", None),
        ("unicode_escape", None),
        ("", None),
        ("utf-8\r\nX: y", None),
        ("x" * 41, None),
    ],
)
def test_a_charset_is_one_python_knows_as_text(name: str, codec: str | None) -> None:
    assert codec == find_charset(name)


def test_text_beyond_its_charset_travels_as_utf_8() -> None:
    assert (b"\xe9", "ISO-8859-1") == encode_text("é", "ISO-8859-1")
    assert ("日".encode(), "UTF-8") == encode_text("日", "ISO-8859-1")
    assert ("日".encode("iso2022_jp"), "ISO-2022-JP") == encode_text("日", "ISO-2022-JP")
    assert (b"\x1b", "UTF-8") == encode_text("\x1b", "ISO-2022-JP")  # which its own decoder could not read
    with pytest.raises(MailError, match=r"Unsupported charset: 'nonsense'\."):
        encode_text("a", "nonsense")


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [
        (b"\xe9", "iso-8859-1", "é"),
        ("é".encode(), None, "é"),
        ("é".encode(), "us-ascii", "é"),
        ("é".encode(), "nonsense", "é"),
        (b"\xe9", None, "é"),
        (b"\xe9", "us-ascii", "\ufffd"),
        (b"\xff", "utf-8", "\ufffd"),
    ],
)
def test_received_octets_always_become_text(data: bytes, charset: str | None, text: str) -> None:
    assert text == decode_text(data, charset)

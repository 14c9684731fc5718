"""Parameters: read as mail has them, written as RFC 2231 wants them."""

import pytest

from sestina.protocols.mail.errors import MailError
from sestina.protocols.mail.parameters import check_content_type, parse_parameters, write_parameters


@pytest.mark.parametrize(
    ("value", "main", "params"),
    [
        ("", "", {}),
        ("Text/HTML", "text/html", {}),
        ("text/plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        ('a/b;x="1;2" ; y = z', "a/b", {"x": "1;2", "y": "z"}),
        (r'a/b; x="q\"\\"', "a/b", {"x": 'q"\\'}),
        ('a/b; x="open; y=1', "a/b", {"x": "open", "y": "1"}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        ("a/b; name=my file.pdf", "a/b", {"name": "my file.pdf"}),
        ('a/b; name="=?UTF-8?Q?=C3=A9?="', "a/b", {"name": "é"}),
        ("a/b; name*=UTF-8''%C3%A9%20x", "a/b", {"name": "é x"}),
        ("a/b; name=plain; name*=UTF-8'en'%C3%A9", "a/b", {"name": "é"}),
        ("a/b; n*0*=iso-8859-1''%E9; n*1=x; n*2*=%E8", "a/b", {"n": "éxè"}),
        ("a/b; n*1=b; n*0=a", "a/b", {"n": "ab"}),
        ("a/b; n*0=a; n*2=c", "a/b", {"n": "a"}),
        ("a/b; n*1=b", "a/b", {"n": ""}),
        ("a/b; n*=bare", "a/b", {"n": "bare"}),
        ("a/b; n*=UTF-8''%0D%0ABcc", "a/b", {"n": "  Bcc"}),
        ("a/b; *=x; =y", "a/b", {"*": "x"}),
    ],
)
def test_parameters_are_read_leniently(value: str, main: str, params: dict[str, str]) -> None:
    assert (main, params) == parse_parameters(value)


def test_what_is_read_is_bounded() -> None:
    assert ("a/b", {}) == parse_parameters("a/b" + " " * 70_000 + "; x=1")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("token", 'v; name="token"'),
        ("a b.pdf", 'v; name="a b.pdf"'),
        ('a"b\\c', r'v; name="a\"b\\c"'),
        ("é.pdf", "v; name*=UTF-8''%C3%A9.pdf"),
        ("a\tb", "v; name*=UTF-8''a%09b"),
    ],
)
def test_a_parameter_is_written_in_the_plainest_form_that_holds_it(text: str, written: str) -> None:
    assert written == write_parameters("v", [("name", text)])
    assert {"name": text} == parse_parameters(written)[1]


@pytest.mark.parametrize("text", ["é" * 200, "x" * 300, "日本語" * 40 + ".pdf"])
def test_a_long_parameter_is_written_in_sections_that_split_no_escape(text: str) -> None:
    written = write_parameters("v", [("filename", text)])

    assert 76 >= max(map(len, written.split("; ")))
    assert {"filename": text} == parse_parameters(written)[1]


def test_the_charset_stands_unquoted() -> None:
    assert "text/plain; charset=UTF-8" == write_parameters("text/plain", [("charset", "UTF-8")])


@pytest.mark.parametrize("value", ["", "text", "/plain", "text/", "te xt/plain", "text/plain\r\nX: y", "téxt/plain"])
def test_a_content_type_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(MailError):
        check_content_type(value)


def test_a_parameter_with_a_line_break_is_refused() -> None:
    with pytest.raises(MailError, match="must not contain CR or LF"):
        write_parameters("v", [("name", "a\r\nX: y")])

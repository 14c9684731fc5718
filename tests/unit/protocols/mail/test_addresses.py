"""Addresses: what is read from a mailbox, and the sentence each malformed one is refused by."""

import pytest

from sestina.protocols.mail.addresses import (
    AddressError,
    Mailbox,
    format_mailbox,
    parse_address,
    parse_address_list,
    split_addresses,
)
from sestina.protocols.mail.errors import MailError


def _box(name: str, address: str) -> Mailbox:
    local, _, domain = address.rpartition("@")
    return Mailbox(display_name=name, local_part=local, domain=domain, text="")


@pytest.mark.parametrize(
    ("text", "name", "local", "domain"),
    [
        ("user@example.com", "", "user", "example.com"),
        ("a.b+c=d@sub.example.co.uk", "", "a.b+c=d", "sub.example.co.uk"),
        ("user@localhost", "", "user", "localhost"),
        ("user@[192.0.2.1]", "", "user", "[192.0.2.1]"),
        ("<user@example.com>", "", "user", "example.com"),
        ("< user@example.com >", "", "user", "example.com"),
        ("Jane Doe <jane@example.com>", "Jane Doe", "jane", "example.com"),
        ("Jane Doe<jane@example.com>", "Jane Doe", "jane", "example.com"),
        ('"Doe, Jane" <jane@example.com>', "Doe, Jane", "jane", "example.com"),
        ('"Doe, Jane"<jane@example.com>', "Doe, Jane", "jane", "example.com"),
        (r'"Jane \"J\" Doe" <jane@example.com>', 'Jane "J" Doe', "jane", "example.com"),
        ('"Jane" Doe <jane@example.com>', "Jane Doe", "jane", "example.com"),
        ("J. Doe <jane@example.com>", "J. Doe", "jane", "example.com"),
        ("[Team] News <jane@example.com>", "[Team] News", "jane", "example.com"),
        ("Jäne <jane@example.com>", "Jäne", "jane", "example.com"),
        ('"Jäne" <jane@example.com>', "Jäne", "jane", "example.com"),
        ("=?UTF-8?Q?J=C3=A4ne?= <jane@example.com>", "Jäne", "jane", "example.com"),
        ('"=?UTF-8?B?SsOkbmU=?=" <jane@example.com>', "Jäne", "jane", "example.com"),
        ('"a =?b" <jane@example.com>', "a =?b", "jane", "example.com"),
        ("jane@example.com (Jane Doe)", "Jane Doe", "jane", "example.com"),
        (r"jane@example.com (Jane (the\) great))", "Jane (the) great)", "jane", "example.com"),
        ("(first) Jane (comment) <jane@example.com>", "Jane", "jane", "example.com"),
        ('"john doe"@example.com', "", '"john doe"', "example.com"),
        ('Name <"john doe"@example.com>', "Name", '"john doe"', "example.com"),
    ],
)
def test_a_mailbox_is_read_in_every_form_people_write(text: str, name: str, local: str, domain: str) -> None:
    mailbox = parse_address(text)

    assert (name, local, domain) == (mailbox.display_name, mailbox.local_part, mailbox.domain)
    assert f"{local}@{domain}" == mailbox.address
    assert text == mailbox.text


def test_blanks_around_a_mailbox_are_no_part_of_it() -> None:
    assert "user@example.com" == parse_address("  user@example.com \r\n").text


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Missing final '@domain'"),
        ("plain", "Missing final '@domain'"),
        ("<plain>", "Missing final '@domain'"),
        ('"quoted"', "Missing final '@domain'"),
        ("=?UTF-8?B?dmluYXlAbWFpbGluYXRvci5jb20=?=", "Missing final '@domain'"),
        ("a@", "Missing domain"),
        ("a@example.com.", "Missing domain"),
        ('"a@"@example.com', "Missing domain"),
        ("@b", "Missing local name"),
        ("Name <@b>", "Missing local name"),
        ("a b@example.com", "Local address contains control or whitespace"),
        ("Jane Doe jane@example.com", "Local address contains control or whitespace"),
        ("Jane <jane @example.com>", "Local address contains control or whitespace"),
        ("ja\x7fne@example.com", "Local address contains control or whitespace"),
        ("ja\nne@example.com", "Local address contains control or whitespace"),
        ("a@exam ple.com", "Domain contains control or whitespace"),
        ("a@example.com\x00", "Domain contains control or whitespace"),
        ("a@b\r\nBcc: c@d", "Domain contains control or whitespace"),
        ("github:somebody", "Local address contains illegal character"),
        ("DEBUG: Bob <bob@example.com>", "Local address contains illegal character"),
        ("a\\b@example.com", "Local address contains illegal character"),
        ('"a"b@example.com', "Local address contains illegal character"),
        ('a"b"@example.com', "Local address contains illegal character"),
        ("a@.b", "Domain starts with dot"),
        ("a@exämple.com", "Invalid domain name"),
        ("a@-example.com", "Invalid domain name"),
        ("a@example-.com", "Invalid domain name"),
        ("a@" + "x" * 64 + ".com", "Invalid domain name"),
        ("a@" + "x." * 128 + "com", "Invalid domain name"),
        ("a@exam_ple.com", "Domain contains illegal character"),
        ("a@b@c", "Domain contains illegal character"),
        ("fromname@example.com%!", "Domain contains illegal character"),
        ("a@[192.0.2.1", "Missing ']'"),
        ("a@b..c", "Domain contains dot-dot"),
        (".a@b", "Local address starts with dot"),
        ("a..b@c", "Local address contains dot-dot"),
        ("a.@b", "Local address ends with dot"),
        ("Name <a@b> <c@d>", "Extra route-addr"),
        ("a@b, c@d", "Illegal address"),
        ("Karen, Chan <karen@example.com>", "Illegal address"),
        ("<a@b> tail", "Illegal address"),
        ("a@b;", "Illegal semicolon, not in group"),
        ("=?UTF-8?Q?broken <a@b.com>", "Expected '=', got 'null'"),
        ('"Jane <jane@example.com>', "Missing '\"'"),
        ('<"jane@example.com>', "Missing '\"'"),
        ("Jane <jane@example.com", "Missing '>'"),
        ("Jane jane@example.com>", "Missing '<'"),
        ("jane@example.com (Jane", "Missing ')'"),
        ("jane@example.com Jane)", "Missing '('"),
        ("dån@example.com", "Address contains illegal characters in user name: '<dån@example.com>'."),
        ("Dan <dån@example.com>", "Address contains illegal characters in user name: '<dån@example.com>'."),
        ('"a\r\nb"@example.com', 'Invalid email address "a\r\nb"@example.com.'),
        ('"Name\r\nBcc: x@y" <a@b.com>', 'Invalid email address "Name\r\nBcc: x@y" <a@b.com>.'),
    ],
)
def test_a_malformed_mailbox_is_refused_by_its_sentence(text: str, sentence: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_address(text)

    assert sentence == refused.value.message


def test_the_length_limit_counts_the_name_and_is_exact() -> None:
    local, domain = "l" * 200, "d" * 50 + ".com"
    longest = f"{'n' * (320 - 258)} <{local}@{domain}>"[:320]
    name = "n" * (320 - len(f" <{local}@{domain}>"))

    assert name == parse_address(f"{name} <{local}@{domain}>").display_name
    assert 320 == len(longest)
    with pytest.raises(AddressError) as refused:
        parse_address(f"n{name} <{local}@{domain}>")
    assert f"Address length is more than 320 characters long: 'n{name} <{local}@{domain}>'." == refused.value.message


@pytest.mark.parametrize(
    ("name", "counted"),
    [('"{n}"', "{n} <{a}>"), ('"{n}é"', '"{n}é" <{a}>'), ('"{n}."', '"{n}." <{a}>'), ("{n}😀", '"{n}😀" <{a}>')],
)
def test_a_name_is_measured_in_utf_16_and_quoted_only_where_it_must_be(name: str, counted: str) -> None:
    address = "a@example.com"
    template = counted.format(n="", a=address)
    fill = "n" * (320 - len(template.encode("utf-16-le")) // 2)

    parse_address(f"{name.format(n=fill)} <{address}>")
    with pytest.raises(AddressError) as refused:
        parse_address(f"{name.format(n=fill + 'n')} <{address}>")
    expected = counted.format(n=fill + "n", a=address)
    assert f"Address length is more than 320 characters long: '{expected}'." == refused.value.message


def test_an_address_without_name_is_measured_as_it_is() -> None:
    with pytest.raises(AddressError) as refused:
        parse_address("l" * 310 + "@example.com")

    assert f"Address length is more than 320 characters long: '{'l' * 310}@example.com'." == refused.value.message


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("", []),
        ("a@b.com", ["a@b.com"]),
        ("a@b.com, c@d.com", ["a@b.com", "c@d.com"]),
        (",a@b.com,, c@d.com ,", ["a@b.com", "c@d.com"]),
        ('"Doe, Jane" <a@b.com>, (x, y) c@d.com', ["a@b.com", "c@d.com"]),
        ("Friends: a@b.com, Jane <c@d.com>; e@f.com", ["a@b.com", "c@d.com", "e@f.com"]),
        ("One: a@b.com;, Two: c@d.com;", ["a@b.com", "c@d.com"]),
        ("undisclosed-recipients:;", []),
    ],
)
def test_an_address_list_gives_its_mailboxes_and_those_of_its_groups(text: str, addresses: list[str]) -> None:
    assert addresses == [mailbox.address for mailbox in parse_address_list(text)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a@b.com; c@d.com", "Illegal semicolon, not in group"),
        ("a@b.com, plain", "Missing final '@domain'"),
        ('"a@b.com, c@d.com', "Missing '\"'"),
        ("Group: a@b.com", "Local address contains illegal character"),
    ],
)
def test_a_malformed_list_is_refused_by_the_sentence_of_its_fault(text: str, sentence: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse_address_list(text)

    assert sentence == refused.value.message


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("a@b.com, Jane <c@d.com>", ["a@b.com", "Jane <c@d.com>"]),
        ("a@b.com; plain", ["a@b.com", "plain"]),
        ('x, "a@b.com, c@d.com', ["x", '"a@b.com, c@d.com']),
        ("x, (a@b.com", ["x", "(a@b.com"]),
        ("x, <a, b", ["x", "<a, b"]),
        ("x> y), [z", ["x> y)", "[z"]),
    ],
)
def test_splitting_never_refuses(text: str, elements: list[str]) -> None:
    assert elements == split_addresses(text)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("", "a@b.com"),
        ("Jane Doe", "Jane Doe <a@b.com>"),
        ("Doe, Jane", '"Doe, Jane" <a@b.com>'),
        (" Jane", '" Jane" <a@b.com>'),
        ('J "X" \\', r'"J \"X\" \\" <a@b.com>'),
        ("Jäne", "=?UTF-8?Q?J=C3=A4ne?= <a@b.com>"),
        ("=?x", "=?UTF-8?Q?=3D=3Fx?= <a@b.com>"),
        ("日本", "=?UTF-8?B?5pel5pys?= <a@b.com>"),
        ("a\tb", "=?UTF-8?Q?a=09b?= <a@b.com>"),
    ],
)
def test_a_mailbox_is_written_as_headers_carry_it(name: str, written: str) -> None:
    assert written == format_mailbox(_box(name, "a@b.com"))
    assert name == parse_address(written).display_name


@pytest.mark.parametrize("mailbox", [_box("a\r\nBcc: x@y", "a@b.com"), _box("", "a@b.com\nBcc: x@y")])
def test_a_mailbox_with_a_line_break_is_never_written(mailbox: Mailbox) -> None:
    with pytest.raises(MailError, match="must not contain CR or LF"):
        format_mailbox(mailbox)

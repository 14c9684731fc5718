"""Where mail is handed on to, and to whom."""

import pytest
from msgspec.structs import replace

from sestina.domain.instants import DAY, HOUR, MINUTE
from sestina.domain.messages import Message
from sestina.domain.relay import Relaying, next_attempt, parse_remote, patterns

MESSAGE = Message(
    id="1",
    account="111122223333",
    region="us-east-1",
    accepted=0,
    operation="SendEmail",
    source="Me <me@example.com>",
    mail_from="1@amazonses.com",
    feedback="Me <me@example.com>",
    recipients=("you@example.org",),
)


@pytest.mark.parametrize(
    ("url", "host", "port", "user", "password", "is_wrapped"),
    [
        ("smtp://mail.example.com", "mail.example.com", 25, None, None, False),
        ("smtp://127.0.0.1:1025/", "127.0.0.1", 1025, None, None, False),
        ("smtps://me:secret@mail.example.com", "mail.example.com", 465, "me", "secret", True),
        ("smtp://me%40example.com:a%3Ab%2F@[::1]:587", "::1", 587, "me@example.com", "a:b/", False),
        ("smtp://me@mail.example.com", "mail.example.com", 25, "me", "", False),
    ],
)
def test_a_url_names_the_server(
    url: str, host: str, port: int, user: str | None, password: str | None, is_wrapped: bool
) -> None:
    remote = parse_remote(url)
    found = (remote.host, remote.port, remote.user, remote.password, remote.is_wrapped)
    assert (host, port, user, password, is_wrapped) == found


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com:25",
        "http://mail.example.com",
        "smtp://",
        "smtp://x:secret@h:99999",
        "smtp://x:secret@h:port",
        "smtp://x:secret@h/path",
        "smtp://x:secret@h?tls=1",
    ],
)
def test_what_is_no_server_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_remote(url)
    assert "secret" not in str(refusal.value)


def test_a_password_is_never_shown() -> None:
    remote = parse_remote("smtps://me:secret@[::1]")
    assert {"smtps://[::1]:465"} == {str(remote), repr(remote), f"{remote}"}


@pytest.mark.parametrize(
    ("pattern", "admitted", "others"),
    [
        ("example.org", ["a@example.org", "A@EXAMPLE.ORG"], ["a@mail.example.org", "a@myexample.org"]),
        ("*.example.org", ["a@mail.example.org"], ["a@example.org"]),
        ("ann@example.org", ["Ann@example.org"], ["joann@example.org", "ann@example.org.test"]),
        ("*+test@*", ["a+test@b.test"], ["a@b.test"]),
    ],
)
def test_patterns_are_addresses_domains_and_globs(pattern: str, admitted: list[str], others: list[str]) -> None:
    allowing, blocking = Relaying(allowed=patterns([pattern])), Relaying(blocked=patterns([pattern]))
    assert admitted == [address for address in (*admitted, *others) if allowing.admits(address)]
    assert others == [address for address in (*admitted, *others) if blocking.admits(address)]


def test_blocking_wins() -> None:
    both = Relaying(allowed=patterns(["example.org"]), blocked=patterns(["boss@example.org"]))
    assert [True, False] == [both.admits("you@example.org"), both.admits("boss@example.org")]


@pytest.mark.parametrize(
    ("feedback", "expected"),
    [
        ("Me <me@example.com>", "me@example.com"),
        ("<>", ""),
        ("", ""),
        ("nobody knows what this is", "1@amazonses.com"),
    ],
)
def test_the_envelope_sender_is_where_bounces_are_wanted(feedback: str, expected: str) -> None:
    message = replace(MESSAGE, feedback=feedback)
    assert expected == Relaying().mail_from(message)
    assert "1@amazonses.com" == Relaying(sender="ses").mail_from(message)


def test_attempts_grow_rarer_and_end_with_one_at_the_deadline() -> None:
    assert [1, 2, 5, 10, 15, 30, 60, 60] == [next_attempt(0, n, DAY) // MINUTE for n in (0, 1, 2, 3, 4, 5, 6, 60)]
    assert HOUR == next_attempt(HOUR - 1, 3, HOUR)

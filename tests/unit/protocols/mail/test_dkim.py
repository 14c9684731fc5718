"""DKIM by value: the form of the field, what is signed, and that another's verifier agrees."""

from base64 import b64encode
from hashlib import sha256

import pytest
from judge import AMAZON, BOTH, SHOP, signed, verdicts

from sestina.protocols.mail.dkim import Draft, drafts, finished, octets_added, put_in_front
from sestina.protocols.mail.transfer import as_transmitted

MAIL = (
    b"From: Shop <a@shop.example>\r\nTo: b@x.org\r\nX-Own: 1\r\nSubject: a\r\n\t long   one \r\nMIME-Version: 1.0\r\n"
    b"Message-ID: <1@x>\r\nFeedback-ID: 1\r\nX-SES-Outgoing: 2026.01.01-127.0.0.1\r\n\r\nHello  \r\n\r\n\r\n"
)


def test_the_field_is_folded_as_ses_folds_it() -> None:
    (draft,) = drafts(MAIL, [SHOP], 1_772_366_400)
    body = b64encode(sha256(b"Hello  \r\n").digest()).decode()
    field = finished(draft, bytes(128))
    assert [
        "DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;",
        "\ts=s; d=shop.example; t=1772366400;",
        "\th=From:To:Subject:MIME-Version:Message-ID:Feedback-ID;",
        f"\tbh={body};",
        "\tb=" + "A" * 64,
        "\t" + "A" * 67,
        "\t" + "A" * 39 + "A=",
        "",
    ] == field.split("\r\n")


def test_the_octets_are_relaxed_fields_and_the_field_itself() -> None:
    (draft,) = drafts(MAIL, [SHOP], 1)
    lines = draft.octets.decode().split("\r\n")
    assert [
        "from:Shop <a@shop.example>",
        "to:b@x.org",
        "subject:a long one",
        "mime-version:1.0",
        "message-id:<1@x>",
        "feedback-id:1",
    ] == lines[:-1]
    assert lines[-1].startswith("dkim-signature:v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple; s=s; d=shop.example;")
    assert lines[-1].endswith("; b=")


@pytest.mark.parametrize(
    "raw",
    [
        MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.rstrip(b"\r\n"),
        MAIL.partition(b"Hello")[0],
        MAIL.partition(b"\r\n\r\n")[0] + b"\r\n",
        MAIL.replace(b"Hello", b"a\rb\nc\x00\xff."),
        MAIL.replace(b"X-Own: 1", b"To: c@x.org\r\nto:   d@x.org"),
        MAIL.replace(b"X-Own: 1", b"\r\n".join(b"Cc: %d@x.org" % n for n in range(400))),
        MAIL.replace(b"Shop", "Jörg".encode()),
        MAIL.replace(b"X-Own: 1", b"DKIM-Signature: v=1; a=rsa-sha256; d=elsewhere.example"),
    ],
    ids=["mail", "LF", "no last end", "no body", "header only", "octets", "twice", "many", "8 bit", "foreign"],
)
def test_another_verifier_agrees(raw: bytes) -> None:
    octets = as_transmitted(signed(raw))
    assert BOTH == verdicts(octets)[:2]
    assert max(map(len, octets.split(b"\r\n"))) < 998


@pytest.mark.parametrize("change", [(b"Hello", b"hello"), (b"b@x.org", b"c@x.org"), (b"<1@x>", b"<2@x>")])
def test_a_changed_message_fails(change: tuple[bytes, bytes]) -> None:
    assert [("shop.example", False)] == verdicts(signed(MAIL, [SHOP]).replace(*change))


def test_what_is_not_signed_may_change() -> None:
    changed = signed(MAIL).replace(b"X-Own: 1", b"X-Own: 2").replace(b"2026.01.01", b"2027.01.01")
    assert BOTH == verdicts(changed)


def test_without_an_author_the_field_is_named_all_the_same() -> None:
    (draft,) = drafts(b"To: b@x.org\r\n\r\nx\r\n", [SHOP], 1)
    assert "\th=From:To;" in draft.field.split("\r\n")
    assert draft.octets.startswith(b"to:b@x.org\r\n")


def test_a_field_that_verifiers_read_in_different_ways_is_not_signed() -> None:
    odd = MAIL.replace(b"X-Own: 1", b"Cc: a@x.org\r\nCc: b\x0b@x.org\r\nDate: \x1c")
    (draft,) = drafts(odd, [SHOP], 1)
    assert "\th=From:To:Subject:MIME-Version:Message-ID:Feedback-ID;" in draft.field.split("\r\n")
    assert BOTH == verdicts(signed(odd))


def test_the_author_is_signed_whatever_it_holds() -> None:
    (draft,) = drafts(b"From: \x0ba@x.org\r\n\r\n", [SHOP], 1)
    assert "\th=From;" in draft.field.split("\r\n")


def test_signatures_stand_in_front_with_the_line_ends_of_the_message() -> None:
    assert b"A: 1\r\nFrom: x\r\n\r\n" == put_in_front(b"From: x\r\n\r\n", b"A: 1\r\n")
    assert b"A: 1\n\t2\nFrom: x\n\nb\r\n" == put_in_front(b"From: x\n\nb\r\n", b"A: 1\r\n\t2\r\n")
    assert b"A: 1\r\n\r\nbody" == put_in_front(b"\r\nbody", b"A: 1\r\n")
    assert b"A: 1\r\n" == put_in_front(b"", b"A: 1\r\n")


def test_the_mark_of_an_mbox_stays_first() -> None:
    assert b"From a@b Mon\r\nA: 1\r\nTo: x\r\n\r\n" == put_in_front(b"From a@b Mon\r\nTo: x\r\n\r\n", b"A: 1\r\n")


@pytest.mark.parametrize("raw", [MAIL, MAIL.replace(b"\r\n", b"\n"), b"", b"To: x"])
def test_how_much_longer_a_message_becomes_is_known_beforehand(raw: bytes) -> None:
    assert len(signed(raw)) - len(raw) == octets_added(raw, [SHOP, AMAZON], 1_772_366_400)


def test_a_signature_is_as_long_as_its_key() -> None:
    draft = Draft("DKIM-Signature: b=", b"")
    assert 344 + 5 * len("\r\n\t") + len("DKIM-Signature: b=\r\n") == len(finished(draft, bytes(256)))

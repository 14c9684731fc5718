"""Our DKIM fields beside those of mail that SES really sent: the same fields are signed, and folded alike."""

import pathlib
import re

import pytest

from sestina.protocols.mail.dkim import Signer, drafts, finished

MAIL = pathlib.Path(__file__).parent / "ses-mail"
FIELD = re.compile(r"DKIM-Signature: .*?(?=\n\S|\n\n)", re.DOTALL)


def recorded(name: str) -> tuple[str, bytes]:
    """The signature field of the original message in a file, with CRLF, and the message around it."""
    text = (MAIL / name).read_text().replace("\r\n", "\n")
    found = FIELD.search(text)
    assert found is not None
    before = text[: found.start()].rpartition("\n\n")[2]
    message = before + text[found.end() + 1 :]
    return found[0].replace("\n", "\r\n"), message.replace("\n", "\r\n").encode()


@pytest.mark.parametrize("name", ["lhost-amazonses-05.eml", "lhost-amazonses-09.eml"])
def test_the_same_fields_are_signed_and_folded_alike(name: str) -> None:
    field, message = recorded(name)
    selector, domain, at = re.findall(r"s=(\w+); d=([\w.]+); t=(\d+);", field)[0]
    (draft,) = drafts(message, [Signer(domain=domain, selector=selector, bits=1024)], int(at))
    ours = finished(draft, bytes(128)).removesuffix("\r\n").split("\r\n")
    theirs = field.split("\r\n")
    assert theirs[:3] == ours[:3]
    assert [len(line) for line in theirs] == [len(line) for line in ours]

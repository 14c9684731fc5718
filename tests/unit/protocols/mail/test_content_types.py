"""Content types: guesses from names, and names refused."""

import pytest

from sestina.protocols.mail.content_types import REFUSED_EXTENSIONS, guess_content_type, refused_attachment


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("a.exe", True),
        ("A.EXE", True),
        ("a.tar.vbs", True),
        ("a.exe.", True),
        ("a.exe  ", True),
        (".exe", True),
        ("a.exe.txt", False),
        ("exe", False),
        ("", False),
        ("a.pdf", False),
    ],
)
def test_an_attachment_is_refused_by_the_end_of_its_name(name: str, refused: bool) -> None:
    assert refused == refused_attachment(name)


def test_the_refused_extensions_are_the_published_ones() -> None:
    assert 90 == len(REFUSED_EXTENSIONS)
    assert all(extension == extension.lower().strip(".") for extension in REFUSED_EXTENSIONS)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.pdf", "application/pdf"),
        ("A.JPG", "image/jpeg"),
        ("a.b.csv", "text/csv"),
        ("a.swf", "application/x-shockwave-flash"),
        ("a.unheard", "application/octet-stream"),
        ("none", "application/octet-stream"),
    ],
)
def test_the_name_suggests_the_content_type(name: str, content_type: str) -> None:
    assert content_type == guess_content_type(name)

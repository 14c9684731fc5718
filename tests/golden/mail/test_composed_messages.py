"""Golden messages: the exact octets composed for each shape of content.

`python tests/golden/mail/test_composed_messages.py` writes them anew; read the difference before keeping it.
"""

from pathlib import Path

import pytest

from sestina.protocols.mail.compose import Attachment, Body, compose

HERE = Path(__file__).parent

PIXEL = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")

LEADING = [("From", "Shop <shop@example.com>"), ("To", "jane@example.org"), ("Subject", "Your order")]
TRAILING = [
    ("Message-ID", "<0100018d-1@email.amazonses.com>"),
    ("Date", "Sat, 01 Feb 2025 00:00:00 +0000"),
    ("Feedback-ID", "1.us-east-1.abc=:AmazonSES"),
]
FOREIGN = [
    ("From", '"Jörg, Büro" <shop@example.com>'),
    ("To", '"Doe, Jäne" <jane@example.org>, Jane <j@example.org>'),
    ("Reply-To", '"日本" <reply@example.com>'),
    ("Subject", "Grüße: Ihre Bestellung Nummer 4711 ist heute früh verschickt worden, vielen Dank"),
    ("X-Note", "naïve"),
]

TEXT = Body("Hello Jane,\nyour order is on its way.\n")
HTML = Body("<p>Hello Jane,<br>your order is on its way.</p>\n")
LOGO = Attachment(file_name="logo.gif", content=PIXEL, disposition="INLINE", content_id="logo@shop")
NOTES = Attachment(
    file_name="Notizen für Jäne.txt",
    content=b"a\r\nb\r\n",
    transfer_encoding="SEVEN_BIT",
    description="Anmerkungen für Sie",
)
INVOICE = Attachment(file_name="invoice 7.pdf", content=bytes(range(256)))
DATA = Attachment(
    file_name="data.bin",
    content=b"=\r\n\x00 \xff ",
    content_type="application/x-data",
    transfer_encoding="QUOTED_PRINTABLE",
)
MAIL = Attachment(file_name="mail.eml", content=b"Subject: x\r\n\r\nbody\r\n")

CASES = {
    "01-text": compose(headers=LEADING, text=TEXT, html=None, boundary_seed="7.1738368000000", trailing=TRAILING),
    "02-html": compose(headers=LEADING, text=None, html=HTML, boundary_seed="7.1738368000000", trailing=TRAILING),
    "03-alternative": compose(
        headers=LEADING, text=TEXT, html=HTML, boundary_seed="7.1738368000000", trailing=TRAILING
    ),
    "04-mixed": compose(
        headers=LEADING, text=TEXT, html=HTML, attachments=[INVOICE, NOTES], boundary_seed="7.1738368000000"
    ),
    "05-related": compose(
        headers=LEADING, text=TEXT, html=Body('<img src="cid:logo@shop">'), attachments=[LOGO], boundary_seed="7.1"
    ),
    "06-related-and-mixed": compose(
        headers=LEADING, text=TEXT, html=HTML, attachments=[LOGO, DATA, MAIL], boundary_seed="a seed of any kind"
    ),
    "07-foreign-headers": compose(headers=FOREIGN, text=TEXT, html=None, boundary_seed="7.1"),
    "08-long-lines": compose(headers=LEADING, text=Body("x" * 1200 + "\n" + "y " * 50), html=None, boundary_seed="7.1"),
    "09-mostly-ascii": compose(headers=LEADING, text=Body("Größe = 3 \nEnde"), html=HTML, boundary_seed="7.1"),
    "10-hardly-ascii": compose(headers=LEADING, text=Body("日本語の手紙\n"), html=None, boundary_seed="7.1"),
    "11-latin-1": compose(headers=LEADING, text=Body("Größe", "ISO-8859-1"), html=None, boundary_seed="7.1"),
    "12-iso-2022-jp": compose(headers=LEADING, text=Body("日本\n", "ISO-2022-JP"), html=None, boundary_seed="7.1"),
    "13-utf-16": compose(headers=LEADING, text=Body("a\nb", "UTF-16"), html=None, boundary_seed="7.1"),
    "14-charset-too-small": compose(headers=LEADING, text=Body("日本", "ISO-8859-1"), html=None, boundary_seed="7.1"),
    "15-boundary-in-content": compose(
        headers=LEADING, text=Body("------=_Part_0_7.1\n"), html=Body("------=_Part_2_7.1--\n"), boundary_seed="7.1"
    ),
    "16-attachment-only": compose(headers=LEADING, text=None, html=None, attachments=[INVOICE], boundary_seed="7.1"),
    "17-nothing": compose(headers=LEADING, text=None, html=None, boundary_seed="7.1"),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_composed_message_has_exactly_the_golden_octets(name: str) -> None:
    assert (HERE / f"{name}.eml").read_bytes() == CASES[name]


def test_every_golden_message_has_its_case() -> None:
    assert sorted(CASES) == sorted(path.stem for path in HERE.glob("*.eml"))


if __name__ == "__main__":
    for case, octets in CASES.items():
        (HERE / f"{case}.eml").write_bytes(octets)

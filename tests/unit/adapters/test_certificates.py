"""Certificates: made once, kept safe, good enough for clients that check."""

import asyncio
import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sestina.adapters.certificates import CERTIFICATE, KEY, VALID, Certificates, find_or_make, self_signed

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_certificate_names_this_machine() -> None:
    certificate = x509.load_pem_x509_certificate(self_signed(NOW)[0])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert ["localhost", "sestina", "host.docker.internal"] == names.get_values_for_type(x509.DNSName)
    assert ["127.0.0.1", "::1"] == [str(address) for address in names.get_values_for_type(x509.IPAddress)]


def test_a_certificate_is_made_once_and_only_its_owner_may_read_the_key(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    certificate, key = find_or_make(folder)
    content = certificate.read_bytes()
    assert (folder / CERTIFICATE, folder / KEY) == (certificate, key)
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    find_or_make(folder)
    assert content == certificate.read_bytes()
    assert {CERTIFICATE, KEY} == {path.name for path in folder.iterdir()}


@pytest.mark.parametrize("age", [timedelta(days=0), VALID - timedelta(days=31)])
def test_a_certificate_is_kept_while_it_lasts(tmp_path: Path, age: timedelta) -> None:
    certificate, _ = find_or_make(tmp_path)
    content = certificate.read_bytes()
    made = (datetime.now(UTC) - age).timestamp()
    os.utime(certificate, (made, made))
    find_or_make(tmp_path)
    assert content == certificate.read_bytes()


def test_a_certificate_that_is_about_to_end_is_made_anew(tmp_path: Path) -> None:
    certificate, _ = find_or_make(tmp_path)
    content = certificate.read_bytes()
    made = (datetime.now(UTC) - VALID + timedelta(days=29)).timestamp()
    os.utime(certificate, (made, made))
    find_or_make(tmp_path)
    assert content != certificate.read_bytes()


def test_a_client_can_check_it_strictly(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)

    async def story() -> str:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(certificates.pem())
        client = ssl.create_default_context(cafile=str(trusted))
        client.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN  # as Python 3.13 does by itself

        async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello\n")
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=certificates.context)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client, server_hostname="localhost")
        line = await reader.readline()
        writer.close()
        server.close()
        return line.decode()

    assert "hello\n" == asyncio.run(story())


def test_the_users_own_certificate_is_used(tmp_path: Path) -> None:
    certificate, key = find_or_make(tmp_path)
    both = tmp_path / "both.pem"
    both.write_bytes(certificate.read_bytes() + key.read_bytes())
    assert certificate.read_bytes() == Certificates(None, str(certificate), str(key)).pem()
    assert both.read_bytes() == Certificates(None, str(both)).pem()


def test_a_file_that_is_no_certificate_is_an_error_each_time(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nonsense")
    certificates = Certificates(None, str(wrong))
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            certificates.prepare()

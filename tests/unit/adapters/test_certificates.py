"""Certificates: made once, kept safe, good enough for clients that check."""

import asyncio
import os
import re
import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

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


@pytest.mark.parametrize("name", ["certificate.pem", "key.pem"])
def test_a_certificate_that_was_kept_and_cannot_be_used_is_made_anew(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = Certificates(tmp_path).pem()
    (tmp_path / name).write_bytes(b"")
    assert Certificates(tmp_path).pem() not in (before, b"")
    assert "the certificate that was kept is replaced" in caplog.text


def test_one_is_owed_only_to_a_folder_that_has_none(tmp_path: Path) -> None:
    kept = Certificates(tmp_path)
    assert kept.is_owed
    asyncio.run(kept.make_ahead(0))
    assert not kept.is_owed
    assert kept.pem() == (tmp_path / CERTIFICATE).read_bytes()
    assert not Certificates(None).is_owed
    own = Certificates(tmp_path / "other", *map(str, find_or_make(tmp_path)))
    assert not own.is_owed


def test_one_that_cannot_be_made_ahead_is_told_to_the_log_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "file"
    file.touch()
    asyncio.run(Certificates(file / "folder").make_ahead(0))
    assert "no certificate" in caplog.text


def test_whoever_asks_at_once_gets_the_same(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    with ThreadPoolExecutor(8) as threads:
        told = {future.result() for future in [threads.submit(certificates.pem) for _ in range(8)]}
    assert {(tmp_path / CERTIFICATE).read_bytes()} == told


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


def pair(folder: Path) -> tuple[bytes, bytes]:
    """A certificate and its key."""
    certificate, key = find_or_make(folder)
    return certificate.read_bytes(), key.read_bytes()


def test_the_users_own_certificate_is_used(tmp_path: Path) -> None:
    certificate, key = find_or_make(tmp_path)
    assert certificate.read_bytes() == Certificates(None, str(certificate), str(key)).pem()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("is_key_first", [False, True])
def test_of_a_file_that_holds_the_key_as_well_only_the_chain_is_shown(
    tmp_path: Path, is_key_first: bool, end: bytes
) -> None:
    certificate, key = pair(tmp_path / "leaf")
    issuer, _ = pair(tmp_path / "issuer")
    note = b"Bag Attributes\n    friendlyName: secret\n"
    parts = [key, note, certificate, note, issuer] if is_key_first else [note, certificate, note, issuer, key]
    both = tmp_path / "both.pem"
    both.write_bytes(b"".join(parts).replace(b"\n", end))
    assert certificate + issuer == Certificates(None, str(both)).pem().replace(b"\r\n", b"\n")


@pytest.mark.parametrize("is_torn_first", [False, True])
def test_a_certificate_that_was_not_ended_takes_no_key_along(tmp_path: Path, is_torn_first: bool) -> None:
    certificate, key = pair(tmp_path)
    torn = certificate.partition(b"-----END")[0] + key
    both = tmp_path / "both.pem"
    both.write_bytes(torn + certificate if is_torn_first else certificate + torn)
    with pytest.raises(OSError, match="cannot be used"):
        Certificates(None, str(both)).pem()


def test_a_file_that_cannot_be_used_is_a_sentence_each_time(tmp_path: Path) -> None:
    certificate, key = find_or_make(tmp_path / "one")
    other, other_key = find_or_make(tmp_path / "other")
    empty, missing, rsa = tmp_path / "empty.pem", tmp_path / "missing.pem", tmp_path / "rsa.pem"
    empty.write_text("nonsense")
    rsa.write_bytes(private(generate_private_key(65537, 2048), NoEncryption()))
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for chosen, said in (
        ((missing, key), f"{missing} cannot be read: No such file or directory"),
        ((certificate, missing), f"{missing} cannot be read: No such file or directory"),
        ((empty, key), f"{empty} has no certificate in PEM"),
        ((certificate, empty), f"{empty} has no private key in PEM"),
        ((broken, key), f"{broken} and {key} cannot be used: "),
        ((certificate, other_key), f"the key in {other_key} is not that of the certificate in {certificate}"),
        ((certificate, rsa), f"the key in {rsa} is not that of the certificate in {certificate}"),
        ((other, key), f"the key in {key} is not that of the certificate in {other}"),
    ):
        certificates = Certificates(None, *map(str, chosen))
        for _ in range(2):
            with pytest.raises(OSError, match=f"^{re.escape(said)}"):
                certificates.prepare()


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_nobody_is_asked_for_a_pass_phrase(tmp_path: Path, form: PrivateFormat) -> None:
    certificate, _ = find_or_make(tmp_path)
    secret = tmp_path / "secret.pem"
    secret.write_bytes(private(generate_private_key(65537, 2048), BestAvailableEncryption(b"phrase"), form))
    with pytest.raises(OSError, match=f"^the key in {re.escape(str(secret))} is encrypted; save it without a pass"):
        Certificates(None, str(certificate), str(secret)).prepare()


def private(
    key: RSAPrivateKey, encryption: KeySerializationEncryption, form: PrivateFormat = PrivateFormat.PKCS8
) -> bytes:
    """A key as PEM."""
    return key.private_bytes(Encoding.PEM, form, encryption)

"""Certificates: who our TLS says we are; the user's own, or one made here when TLS is first asked for.

Making one costs an import of some 30 ms and 10 MB, so it waits for the first client that wants TLS, on a thread.
"""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

CERTIFICATE: Final = "certificate.pem"
KEY: Final = "key.pem"
NAMES: Final = ("localhost", "sestina", "host.docker.internal")
ADDRESSES: Final = ("127.0.0.1", "::1")
VALID: Final = timedelta(days=3650)
MOST_SKEW: Final = timedelta(days=1)  # between our clock and a client's
RENEWED: Final = timedelta(days=30)  # before the end


class Certificates:
    """The certificate of one server, found or made once."""

    def __init__(self, folder: Path | None, certificate: str = "", key: str = "") -> None:
        self._folder = folder
        self._own = (Path(certificate), Path(key or certificate)) if certificate else None
        self._making: asyncio.Future[tuple[bytes, ssl.SSLContext]] | None = None

    async def context(self) -> ssl.SSLContext:
        """What TLS servers need.

        Raises:
            OSError: a file cannot be read, or is no certificate (ssl.SSLError).
        """
        return (await self._made())[1]

    async def pem(self) -> bytes:
        """The certificate, for clients that want to trust it."""
        return (await self._made())[0]

    async def _made(self) -> tuple[bytes, ssl.SSLContext]:
        if self._making is None or (self._making.done() and self._making.exception() is not None):
            self._making = asyncio.ensure_future(asyncio.to_thread(self._make))
        return await asyncio.shield(self._making)

    def _make(self) -> tuple[bytes, ssl.SSLContext]:
        if self._own is not None:
            return self._load(*self._own)
        if self._folder is not None:
            return self._load(*find_or_make(self._folder))
        with TemporaryDirectory(prefix="sestina-") as folder:  # OpenSSL reads keys from files only
            return self._load(*find_or_make(Path(folder)))

    def _load(self, certificate: Path, key: Path) -> tuple[bytes, ssl.SSLContext]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2  # AWS page "Connecting to an Amazon SES SMTP endpoint"
        context.load_cert_chain(certificate, key)
        return certificate.read_bytes(), context


def find_or_make(folder: Path) -> tuple[Path, Path]:
    """The files of the certificate in a folder and of its key, made new if they are missing or about to end."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (certificate.exists() and key.exists() and _lasts(certificate.read_bytes())):
        made, secret = self_signed(datetime.now(UTC))
        folder.mkdir(parents=True, exist_ok=True)
        _write(key, secret)
        _write(certificate, made)
    return certificate, key


def self_signed(now: datetime) -> tuple[bytes, bytes]:
    """A new certificate for this machine and its key, both as PEM."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [*map(x509.DNSName, NAMES), *(x509.IPAddress(ip_address(address)) for address in ADDRESSES)]
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - MOST_SKEW)
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret


def _lasts(pem: bytes) -> bool:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(pem).not_valid_after_utc - RENEWED > datetime.now(UTC)
    except ValueError:
        return False


def _write(path: Path, content: bytes) -> None:
    """Replaces a file that only its owner may read, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600, exist_ok=False)
    fresh.write_bytes(content)
    fresh.replace(path)

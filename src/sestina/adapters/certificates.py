"""Certificates: who our TLS says we are; the user's own, or one made here when TLS is first asked for.

Making one costs an import of some 30 ms and 10 MB, so it waits for the first client that shakes hands; one that is kept
is made without a client too, but after the start, which it would make slower.
"""

import asyncio
import re
import ssl
import threading
from datetime import UTC, datetime, timedelta
from logging import WARNING
from pathlib import Path
from typing import Final, NoReturn

from sestina.logs import bug, event, get_log

CERTIFICATE: Final = "certificate.pem"
KEY: Final = "key.pem"
NAMES: Final = ("localhost", "sestina", "host.docker.internal")
ADDRESSES: Final = ("127.0.0.1", "::1")
VALID: Final = timedelta(days=3650)
MOST_SKEW: Final = timedelta(days=1)  # between our clock and a client's
RENEWED: Final = timedelta(days=30)  # before the end
AFTER_START: Final = 1.0  # seconds that belong to whoever waits for the start
BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
"""RFC 7468 §5. No other character may be inside, so that a key can never pass for a part of it."""
SECRET: Final = b"PRIVATE KEY-----"
MISMATCHES: Final = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
"""What OpenSSL says to the key of another certificate, be it of the same kind or not."""

log = get_log("certificates")


class Certificates:
    """The certificate of one server, found or made once."""

    def __init__(self, folder: Path | None, certificate: str = "", key: str = "") -> None:
        self._folder = folder
        self._own = (Path(certificate), Path(key or certificate)) if certificate else None
        self._made: tuple[bytes, ssl.SSLContext] | None = None
        self._making = threading.Lock()
        self.context = _new_context()
        """For TLS servers; it has no certificate of its own until somebody says hello."""
        self.context.sni_callback = self._choose

    def prepare(self) -> ssl.SSLContext:
        """Finds or makes the certificate now.

        Raises:
            OSError: a file cannot be read or used; the message is a sentence.
        """
        return self._find()[1]

    def pem(self) -> bytes:
        """The certificate, for clients that want to trust it; raises as `prepare` does."""
        return self._find()[0]

    @property
    def is_owed(self) -> bool:
        """Whether one shall be kept and there is none yet."""
        return self._own is None and self._folder is not None and not (self._folder / CERTIFICATE).exists()

    async def make_ahead(self, after: float = AFTER_START) -> None:
        """Makes one before anybody asks, on a thread; a failure is told again to the first who does ask."""
        await asyncio.sleep(after)
        try:
            await asyncio.to_thread(self.prepare)
        except Exception as error:
            bug(log, "no certificate", error)

    def _choose(self, socket: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> int | None:
        """OpenSSL asks at every hello, whether or not it names a server (RFC 6066 §3)."""
        try:
            socket.context = self.prepare()
        except Exception as error:
            bug(log, "no certificate", error)
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _find(self) -> tuple[bytes, ssl.SSLContext]:
        with self._making:  # two at once would write the files of two certificates in turns
            if self._made is None:
                self._made = self._make()
            return self._made

    def _make(self) -> tuple[bytes, ssl.SSLContext]:
        if self._own is not None:
            return _load(*self._own)
        if self._folder is not None:
            try:
                return _load(*find_or_make(self._folder))
            except OSError as error:  # cut short by a crash, or not ours; without one nobody gets in
                event(log, "the certificate that was kept is replaced", level=WARNING, why=str(error))
                return _load(*_made_new(self._folder))
        from tempfile import TemporaryDirectory

        with TemporaryDirectory(prefix="sestina-") as folder:  # OpenSSL reads keys from files only
            return _load(*find_or_make(Path(folder)))


def _load(certificate: Path, key: Path) -> tuple[bytes, ssl.SSLContext]:
    """What may be shown, and what serves. The file is the user's: its other half may be the key."""
    shown = b"".join(block + b"\n" for block in BLOCK.findall(_read(certificate)))
    if not shown:
        raise OSError(f"{certificate} has no certificate in PEM")
    if SECRET not in _read(key):
        raise OSError(f"{key} has no private key in PEM")
    context = _new_context()
    try:
        context.load_cert_chain(certificate, key, lambda: _refuse_to_ask(key))
    except ssl.SSLError as error:
        if error.reason in MISMATCHES:
            raise OSError(f"the key in {key} is not that of the certificate in {certificate}") from error
        raise OSError(f"{certificate} and {key} cannot be used: {error}") from error
    return shown, context


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OSError(f"{path} cannot be read: {error.strerror}") from error


def _refuse_to_ask(key: Path) -> NoReturn:
    """Without this OpenSSL asks for the pass phrase at the terminal, and a server waits there unseen."""
    raise OSError(f"the key in {key} is encrypted; save it without a pass phrase")


def _new_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # AWS page "Connecting to an Amazon SES SMTP endpoint"
    return context


def find_or_make(folder: Path) -> tuple[Path, Path]:
    """The files of the certificate in a folder and of its key, made new if they are missing or about to end."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    now = datetime.now(UTC)
    if not (certificate.exists() and key.exists() and _made_at(certificate) + VALID - RENEWED > now):
        return _made_new(folder)
    return certificate, key


def _made_new(folder: Path) -> tuple[Path, Path]:
    certificate, key = folder / CERTIFICATE, folder / KEY
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


def _made_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _write(path: Path, content: bytes) -> None:
    """Replaces a file that only its owner may read, whole or not at all."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600, exist_ok=False)
    fresh.write_bytes(content)
    fresh.replace(path)

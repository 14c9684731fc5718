"""The mail programs of the world submit unmodified: swaks and msmtp, with a certificate they check."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Server
from smtp_sockets import MESSAGE, address
from wire import fetch

pytestmark = [pytest.mark.slow, pytest.mark.clients]


@pytest.fixture(scope="module")
def mail_server() -> Iterator[Server]:
    with Server() as server:
        server.client("sesv2", "000000000000").create_email_identity(EmailIdentity="example.com")
        yield server


@pytest.fixture
def trusted(mail_server: Server, tmp_path: Path) -> Path:
    """A file with the server's certificate."""
    path = tmp_path / "sestina.pem"
    path.write_text(fetch(mail_server.url + "/_sestina/certificate").text)
    return path


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(("listener", "flag"), [("submission", "--tls"), ("submission_tls", "--tls-on-connect")])
def test_swaks_submits(mail_server: Server, trusted: Path, mechanism: str, listener: str, flag: str) -> None:
    host, port = address(mail_server, listener)
    command = [
        "swaks", "--server", f"{host}:{port}", flag, "--tls-verify", "--tls-ca-path", str(trusted),
        "--auth", mechanism, "--auth-user", "user", "--auth-password", "secret",
        "--from", "anna@example.com", "--to", "bert@example.net,carl@example.net",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout
    assert "250 Ok 01" in done.stdout


@pytest.mark.parametrize(("listener", "starttls"), [("submission", "on"), ("submission_tls", "off")])
def test_msmtp_submits(mail_server: Server, trusted: Path, tmp_path: Path, listener: str, starttls: str) -> None:
    _, port = address(mail_server, listener)
    settings = tmp_path / "msmtprc"
    settings.write_text(
        f"account default\nhost localhost\nport {port}\ntls on\ntls_starttls {starttls}\ntls_trust_file {trusted}\n"
        "auth on\nuser user\npassword secret\nfrom anna@example.com\n"
    )
    settings.chmod(0o600)
    done = subprocess.run(
        ["msmtp", "-C", str(settings), "--debug", "bert@example.net"], input=MESSAGE, capture_output=True, check=False
    )
    assert 0 == done.returncode, done.stderr
    assert b"<-- 250 Ok 01" in done.stdout

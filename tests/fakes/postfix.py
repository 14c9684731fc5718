"""A Postfix of its own in a temporary folder: real, on the loopback, gone when the block ends."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sestina.adapters.certificates import find_or_make

MASTER: Final = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
MAIN: Final = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/log
maillog_file_prefixes = {home}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
relay_domains = rcpt.test
relay_transport = smtp:[127.0.0.1]:{next_port}
smtp_tls_security_level = none
message_size_limit = 1000000
smtpd_recipient_restrictions = check_recipient_access texthash:{home}/access, permit_mynetworks, reject
smtpd_tls_security_level = {tls}
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_client_connection_rate_limit = 0
smtpd_error_sleep_time = 0
"""


class Postfix:
    """The server: where it listens, and what it says about itself."""

    def __init__(self, home: Path, port: int) -> None:
        self._home = home
        self.port = port

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self._home / "log").read_text()

    def command(self, *words: str) -> None:
        done = subprocess.run(
            ["postfix", "-c", str(self._home / "etc"), *words], capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, self.log


@contextlib.contextmanager
def postfix(access: dict[str, str], next_port: int, tls: str = "may") -> Iterator[Postfix]:
    """A Postfix for as long as the block lasts.

    `access` is what it says to which recipient (access(5)); what it takes for rcpt.test it hands on to `next_port`.
    """
    home = Path(tempfile.mkdtemp(prefix="sestina-postfix-"))
    home.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    certificate, key = find_or_make(home / "tls")
    for name in ("etc", "spool", "data"):
        (home / name).mkdir()
    os.chown(home / "data", pwd.getpwnam("postfix").pw_uid, -1)
    words = {"home": home, "next_port": next_port, "tls": tls, "certificate": certificate, "key": key}
    (home / "etc" / "main.cf").write_text(MAIN.format(**words))
    (home / "etc" / "master.cf").write_text(MASTER.format(port=port))
    (home / "access").write_text("".join(f"{address} {reply}\n" for address, reply in access.items()))
    server = Postfix(home, port)
    try:
        server.command("start")
        yield server
    finally:
        server.command("stop")
        shutil.rmtree(home)

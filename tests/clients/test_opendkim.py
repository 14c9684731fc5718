"""OpenDKIM, which many mail servers verify with, accepts what we sign."""

import pathlib
import re
import subprocess

import pytest
from harness import Server
from inspecting import send, verified
from sending import Doors, id_of
from signing import octets, records

from sestina.protocols.mail.transfer import as_transmitted

pytestmark = [pytest.mark.slow, pytest.mark.clients]

RAWS = (
    b"From: me@example.com\r\nTo: a@x.org\nSubject: LF and\r\n\tfold  \nX: 1\n\nbody \n\n\n",
    "From: Jörg <me@example.com>\nTo: a@x.org\nTo: b@x.org\nSubject: grün\n\nGrüße\n.\n".encode(),
    b"From: me@example.com\r\nTo: a@x.org\r\n\r\n",
)


def test_opendkim_verifies_both_signatures(tmp_path: pathlib.Path, server: Server, account: str) -> None:
    doors = Doors(server, account)
    ids = [send(verified(server.client("sesv2", account))), *(id_of(doors.send_raw_v1(raw)) for raw in RAWS)]
    dns, configuration = tmp_path / "dns", tmp_path / "opendkim.conf"
    dns.write_text("".join(f"{name} {value}\n" for id_ in ids for name, value in records(server, id_).items()))
    configuration.write_text(f"Mode v\nSyslog no\nTestDNSData {dns}\nTrustAnchorFile /dev/null\n")
    for id_ in ids:
        message = tmp_path / f"{id_}.eml"
        message.write_bytes(as_transmitted(octets(server, id_)))
        done = subprocess.run(
            ["opendkim", "-x", configuration, "-vv", "-t", message], capture_output=True, text=True, check=True
        )
        found = re.findall(r"dkim=(\w+) \((\d+)-bit key\) header\.d=(\S+)", done.stdout)
        assert [("pass", "2048", "example.com"), ("pass", "1024", "amazonses.com")] == found

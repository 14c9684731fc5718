"""A start that cannot be, as the tests of our users see it: the error itself, and nothing left open."""

import socket
from pathlib import Path
from typing import Any

import pytest

from sestina.adapters.certificates import find_or_make
from sestina.settings import SettingsError
from sestina.testing import Server


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"relay_connections": -1}, "a setting is not usable: Expected `int` >= 1 - at `$.relay_connections`"),
        ({"relays": "x"}, "a setting is not usable: Object contains unknown field `relays`"),
        ({"relay": "smtp://host:none"}, "the setting relay is not usable: its port is no port"),
        ({"neighbours": ("s3",)}, "the setting neighbours is not usable: "),
        ({"tls_certificate": "/nowhere/c.pem"}, "the setting tls_certificate is not usable: /nowhere/c.pem cannot be "),
    ],
)
def test_a_setting_that_cannot_be_used_is_a_settings_error(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refusal, Server(**settings):
        pass
    assert str(refusal.value).startswith(said)


def test_a_port_that_is_taken_is_an_os_error_and_no_other_port_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        with pytest.raises(OSError, match="address already in use"), Server(port=port, smtp_port=_port(taken)):
            pass
        with Server(port=port) as server:
            assert server.url.endswith(f":{port}")


def test_a_path_is_a_setting_like_any_text(tmp_path: Path) -> None:
    certificate, key = find_or_make(tmp_path / "own")
    with Server(data=tmp_path / "data", tls_certificate=certificate, tls_key=key):
        assert (tmp_path / "data" / "sestina.db").exists()


def _port(listening: socket.socket) -> int:
    number: int = listening.getsockname()[1]
    return number

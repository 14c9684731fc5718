"""Django with django-ses, unmodified, through either API."""

import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest
from harness import Server
from inspecting import look
from sending import Doors, event_types

pytestmark = pytest.mark.slow
PROJECT = pathlib.Path(__file__).with_name("django_mail.py")


@pytest.mark.parametrize("api", ["v1", "v2"])
def test_a_django_project_sends_its_mail(server: Server, account: str, api: str) -> None:
    doors = Doors(server, account).verified()
    environment = {**os.environ, **server.environment, "AWS_ACCESS_KEY_ID": account}
    done = subprocess.run(
        [sys.executable, str(PROJECT), api], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert 0 == done.returncode, done.stderr
    id_, error, text = json.loads(done.stdout)
    shown: Any = doors.shown(id_)
    assert ("Grüße", ["you@example.org", "hidden@example.org"]) == (shown["subject"], shown["recipients"])
    assert ("text", "<b>html</b>") == (shown["text"].strip(), shown["html"].strip())
    assert ["Send", "Delivery"] == event_types(shown)
    message = doors.message(id_)
    assert ("1", "Jörg", None) == (message["X-Own"], message["From"].addresses[0].display_name, message["Bcc"])
    assert bytes(range(256)) == look(server, f"/_sestina/messages/{id_}/attachments/0").body
    assert 3 == len(look(server, "/_sestina/messages", account=account).json["messages"])
    assert "MessageRejected" == error
    assert "Email address is not verified." in text

"""The AWS SDK for JavaScript and nodemailer, unmodified; `npm ci` fills a cache folder once per lock file."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
from harness import Server
from inspecting import look
from sending import Doors

pytestmark = [pytest.mark.slow, pytest.mark.clients]  # needs npm and its registry
HERE = pathlib.Path(__file__).parent / "node"
LOCK = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]


@pytest.fixture(scope="module")
def folder(pytestconfig: pytest.Config) -> pathlib.Path:
    """Where the packages of the lock file are, and the scripts beside them."""
    assert pytestconfig.cache is not None
    folder = pathlib.Path(pytestconfig.cache.mkdir(f"node-{LOCK}"))
    for file in HERE.iterdir():
        shutil.copy(file, folder)
    if not (folder / "installed").exists():
        npm = [str(shutil.which("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(npm, cwd=folder, check=True, capture_output=True, timeout=300)
        (folder / "installed").touch()
    return folder


@pytest.fixture(scope="module")
def said(folder: pathlib.Path, shared_server: Server) -> Any:
    """What the script tells."""
    environment = {**os.environ, **shared_server.environment, "AWS_ACCESS_KEY_ID": "555555555555"}
    done = subprocess.run(
        [str(shutil.which("node")), "clients.mjs"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def doors(server: Server) -> Doors:
    return Doors(server, "555555555555")


def digests(doors: Doors, id_: str) -> dict[str, str]:
    """Of the attachments, by name, from their exact octets."""
    files = {}
    for file in doors.shown(id_)["attachments"]:
        octets = look(doors.server, f"/_sestina/messages/{id_}/attachments/{file['index']}").body
        files[file["file_name"]] = hashlib.sha256(octets).hexdigest()
    return files


def test_errors_are_of_the_classes_of_the_sdk(said: Any) -> None:
    unverified = (
        "Email address is not verified. The following identities failed the check in region US-EAST-1: me@other.com"
    )
    assert {
        "v1 MessageRejected": [True, "MessageRejected", 400, unverified],
        "v1 TemplateDoesNotExist": [True, "TemplateDoesNotExistException", 400, "Template no does not exist."],
        "v1 ConfigurationSetDoesNotExist": [
            True,
            "ConfigurationSetDoesNotExistException",
            400,
            "Configuration set <no> does not exist.",
        ],
        "v1 MissingRenderingAttribute": [
            True,
            "MissingRenderingAttributeException",
            400,
            "Attribute 'name' is not present in the rendering data.",
        ],
        "v2 MessageRejected": [True, "MessageRejected", 400, unverified],
        "v2 NotFound": [True, "NotFoundException", 404, "Identity no.com does not exist."],
        "v2 AlreadyExists": [True, "AlreadyExistsException", 400, "Email identity example.com already exist."],
        "v2 BadRequest": [True, "BadRequestException", 400, "Missing final '@domain'"],
    } == said["errors"]


def test_answers_are_read_as_the_model_types_them(said: Any) -> None:
    assert ("DOMAIN", [["t", True]], ["SUCCESS", "INVALID_PARAMETER"]) == (
        said["identity"],
        said["created"],
        said["bulk"],
    )


def test_every_send_is_there(doors: Doors, said: Any) -> None:
    subjects = {name: doors.shown(id_)["subject"] for name, id_ in said["ids"].items()}
    assert {"v1": "Grün", "templated": "Hi Ann", "raw": "raw", "v2": "Grün", "nodemailer": "Grüße"} == subjects
    assert doors.octets(said["ids"]["raw"]).endswith(b"\r\n\r\nline\r\n")


def test_an_attachment_of_the_sdk_comes_byte_for_byte(doors: Doors, said: Any) -> None:
    assert {"bytes.bin": said["files"]["v2"]} == digests(doors, said["ids"]["v2"])


def test_attachments_of_nodemailer_come_byte_for_byte(doors: Doors, said: Any) -> None:
    found = digests(doors, said["ids"]["nodemailer"])
    logo = hashlib.sha256(bytes.fromhex("89504e47")).hexdigest()
    expected = dict(zip(("a.bin", "bücher.dat", "empty.txt"), said["files"]["nodemailer"], strict=True))
    assert {**expected, "logo.png": logo} == found


def test_a_blind_copy_of_nodemailer_is_received_and_not_seen(doors: Doors, said: Any) -> None:
    id_ = said["ids"]["nodemailer"]
    assert ["you@example.org", "hidden@example.org"] == doors.shown(id_)["recipients"]
    assert b"hidden" not in doors.octets(id_)

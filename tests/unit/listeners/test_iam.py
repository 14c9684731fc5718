"""What the door to IAM takes from the answers of the neighbour."""

import asyncio

import pytest
from fakes.neighbours import RecordingNeighbours

from sestina.adapters.clock import SystemClock
from sestina.adapters.dns import DnsNames
from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.adapters.ids import RandomIds
from sestina.adapters.rsa import RsaSigning
from sestina.domain.credentials import AccessKey
from sestina.listeners.iam import IamDoor
from sestina.ports.gateway import Passed
from sestina.ports.neighbours import Place
from sestina.ports.outside import Outside
from sestina.storage.credentials import Credentials

KEY = AccessKey(id="AKIA1", account="111122223333", user="jane", secret="s")
FORMS = (
    {"Action": "DeleteAccessKey", "AccessKeyId": "AKIA1"},
    {"Action": "UpdateAccessKey", "AccessKeyId": "AKIA1", "Status": "Inactive"},
    {"Action": "DeleteUser", "UserName": "jane"},
)


def after(form: dict[str, str], status: int, body: bytes) -> AccessKey | None:
    """The key, once the neighbour has answered so."""

    async def story() -> AccessKey | None:
        outside = Outside(
            clock=SystemClock(),
            ids=RandomIds(1),
            names=DnsNames(),
            neighbours=RecordingNeighbours().neighbours,
            signing=RsaSigning(1),
        )
        engine = SqliteEngine(None)
        credentials = Credentials(engine)
        await credentials.keys.put(KEY.id, KEY, 0)
        passed = Passed(status=status, fields=(), body=body)
        await IamDoor(credentials, outside).read_along(form, Place(KEY.account, "us-east-1"), passed)
        found = await credentials.keys.get(KEY.id)
        await engine.close()
        return found

    return asyncio.run(story())


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("status", "body"), [(404, b"<html>Not Found</html>"), (403, b"NoSuchEntity"), (500, b"")])
def test_only_the_word_of_iam_changes_a_key(form: dict[str, str], status: int, body: bytes) -> None:
    assert KEY == after(form, status, body)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("status", "body"), [(404, b"<Error><Code>NoSuchEntity</Code></Error>"), (200, b"<Ok/>")])
def test_what_iam_did_or_could_not_find_is_followed(form: dict[str, str], status: int, body: bytes) -> None:
    found = after(form, status, body)
    assert found is None or found.status == "Inactive"

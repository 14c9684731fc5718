"""Verification by the inspection call, when nothing else verifies."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from harness import Server, new_account
from verifying import ADDRESS, status_in_both

from sestina.listeners.http_messages import HttpError, Request
from sestina.listeners.inspection.verification import verification_door


@pytest.fixture(scope="module")
def manual() -> Iterator[Server]:
    with Server(verification="manual") as server:
        yield server


def set_by_hand(server: Server, account: str, name: str, body: object, method: str = "POST") -> Any:
    """What the inspection call answers."""
    path = f"/_sestina/identities/{quote(name, safe='')}/verification"
    query = f"account={account}&region=us-east-1"
    request = Request(method, f"{path}?{query}", path, query, {}, [], json.dumps(body).encode(), "127.0.0.1")

    async def answer() -> Any:
        return json.loads((await verification_door(server.app.services, "us-east-1")(request)).body)

    return server.run(answer())


def test_by_hand_an_identity_takes_any_status(manual: Server) -> None:
    account = new_account()
    ses, sesv2 = manual.client("ses", account), manual.client("sesv2", account)
    for name in ("example.com", ADDRESS):
        sesv2.create_email_identity(EmailIdentity=name)
        assert ("Pending", "PENDING") == status_in_both(manual, account, name)
        for v1, v2 in (("Failed", "FAILED"), ("TemporaryFailure", "TEMPORARY_FAILURE"), ("Success", "SUCCESS")):
            assert v2 == set_by_hand(manual, account, name, {"status": v2})["status"]
            assert (v1, v2) == status_in_both(manual, account, name)
    assert "SUCCESS" == sesv2.get_email_identity(EmailIdentity="example.com")["DkimAttributes"]["Status"]
    ses.get_waiter("identity_exists").wait(Identities=["example.com", ADDRESS])


def test_by_hand_no_mail_is_sent_and_nothing_happens_by_itself(manual: Server) -> None:
    account = new_account()
    manual.client("ses", account).verify_email_identity(EmailAddress=ADDRESS)

    async def mails() -> int:
        region = await manual.app.services.regions.get(account, "us-east-1", 0)
        return len(await region.messages.newest(10))

    assert 0 == manual.run(mails())
    assert ("Pending", "PENDING") == status_in_both(manual, account, ADDRESS)


@pytest.mark.parametrize(
    ("name", "body", "method", "status"),
    [
        ("ghost.example.com", {"status": "SUCCESS"}, "POST", 404),
        ("ghost.example.com", {"status": "Success"}, "POST", 400),
        ("ghost.example.com", {}, "POST", 400),
        ("ghost.example.com", {"status": "SUCCESS"}, "GET", 405),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(
    manual: Server, name: str, body: object, method: str, status: int
) -> None:
    with pytest.raises(HttpError) as error:
        set_by_hand(manual, new_account(), name, body, method)
    assert status == error.value.status

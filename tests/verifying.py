"""What tests of verification do again and again: the clock, the mailbox, and the two views of a status."""

import re

from harness import Server

HOUR = 3_600_000
ADDRESS = "owner+a@example.com"


def freeze(server: Server) -> None:
    server.loop.call_soon_threadsafe(server.app.clock.freeze)


def advance(server: Server, milliseconds: int) -> None:
    server.loop.call_soon_threadsafe(server.app.clock.advance, milliseconds)


def mail_to(server: Server, account: str, address: str, region: str = "us-east-1") -> str:
    """The newest mail in the account's mailbox, as text."""

    async def newest() -> bytes:
        services = server.app.services
        here = await services.regions.get(account, region, 0)
        found = await here.messages.newest(1, recipient=address)
        raw = await here.messages.raw(found[0].seq)
        assert raw is not None
        return raw

    return server.run(newest()).decode()


def link_in(mail: str) -> str:
    found = re.search(r"http://\S+", mail.replace("=\r\n", "").replace("=3D", "="))
    assert found is not None
    return found[0]


def status_in_both(server: Server, account: str, name: str) -> tuple[str, str]:
    v1, v2 = server.client("ses", account), server.client("sesv2", account)
    attributes = v1.get_identity_verification_attributes(Identities=[name])["VerificationAttributes"]
    identity = v2.get_email_identity(EmailIdentity=name)
    assert identity["VerifiedForSendingStatus"] == (identity["VerificationStatus"] == "SUCCESS")
    return attributes[name]["VerificationStatus"], identity["VerificationStatus"]

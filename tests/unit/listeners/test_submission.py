"""Who logs in: account, region and user of every kind of name."""

import asyncio

import pytest

from sestina.domain.credentials import Login as Known
from sestina.listeners.submission import Principal, SubmissionRules, identify
from sestina.protocols.smtp.events import Login

ACCOUNT = "111122223333"
TRUSTING = SubmissionRules(region="eu-north-1")
CHECKING = SubmissionRules(region="eu-north-1", checks_credentials=True)


class Handed:
    """One name, with a password for each region, or one for all."""

    def __init__(self, *, is_active: bool = True, everywhere: str = "") -> None:
        self._is_active = is_active
        self._everywhere = everywhere

    async def login(self, name: str, region: str) -> Known | None:
        if name != "AKIAKNOWN":
            return None
        password = self._everywhere or f"secret of {region}"
        return Known(account=ACCOUNT, user="jane", password=password, is_active=self._is_active)


def who(name: str, password: str, rules: SubmissionRules, handed: Handed | None = None) -> Principal | None:
    return asyncio.run(identify(Login(name, password), handed or Handed(), rules))


@pytest.mark.parametrize("rules", [TRUSTING, CHECKING])
@pytest.mark.parametrize("region", ["eu-north-1", "us-east-1", "ap-southeast-2"])
def test_the_password_tells_the_region(rules: SubmissionRules, region: str) -> None:
    expected = Principal(account=ACCOUNT, region=region, user="jane", name="AKIAKNOWN")
    assert expected == who("AKIAKNOWN", f"secret of {region}", rules)


def test_a_password_that_is_good_everywhere_means_the_usual_region() -> None:
    expected = Principal(account=ACCOUNT, region="eu-north-1", user="jane", name="AKIAKNOWN")
    assert expected == who("AKIAKNOWN", "pässword", CHECKING, Handed(everywhere="pässword"))


@pytest.mark.parametrize(("name", "password"), [("AKIAKNOWN", "wrong"), ("AKIAKNOWN", ""), ("nobody", "x"), ("", "")])
def test_who_is_not_known_is_nobody_when_checked(name: str, password: str) -> None:
    assert None is who(name, password, CHECKING)


def test_what_is_switched_off_is_nobody_when_checked() -> None:
    assert None is who("AKIAKNOWN", "secret of eu-north-1", CHECKING, Handed(is_active=False))


@pytest.mark.parametrize(
    ("name", "account", "user"),
    [
        ("111122223333", "111122223333", "root"),
        ("jane-at-111122223333", "111122223333", "jane-at-111122223333"),
        ("AKIAKNOWN", "111122223333", "AKIAKNOWN"),
        ("AKIAOTHER", "000000000000", "AKIAOTHER"),
        ("jane-at-home", "000000000000", "jane-at-home"),
        ("", "000000000000", "root"),
    ],
)
def test_on_trust_a_name_says_the_account(name: str, account: str, user: str) -> None:
    assert Principal(account=account, region="eu-north-1", user=user, name=name) == who(name, "any", TRUSTING)

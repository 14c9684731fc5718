"""Addresses of the simulator are known by their domain, and what they do by their local part, labels aside."""

import pytest

from sestina.domain.simulator import Reaction, counted, diagnostic, is_simulated, reaction_of

AT = "@simulator.amazonses.com"


@pytest.mark.parametrize("address", ["success" + AT, "SUCCESS@Simulator.AmazonSES.com", "a+b" + AT, AT])
def test_its_domain_in_any_case_is_the_simulators(address: str) -> None:
    assert is_simulated(address)


@pytest.mark.parametrize(
    "address",
    ["", "success", "success@amazonses.com", "success@x.simulator.amazonses.com", "success@simulator.amazonses.com.x"],
)
def test_no_other_domain_is(address: str) -> None:
    assert not is_simulated(address)


@pytest.mark.parametrize(
    ("local_part", "reaction"),
    [
        ("success", Reaction.TAKE),
        ("Success+1", Reaction.TAKE),
        ("bounce", Reaction.BOUNCE),
        ("complaint+a+b", Reaction.COMPLAIN),
        ("suppressionlist", Reaction.BOUNCE_AS_SUPPRESSED),
        ("OOTO", Reaction.ANSWER),
        ("success-1", Reaction.BOUNCE),
        ("+success", Reaction.BOUNCE),
    ],
)
def test_the_local_part_says_what_happens(local_part: str, reaction: Reaction) -> None:
    assert reaction is reaction_of(local_part + AT)


def test_the_diagnostic_names_the_address() -> None:
    assert f"smtp; 550 5.1.1 As requested: user unknown <Bounce{AT}>" == diagnostic("Bounce" + AT)
    expected = f"smtp; 550 5.1.1 As requested: user unknown (suppressed address: suppressionlist{AT})"
    assert expected == diagnostic("suppressionlist" + AT)


def test_only_the_others_count() -> None:
    assert 0 == counted(())
    assert 2 == counted(("a@b.test", "success" + AT, "c@d.test"))

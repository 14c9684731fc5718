"""The mailbox simulator: addresses of SES's own that always take, bounce, complain or answer (sending.md 8).

AWS page "Using the mailbox simulator": a label may follow a plus sign; nothing sent there counts for the daily quota
or the reputation, and no address of the simulator gets onto a suppression list by itself.
"""

from enum import Enum
from typing import Final

DOMAIN: Final = "simulator.amazonses.com"
SUFFIX: Final = f"@{DOMAIN}"
USER_AGENT: Final = "Amazon SES Mailbox Simulator"
STATUS: Final = "5.1.1"
_WIDTH: Final = len(SUFFIX)


class Reaction(Enum):
    """What the simulator does with a message; the value is the local part."""

    TAKE = "success"
    BOUNCE = "bounce"
    COMPLAIN = "complaint"
    BOUNCE_AS_SUPPRESSED = "suppressionlist"
    ANSWER = "ooto"


_REACTIONS: Final = {reaction.value: reaction for reaction in Reaction}


def is_simulated(address: str) -> bool:
    """Whether an address belongs to the simulator, in any case."""
    return address[-_WIDTH:].lower() == SUFFIX


def counted(recipients: tuple[str, ...]) -> int:
    """How many recipients count for quota and reputation."""
    return len(recipients) - sum([address[-_WIDTH:].lower() == SUFFIX for address in recipients])


def reaction_of(address: str) -> Reaction:
    """What an address of the simulator does; one it does not know bounces as any unknown user does."""
    local_part = address[:-_WIDTH].lower().partition("+")[0]
    return _REACTIONS.get(local_part, Reaction.BOUNCE)


def diagnostic(address: str) -> str:
    """The diagnostic code of a simulated bounce (recorded from AWS in 2025)."""
    if reaction_of(address) is Reaction.BOUNCE_AS_SUPPRESSED:
        return f"smtp; 550 5.1.1 As requested: user unknown (suppressed address: {address})"
    return f"smtp; 550 5.1.1 As requested: user unknown <{address}>"

"""Reputation: the share of hard bounces and complaints in what an account sent of late, and what SES does about it.

Thresholds are those of the AWS page "Amazon SES sending review process FAQs" (sending.md 9.2).
"""

from typing import Final, Literal

from msgspec import Struct

Health = Literal["HEALTHY", "PROBATION", "SHUTDOWN"]

REPRESENTATIVE: Final = 10_000  # recipients looked back on
LEAST: Final = 100  # an account that has sent to fewer is not judged
BOUNCES_REVIEWED, BOUNCES_PAUSED = 0.05, 0.10
COMPLAINTS_REVIEWED, COMPLAINTS_PAUSED = 0.001, 0.005

HARD_BOUNCE: Final = "hard bounce"
"""Tally of recipients whose hard bounce counts."""
REAL_COMPLAINT: Final = "real complaint"
"""Tally of recipients whose complaint counts."""
OF_SET: Final = "set/"
COUNTED: Final = "counted"
"""Tally of recipients of a set's messages, those at the simulator left out."""
SIMULATED: Final = "simulated"
"""Tally of recipients at the simulator, which count for no rate."""
SUPPRESSED: Final = "suppressed"
"""Tally of recipients that the account's list held back; they count for no rate either."""


def tally_of_set(name: str, tally: str) -> str:
    """The tally of a configuration set beside that of its account."""
    return f"{OF_SET}{name}/{tally}"


class Reputation(Struct, frozen=True, kw_only=True):
    """What was sent of late, and what came back."""

    sent: int
    bounces: int
    complaints: int

    @property
    def bounce_rate(self) -> float:
        """Hard bounces per recipient, from 0 to 1."""
        return min(self.bounces / self.sent, 1.0) if self.sent else 0.0

    @property
    def complaint_rate(self) -> float:
        """Complaints per recipient, from 0 to 1."""
        return min(self.complaints / self.sent, 1.0) if self.sent else 0.0

    @property
    def health(self) -> Health:
        """What SES makes of it."""
        if self.sent < LEAST:
            return "HEALTHY"
        if self.bounce_rate >= BOUNCES_PAUSED or self.complaint_rate >= COMPLAINTS_PAUSED:
            return "SHUTDOWN"
        if self.bounce_rate >= BOUNCES_REVIEWED or self.complaint_rate >= COMPLAINTS_REVIEWED:
            return "PROBATION"
        return "HEALTHY"

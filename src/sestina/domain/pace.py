"""Pace: how fast an account has been sending, as a bucket of tokens that fills at the maximum send rate.

AWS page "Managing your sending quotas": the rate may be exceeded for short bursts, not for long. The bucket holds one
second's worth; a message with many recipients may overdraw it, and the debt is waited for.
"""

from msgspec import Struct

from sestina.domain.instants import SECOND, Instant


class Pace(Struct):
    """The tokens of one account in one region, and when they were last counted."""

    tokens: float = 0.0
    counted: Instant | None = None

    def admits(self, now: Instant, per_second: float, recipients: int) -> bool:
        """Whether a message may go now; if so its recipients are paid for. A negative rate is no limit."""
        if per_second < 0:
            return True
        most = max(per_second, 1.0) if per_second else 0.0
        if self.counted is None:
            self.tokens = most
        else:
            earned = max(now - self.counted, 0) * per_second / SECOND
            self.tokens = min(most, self.tokens + earned)
        self.counted = now
        if self.tokens < 1 - 1e-9:  # fractions of a token do not add up exactly
            return False
        self.tokens -= recipients
        return True

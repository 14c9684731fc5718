"""Fidelity: which of SES's rules this server enforces; the default is a production-access account with one kindness."""

from typing import Literal

from msgspec import Struct

from sestina.domain.accounts import Account
from sestina.domain.relay import Relaying

Verification = Literal["auto", "email", "dns", "manual"]


class Fidelity(Struct, frozen=True, kw_only=True):
    """The switches. `verification` auto = identities are verified at once, the kindness."""

    verification: Verification = "auto"
    sender_gate: bool = True
    sandbox: bool = False
    quota: bool = False
    rate: bool = False
    signatures: bool = False
    policies: bool = False
    reputation: bool = False  # whether bad rates pause an account
    delivery_delay: int = 0  # milliseconds between Send and Delivery
    relay: Relaying | None = None  # what is handed on to a real server

    @property
    def new_account(self) -> Account:
        """How an account starts."""
        return Account(production_access=not self.sandbox)

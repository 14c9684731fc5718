"""Outside: everything that is not ours, in one frozen value built in `app.py`."""

from msgspec import Struct

from sestina.ports.clock import Clock
from sestina.ports.ids import Ids
from sestina.ports.names import Names


class Outside(Struct, frozen=True, kw_only=True):
    """The clock, chance and DNS that operations and stages are given; they never import their own."""

    clock: Clock
    ids: Ids
    names: Names

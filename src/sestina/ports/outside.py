"""Outside: everything that is not ours, in one frozen value built in `app.py`."""

from msgspec import Struct

from sestina.ports.clock import Clock
from sestina.ports.ids import Ids
from sestina.ports.names import Names
from sestina.ports.neighbours import Neighbours


class Outside(Struct, frozen=True, kw_only=True):
    """The clock, chance, DNS and other AWS services that operations and stages are given; they never import their own."""

    clock: Clock
    ids: Ids
    names: Names
    neighbours: Neighbours

"""Outside: everything that is not ours, in one frozen value built in `app.py`."""

from msgspec import Struct, field

from sestina.ports.clock import Clock
from sestina.ports.home import Home
from sestina.ports.ids import Ids
from sestina.ports.names import Names
from sestina.ports.neighbours import Neighbours


class Outside(Struct, frozen=True, kw_only=True):
    """Clock, chance, DNS, neighbours and our own address, given to operations and stages: they never import theirs."""

    clock: Clock
    ids: Ids
    names: Names
    neighbours: Neighbours
    home: Home = field(default_factory=Home)

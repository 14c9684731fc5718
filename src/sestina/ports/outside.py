"""Outside: everything that is not ours, in one frozen value built in `app.py`."""

from msgspec import Struct, field

from sestina.ports.clock import Clock
from sestina.ports.home import Home
from sestina.ports.ids import Ids
from sestina.ports.mail import MailTransport
from sestina.ports.names import Names
from sestina.ports.neighbours import Neighbours
from sestina.ports.signing import Signing


class Outside(Struct, frozen=True, kw_only=True):
    """What operations and stages are given, because they never import theirs.

    Clock, chance, DNS, neighbours, RSA, the server that mail is handed on to if there is one, and our own address.
    """

    clock: Clock
    ids: Ids
    names: Names
    neighbours: Neighbours
    signing: Signing
    mail: MailTransport | None = None
    home: Home = field(default_factory=Home)

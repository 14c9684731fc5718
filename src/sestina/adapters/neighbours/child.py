"""The embedded neighbours: moto's own server application in a process of its own, ended when its parent is gone.

Run as `python -m sestina.adapters.neighbours.child`; says `READY <port>` on standard output once it listens.
"""

import os
import sys
import threading
from typing import Final

READY: Final = "sestina-neighbours-listen-on"
NICE: Final = 5  # the answers of SES come first
FAILURE: Final = "x-sestina-failure"
NOW: Final = "x-sestina-now"  # what time it is, for CloudWatch
ALARMS: Final = "x-sestina-alarms"  # account, region and time: not a request of AWS, but one to look at alarms there


def main() -> None:
    """Serves until standard input ends, which it does when the parent ends, even by kill -9."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(NICE)
    from sestina.adapters.neighbours.moto_child import make_server

    server = make_server()
    sys.stdout.write(f"{READY} {server.server_port}\n")
    sys.stdout.flush()
    sys.stdout = sys.stderr  # nothing else that is printed may be taken for the port
    server.serve_forever()


def _end_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()

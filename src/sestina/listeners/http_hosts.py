"""Host names: those under which a web page may speak to us.

A page of a stranger can point its own name at 127.0.0.1 and then read our answers as its own (DNS rebinding). Such a
request carries the stranger's name in Host, so browsers are served under names that strangers cannot own: loopback
names, AWS's own (resolved to us on purpose) and the configured ones. An address is no name and cannot be rebound.
"""

import socket
from collections.abc import Callable, Iterable

AllowedHost = Callable[[str], bool]

_SUFFIXES = (".localhost", ".amazonaws.com", ".awstrack.me")


def browser_hosts(names: Iterable[str] = ()) -> AllowedHost:
    """The rule with these names added; a name that starts with a dot admits everything below it."""
    configured = [name.lower().rstrip(".") for name in names]
    exact = frozenset(["localhost", *(name for name in configured if not name.startswith("."))])
    suffixes = (*_SUFFIXES, *(name for name in configured if name.startswith(".")))

    def allowed(host: str) -> bool:
        name = host.lower().rstrip(".")
        return name in exact or name.endswith(suffixes) or _is_address(name)

    return allowed


def host_name(authority: str) -> str:
    """The host of a Host header or an authority, without port and brackets (RFC 3986 §3.2)."""
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, name)
        except (OSError, ValueError):  # ValueError: a NUL within
            continue
        return True
    return False

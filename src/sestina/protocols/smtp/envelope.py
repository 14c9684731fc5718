"""The envelope: what a dialect has against a sender, a recipient or a parameter."""

from collections.abc import Mapping

from sestina.protocols.smtp.commands import Path, is_mailbox
from sestina.protocols.smtp.dialect import Dialect
from sestina.protocols.smtp.replies import Reply, reply

LONGEST_SIZE = 20  # digits, RFC 1870 §4


def refused_sender(dialect: Dialect, path: Path) -> Reply | None:
    """Why a path cannot be the reverse-path here; None if it can."""
    words = dialect.words
    if not path.address and words.null_sender is not None:
        return words.null_sender
    if path.address and not is_mailbox(path.address):
        return reply(words.bad_sender.format(path.address))
    return _refused_parameter(dialect, path.parameters)


def refused_recipient(dialect: Dialect, path: Path) -> Reply | None:
    """Why a path cannot be a forward-path here; None if it can."""
    if not is_mailbox(path.address):
        return reply(dialect.words.bad_recipient.format(path.address))
    for name in path.parameters:
        return reply(dialect.words.unknown_parameter.format(name))
    return None


def _refused_parameter(dialect: Dialect, parameters: Mapping[str, str]) -> Reply | None:
    words = dialect.words
    for name, value in parameters.items():
        if name == "SIZE":
            if not value.isdigit() or len(value) > LONGEST_SIZE:
                return words.bad_parameter
            if int(value) > dialect.largest:  # RFC 1870 §6.1
                return words.too_large
        elif name == "BODY":  # RFC 6152 §2
            if value.upper() not in ("7BIT", "8BITMIME"):
                return words.bad_parameter
        elif name != "AUTH" or not dialect.mechanisms:  # RFC 4954 §5: may be given, is not trusted
            return reply(words.unknown_parameter.format(name))
    return None

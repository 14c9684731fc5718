"""Logs: events with fields, one line each, on standard error; never a body, never a secret."""

import logging
import sys
from typing import Any


def get_log(name: str) -> logging.Logger:
    """The log of one part of the program."""
    return logging.getLogger(f"sestina.{name}")


def event(log: logging.Logger, what: str, *, level: int = logging.INFO, **fields: Any) -> None:  # any field that prints
    """Records that something happened, with its fields as `key=value`."""
    if log.isEnabledFor(level):
        log.log(level, "%s %s", what, " ".join(f"{key}={value!r}" for key, value in fields.items()))


def bug(log: logging.Logger, what: str, error: BaseException, **fields: Any) -> None:
    """Records an exception that nobody expected, with its traceback."""
    text = " ".join(f"{key}={value!r}" for key, value in fields.items())
    log.error("%s %s", what, text, exc_info=(type(error), error, error.__traceback__))


def start_logging(level: str) -> None:
    """Sends the logs to standard error from the given level on (`debug`, `info`, `warning`, `error`)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("sestina")
    root.handlers[:] = [handler]
    root.setLevel(level.upper())

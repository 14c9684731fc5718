"""Inspection: what a user sees of the mail, under our own path and under those of the rivals."""

from collections.abc import Awaitable, Callable, Mapping

from sestina.listeners.http_messages import Answer, Request
from sestina.operations.call import Services

Door = Callable[[Request], Answer | Awaitable[Answer]]


def inspection_doors(services: Services, default_region: str) -> Mapping[str, Door]:
    """The doors by the first segment of their path."""
    return {}

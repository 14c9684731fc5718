"""The certificate of our TLS, for clients that want to trust it instead of trusting anybody."""

from typing import Final

from sestina.listeners.http_messages import Answer
from sestina.listeners.inspection.routes import Route, Visit

PEM: Final = "application/x-pem-file"


def certificate(visit: Visit) -> Answer:
    """As PEM; made now if it was not needed before."""
    return Answer(200, visit.facts.certificate(), PEM)


ROUTES: Final = (
    Route(
        method="GET",
        path="/_sestina/certificate",
        handler=certificate,
        summary="The certificate of SMTP submission, as PEM",
        answers=PEM,
    ),
)

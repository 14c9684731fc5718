"""What goes wrong while a request is read, in the service's own words."""

from typing import Literal

SignatureCode = Literal["IncompleteSignature", "MissingAuthenticationToken", "RequestExpired", "SignatureDoesNotMatch"]


class WireError(Exception):
    """A request that cannot be turned into a value."""

    message: str | None


class Malformed(WireError):
    """The request does not have the form of its type (v1 `MalformedInput`, v2 `SerializationException`)."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)
        self.message = message


class Violated(WireError):
    """The request has the right form but breaks constraints (v1 `ValidationError`, v2 `BadRequestException`)."""

    message: str

    def __init__(self, violations: tuple[str, ...]) -> None:
        count = len(violations)
        self.violations = violations
        self.message = f"{count} validation error{'' if count == 1 else 's'} detected: {'; '.join(violations)}"
        super().__init__(self.message)


class Unsigned(WireError):
    """The request's signature is missing, incomplete, late or wrong."""

    message: str

    def __init__(self, code: SignatureCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

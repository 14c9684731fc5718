"""Errors: the one error this library raises, and its kind for addresses."""


class MailError(Exception):
    """A message, header or part that cannot be read or written as asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AddressError(MailError):
    """A mailbox that is not one; the message is the sentence a mail service answers."""

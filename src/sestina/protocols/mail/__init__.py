"""Mail: the message format of RFC 5322 and MIME, read and written as bytes, with no knowledge of SES."""

from sestina.protocols.mail.errors import AddressError, MailError

__all__ = ["AddressError", "MailError"]

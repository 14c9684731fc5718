"""Dialects: how one server differs from another: its name, what it offers and demands, and its exact words."""

from typing import Final

from msgspec import Struct, field

from sestina.protocols.smtp.replies import Reply, reply


class Words(Struct, frozen=True, kw_only=True):
    """Every reply that a session gives by itself, sorted by code.

    The defaults are the words of a server that other implementations have taught clients to expect; `{}` stands for
    the address or parameter that the reply is about.
    """

    ready_for_tls: Reply = reply("220 Ready to start TLS")
    goodbye: Reply = reply("221 Bye")
    logged_in: Reply = reply("235 Authentication successful.")
    done: Reply = reply("250 Ok")
    not_verified: Reply = reply("252 Cannot verify user, but will accept message and attempt delivery")
    help: Reply = reply("214 See RFC 5321")
    challenge: Reply = reply("334 ")
    ask_user: Reply = reply("334 VXNlcm5hbWU6")
    ask_password: Reply = reply("334 UGFzc3dvcmQ6")
    go_ahead: Reply = reply("354 End data with <CR><LF>.<CR><LF>")
    too_many_errors: Reply = reply("421 Error: too many errors")
    foreign_protocol: Reply = reply("421 Error: this is an SMTP server")
    too_many_recipients: Reply = reply("452 Error: too many recipients")
    bad_syntax: Reply = reply("500 Error: bad syntax")
    line_too_long: Reply = reply("500 Error: line too long")
    bare_line_feed: Reply = reply("500 Error: lines must end with <CR><LF>")
    unknown_command: Reply = reply("500 Error: command not recognized")
    bad_base64: Reply = reply("501 Invalid command argument, not a valid Base64 string")
    bad_parameter: Reply = reply("501 Error: bad parameter")
    cancelled: Reply = reply("501 Authentication canceled by client.")
    hello_syntax: Reply = reply("501 Syntax: EHLO hostname")
    mail_syntax: Reply = reply("501 Syntax: MAIL FROM:<address>")
    rcpt_syntax: Reply = reply("501 Syntax: RCPT TO:<address>")
    auth_syntax: Reply = reply("501 Syntax: AUTH mechanism")
    no_arguments: Reply = reply("501 Error: no parameters allowed")
    null_sender: Reply | None = reply("501 Invalid MAIL FROM address provided")
    not_offered: Reply = reply("502 Error: command not implemented")
    already_logged_in: Reply = reply("503 Error: already authenticated")
    need_hello: Reply = reply("503 Error: send EHLO first")
    need_mail: Reply = reply("503 Error: need MAIL command")
    need_rcpt: Reply = reply("503 Error: need RCPT command")
    nested_mail: Reply = reply("503 Error: nested MAIL command")
    not_during_mail: Reply = reply("503 Error: not permitted during a mail transaction")
    tls_runs: Reply = reply("503 Error: TLS already active")
    unknown_mechanism: Reply = reply("504 Unrecognized authentication type")
    need_login: Reply = reply("530 Authentication required")
    need_tls: Reply = reply("530 Must issue a STARTTLS command first")
    too_large: Reply = reply("552 Message is too long.")
    bad_sender: str = "553 <{}> Invalid email address"
    bad_recipient: str = "553 <{}> address unknown"
    bare_line_ends: Reply = reply("554 Transaction failed: Bare <CR> or <LF> in message.")
    unknown_parameter: str = "555 Unsupported option: {}"


class Dialect(Struct, frozen=True, kw_only=True):
    """What one server is called, offers and demands."""

    host: str
    mechanisms: tuple[str, ...] = ()
    offers_tls: bool = True
    needs_tls: bool = False
    """Whether logging in and mail need TLS first (RFC 3207 §4)."""
    needs_login: bool = False
    """Whether mail needs a login first (RFC 4954 §6)."""
    consults: bool = False
    """Whether the one who runs the session is asked about each sender and recipient, or all are fine."""
    largest: int
    most_recipients: int = 1_000
    most_errors: int = 20
    most_failed_logins: int = 3
    words: Words = field(default_factory=Words)

    def greeting(self, *, tls: bool) -> Reply:
        """The answer to EHLO."""
        lines = ["8BITMIME", f"SIZE {self.largest}"]
        if self.offers_tls and not tls:
            lines.append("STARTTLS")
        if self.mechanisms:
            lines.append(f"AUTH {' '.join(self.mechanisms)}")
        return reply(f"250 {self.host}", *lines, "Ok")


PLAIN: Final = "PLAIN"
LOGIN: Final = "LOGIN"

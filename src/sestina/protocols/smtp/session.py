"""Sessions: one client's dialogue, bytes in, events and bytes out.

    session.receive(data)
    while (event := session.next_event()) is not None:
        ...  # answer it with `decide` or `tls_started`
    transport.write(session.take_output())

An event that waits for its answer holds up everything behind it, so that clients may send ahead as they like. Only
across STARTTLS nothing is sent ahead: octets between it and the handshake are dropped (RFC 3207 §4.2, CVE-2011-0411).
The result is the same however the octets are cut into pieces.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

from sestina.protocols.smtp.commands import LONGEST_COMMAND, ParameterError, Path, is_legal, parse_path, split_command
from sestina.protocols.smtp.content import ContentReader, Ended
from sestina.protocols.smtp.dialect import Dialect
from sestina.protocols.smtp.envelope import refused_recipient, refused_sender
from sestina.protocols.smtp.events import Closed, Event, Login, Message, Recipient, Sender, StartTls
from sestina.protocols.smtp.lines import Flaw, LineReader
from sestina.protocols.smtp.login import Exchange
from sestina.protocols.smtp.order import FOREIGN, KNOWN_ELSEWHERE, NEED_LOGIN, NEED_TLS, ORDER, Phase, State, Verb
from sestina.protocols.smtp.replies import Reply, reply


class Session:
    """The server's half of one connection.

    `commands` and `content` tell what was read so far, for the one who watches whether the client gets on.
    """

    def __init__(self, dialect: Dialect, *, tls: bool = False) -> None:
        self.dialect = dialect
        self.tls = tls
        self.is_authenticated = False
        self.hello = ""
        self.phase = Phase.COMMAND
        self.commands = 0
        self.content = ContentReader(dialect.largest)
        self._words = dialect.words
        self._state = State.GREETED
        self._sender = ""
        self._recipients: list[str] = []
        self._errors = 0
        self._failed_logins = 0
        self._asked: Event | None = None
        self._exchange: Exchange | None = None
        self._output: list[bytes] = []
        self._buffer = bytearray()
        self._lines = LineReader()
        self._why_dropped = self._words.too_large
        self._is_end_told = False

    # --- what the connection does

    def greet(self, greeting: Reply) -> None:
        """Says who we are; a negative greeting ends the session."""
        self._say(greeting)
        if not greeting.is_positive:
            self._close()

    def receive(self, data: bytes) -> None:
        """Takes octets from the client."""
        if self.phase is not Phase.TLS and self.phase is not Phase.CLOSED:
            self._buffer += data

    def take_output(self) -> bytes:
        """What is to be written now."""
        output = b"".join(self._output)
        self._output.clear()
        return output

    def next_event(self) -> Event | None:
        """The next thing to decide on; None while a decision is due or more octets are needed."""
        if self._asked is not None:
            return None
        while self._asked is None and self.phase is not Phase.CLOSED and self._step():
            pass
        if self.phase is Phase.CLOSED and not self._is_end_told:
            self._is_end_told = True
            return Closed()
        return self._asked

    def decide(self, decision: Reply | None = None) -> None:
        """Answers the event: None for the usual yes, else the very reply."""
        asked, self._asked = self._asked, None
        if self.phase is Phase.CLOSED:
            return
        if isinstance(asked, Login):
            answer = decision or self._words.logged_in
            self.is_authenticated = answer.is_positive
            if not answer.is_positive:
                self._refuse_login(answer)
                return
        else:
            answer = decision or self._words.done
            if isinstance(asked, Sender) and answer.is_positive:
                self._begin(asked.address)
            elif isinstance(asked, Recipient) and answer.is_positive:
                self._add(asked.address)
        self._say(answer)
        if answer.code == 421:  # RFC 5321 §3.8: it comes with the end
            self._close()

    def tls_started(self) -> None:
        """The handshake begins: all that was said before is forgotten (RFC 3207 §4.2)."""
        self._asked = None
        self.tls = True
        self.is_authenticated = False
        self.hello = ""
        self._forget(State.GREETED)
        self.phase = Phase.COMMAND

    def end(self, farewell: Reply) -> None:
        """Ends the session from our side, with a last word."""
        if self.phase is not Phase.CLOSED:
            self._say(farewell)
            self._close()

    def drop_content(self, why: Reply) -> None:
        """Keeps no more of the message that is being received, and refuses it so when it has ended."""
        self._why_dropped = why
        self.content.drop(self._buffer)

    @property
    def held(self) -> int:
        """Octets that are kept here: not read yet, or a message that waits for the decision."""
        return len(self._buffer) + (len(self._asked.data) if isinstance(self._asked, Message) else 0)

    # --- reading

    def _step(self) -> bool:
        """Reads one line or one message; whether there was one."""
        if self.phase is Phase.CONTENT:
            ended = self.content.take(self._buffer)
            if ended is not None:
                self._finish_content(ended)
            return ended is not None
        line = self._lines.take(self._buffer)
        if line is None:
            return False
        self.commands += 1
        if isinstance(line, Flaw):
            self._leave_login()
            self._refuse_line(line)
        elif not is_legal(line):
            self._leave_login()
            self._refuse(self._words.bad_syntax)
        elif self.phase is Phase.LOGIN:
            self._read_response(line)
        else:
            self._read_command(line)
        return True

    def _refuse_line(self, flaw: Flaw) -> None:
        words = self._words
        if flaw is Flaw.ENDLESS:
            self.end(words.too_many_errors)
        else:
            self._refuse(words.bare_line_feed if flaw is Flaw.BARE_LINE_FEED else words.line_too_long)

    def _read_command(self, line: bytes) -> None:
        verb, word, argument = split_command(line)
        refusal = self._objection(verb, len(line))
        if verb is None:
            self._refuse_word(word)
        elif refusal is not None:
            self._refuse(refusal)
        else:
            COMMANDS[verb](self, argument)

    def _objection(self, verb: Verb | None, length: int) -> Reply | None:
        """Why a command may not be given at all, or not yet."""
        words, dialect = self._words, self.dialect
        if verb is None:
            return None
        if length > LONGEST_COMMAND - 2 and verb is not Verb.AUTH:
            return words.line_too_long
        if verb in NEED_TLS and dialect.needs_tls and not self.tls:
            return words.need_tls
        if verb in NEED_LOGIN and dialect.needs_login and not self.is_authenticated:
            return words.need_login
        out_of_order = ORDER[verb].get(self._state)
        return None if out_of_order is None else cast(Reply, getattr(words, out_of_order))

    def _refuse_word(self, word: bytes) -> None:
        if word in FOREIGN:
            self.end(self._words.foreign_protocol)
        elif not word:
            self._refuse(self._words.bad_syntax)
        else:
            self._refuse(self._words.not_offered if word in KNOWN_ELSEWHERE else self._words.unknown_command)

    def _finish_content(self, ended: Ended) -> None:
        sender, recipients = self._sender, tuple(self._recipients)
        self.commands += 1
        self.phase = Phase.COMMAND
        self._forget(State.READY)
        if ended.data is None:
            self._say(self._why_dropped)
        elif ended.has_bare_ends:
            self._say(self._words.bare_line_ends)
        else:
            self._asked = Message(mail_from=sender, recipients=recipients, data=ended.data)

    # --- commands

    def _ehlo(self, argument: bytes) -> None:
        self._hello(argument, self.dialect.greeting(tls=self.tls))

    def _helo(self, argument: bytes) -> None:
        self._hello(argument, reply(f"250 {self.dialect.host}"))

    def _hello(self, argument: bytes, greeting: Reply) -> None:
        if not argument:
            self._refuse(self._words.hello_syntax)
            return
        self.hello = argument.decode("ascii")
        self._forget(State.READY)
        self._say(greeting)

    def _mail(self, argument: bytes) -> None:
        path = self._path(argument, "FROM:", self._words.mail_syntax)
        if path is None:
            return
        refusal = refused_sender(self.dialect, path)
        if refusal is not None:
            self._refuse(refusal)
        elif self.dialect.consults:
            self._asked = Sender(path.address)
        else:
            self._begin(path.address)
            self._say(self._words.done)

    def _rcpt(self, argument: bytes) -> None:
        path = self._path(argument, "TO:", self._words.rcpt_syntax)
        if path is None:
            return
        refusal = refused_recipient(self.dialect, path)
        if refusal is not None:
            self._refuse(refusal)
        elif len(self._recipients) >= self.dialect.most_recipients:
            self._say(self._words.too_many_recipients)  # RFC 5321 §4.5.3.1.10: the rest may be sent with the next
        elif self.dialect.consults:
            self._asked = Recipient(path.address)
        else:
            self._add(path.address)
            self._say(self._words.done)

    def _path(self, argument: bytes, keyword: str, syntax: Reply) -> Path | None:
        try:
            path = parse_path(argument, keyword)
        except ParameterError:
            self._refuse(self._words.bad_parameter)
            return None
        if path is None:
            self._refuse(syntax)
        return path

    def _data(self, argument: bytes) -> None:
        if self._takes_nothing(argument):
            self.phase = Phase.CONTENT
            self._why_dropped = self._words.too_large
            self.content.begin(self._buffer)
            self._say(self._words.go_ahead)

    def _rset(self, argument: bytes) -> None:
        if self._takes_nothing(argument):
            if self._state is not State.GREETED:
                self._forget(State.READY)
            self._say(self._words.done)

    def _vrfy(self, argument: bytes) -> None:
        self._say(self._words.not_verified)

    def _expn(self, argument: bytes) -> None:
        self._refuse(self._words.not_offered)

    def _help(self, argument: bytes) -> None:
        self._say(self._words.help)

    def _noop(self, argument: bytes) -> None:
        self._say(self._words.done)

    def _quit(self, argument: bytes) -> None:
        self.end(self._words.goodbye)

    def _starttls(self, argument: bytes) -> None:
        if not self._takes_nothing(argument):
            return
        if self.tls:
            self._refuse(self._words.tls_runs)
        elif not self.dialect.offers_tls:
            self._refuse(self._words.not_offered)
        else:
            self._say(self._words.ready_for_tls)
            self._buffer.clear()
            self.phase = Phase.TLS
            self._asked = StartTls()

    def _takes_nothing(self, argument: bytes) -> bool:
        if argument:
            self._refuse(self._words.no_arguments)
        return not argument

    # --- logging in (RFC 4954 §4)

    def _auth(self, argument: bytes) -> None:
        mechanism, _, initial = argument.partition(b" ")
        name = mechanism.decode("ascii").upper()
        if not self.dialect.mechanisms:
            self._refuse(self._words.not_offered)
        elif self.is_authenticated:
            self._refuse(self._words.already_logged_in)
        elif not name:
            self._refuse(self._words.auth_syntax)
        elif name not in self.dialect.mechanisms:
            self._refuse(self._words.unknown_mechanism)
        else:
            self._exchange = Exchange(name, self._words)
            self.phase = Phase.LOGIN
            if initial:
                self._read_response(initial.strip(b" \t"))
            else:
                self._say(self._exchange.challenge)

    def _read_response(self, line: bytes) -> None:
        assert self._exchange is not None
        answer = self._exchange.respond(line)
        if isinstance(answer, Login):
            self._leave_login()
            self._asked = answer
        elif answer.is_positive:
            self._say(answer)
        else:
            self._leave_login()
            self._refuse(answer)

    def _leave_login(self) -> None:
        if self.phase is Phase.LOGIN:
            self.phase = Phase.COMMAND
            self._exchange = None

    def _refuse_login(self, answer: Reply) -> None:
        """Guessing takes a connection for every few guesses."""
        self._failed_logins += 1
        self._refuse(answer)
        if self._failed_logins >= self.dialect.most_failed_logins:
            self.end(self._words.too_many_errors)

    # --- the transaction

    def _begin(self, sender: str) -> None:
        self._sender = sender
        self._state = State.SENDER

    def _add(self, recipient: str) -> None:
        self._recipients.append(recipient)
        self._state = State.RECIPIENTS

    def _forget(self, state: State) -> None:
        self._state = state
        self._sender = ""
        self._recipients.clear()

    # --- saying

    def _say(self, answer: Reply) -> None:
        self._output.append(answer.wire)

    def _refuse(self, answer: Reply) -> None:
        """Says no to something that a well-behaved client would not send; too many of these end the session."""
        self._say(answer)
        self._errors += 1
        if self._errors >= self.dialect.most_errors:
            self.end(self._words.too_many_errors)

    def _close(self) -> None:
        self.phase = Phase.CLOSED
        self._asked = None
        self._buffer.clear()


COMMANDS: Final[Mapping[Verb, Callable[[Session, bytes], None]]] = {
    Verb.EHLO: Session._ehlo,
    Verb.HELO: Session._helo,
    Verb.MAIL: Session._mail,
    Verb.RCPT: Session._rcpt,
    Verb.DATA: Session._data,
    Verb.RSET: Session._rset,
    Verb.VRFY: Session._vrfy,
    Verb.EXPN: Session._expn,
    Verb.HELP: Session._help,
    Verb.NOOP: Session._noop,
    Verb.QUIT: Session._quit,
    Verb.STARTTLS: Session._starttls,
    Verb.AUTH: Session._auth,
}

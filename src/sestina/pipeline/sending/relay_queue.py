"""The relay's queue: hands messages to the one server that the user has named, again and again until it has answered.

The database is the queue: a message is owed to the relay in the unit that ends its delivery flow, taken up when it is
due, and struck off with the events that tell its outcome. What waits for another attempt occupies nothing.
"""

import asyncio
from collections import deque
from logging import WARNING
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sestina.domain.bounces import RemoteReply
from sestina.domain.configuration_sets import Delivery
from sestina.domain.fidelity import Fidelity
from sestina.domain.instants import MINUTE, SECOND, Instant
from sestina.domain.relay import Relayed, next_attempt
from sestina.logs import bug, event, get_log
from sestina.pipeline.conveyor import Conveyor
from sestina.pipeline.flow import Delivering
from sestina.pipeline.publishing.publish import Publisher
from sestina.pipeline.sending.record import record_events
from sestina.pipeline.sending.relay import delivery_options, note_kept_here
from sestina.pipeline.sending.relay_outcomes import Answers, deadline_of, settle
from sestina.pipeline.sending.signatures import signed
from sestina.pipeline.sending.transmit import deliver_here
from sestina.ports.mail import Envelope, TransmissionError
from sestina.ports.outside import Outside
from sestina.storage.outbox import Owed
from sestina.storage.region import Region, Regions
from sestina.storage.relay_queue import FLOW, RelayQueue

PAGE: Final = 64  # messages taken up together
HEEDED: Final = 30 * SECOND  # for this long a server that let us wait in vain is not tried again
HELD_BACK: Final = "held back"
KEPT_TROUBLES: Final = 20

log = get_log("relay")
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Relayed).decode


class Trouble(Struct, frozen=True, kw_only=True):
    """A reply that was no yes: when, for which message and recipient."""

    at: Instant
    message: str
    recipient: str
    reply: str


class Relay:
    """Works off what is owed to the relay as long as it runs; without a transport it never runs."""

    def __init__(self, regions: Regions, publisher: Publisher, outside: Outside, fidelity: Fidelity) -> None:
        self._regions = regions
        self._publisher = publisher
        self._outside = outside
        self._fidelity = fidelity
        # As many at once as the transport carries: who waited behind it would not hear that the server is deaf, or
        # that the message was forgotten.
        crew = 1 if outside.mail is None else outside.mail.most
        self._conveyor = Conveyor("relay", self._attempt, crew=crew)
        self._under_way: set[int] = set()
        self._unwritable: set[int] = set()
        self._called = asyncio.Event()
        self._is_idle = asyncio.Event()
        self._deaf: tuple[Instant, RemoteReply] | None = None
        self._logged = ""
        self.queue = RelayQueue(regions.engine)
        self.troubles: deque[Trouble] = deque(maxlen=KEPT_TROUBLES)

    def call(self) -> None:
        """There is something new, and it is committed."""
        self._is_idle.clear()
        self._called.set()

    async def settled(self) -> None:
        """Returns when nothing that is due is left."""
        if self._outside.mail is not None:
            self.call()
            await self._is_idle.wait()

    async def retry(self) -> int:
        """Makes everything due, whatever it waits for; how much that is."""
        self._deaf = None
        await self.queue.hurry(self._outside.clock.now())
        self.call()
        return await self.queue.count()

    async def owes_deliveries(self) -> bool:
        """Whether an earlier run, whatever its settings were, has left mail whose fate the server decides."""
        after = 0
        while owed := await self._regions.outbox.owed(FLOW, after, PAGE):
            if any(one.payload is not None and _decode(one.payload).mode == "deliver" for one in owed):
                return True
            after = owed[-1].seq
        return False

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Puts the crew to work, if there is anybody to hand mail to."""
        if self._outside.mail is None:
            return []
        return [*self._conveyor.start(group), group.create_task(self.run(), name="relay")]

    async def run(self) -> None:
        """Takes up what is due until it is cancelled."""
        while True:
            self._called.clear()
            try:
                await self._take_up()
            except Exception as error:
                bug(log, "the relay's queue cannot be read", error)
            if not self._called.is_set():
                await self._wait()

    async def _take_up(self) -> None:
        if len(self._under_way) >= PAGE:
            return
        passed_over = self._under_way | self._unwritable
        for owed in await self.queue.due(self._outside.clock.now(), PAGE + len(passed_over)):
            if owed.seq not in passed_over:
                self._under_way.add(owed.seq)
                self._conveyor.add(owed)

    async def _wait(self) -> None:
        """Until somebody calls, or the next postponed message is due."""
        due = await self.queue.next_due(self._outside.clock.now())
        waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._called.wait())]
        if due is not None:
            waits.append(asyncio.ensure_future(self._outside.clock.sleep_until(due)))
        await asyncio.sleep(0)  # so that whoever waits for rest finds the clock set
        if not (self._called.is_set() or self._under_way):
            self._is_idle.set()
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _attempt(self, owed: Owed) -> None:
        try:
            await self._carry(owed)
        except Exception as error:
            bug(log, "an attempt failed", error, message=owed.message)
            await self._put_off(owed)
        finally:
            self._under_way.discard(owed.seq)
            if len(self._under_way) <= PAGE // 2:
                self._called.set()

    async def _put_off(self, owed: Owed) -> None:
        """A minute later; what cannot even be put off is left alone in this run, or it would be sent in circles."""
        self._unwritable.add(owed.seq)
        due = self._outside.clock.now() + MINUTE
        await self._regions.engine.add([self._regions.outbox.postponement(owed.seq, due, owed.payload)])
        self._unwritable.discard(owed.seq)

    async def _carry(self, owed: Owed) -> None:
        assert owed.payload is not None
        state = _decode(owed.payload)
        region = await self._regions.by_scope(owed.scope, self._outside.clock.now())
        work = await self._work(region, owed, state) if region is not None else None
        if work is None:
            await self._regions.engine.add([self._regions.outbox.removal(owed.seq)])
            return
        options = state.options or await delivery_options(work)
        deadline = deadline_of(work.message, options)
        state = self._admitted(work, replace(state, options=options))
        if self._deaf is not None and state.recipients and self._outside.clock.now() < min(self._deaf[0], deadline.at):
            await self._hold_back(work, state, min(self._deaf[0], deadline.at), self._deaf[1])
            return
        rest = None
        if state.recipients:
            rest = settle(work, state, await self._transmit(work, state, options), deadline, self._outside)
        if work.region.messages.is_gone(work.seq):  # with everything owed for it
            return
        if rest is None and state.mode == "deliver":
            work.note("conclude", "done", "", self._outside.clock.now())
        await self._write(work, rest, next_attempt(self._outside.clock.now(), owed.attempts, deadline.at))

    def _admitted(self, work: Delivering, state: Relayed) -> Relayed:
        """Without those whom the lists of this run keep here: they get no copy, or our own mailbox takes the mail."""
        assert self._fidelity.relay is not None
        held = tuple(address for address in state.recipients if not self._fidelity.relay.admits(address))
        if not held:
            return state
        now = self._outside.clock.now()
        note_kept_here(work, held, now)
        if state.mode == "deliver":
            deliver_here(work, held, now)
        return replace(state, recipients=tuple(address for address in state.recipients if address not in held))

    async def _hold_back(self, work: Delivering, state: Relayed, until: Instant, reply: RemoteReply) -> None:
        """Puts off what would only wait in vain: it was not tried, so nobody is told of a delay."""
        if work.journey[-1].decision != HELD_BACK:
            reason = f"not tried, others have waited in vain: {reply.line}"
            work.note("relay", HELD_BACK, reason, self._outside.clock.now())
        await self._write(work, state, until, was_tried=False)

    async def _write(self, work: Delivering, rest: Relayed | None, due: Instant, *, was_tried: bool = True) -> None:
        """Commits events, journey and what remains as one unit."""
        outbox = self._regions.outbox
        statements, last_dispatch = await record_events(work, self._regions, self._outside)
        statements.append(work.region.messages.journey_update(work.seq, work.journey))
        if rest is None:
            statements.append(outbox.removal(work.owed))
        else:
            payload = _encode(replace(rest, next_event=work.next_event))
            put_off = outbox.postponement if was_tried else outbox.deferral
            statements.append(put_off(work.owed, due, payload))
        await self._regions.engine.add(statements)
        if last_dispatch:
            self._publisher.call(last_dispatch)
        work.region.arrivals.notify()

    async def _work(self, region: Region, owed: Owed, state: Relayed) -> Delivering | None:
        stored = await region.messages.at(owed.message)
        raw = await region.messages.raw(owed.message)
        if stored is None or raw is None:  # it was forgotten while it waited for its turn
            return None
        return Delivering(
            region=region,
            seq=owed.message,
            owed=owed.seq,
            message=stored.message,
            raw=raw,
            pending=None,
            journey=list(stored.journey),
            open=state.recipients,
            fidelity=self._fidelity,
            next_event=state.next_event,
        )

    async def _transmit(self, work: Delivering, state: Relayed, options: Delivery) -> Answers:
        """The server's replies; one that cannot be reached counts as if it had said so itself."""
        mail, relaying = self._outside.mail, self._fidelity.relay
        assert mail is not None
        assert relaying is not None
        assert work.raw is not None
        envelope = Envelope(
            mail_from=relaying.mail_from(work.message),
            recipients=state.recipients,
            raw=await signed(work.seq, work.message, work.raw, self._regions, self._outside),
            requires_tls=options.requires_tls,
        )
        now, ip, tls_version = self._outside.clock.now(), None, None
        try:
            if self._deaf is not None and now < self._deaf[0]:  # and the time of the message is over
                raise TransmissionError(self._deaf[1])
            transmission = await mail.send(envelope)
            replies, self._deaf = transmission.replies, None
            ip, tls_version = transmission.ip, transmission.tls_version
        except TransmissionError as error:
            replies = (error.reply,) * len(state.recipients)
            if error.was_slow:
                self._deaf = (self._outside.clock.now() + HEEDED, error.reply)
        now, answers = self._outside.clock.now(), dict(zip(state.recipients, replies, strict=True))
        for recipient, reply in answers.items():
            self._take_down(now, work.message.id, recipient, reply)
        return Answers(replies=answers, ip=ip, tls_version=tls_version)

    def _take_down(self, now: Instant, message: str, recipient: str, reply: RemoteReply) -> None:
        """Every refusal is logged; that the server cannot be reached only once."""
        if not reply.is_taken:
            self.troubles.appendleft(Trouble(at=now, message=message, recipient=recipient, reply=reply.line))
        if reply.stage != "connection":
            self._logged = ""
        if not reply.is_taken and reply.line != self._logged:
            self._logged = reply.line if reply.stage == "connection" else ""
            event(log, "not relayed", level=WARNING, message=message, recipient=recipient, reply=reply.line)


def owed_to_relay(work: Delivering) -> bytes:
    """What the outbox keeps of a message that is about to be owed."""
    assert work.relayed is not None
    return _encode(replace(work.relayed, next_event=work.next_event))

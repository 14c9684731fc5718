"""The mailroom: the one function that every door to sending calls, and the flow that runs after its answer.

ADMISSION answers the caller; DELIVERY settles every recipient. The order of both stands here and nowhere else.
"""

import asyncio
from typing import Final

from sestina.domain.events import Event
from sestina.domain.fidelity import Fidelity
from sestina.domain.messages import Step
from sestina.domain.submissions import Submission
from sestina.pipeline.conveyor import Conveyor
from sestina.pipeline.flow import Delivering, DeliveryStage, Sending
from sestina.pipeline.publishing.publish import Publisher
from sestina.pipeline.sending.accept import FLOW, accept
from sestina.pipeline.sending.authorise import authorise
from sestina.pipeline.sending.check import check
from sestina.pipeline.sending.compose import compose
from sestina.pipeline.sending.conclude import conclude
from sestina.pipeline.sending.fault import fault
from sestina.pipeline.sending.limit import limit
from sestina.pipeline.sending.record import record_events
from sestina.pipeline.sending.relay import relay
from sestina.pipeline.sending.relay_queue import Relay
from sestina.pipeline.sending.render import render
from sestina.pipeline.sending.resolve import resolve
from sestina.pipeline.sending.scan import scan
from sestina.pipeline.sending.sign import sign
from sestina.pipeline.sending.simulate import simulate
from sestina.pipeline.sending.suppress import suppress
from sestina.pipeline.sending.transmit import transmit
from sestina.ports.outside import Outside
from sestina.storage.region import Region, Regions

ADMISSION: Final = ("check", "authorise", "resolve", "compose", "sign", "limit", "accept")
DELIVERY: Final[tuple[DeliveryStage, ...]] = (render, scan, suppress, fault, simulate, relay, transmit)
RESUME_PAGE: Final = 500
INJECTED: Final = "+"  # in the ids of events that did not come out of the flow


class Mailroom:
    """Takes submissions in and carries messages out."""

    def __init__(self, regions: Regions, outside: Outside, fidelity: Fidelity) -> None:
        self._regions = regions
        self._outside = outside
        self.fidelity = fidelity
        self._is_gateway = fidelity.relay is not None and fidelity.relay.mode == "deliver"
        self.conveyor = Conveyor("delivery", self._deliver)
        self._injecting = asyncio.Lock()
        self._rendering = asyncio.Lock()
        self.publisher = Publisher(regions, regions.dispatches, outside)
        self.relay = Relay(regions, self.publisher, outside, fidelity)

    async def submit(self, region: Region, submission: Submission) -> str:
        """The message id of an accepted submission, durable when this returns.

        Raises:
            Refusal: SES says no; nothing is kept.
        """
        work = Sending(submission=submission, region=region, fidelity=self.fidelity, now=self._outside.clock.now())
        check(work)
        await authorise(work, self._regions)
        await resolve(work)
        compose(work, self._outside)
        await sign(work, self._regions)
        limit(work)
        accepted = await accept(work, self._regions, self.publisher)
        await self.conveyor.put(accepted)
        return work.message_id

    async def resume(self) -> int:
        """Takes up what an earlier run has acknowledged but not finished; how many messages that were."""
        self._is_gateway |= await self.relay.owes_deliveries()
        after = count = 0
        while True:
            owed = await self._regions.outbox.owed(FLOW, after, RESUME_PAGE)
            for debt in owed:
                region = await self._regions.by_scope(debt.scope, self._outside.clock.now())
                stored = await region.messages.at(debt.message) if region is not None else None
                if region is None or stored is None:
                    continue
                count += 1
                await self.conveyor.put(
                    Delivering(
                        region=region,
                        seq=debt.message,
                        owed=debt.seq,
                        message=stored.message,
                        raw=await region.messages.raw(debt.message),
                        pending=await region.messages.pending(debt.message),
                        journey=[
                            *stored.journey,
                            Step("resume", "taken up", "after a restart", self._outside.clock.now()),
                        ],
                        open=stored.message.recipients,
                        fidelity=self.fidelity,
                        next_event=len(await region.messages.events(debt.message)),
                    )
                )
            if len(owed) < RESUME_PAGE:
                return count
            after = owed[-1].seq

    async def inject(self, region: Region, seq: int, event: Event) -> str:
        """Lets something happen to a message, whose flow may have ended long ago; the id of the event."""
        async with self._injecting:
            stored = await region.messages.at(seq)
            assert stored is not None
            happened = len(await region.messages.events(seq))
            work = Delivering(
                region=region,
                seq=seq,
                owed=0,
                message=stored.message,
                raw=await region.messages.raw(seq),
                pending=None,
                journey=[],
                open=(),
                fidelity=self.fidelity,
                next_event=happened,
                events=[event],
                numbering=INJECTED,
            )
            statements, last_dispatch = await record_events(work, self._regions, self._outside)
            await self._regions.engine.add(statements)
        if last_dispatch:
            self.publisher.call(last_dispatch)
        region.arrivals.notify()
        return f"{stored.message.id}/{INJECTED}{happened}"

    async def forget(self, region: Region, seq: int) -> bool:
        """Forgets a message; False if it is still on its way to the server that decides what becomes of it."""
        if self._is_gateway and await self._regions.outbox.is_owed(region.scope, seq):
            return False
        await region.messages.remove(seq)
        return True

    async def forget_all(self, region: Region) -> None:
        """Forgets the messages of a region; what is still on its way to the server that decides stays until it has."""
        if self._is_gateway:
            await self._regions.clear_settled_messages(region)
        else:
            await self._regions.clear_messages(region)

    async def settled(self) -> None:
        """Returns when every accepted message has reached the end of its flow, and nothing due is left over."""
        await self.conveyor.settled()
        await self.relay.settled()
        await self.publisher.settled()

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Puts the crews to work; they end when they are cancelled."""
        publisher = group.create_task(self.publisher.run(), name="publisher")
        return [*self.conveyor.start(group), *self.relay.start(group), publisher]

    async def _deliver(self, work: Delivering) -> None:
        if work.pending is not None:  # a template may take half a second: the sockets have their turn in between
            async with self._rendering:
                await asyncio.sleep(0)
        for stage in DELIVERY:
            waiting = stage(work, self._outside)
            if waiting is not None:
                await waiting
        await conclude(work, self._outside, self._regions, self.publisher)
        if work.relayed is not None:
            self.relay.call()

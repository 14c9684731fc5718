"""The composition root: the only place that names adapters, builds everything, and owns the background work."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from msgspec import Struct

from sestina.adapters.certificates import Certificates
from sestina.adapters.clock import SystemClock
from sestina.adapters.dns import DnsNames
from sestina.adapters.engines.sqlite import SqliteEngine
from sestina.adapters.ids import RandomIds
from sestina.adapters.neighbours.neighbourhood import Neighbourhood
from sestina.adapters.rsa import RsaSigning
from sestina.adapters.smtp_transport import SmtpTransport
from sestina.domain.fidelity import Fidelity
from sestina.domain.relay import Relaying, parse_remote, patterns
from sestina.listeners.front import Front
from sestina.listeners.http import HttpServer, listen
from sestina.listeners.http_hosts import browser_hosts
from sestina.listeners.http_messages import Limits, Request
from sestina.listeners.iam import IamDoor
from sestina.listeners.inspection import Facts, inspection_doors
from sestina.listeners.links import link_doors
from sestina.listeners.neighbours import NeighbourDoor
from sestina.listeners.ses import SesDoors
from sestina.listeners.smtp import SmtpLimits, SmtpServer
from sestina.listeners.submission import SubmissionOffice, SubmissionRules
from sestina.logs import bug, get_log
from sestina.operations import all as _all_operations
from sestina.operations.call import Services
from sestina.operations.verification import watch_records
from sestina.pipeline.mailroom import Mailroom
from sestina.pipeline.publishing.account_metrics import AccountMetrics
from sestina.ports.outside import Outside
from sestina.settings import Settings, SettingsError
from sestina.storage.credentials import Credentials
from sestina.storage.region import open_regions

DATABASE = "sestina.db"
DRAIN_SECONDS = 5.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
OPERATIONS = _all_operations.MODULES

log = get_log("app")


class Running(Struct, frozen=True, kw_only=True):
    """A server that answers: where it listens, and the parts that tests and the command line speak to.

    `listeners` holds a URL or host:port for each of `http`, `submission`, `submission_tls` and `inbound`.
    """

    http: str
    listeners: Mapping[str, str]
    services: Services
    clock: SystemClock


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Running]:
    """A whole server for as long as the block lasts; leaving it drains, commits and closes.

    Raises:
        SettingsError: a setting that only shows here that it cannot be used.
        OSError: a port is taken, or the folder cannot be used.
    """
    certificates = _certificates(settings)
    clock = SystemClock()
    neighbourhood = _neighbourhood(settings, clock)
    mail = _mail(settings)
    engine = SqliteEngine(_database(settings), settings.durability)
    signing = RsaSigning(settings.seed)
    outside = Outside(
        clock=clock,
        ids=RandomIds(settings.seed),
        names=DnsNames(),
        neighbours=neighbourhood.ports,
        signing=signing,
        mail=mail,
    )
    regions = await open_regions(engine)
    engine.before_commit(regions.tally_changes)
    neighbourhood.metrics.draw_from(AccountMetrics(regions))
    mailroom = Mailroom(regions, outside, _fidelity(settings))
    services = Services(outside=outside, regions=regions, mailroom=mailroom, clock=clock)
    async with contextlib.AsyncExitStack() as ending, _crew() as group:
        ending.push_async_callback(engine.close)
        workers = [neighbourhood.start(group), *mailroom.start(group)]
        if settings.verification == "dns":
            workers.append(group.create_task(watch_records(services), name="records"))
        await mailroom.resume()
        try:
            async with _doors(settings, services, neighbourhood, Credentials(engine), certificates) as listeners:
                if certificates.is_owed:
                    workers.append(group.create_task(certificates.make_ahead(), name="certificate"))
                yield Running(http=listeners["http"], listeners=listeners, services=services, clock=clock)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(mailroom.settled(), DRAIN_SECONDS)
        finally:
            for worker in workers:
                worker.cancel()
            if mail is not None:
                await mail.close()
            neighbourhood.close()
            signing.close()


@contextlib.asynccontextmanager
async def _crew() -> AsyncIterator[asyncio.TaskGroup]:
    """A task group whose one error is raised as it is: a port that is taken is an OSError to whoever starts us."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        if len(errors.exceptions) > 1:
            raise
        raise errors.exceptions[0] from None


@contextlib.asynccontextmanager
async def _doors(
    settings: Settings,
    services: Services,
    neighbourhood: Neighbourhood,
    credentials: Credentials,
    certificates: Certificates,
) -> AsyncIterator[Mapping[str, str]]:
    """Every way in, open for as long as the block lasts; where each of them listens."""
    listeners: dict[str, str] = {}
    facts = _facts(settings, listeners, certificates)
    iam = IamDoor(credentials, services.outside)
    door = NeighbourDoor(neighbourhood.gateway, iam, settings.allowed_hosts)
    submission = SmtpServer(certificates.context, SmtpLimits(max_connections=settings.max_smtp_connections))
    servers: list[HttpServer | SmtpServer] = [submission]
    try:
        server = await _listen(settings, services, facts, door)
        servers.append(server)
        listeners["http"] = f"http://{_authority(settings.host, server.port)}"
        services.outside.home.base_url = settings.public_url or listeners["http"]
        await _listen_for_submissions(settings, services, credentials, submission, listeners)
        yield listeners
    finally:
        facts.closing.set()
        await asyncio.gather(*(server.close(DRAIN_SECONDS) for server in servers))


def _folder(settings: Settings) -> Path | None:
    return Path(settings.data) if settings.data else None


def _database(settings: Settings) -> Path | None:
    folder = _folder(settings)
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder / DATABASE


def _neighbourhood(settings: Settings, clock: SystemClock) -> Neighbourhood:
    try:
        return Neighbourhood(settings.neighbours, os.environ, clock)
    except ValueError as error:
        raise SettingsError(f"the setting neighbours is not usable: {error}") from error


def _facts(settings: Settings, listeners: Mapping[str, str], certificates: Certificates) -> Facts:
    return Facts(
        default_region=settings.region, listeners=listeners, closing=asyncio.Event(), certificate=certificates.pem
    )


def _certificates(settings: Settings) -> Certificates:
    certificates = Certificates(_folder(settings), settings.tls_certificate, settings.tls_key)
    if settings.tls_certificate:
        try:
            certificates.prepare()
        except OSError as error:
            raise SettingsError(f"the setting tls_certificate is not usable: {error}") from error
    return certificates


def _mail(settings: Settings) -> SmtpTransport | None:
    """The way to the relay; None sends nothing anywhere."""
    if not settings.relay:
        return None
    try:
        remote = parse_remote(settings.relay)
    except ValueError as error:
        raise SettingsError(f"the setting relay is not usable: {error}") from error
    own = (settings.smtp_port, settings.smtps_port, settings.smtp_plain_port)
    if remote.port in own and remote.host in (*LOOPBACK, settings.host):
        raise SettingsError("the setting relay is not usable: it is this server, and mail would go round for ever")
    return SmtpTransport(
        remote,
        settings.relay_tls,
        checks=settings.relay_certificate == "check",
        timeout=settings.relay_timeout,
        most=settings.relay_connections,
    )


def _relaying(settings: Settings) -> Relaying | None:
    if not settings.relay:
        return None
    return Relaying(
        mode=settings.relay_mode,
        sender=settings.relay_envelope,
        allowed=patterns(settings.relay_allow),
        blocked=patterns(settings.relay_block),
    )


def _fidelity(settings: Settings) -> Fidelity:
    return Fidelity(
        verification=settings.verification,
        sender_gate=settings.sender_gate,
        sandbox=settings.sandbox,
        quota=settings.enforce_quota,
        rate=settings.enforce_rate,
        reputation=settings.enforce_reputation,
        delivery_delay=settings.delivery_delay,
        relay=_relaying(settings),
    )


async def _listen(settings: Settings, services: Services, facts: Facts, neighbours: NeighbourDoor) -> HttpServer:
    doors = {**inspection_doors(services, facts), **link_doors(services)}
    front = Front(SesDoors(services), doors, neighbours, settings.region)
    return await listen(
        front,
        settings.host,
        settings.port,
        Limits(max_connections=settings.max_connections),
        allowed_host=browser_hosts(settings.allowed_hosts),
        on_bug=_report,
    )


async def _listen_for_submissions(
    settings: Settings,
    services: Services,
    credentials: Credentials,
    server: SmtpServer,
    listeners: dict[str, str],
) -> None:
    rules = SubmissionRules(
        region=settings.region,
        checks_credentials=settings.smtp_credentials == "check",
        needs_login=settings.smtp_auth == "required",
        needs_tls=not settings.smtp_auth_without_tls,
    )
    office = SubmissionOffice(services, credentials, rules)
    ports = {
        "submission": await server.open(office.open_desk, settings.host, settings.smtp_port),
        "submission_tls": await server.open(office.open_desk, settings.host, settings.smtps_port, wrapped=True),
    }
    if settings.smtp_plain_port is not None:
        ports["submission_plain"] = await server.open(office.open_plain_desk, settings.host, settings.smtp_plain_port)
    listeners.update((name, _authority(settings.host, port)) for name, port in ports.items())


def _authority(host: str, port: int) -> str:
    """Host and port as a URL has them: an IPv6 address in brackets (RFC 3986 §3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _report(error: BaseException, request: Request) -> None:
    bug(log, "request failed", error, method=request.method, path=request.path)

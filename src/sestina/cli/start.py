"""`sestina start`: settings, the server, and the word that it is ready."""

import argparse
import asyncio
import contextlib
import errno
import gc
import json
import os
import signal
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from socket import gaierror
from typing import Any, Final

from sestina import __version__
from sestina.cli import Trouble
from sestina.settings import Setting, Settings, SettingsError, all_settings, load_settings

EXAMPLES: Final = """examples:
  sestina start
  sestina start --data ./mail
  sestina start --port 0 --smtp-port 0 --smtps-port 0 --inbound-port 0 --ready-file ready.json

Every setting is also a variable (--smtp-port is SESTINA_SMTP_PORT) and a key of the TOML file given by --config.
The ready file holds one JSON object: http, submission, submission_tls, inbound."""
COLLECTIONS: Final = (20_000, 20, 20)  # a send makes no cycles; looking for them less often saves a tenth of it
NAMES: Final = {
    "http": "HTTP: both APIs and inspection",
    "submission": "SMTP submission, STARTTLS",
    "submission_tls": "SMTP submission, TLS",
    "submission_plain": "SMTP submission, no TLS",
    "inbound": "SMTP for received mail",
}
WELCOME: Final = """Send a mail, from any other terminal:
  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  aws ses verify-email-identity --email-address me@example.com
  aws ses send-email --from me@example.com --to you@example.com --subject Hello --text 'It works.'
or with curl alone:
  curl -s {url} -d Action=VerifyEmailIdentity -d EmailAddress=me@example.com
  curl -s {url} -d Action=SendEmail -d Source=me@example.com -d Destination.ToAddresses.member.1=you@example.com \\
    -d Message.Subject.Data=Hello -d Message.Body.Text.Data=Works
See it:
  curl -s {url}/_sestina/messages/latest

Ctrl+C ends it."""  # speaks of nothing that a fresh clone lacks: `sestina` itself is in .venv there
PORTS: Final = ("port", "smtp_port", "smtps_port", "smtp_plain_port", "inbound_port")


def add(commands: Any, name: str, help_: str) -> None:  # argparse keeps the class of its subparsers to itself
    """Describes the command: one flag for every setting."""
    parser = commands.add_parser(
        name, help=help_, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    parser.add_argument("--config", type=Path, metavar="FILE", help="TOML file with settings")
    parser.add_argument("--ready-file", type=Path, metavar="FILE", help="write one JSON object when the server answers")
    parser.add_argument("--json", action="store_true", help="print that JSON object instead of the welcome")
    for setting in all_settings():
        _add_setting(parser, setting)


def run(chosen: argparse.Namespace) -> int:
    """Serves until SIGTERM or SIGINT."""
    flags = {setting.name: getattr(chosen, setting.name) for setting in all_settings()}
    try:
        settings = load_settings(flags, os.environ, chosen.config)
        with _explained(settings):
            _run(_serve(settings, chosen))
    except SettingsError as error:
        raise Trouble(str(error)) from error
    return 0


def _add_setting(parser: argparse.ArgumentParser, setting: Setting) -> None:
    default = setting.default if setting.default not in ("", None, ()) else "none"
    sentence = f"{setting.sentence} [{default}]".replace("%", "%%")
    if setting.type is bool:
        parser.add_argument(setting.flag, action=argparse.BooleanOptionalAction, default=None, help=sentence)
        return
    choices = setting.choices or None
    metavar = None if choices else setting.name.rpartition("_")[2].upper()
    parser.add_argument(setting.flag, choices=choices, default=None, metavar=metavar, help=sentence)


def _run(serving: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serving)


async def _serve(settings: Settings, chosen: argparse.Namespace) -> None:
    from sestina.app import running
    from sestina.logs import start_logging

    start_logging(settings.log_level)
    ended = _ended()
    _remove(chosen.ready_file)
    async with running(settings) as server:
        gc.freeze()  # what is there now stays: no collection needs to look at it again
        gc.set_threshold(*COLLECTIONS)
        gc.enable()
        ready = json.dumps(dict(server.listeners))
        print(ready if chosen.json else _welcome(server.listeners), flush=True)
        if chosen.ready_file:
            _write(chosen.ready_file, ready + "\n")
        await ended.wait()
        _remove(chosen.ready_file)


def _ended() -> asyncio.Event:
    """Is set when the process shall end."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    return ended


def _write(file: Path, text: str) -> None:
    """The file is there whole or not at all."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.write_text(text)
    beside.replace(file)


def _remove(file: Path | None) -> None:
    """What an earlier run has left says nothing about this one."""
    if file is not None:
        file.unlink(missing_ok=True)


def _welcome(listeners: Mapping[str, str]) -> str:
    url = listeners["http"]
    width = max(len(name) for name in NAMES.values())
    addresses = [f"  {name:{width}}  {listeners[key]}" for key, name in NAMES.items() if key in listeners]
    return "\n".join((f"sestina {__version__} is ready.", *addresses, "", WELCOME.replace("{url}", url)))


@contextlib.contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    """What the system refuses, as a sentence that says what to do."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, _refusals()):
            raise
        raise Trouble(_advice(error, settings)) from None


def _refusals() -> tuple[type[Exception], ...]:
    from sqlite3 import OperationalError  # loaded with the server by now

    return OSError, OperationalError


def _advice(error: Exception, settings: Settings) -> str:
    said, number = str(error), getattr(error, "errno", None)
    taken = next((name for name in PORTS if f"{getattr(settings, name)})" in said), "port")
    flag = "--" + taken.replace("_", "-")
    port = getattr(settings, taken)
    if number == errno.EADDRINUSE:
        return (
            f"port {port} of {settings.host} is taken, perhaps by another sestina or LocalStack. Stop that, or choose "
            f"another port: `{flag} {port + 1}`, or `{flag} 0` for any free one."
        )
    if number == errno.EACCES and "bind" in said:
        return f"port {port} needs more rights than this user has. Choose one above 1023 with `{flag}`."
    if number == errno.EADDRNOTAVAIL or isinstance(error, gaierror):
        return f"{settings.host} is not an address of this machine. Choose one with `--host`, like 127.0.0.1."
    return f"{said}. If that is about the data folder, choose another with `--data`."

"""The command line: `sestina start` and its small companions."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sestina import __version__
from sestina.settings import Setting, Settings, SettingsError, all_settings, load_settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; errors end with a sentence that says what to do, and exit code 2."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        _start(chosen)
    except SettingsError as error:
        sys.exit(f"sestina: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sestina", description="Amazon SES on your own machine.")
    parser.add_argument("--version", action="version", version=f"sestina {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("start", help="run the server")
    start.add_argument("--config", type=Path, help="TOML file with settings")
    start.add_argument("--ready-file", type=Path, help="write one JSON object here when the server answers")
    start.add_argument("--json", action="store_true", help="print that JSON object instead of the welcome")
    for setting in all_settings():
        _add_setting(start, setting)
    return parser


def _add_setting(parser: argparse.ArgumentParser, setting: Setting) -> None:
    sentence = f"{setting.sentence} [{setting.default if setting.default not in ('', None) else 'none'}]".replace(
        "%", "%%"
    )
    if setting.type is bool:
        parser.add_argument(setting.flag, action=argparse.BooleanOptionalAction, default=None, help=sentence)
    else:
        parser.add_argument(setting.flag, choices=setting.choices or None, default=None, help=sentence)


def _start(chosen: argparse.Namespace) -> None:
    names = [setting.name for setting in all_settings()]
    flags = {name: getattr(chosen, name) for name in names}
    settings = load_settings(flags, os.environ, chosen.config)
    with contextlib.suppress(KeyboardInterrupt):
        _run(_serve(settings, chosen))


def _run(coroutine) -> None:  # type: ignore[no-untyped-def]
    try:
        import uvloop
    except ImportError:
        asyncio.run(coroutine)
        return
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(coroutine)


async def _serve(settings: Settings, chosen: argparse.Namespace) -> None:
    from sestina.app import running
    from sestina.logs import start_logging

    start_logging(settings.log_level)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    async with running(settings) as server:
        ready = msgspec.json.encode({"http": server.http}).decode()
        if chosen.ready_file:
            chosen.ready_file.write_text(ready + "\n")
        print(ready if chosen.json else f"sestina {__version__} answers at {server.http}", flush=True)
        await ended.wait()

"""The command line: `sestina start` and its companions. Only the command that was asked for is imported."""

import argparse
import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from sestina import __version__

COMMANDS: Final = {
    "start": ("start", "run the server"),
    "env": ("env", "print the variables that point AWS SDKs and tools here"),
    "list": ("mail", "list messages, newest first"),
    "show": ("mail", "show one message"),
    "wait": ("mail", "wait until messages are there"),
    "reset": ("mail", "forget everything"),
    "certificate": ("certificate", "print the certificate that mail clients have to trust"),
}
EXAMPLES: Final = """examples:
  sestina start                                    everything on the usual ports, in memory
  sestina start --data ./mail --port 0             kept on disk, on any free port
  eval "$(sestina env)"                            this shell's AWS tools speak to sestina
  sestina wait --to you@example.com --timeout 30   until the mail is there
  sestina show latest                              headers, text and attachments

`sestina COMMAND --help` says more."""


class Trouble(Exception):
    """Something the user can put right: the message says what is wrong and what to do next."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. Exit code 0 for success, 1 for a wait in vain, 2 for trouble."""
    gc.disable()  # nothing that is loaded is garbage: a third of the time to the first answer
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = _parser(next((word for word in words if word in COMMANDS), "")).parse_args(words)
    try:
        sys.exit(chosen.run(chosen))
    except Trouble as trouble:
        print(f"sestina: {trouble}", file=sys.stderr)
        sys.exit(2)
    except (KeyboardInterrupt, BrokenPipeError):
        sys.stderr.close()  # nobody reads any more
        sys.exit(130)


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sestina",
        description="Amazon SES on your own machine.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sestina {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, help_) in COMMANDS.items():
        if name == command:
            import_module(f"sestina.cli.{module}").add(commands, name, help_)
        else:
            commands.add_parser(name, help=help_)
    return parser

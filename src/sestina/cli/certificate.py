"""`sestina certificate`: what mail clients have to trust to submit over TLS."""

import argparse
import sys
from typing import Any, Final

from sestina.cli.client import add_url, ask

EXAMPLES: Final = """examples:
  sestina certificate > sestina.pem
  NODE_EXTRA_CA_CERTS=sestina.pem node send.js
  openssl s_client -starttls smtp -connect localhost:2587 -CAfile sestina.pem"""


def add(commands: Any, name: str, help_: str) -> None:  # argparse keeps the class of its subparsers to itself
    """Describes the command."""
    parser = commands.add_parser(
        name, help=help_, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    add_url(parser)


def run(chosen: argparse.Namespace) -> int:
    """Prints it."""
    sys.stdout.write(ask(chosen.url, "GET", "/_sestina/certificate")[1].decode("ascii"))
    return 0

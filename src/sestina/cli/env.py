"""`sestina env`: the variables that point AWS SDKs and tools here, for each kind of shell."""

import argparse
import os
from collections.abc import Callable
from typing import Any, Final

from sestina.cli.client import DEFAULT_URL, add_url

EXAMPLES: Final = """examples:
  eval "$(sestina env)"                              sh, bash, zsh
  sestina env --shell fish | source
  sestina env --shell powershell | Out-String | Invoke-Expression
  sestina env --shell dotenv > .env                  docker, compose and most test runners"""

BACKSLASH: Final = "\\"
QUOTE: Final = "'"
SHELLS: Final[dict[str, Callable[[str, str], str]]] = {
    "sh": lambda name, value: f"export {name}={_quoted(value)}",
    "fish": lambda name, value: (
        f"set -gx {name} '{value.replace(BACKSLASH, BACKSLASH * 2).replace(QUOTE, BACKSLASH + QUOTE)}';"
    ),
    "powershell": lambda name, value: f"$env:{name} = '{value.replace(QUOTE, QUOTE * 2)}'",
    "dotenv": lambda name, value: f"{name}={value}",
}


def add(commands: Any, name: str, help_: str) -> None:  # argparse keeps the class of its subparsers to itself
    """Describes the command."""
    parser = commands.add_parser(
        name, help=help_, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.set_defaults(run=run)
    add_url(parser)
    parser.add_argument("--shell", choices=SHELLS, default="sh", help="what the lines are for [sh]")
    parser.add_argument("--region", default="us-east-1", help="the region to work in [us-east-1]")
    parser.add_argument(
        "--account", default="", help="twelve digits: work in an account of its own, its number is the access key"
    )


def run(chosen: argparse.Namespace) -> int:
    """Prints the lines."""
    url = chosen.url or os.environ.get("SESTINA_URL") or DEFAULT_URL
    line = SHELLS[chosen.shell]
    print("# The two SES APIs are two services for an SDK: the first variable moves v1 here, the second v2.")
    print(line("AWS_ENDPOINT_URL_SES", url))
    print(line("AWS_ENDPOINT_URL_SESV2", url))
    print("# Every other AWS service; leave it out to keep those where they are.")
    print(line("AWS_ENDPOINT_URL", url))
    print("# SDKs insist on a region and on credentials. Any will do; an access key of twelve digits is the account.")
    print(line("AWS_REGION", chosen.region))
    print(line("AWS_DEFAULT_REGION", chosen.region))
    print(line("AWS_ACCESS_KEY_ID", chosen.account or "test"))
    print(line("AWS_SECRET_ACCESS_KEY", "test"))
    print("# sestina list, show, wait and reset.")
    print(line("SESTINA_URL", url))
    return 0


def _quoted(value: str) -> str:
    """As it is if no shell would see more in it, else in single quotes."""
    if all(each.isalnum() or each in "-_.:/@" for each in value):
        return value
    return QUOTE + value.replace(QUOTE, f"{QUOTE}{BACKSLASH}{QUOTE}{QUOTE}") + QUOTE

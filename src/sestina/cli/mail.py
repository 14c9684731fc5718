"""`sestina list`, `show`, `wait` and `reset`: the mail in a terminal."""

import argparse
import json
import sys
from typing import Any, Final
from urllib.parse import quote

from sestina.cli.client import Query, add_url, ask, ask_json

Json = dict[str, Any]  # what the native API answers

EXAMPLES: Final = {
    "list": """examples:
  sestina list
  sestina list --to you@example.com --subject invoice
  sestina list --since 2026-01-31T12:00:00Z --json""",
    "show": """examples:
  sestina show latest
  sestina show latest --journey          why did it not arrive?
  sestina show ID --raw > message.eml""",
    "wait": """examples:
  sestina wait --to you@example.com
  sestina wait --subject welcome --count 2 --timeout 30

Exit code 1 when time is up; what did arrive, and which calls were refused, is then on standard error.""",
    "reset": """examples:
  sestina reset
  sestina reset --account 111122223333 --region eu-west-1""",
}
PAGE: Final = 500
SHOWN_WIDTH: Final = 60


def add(commands: Any, name: str, help_: str) -> None:  # argparse keeps the class of its subparsers to itself
    """Describes one of the commands."""
    parser = commands.add_parser(
        name, help=help_, epilog=EXAMPLES[name], formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_url(parser)
    {"list": _describe_list, "show": _describe_show, "wait": _describe_wait, "reset": _describe_reset}[name](parser)


def _describe_list(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=list_messages)
    _add_filters(parser)
    parser.add_argument("--limit", type=int, default=50, help="how many at most [50]")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _describe_show(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=show)
    parser.add_argument("id", metavar="ID", help="a message id, or `latest`")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true", help="the exact octets")
    form.add_argument("--json", action="store_true", help="everything as JSON")
    form.add_argument("--journey", action="store_true", help="what was decided on its way, and what happened to it")


def _describe_wait(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=wait)
    _add_filters(parser)
    parser.add_argument("--count", type=int, default=1, help="how many messages [1]")
    parser.add_argument("--timeout", type=int, default=10, help="seconds to wait, 300 at most [10]")
    parser.add_argument("--after", default="", metavar="ID", help="only what arrived after this message")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def _describe_reset(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=reset)
    parser.add_argument("--account", default="", help="only what this account has")
    parser.add_argument("--region", default="", help="only what is in this region")


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", default="", metavar="ADDRESS", help="a recipient: To, Cc or Bcc")
    parser.add_argument("--from", dest="from_", default="", metavar="ADDRESS", help="the sender")
    parser.add_argument("--subject", default="", metavar="TEXT", help="what the subject contains, in any case")
    parser.add_argument("--tag", action="append", default=[], metavar="NAME[=VALUE]", help="a message tag; repeatable")
    parser.add_argument("--configuration-set", default="", metavar="NAME", help="the configuration set")
    parser.add_argument("--since", default="", metavar="TIME", help="accepted at this ISO 8601 instant or later")
    parser.add_argument("--account", default="", help="only this account")
    parser.add_argument("--region", default="", help="only this region")


def list_messages(chosen: argparse.Namespace) -> int:
    """Prints messages, newest first, page after page up to the limit."""
    left, cursor = max(chosen.limit, 0), None
    while left:
        query = {**_filters(chosen), "limit": min(left, PAGE), "cursor": cursor}
        page = ask_json(chosen.url, "GET", "/_sestina/messages", query)
        _print_all(page["messages"], as_json=chosen.json)
        left -= len(page["messages"])
        cursor = page["cursor"]
        if cursor is None:
            break
    return 0


def show(chosen: argparse.Namespace) -> int:
    """Prints one message."""
    path = f"/_sestina/messages/{quote(chosen.id, safe='')}"
    message = ask_json(chosen.url, "GET", path)
    if chosen.raw:
        _, content = ask(chosen.url, "GET", f"/_sestina/messages/{quote(message['id'], safe='')}/raw")
        sys.stdout.buffer.write(content)
    elif chosen.json:
        print(json.dumps(message, indent=2, ensure_ascii=False))
    elif chosen.journey:
        _print_journey(message)
    else:
        _print_message(message)
    return 0


def wait(chosen: argparse.Namespace) -> int:
    """Prints the messages that were waited for, or says why they are not there."""
    query = {**_filters(chosen), "count": chosen.count, "timeout": chosen.timeout, "after": chosen.after}
    status, content = ask(chosen.url, "GET", "/_sestina/messages/wait", query, seconds=chosen.timeout)
    answer = json.loads(content)
    if status == 408:
        _explain(answer)
        return 1
    _print_all(answer["messages"], as_json=chosen.json)
    return 0


def reset(chosen: argparse.Namespace) -> int:
    """Forgets, and says how much that was."""
    wish = {name: value for name in ("account", "region") if (value := getattr(chosen, name))}
    done = ask_json(chosen.url, "POST", "/_sestina/reset", body=wish)
    count = done["reset"]
    print(f"{count} {'account was' if count == 1 else 'accounts were'} emptied.")
    return 0


def _filters(chosen: argparse.Namespace) -> Query:
    names = ("to", "subject", "tag", "configuration_set", "since", "account", "region")
    return {"from": chosen.from_, **{name: getattr(chosen, name) for name in names}}


def _print_all(messages: list[Json], *, as_json: bool) -> None:
    for message in messages:
        print(json.dumps(message, ensure_ascii=False) if as_json else _line(message))


def _line(message: Json) -> str:
    recipients = ", ".join(message["recipients"])
    subject = "(no subject)" if message["subject"] is None else message["subject"]
    when = message["accepted"][:19].replace("T", " ")
    return _safe(
        f"{message['id']}  {when}  {_short(message['from'])} -> {_short(recipients)}  {_short(subject)}"
        f"{'' if message['state'] == 'done' else '  [on its way]'}"
    )


def _print_message(message: Json) -> None:
    for header in message["headers"]:
        name, value = header["name"], header["value"]
        if name.lower() == "dkim-signature":  # hundreds of letters that nobody reads; --raw has them
            value = f"{value.partition(' h=')[0]} …"
        print(_safe(f"{name}: {value}"))
    print()
    if message["text"] is not None:
        print(_safe(message["text"].rstrip("\n"), lines=True))
    elif message["html"] is not None:
        print("(HTML only; see it with --json, or at /_sestina/messages/ID/html)")
    elif not message["headers"]:
        print("(not rendered; --journey says why)")
    for file in message["attachments"]:
        name = file["file_name"] or "without a name"
        print(_safe(f"[attachment {file['index']}: {name}, {file['content_type']}, {file['size']} bytes]"))


def _print_journey(message: Json) -> None:
    for step in message["journey"]:
        print(_safe(f"{step['at']}  {step['stage']:10}  {step['decision']}  {step['reason']}".rstrip()))
    for event in message["events"]:
        recipients = ", ".join(event.get("recipients", []))
        said = event.get("reason") or event.get("diagnostic_code") or event.get("smtp_response") or ""
        print(_safe(f"{event['at']}  event       {event['type']}  {recipients}  {said}".rstrip()))


def _explain(answer: Json) -> None:
    def say(text: str) -> None:
        print(_safe(text), file=sys.stderr)

    say(f"sestina: {answer['message']}")
    for title, messages in (("These did match:", answer["messages"]), ("These did arrive:", answer["arrived"])):
        if messages:
            say(title)
            for message in messages:
                say(f"  {_line(message)}")
    if answer["refused"]:
        say("These calls were refused:")
        for call in answer["refused"]:
            say(
                f"  {call['at']}  {call['account']} {call['region']}  {call['operation']}: {call['code']}: "
                f"{call['message']}"
            )
    if not (answer["arrived"] or answer["refused"]):
        say("Nothing has arrived, and no call was refused: does the sender use this server? `sestina env` says how.")


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_WIDTH else text[: SHOWN_WIDTH - 1] + "…"


def _safe(text: str, *, lines: bool = False) -> str:
    """Mail may hold what terminals obey: only what prints is printed."""
    allowed = "\n\t" if lines else "\t"
    return "".join(each if each.isprintable() or each in allowed else "\N{REPLACEMENT CHARACTER}" for each in text)

"""The command line as a user has it: processes, their output, their exit codes."""

import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from harness import Server, new_account
from inspecting import fill, look, send, verified

from sestina import __version__

COMMAND = [sys.executable, "-m", "sestina"]
FREE = ["--port", "0", "--smtp-port", "0", "--smtps-port", "0", "--inbound-port", "0"]


def clean() -> dict[str, str]:
    """The environment without anything that would decide for the command."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("SESTINA_", "AWS_"))}


def run(*words: str, url: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    if url:
        environment["SESTINA_URL"] = url
    return subprocess.run(
        [*COMMAND, *words], env={**clean(), **environment}, capture_output=True, text=True, timeout=60, check=False
    )


class Process:
    """A `sestina start` that is running."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "start", *FREE, *words], env=clean(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


@pytest.fixture
def started() -> Iterator[Process]:
    with Process("--json") as process:
        yield process


def test_start_says_in_one_line_where_it_listens_and_answers_there(started: Process) -> None:
    ready = json.loads(started.line())
    with socket.create_connection(("127.0.0.1", int(ready["http"].rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(b"GET /_sestina/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert ready == json.loads(answer.partition(b"\r\n\r\n")[2])["listeners"]
    assert {"http"} <= ready.keys() <= {"http", "submission", "submission_tls", "inbound"}


def test_an_ipv6_address_stands_in_brackets() -> None:
    with Process("--json", "--host", "::1") as process:
        ready = json.loads(process.line())
        assert all(address.removeprefix("http://").startswith("[::1]:") for address in ready.values())
        assert 0 == run("list", url=ready["http"]).returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_exit_code_0_and_without_a_word(started: Process, number: int) -> None:
    started.line()
    assert (0, "", "") == started.end(number)


def test_the_ready_file_is_the_line_is_whole_and_goes_with_the_server(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "ready.json"
    file.write_text("left by an earlier run")
    with Process("--json", "--ready-file", str(file)) as process:
        line = process.line()
        assert 0 == run("list", url=json.loads(line)["http"]).returncode
        assert line == file.read_text()
        process.end()
    assert [] == list(tmp_path.iterdir())


def test_the_welcome_shows_addresses() -> None:
    with Process() as process:
        lines = welcome(process)
    assert f"sestina {__version__} is ready." == lines[0]
    assert "HTTP: both APIs and inspection" in "\n".join(lines)


@pytest.mark.parametrize("tool", ["aws", "curl"])
def test_the_example_of_the_welcome_sends_a_mail_from_a_shell_that_knows_nothing(
    tool: str, tmp_path: pathlib.Path
) -> None:
    tools = pathlib.Path(sys.executable).parent  # for `aws`
    with Process() as process:
        text = "\n".join(welcome(process))
        url = next(word for word in text.split() if word.startswith("http://"))
        example = text.partition("from any other terminal:\n")[2].partition("\nSee it:")[0]
        by_aws, _, by_curl = example.partition("or with curl alone:\n")
        done = subprocess.run(
            ["sh", "-e"],
            input=by_curl if tool == "curl" else by_aws,
            env={"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (0, "") == (done.returncode, done.stderr)
        assert 1 == len(run("list", url=url).stdout.splitlines())


def welcome(process: Process) -> list[str]:
    lines = [process.line().strip()]
    while lines[-1] != "Ctrl+C ends it.":
        lines.append(process.line().strip())
    return lines


def test_mail_kept_in_a_folder_is_there_after_a_restart(tmp_path: pathlib.Path) -> None:
    folder = tmp_path / "new" / "mail"
    for count in (1, 2):
        with Process("--json", "--data", str(folder)) as process:
            url = json.loads(process.line())["http"]
            client = boto3.client(
                "sesv2",
                endpoint_url=url,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            if count == 1:
                verified(client)
            send(client, f"Mail {count}")
            listed = run("list", url=url).stdout.splitlines()
            assert 0 == process.end()[0]
    assert ["Mail 2", "Mail 1"] == [line.rpartition("  ")[2] for line in listed]


@pytest.mark.parametrize("flag", ["--port", "--smtps-port"])
def test_a_port_that_is_taken_is_named_with_what_to_do(server: Server, flag: str) -> None:
    port = server.url.rpartition(":")[2]
    done = run("start", *FREE, flag, port)
    assert 2 == done.returncode
    assert (
        f"sestina: port {port} of 127.0.0.1 is taken, perhaps by another sestina or LocalStack. Stop that, or choose "
        f"another port: `{flag} {int(port) + 1}`, or `{flag} 0` for any free one.\n" == done.stderr
    )


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--host", "203.0.113.77"], "203.0.113.77 is not an address of this machine."),
        (["--port", "many"], "a setting is not usable: Expected `int`, got `str` - at `$.port`"),
        (["--port", "99999"], "a setting is not usable: Expected `int` <= 65535 - at `$.port`"),
        (["--config", "/nowhere/sestina.toml"], "the settings file /nowhere/sestina.toml cannot be read: "),
        (["--relay-connections", "-1"], "a setting is not usable: Expected `int` >= 1 - at `$.relay_connections`"),
        (
            ["--tls-key", "key.pem"],
            "sestina: the setting tls_key is not usable: it is the key of tls_certificate, which",
        ),
        (
            ["--tls-certificate", "/no/c.pem"],
            "sestina: the setting tls_certificate is not usable: /no/c.pem cannot be read: No such file or directory",
        ),
        (["--data", "/dev/null/mail"], "If that is about the data folder, choose another with `--data`."),
    ],
)
def test_a_start_that_cannot_be_ends_with_a_sentence(words: list[str], text: str) -> None:
    done = run("start", *FREE, *words)
    assert (2, "") == (done.returncode, done.stdout)
    assert text in done.stderr
    assert 1 == len(done.stderr.splitlines())


def test_settings_come_from_flags_then_variables_then_the_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "sestina.toml"
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        in_file, in_variable, in_flag = (str(one.getsockname()[1]) for one in sockets)
        file.write_text(f"port = {in_file}\n")
        words = ["start", *FREE[2:], "--config", str(file)]
        assert f"port {in_file} of " in run(*words).stderr
        assert f"port {in_variable} of " in run(*words, SESTINA_PORT=in_variable).stderr
        assert f"port {in_flag} of " in run(*words, "--port", in_flag, SESTINA_PORT=in_variable).stderr


def test_env_points_every_sdk_here() -> None:
    done = run("env", "--url", "http://localhost:1", "--region", "eu-west-1", "--account", "111122223333")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert {
        "AWS_ENDPOINT_URL_SES": "http://localhost:1",
        "AWS_ENDPOINT_URL_SESV2": "http://localhost:1",
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "test",
        "SESTINA_URL": "http://localhost:1",
    } == dict(line.removeprefix("export ").split("=", 1) for line in lines)


@pytest.mark.parametrize(
    ("shell", "line"),
    [
        ("sh", "export AWS_ENDPOINT_URL_SES='http://x/?a=it'\\''s'"),
        ("fish", "set -gx AWS_ENDPOINT_URL_SES 'http://x/?a=it\\'s';"),
        ("powershell", "$env:AWS_ENDPOINT_URL_SES = 'http://x/?a=it''s'"),
        ("dotenv", "AWS_ENDPOINT_URL_SES=http://x/?a=it's"),
    ],
)
def test_env_speaks_the_language_of_the_shell(shell: str, line: str) -> None:
    assert line in run("env", "--shell", shell, "--url", "http://x/?a=it's").stdout.splitlines()


def test_a_posix_shell_takes_env_as_it_is_meant() -> None:
    url = "http://x/?a=it's $(no)"
    script = f'eval "$({shlex.join(COMMAND)} env --url {shlex.quote(url)})"; printf %s "$AWS_ENDPOINT_URL_SESV2"'
    done = subprocess.run(["sh", "-c", script], env=clean(), capture_output=True, text=True, timeout=60, check=True)
    assert url == done.stdout


def test_list_has_a_line_for_each_message_newest_first(server: Server, account: str, sender: Any) -> None:
    sent = [send(sender, f"Mail {number}") for number in range(3)]
    server.settle()
    done = run("list", "--account", account, "--subject", "MAIL", "--limit", "2", url=server.url)
    lines = done.stdout.splitlines()
    assert sent[:0:-1] == [line.partition(" ")[0] for line in lines]
    assert lines[0].endswith("  Me <me@example.com> -> you@example.org  Mail 2")


def test_list_as_json_has_an_object_for_each_line(server: Server, account: str, sender: Any) -> None:
    send(sender, "Größe", EmailTags=[{"Name": "a", "Value": "b"}])
    done = run("list", "--json", "--account", account, "--tag", "a=b", "--from", "me@example.com", url=server.url)
    assert "Größe" == json.loads(done.stdout)["subject"]


def test_list_goes_on_over_pages_that_find_nothing(own_server: Server) -> None:
    account = new_account()
    wanted = send(verified(own_server.client("sesv2", account)), "needle")
    fill(own_server, account, 5_100)
    assert run("list", "--subject", "needle", url=own_server.url).stdout.startswith(wanted)


@pytest.fixture
def own_server() -> Iterator[Server]:
    with Server() as server:
        yield server


def test_show_prints_headers_text_and_attachments(server: Server, sender: Any) -> None:
    file = {"FileName": "a.bin", "RawContent": b"\x00\x01", "ContentType": "application/pdf"}
    id_ = send(sender, "Größe", simple={"Attachments": [file]})
    out = run("show", id_, url=server.url).stdout
    assert "Subject: Größe\n" in out
    assert "\n\nIt works.\n" in out
    assert "[attachment 0: a.bin, application/pdf, 2 bytes]\n" in out
    assert 2 == len(re.findall(r"^DKIM-Signature: v=1; .* s=\w+; d=\S+; t=\d+; …$", out, re.MULTILINE))


def test_show_lets_no_message_speak_to_the_terminal(server: Server, sender: Any) -> None:
    id_ = send(sender, simple={"Body": {"Text": {"Data": "\x1b[2J\x9b31m\u202ered\ttab\nline"}}})
    out = run("show", id_, url=server.url).stdout
    assert "\N{REPLACEMENT CHARACTER}[2J" in out
    assert out.endswith("red\ttab\nline\n")
    assert not {"\x1b", "\x9b", "\u202e"} & set(out)


def test_show_raw_writes_the_octets(server: Server, sender: Any) -> None:
    id_ = str(
        sender.send_email(Content={"Raw": {"Data": b"From: me@example.com\r\nTo: a@x.org\r\n\r\n\xff\x00"}})[
            "MessageId"
        ]
    )
    done = subprocess.run(
        [*COMMAND, "show", id_, "--raw", "--url", server.url], env=clean(), capture_output=True, timeout=60, check=True
    )
    assert look(server, f"/_sestina/messages/{id_}/raw").body == done.stdout


def test_show_journey_says_what_was_decided_and_what_happened(server: Server, sender: Any) -> None:
    id_ = send(sender)
    server.settle()
    out = run("show", id_, "--journey", url=server.url).stdout
    assert "  accept      accepted  " in out
    assert "  event       Delivery  you@example.org  " in out


def test_show_json_is_the_native_answer(server: Server, sender: Any) -> None:
    id_ = send(sender)
    server.settle()
    assert look(server, f"/_sestina/messages/{id_}").json == json.loads(
        run("show", id_, "--json", url=server.url).stdout
    )


def test_show_of_nothing_is_trouble(server: Server) -> None:
    done = run("show", "nobody/../x", url=server.url)
    assert (2, "sestina: There is no message with the id nobody/../x.\n") == (done.returncode, done.stderr)


def test_wait_prints_what_came(server: Server, account: str, sender: Any) -> None:
    id_ = send(sender)
    done = run("wait", "--account", account, "--to", "you@example.org", url=server.url)
    assert (0, True, "") == (done.returncode, done.stdout.startswith(id_), done.stderr)


def test_a_wait_in_vain_has_exit_code_1_and_explains_itself(server: Server, account: str, sender: Any) -> None:
    id_ = send(sender)
    with pytest.raises(sender.exceptions.MessageRejected):
        send(sender, sender="me@unknown.example")
    done = run("wait", "--account", account, "--to", "x@x.org", "--timeout", "0", url=server.url)
    assert (1, "") == (done.returncode, done.stdout)
    assert f"sestina: Waited 0 s for 1 message to x@x.org, account {account}; 0 arrived." in done.stderr
    assert f"These did arrive:\n  {id_}" in done.stderr
    assert "SendEmail: MessageRejected: Email address is not verified." in done.stderr


def test_a_wait_where_nothing_happens_suspects_the_address(server: Server, account: str) -> None:
    done = run("wait", "--account", account, "--timeout", "0", url=server.url)
    assert "Nothing has arrived, and no call was refused: does the sender use this server?" in done.stderr


def test_reset_says_how_much_it_forgot(server: Server, account: str, sender: Any) -> None:
    send(sender)
    done = run("reset", "--account", account, url=server.url)
    assert (0, "1 account was emptied.\n") == (done.returncode, done.stdout)
    assert "" == run("list", "--account", account, url=server.url).stdout


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://127.0.0.1:1", "Start it with `sestina start`, or say where it is with --url or SESTINA_URL."),
        ("127.0.0.1:1", "nothing answers at 127.0.0.1:1 "),
        ("http://127.0.0.1:many", "http://127.0.0.1:many is not a URL like http://127.0.0.1:4566."),
    ],
)
def test_no_server_is_trouble_with_advice(url: str, text: str) -> None:
    done = run("list", url=url)
    assert (2, "") == (done.returncode, done.stdout)
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_a_filter_that_cannot_be_is_refused_in_the_servers_words(server: Server) -> None:
    done = run("list", "--since", "soon", url=server.url)
    assert (2, "sestina: since must be an ISO 8601 instant like 2026-01-31T12:00:00Z, or epoch milliseconds.\n") == (
        done.returncode,
        done.stderr,
    )


@pytest.mark.parametrize("command", ["start", "env", "list", "show", "wait", "reset"])
def test_help_has_examples(command: str) -> None:
    done = run(command, "--help")
    assert (0, "") == (done.returncode, done.stderr)
    assert f"examples:\n  {'eval' if command == 'env' else 'sestina ' + command}" in done.stdout


def test_version_and_help_say_what_this_is() -> None:
    assert f"sestina {__version__}\n" == run("--version").stdout
    assert "Amazon SES on your own machine." in run("--help").stdout


def test_commands_that_ask_a_server_import_nothing_of_it() -> None:
    code = "import sys; from sestina.cli import _parser; _parser('list'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "sestina.cli.mail" in loaded
    assert set() == loaded & {"msgspec", "asyncio", "sqlite3", "sestina.settings", "sestina.app", "sestina.api.sesv2"}

"""Kill -9 between looks: a message signs the same afterwards, with the keys of before."""

import pathlib

import pytest
from judge import verdicts
from processes import Line, Process

pytestmark = pytest.mark.slow

SIGNED = [("example.com", True), ("amazonses.com", True)]


def look(line: Line, id_: str) -> bytes:
    answer = line.ask("GET", f"/_sestina/messages/{id_}/raw")
    assert 200 == answer.status
    return answer.body


def records(line: Line, id_: str) -> dict[str, str]:
    found = line.ask("GET", f"/_sestina/messages/{id_}/signatures").json["signatures"]
    return {one["record"]["name"]: one["record"]["value"] for one in found}


def send(line: Line) -> str:
    content = {"Simple": {"Subject": {"Data": "x"}, "Body": {"Text": {"Data": "x"}}}}
    document = {"FromEmailAddress": "me@example.com", "Destination": {"ToAddresses": ["a@x.org"]}, "Content": content}
    return str(line.v2("POST", "outbound-emails", document).json["MessageId"])


def test_signatures_and_keys_outlive_us(tmp_path: pathlib.Path) -> None:
    process = Process(tmp_path)
    with Line(process.wait_until_ready()) as line:
        line.v2("POST", "identities", {"EmailIdentity": "example.com"})
        seen, unseen = send(line), send(line)
        before, keys = look(line, seen), records(line, seen)
        process.kill()
    process = Process(tmp_path)
    with Line(process.wait_until_ready()) as line:
        assert (before, keys) == (look(line, seen), records(line, seen))
        line.v2("DELETE", "identities/example.com", {})
        assert SIGNED == verdicts(look(line, unseen), keys)
        process.kill()

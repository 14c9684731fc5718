"""Kill -9: whatever a client was told to be accepted is there after the restart, whole, and reaches its end."""

import base64
import json
import pathlib
import random
import re
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from processes import ACCOUNT, PATIENCE, Answer, Line, Moment, Process
from recorder import Recorder

THREADS = 4
MOST_ANSWERS = 160  # acknowledged in one life of the server
BOUNCES = "bounce@simulator.amazonses.com"
COMPLAINS = "complaint@simulator.amazonses.com"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:events"
DUE = {BOUNCES: {"Send", "Bounce"}, COMPLAINS: {"Send", "Delivery", "Complaint"}}

Send = Callable[[Line, str, str], Answer]


def destination(to: str) -> dict[str, object]:
    return {"FromEmailAddress": "me@example.com", "Destination": {"ToAddresses": [to]}}


def v1_simple(line: Line, token: str, to: str) -> Answer:
    return line.v1(
        "SendEmail",
        Source="me@example.com",
        Destination__ToAddresses__member__1=to,
        Message__Subject__Data=token,
        Message__Body__Text__Data=token,
    )


def v1_raw(line: Line, token: str, to: str) -> Answer:
    return line.v1("SendRawEmail", RawMessage__Data=base64.b64encode(mime(token, to)).decode())


def v1_templated(line: Line, token: str, to: str) -> Answer:
    return line.v1(
        "SendTemplatedEmail",
        Source="me@example.com",
        Destination__ToAddresses__member__1=to,
        Template="greeting",
        TemplateData=json.dumps({"token": token}),
    )


def v2_simple(line: Line, token: str, to: str) -> Answer:
    simple = {"Subject": {"Data": token}, "Body": {"Text": {"Data": token}}}
    return line.v2("POST", "outbound-emails", {**destination(to), "Content": {"Simple": simple}})


def v2_raw(line: Line, token: str, to: str) -> Answer:
    raw = {"Data": base64.b64encode(mime(token, to)).decode()}
    return line.v2("POST", "outbound-emails", {**destination(to), "Content": {"Raw": raw}})


def v2_templated(line: Line, token: str, to: str) -> Answer:
    template = {"TemplateName": "greeting", "TemplateData": json.dumps({"token": token})}
    return line.v2("POST", "outbound-emails", {**destination(to), "Content": {"Template": template}})


def v2_bulk(line: Line, token: str, to: str) -> Answer:
    return line.v2(
        "POST",
        "outbound-bulk-emails",
        {
            "FromEmailAddress": "me@example.com",
            "DefaultContent": {"Template": {"TemplateName": "greeting", "TemplateData": json.dumps({"token": token})}},
            "BulkEmailEntries": [{"Destination": {"ToAddresses": [to]}}] * 3,
        },
    )


SENDS: tuple[Send, ...] = (v1_simple, v1_raw, v1_templated, v2_simple, v2_raw, v2_templated, v2_bulk)


def mime(token: str, to: str) -> bytes:
    return f"From: me@example.com\r\nTo: {to}\r\nSubject: {token}\r\n\r\n{token}\r\n".encode()


def message_ids(answer: Answer) -> list[str]:
    return re.findall(r"01[0-9a-f-]{58}", answer.body.decode())


class Client(threading.Thread):
    """Sends one message after the other until the server is gone; `told` is what it was told, by message id."""

    def __init__(self, port: int, seed: str, moment: Moment, receivers: tuple[str, ...]) -> None:
        super().__init__()
        self._line = Line(port)
        self._chance = random.Random(seed)
        self._seed = seed
        self._moment = moment
        self._receivers = receivers
        self.told: dict[str, tuple[str, str]] = {}
        self.templates: list[str] = []
        self.refused: list[str] = []

    def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                self._send(f"{self._seed}-{number}")
        except OSError:
            self._line.close()

    def _send(self, token: str) -> None:
        if self._chance.random() < 0.05:
            template = {"TemplateName": token, "TemplateContent": {"Subject": token, "Text": token}}
            answer = self._line.v2("POST", "templates", template)
            self.templates.append(token)
        else:
            to = self._chance.choice(self._receivers)
            answer = self._chance.choice(SENDS)(self._line, token, to)
            self.told.update((id_, (token, to)) for id_ in message_ids(answer))
        if answer.status != 200:
            self.refused.append(answer.body.decode())
        self._moment.count()


class Story:
    """One data folder through many lives and deaths of its server."""

    def __init__(
        self, data: pathlib.Path, seed: int, *options: str, receivers: tuple[str, ...] = ("you@x.org",)
    ) -> None:
        self.data = data
        self.chance = random.Random(seed)
        self.options = options
        self.receivers = receivers
        self.told: dict[str, tuple[str, str]] = {}
        self.templates: list[str] = []
        self.deaths = Counter[str]()

    def prepare(self) -> None:
        """The identity, the template and, with a recorder, the topic that every life relies on."""
        server = Process(self.data, *self.options)
        with Line(server.wait_until_ready()) as line:
            greeting = {"Subject": "{{token}}", "Text": "{{token}}"}
            requests: list[tuple[str, dict[str, object]]] = [
                ("identities", {"EmailIdentity": "example.com"}),
                ("templates", {"TemplateName": "greeting", "TemplateContent": greeting}),
            ]
            if self.options:
                name, events = {"ConfigurationSetName": "watched"}, sorted(set().union(*DUE.values()))
                watcher = {"Enabled": True, "SnsDestination": {"TopicArn": TOPIC}}
                watcher["MatchingEventTypes"] = [event.upper() for event in events]
                requests += [
                    ("configuration-sets", name),
                    (
                        "configuration-sets/watched/event-destinations",
                        {"EventDestinationName": "all", "EventDestination": watcher},
                    ),
                ]
            for path, document in requests:
                answer = line.v2("POST", path, document)
                assert 200 == answer.status, answer.body
            if self.options:
                answer = line.v2("PUT", "identities/example.com/configuration-set", name)
                assert 200 == answer.status, answer.body
        server.kill()

    def live(self, life: int) -> None:
        """Starts the server, loads it, kills it at a moment of chance; now and then before it is ready at all."""
        server = Process(self.data, *self.options)
        if self.chance.random() < 0.1:
            threading.Event().wait(self.chance.uniform(0, 0.3))
            server.kill()
            self.deaths["starting"] += 1
            return
        port = server.wait_until_ready()
        moment = Moment(self.chance.randrange(1, MOST_ANSWERS), self.chance.uniform(0, 0.01))
        clients = [Client(port, f"{life}-{number}", moment, self.receivers) for number in range(THREADS)]
        for client in clients:
            client.start()
        moment.wait()
        server.kill()
        self.deaths["loaded"] += 1
        for client in clients:
            client.join(PATIENCE)
            assert [] == client.refused
            self.told |= client.told
            self.templates += client.templates

    def settle(self) -> Process:
        """Starts the server once more and waits until nothing is owed."""
        server = Process(self.data, *self.options)
        self.port = server.wait_until_ready()
        with Line(self.port) as line:
            assert 200 == line.ask("POST", f"/_sestina/settled?timeout={PATIENCE:.0f}").status
        return server

    def find_lost(self) -> list[str]:
        """What was told and is not there, or not as it was sent, or not at its end."""
        lost = []
        with Line(self.port) as line:
            for id_, (token, to) in self.told.items():
                raw = line.ask("GET", f"/_sestina/messages/{id_}/raw")
                header, _, body = raw.body.partition(b"\r\n\r\n")
                fields = header.decode().split("\r\n")
                whole = {f"Subject: {token}", f"To: {to}", f"Message-ID: <{id_}@email.amazonses.com>"} <= set(fields)
                if raw.status != 200 or not whole or token != body.decode().strip():
                    lost.append(f"{id_} of {token}: {raw.status} {raw.body.decode()}")
            lost += [name for name in self.templates if line.v2("GET", f"templates/{name}", {}).status != 200]
        return lost

    def find_unended(self) -> list[str]:
        """Messages whose journey does not conclude."""
        with Line(self.port) as line:
            states, cursor = dict[str, str](), ""
            while True:
                page = line.ask("GET", f"/_sestina/messages?limit=500&cursor={cursor}").json
                states |= {message["id"]: message["state"] for message in page["messages"]}
                cursor = page["cursor"]
                if cursor is None:
                    return [id_ for id_ in self.told if states.get(id_) != "done"]

    def find_damage(self) -> list[object]:
        """What the database says against itself, read once the server has ended."""
        with sqlite3.connect(self.data / "sestina.db") as database:
            ask = database.execute
            damage: list[object] = [row[0] for row in ask("PRAGMA integrity_check") if row[0] != "ok"]
            damage += ask("SELECT 'owed', seq FROM outbox").fetchall()
            damage += ask("SELECT 'owed', seq FROM dispatches WHERE state != 'done'").fetchall()
            damage += ask("SELECT id, COUNT(*) FROM timeline GROUP BY id HAVING COUNT(*) > 1").fetchall()
            damage += ask(
                "SELECT m.id, COUNT(*) FROM messages m LEFT JOIN timeline t ON t.message = m.seq AND t.type = 'Send'"
                " WHERE m.admission LIKE '%accept%' GROUP BY m.seq HAVING COUNT(t.seq) != 1"
            ).fetchall()
        database.close()
        return damage

    def run(self, kills: int) -> None:
        """All of it; only the last life ends in peace."""
        self.prepare()
        life = 0
        while self.deaths.total() < kills:
            life += 1
            self.live(life)
        server = self.settle()
        assert [] == self.find_lost()
        assert [] == self.find_unended()
        assert 0 == server.terminate()
        assert [] == self.find_damage()


def tell(capsys: pytest.CaptureFixture[str], story: Story, more: str = "") -> None:
    """The totals, past pytest's capture."""
    with capsys.disabled():
        deaths = ", ".join(f"{count} {when}" for when, count in sorted(story.deaths.items()))
        sys.stdout.write(f"\nkilled {story.deaths.total()} times ({deaths}): {len(story.told)} messages and ")
        sys.stdout.write(f"{len(story.templates)} templates acknowledged, 0 lost{more}\n")


def test_what_was_acknowledged_survives_three_kills(tmp_path: pathlib.Path) -> None:
    Story(tmp_path, seed=3).run(3)


def test_a_loaded_server_that_is_told_to_end_has_kept_what_it_acknowledged(tmp_path: pathlib.Path) -> None:
    story = Story(tmp_path, seed=4)
    story.prepare()
    server = Process(tmp_path)
    port, moment = server.wait_until_ready(), Moment(100, 0)
    clients = [Client(port, f"0-{number}", moment, ("you@x.org",)) for number in range(THREADS)]
    for client in clients:
        client.start()
    moment.wait()
    assert 0 == server.terminate()
    for client in clients:
        client.join(PATIENCE)
        assert [] == client.refused
        story.told |= client.told
    server = story.settle()
    assert ([], []) == (story.find_lost(), story.find_unended())
    server.kill()
    assert [] == story.find_damage()


def check_published(story: Story, recorder: Recorder) -> int:
    """Every due event of what was told came, at least once and always the same; how many came again."""
    heard = recorder.heard
    missing = [
        (id_, event)
        for id_, (_, to) in story.told.items()
        for event in DUE.get(to, {"Send", "Delivery"})
        if (id_, event) not in heard
    ]
    assert [] == missing
    assert [] == [event for event, texts in heard.items() if len(set(texts)) > 1]
    return sum(len(texts) - 1 for texts in heard.values())


def published(data: pathlib.Path, kills: int) -> tuple[Story, str]:
    with Recorder() as recorder:
        story = Story(data, 5, "--neighbours", f"sns={recorder.url}", receivers=("you@x.org", BOUNCES, COMPLAINS))
        story.run(kills)
        again = check_published(story, recorder)
        return story, f"; {len(recorder.heard)} events published, {again} of them more than once, 0 changed"


def test_every_event_of_what_was_acknowledged_is_published_in_spite_of_three_kills(tmp_path: pathlib.Path) -> None:
    published(tmp_path, 3)


@pytest.mark.slow
def test_what_was_acknowledged_survives_fifty_kills(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    story = Story(tmp_path, seed=1)
    story.run(50)
    tell(capsys, story)


@pytest.mark.slow
def test_every_event_of_what_was_acknowledged_is_published_in_spite_of_fifty_kills(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tell(capsys, *published(tmp_path, 50))

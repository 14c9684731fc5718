"""The endpoints of other emulators: their suites find their own shapes, all of them over one mailbox."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from harness import Server, new_account
from inspecting import fill, look, send, verified
from judge import verdicts
from signing import octets, records

from sestina import __version__
from sestina.domain.templates import Template, TemplateContent
from sestina.listeners.inspection.sent import AT_ONCE
from sestina.listeners.inspection.ses_v2_local import TEMPLATES_READ

RAW = b"From: me@example.com\r\nTo: You <you@example.org>\r\nSubject: raw\r\nX-Own: kept\r\n\r\nbody \xe9\r\n"
FILE = {"FileName": "a.bin", "RawContent": b"\x00\x01", "ContentType": "application/octet-stream"}


@pytest.fixture
def own_server() -> Iterator[Server]:
    """One that may be emptied and shows nothing of other tests."""
    with Server() as server:
        yield server


@pytest.fixture
def client(own_server: Server) -> Any:
    return verified(own_server.client("sesv2", new_account()))


def send_raw(client: Any) -> str:
    return str(client.send_email(Content={"Raw": {"Data": RAW}})["MessageId"])


def send_template(client: Any) -> str:
    client.create_email_template(TemplateName="hi", TemplateContent={"Subject": "Hi {{n}}", "Text": "Dear {{n}}"})
    template = {"TemplateName": "hi", "TemplateData": '{"n": "Ann"}'}
    answer = client.send_email(
        FromEmailAddress="me@example.com", Destination={"ToAddresses": ["ann@x.org"]}, Content={"Template": template}
    )
    return str(answer["MessageId"])


class TestLocalStackAndFloci:
    """`/_aws/ses`, health and reset."""

    def test_a_simple_message(self, own_server: Server, client: Any) -> None:
        destination = {"ToAddresses": ["A <a@x.org>"], "BccAddresses": ["b@x.org"]}
        look(own_server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00.999Z"})
        id_ = send(client, destination=destination, ReplyToAddresses=["re@x.org"])
        expected = {
            "Id": id_,
            "Region": "us-east-1",
            "Source": "Me <me@example.com>",
            "Destination": destination,
            "ReplyToAddresses": ["re@x.org"],
            "Subject": "Hello",
            "Body": {"text_part": "It works.", "html_part": None},
            "Timestamp": "2030-01-01T00:00:00",
        }
        assert {"messages": [expected]} == look(own_server, "/_aws/ses").json

    def test_a_raw_message_is_shown_as_it_was_handed_in(self, own_server: Server, client: Any) -> None:
        id_ = send_raw(client)
        (message,) = look(own_server, "/_aws/ses").json["messages"]
        assert {"Id", "Region", "Source", "RawData", "Timestamp"} == message.keys()
        assert (id_, RAW.decode("utf-8", "replace")) == (message["Id"], message["RawData"])

    def test_a_templated_message(self, own_server: Server, client: Any) -> None:
        send_template(client)
        own_server.settle()
        (message,) = look(own_server, "/_aws/ses").json["messages"]
        assert ("hi", '{"n": "Ann"}') == (message["Template"], message["TemplateData"])
        assert ("Hi Ann", "Dear Ann") == (message["Subject"], message["Body"]["text_part"])

    def test_messages_of_every_account_stand_in_the_order_they_were_sent(self, own_server: Server) -> None:
        clients = [verified(own_server.client("sesv2", new_account(), region)) for region in ("us-east-1", "eu-west-1")]
        sent = [send(client) for client in clients * 2]
        assert sent == [one["Id"] for one in look(own_server, "/_aws/ses").json["messages"]]

    def test_id_and_email_narrow_the_list_together(self, own_server: Server, client: Any) -> None:
        first, second = send(client, to="You1@x.org"), send(client, to="you2@x.org", sender="me@example.com")

        def found(**query: str) -> list[str]:
            return [one["Id"] for one in look(own_server, "/_aws/ses", **query).json["messages"]]

        assert [first] == found(id=first)
        assert [] == found(id="nobody")
        assert [second] == found(email="you2@x.org")
        assert [first] == found(email="you1@x.org")
        assert [first, second] == found(email="me@example.com")
        assert [first] == found(email="Me <me@example.com>")
        assert [] == found(id=first, email="you2@x.org")
        assert [first, second] == found(unknown="ignored")

    def test_delete_takes_one_or_all(self, own_server: Server, client: Any) -> None:
        first, second = send(client), send(client)
        own_server.settle()
        assert 204 == look(own_server, "/_aws/ses", "DELETE", id=first).status
        assert 404 == look(own_server, "/_aws/ses", "DELETE", id=first).status
        assert [second] == [one["Id"] for one in look(own_server, "/_aws/ses").json["messages"]]
        assert 204 == look(own_server, "/_aws/ses", "DELETE").status
        assert {"messages": []} == look(own_server, "/_aws/ses").json
        assert 1 == len(client.list_email_identities()["EmailIdentities"])

    @pytest.mark.parametrize("path", ["/health", "/_localstack/health", "/_floci/health"])
    def test_health(self, own_server: Server, path: str) -> None:
        health = look(own_server, path).json
        assert ("running", __version__) == (health["services"]["ses"], health["version"])
        assert {"available"} == {health["services"][name] for name in ("sns", "sqs", "s3", "lambda", "cloudwatch")}
        assert {"services", "edition", "original_edition", "version"} == health.keys()

    @pytest.mark.parametrize("path", ["/_localstack/state/reset", "/_floci/state/reset", "/_floci/state/nuke"])
    def test_reset(self, own_server: Server, client: Any, path: str) -> None:
        send(client)
        assert {"status": "OK"} == look(own_server, path, "POST").json
        assert {"messages": []} == look(own_server, "/_aws/ses").json
        assert [] == client.list_email_identities()["EmailIdentities"]


class TestFakecloud:
    """What its SDKs call."""

    def test_a_simple_message(self, own_server: Server, client: Any) -> None:
        look(own_server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00.5Z"})
        body = {"Text": {"Data": "a\nb"}, "Html": {"Data": "<p>"}}
        id_ = send(client, simple={"Body": body}, destination={"ToAddresses": ["a@x.org"], "CcAddresses": ["c@x.org"]})
        (email,) = look(own_server, "/_fakecloud/ses/emails").json["emails"]
        headers, signature, selector = (email.pop(name) for name in ("headers", "dkimSignature", "dkimSelector"))
        assert {
            "messageId": id_,
            "from": "Me <me@example.com>",
            "to": ["a@x.org"],
            "cc": ["c@x.org"],
            "bcc": [],
            "subject": "Hello",
            "htmlBody": "<p>",
            "textBody": "a\nb",
            "rawData": None,
            "templateName": None,
            "templateData": None,
            "timestamp": "2030-01-01T00:00:00.500+00:00",
            "dkimDomain": "example.com",
        } == email
        assert ["DKIM-Signature", signature] == headers[0]
        assert signature.startswith(f"v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple; s={selector}; d=example.com; t=")
        assert ["Subject", "Hello"] in headers

    def test_a_raw_message_is_kept_in_base64_as_it_was_handed_in(self, own_server: Server, client: Any) -> None:
        send_raw(client)
        (email,) = look(own_server, "/_fakecloud/ses/emails").json["emails"]
        assert RAW == b64decode(email["rawData"])
        assert ("me@example.com", ["you@example.org"]) == (email["from"], email["to"])
        assert ["X-Own", "kept"] in email["headers"]

    def test_a_templated_message_names_its_template(self, own_server: Server, client: Any) -> None:
        send_template(client)
        (email,) = look(own_server, "/_fakecloud/ses/emails").json["emails"]
        assert ("hi", '{"n": "Ann"}') == (email["templateName"], email["templateData"])

    def test_health_has_these_keys_and_no_other(self, own_server: Server) -> None:
        health = look(own_server, "/_fakecloud/health").json
        assert {"status": "ok", "version": __version__, "services": ["ses"]} == health

    @pytest.mark.parametrize(
        ("path", "answer"),
        [
            ("/_reset", {"status": "ok"}),
            ("/_fakecloud/reset", {"status": "ok"}),
            ("/_fakecloud/reset/ses", {"reset": "ses"}),
        ],
    )
    def test_reset(self, own_server: Server, client: Any, path: str, answer: Any) -> None:
        send(client)
        assert answer == look(own_server, path, "POST").json
        assert {"emails": []} == look(own_server, "/_fakecloud/ses/emails").json

    def test_the_key_of_an_identity_verifies_its_mail(self, own_server: Server, client: Any) -> None:
        id_ = send(client)
        own_server.settle()
        (email,) = look(own_server, "/_fakecloud/ses/emails").json["emails"]
        key = look(own_server, "/_fakecloud/ses/identities/example.com/dkim-public-key").json
        assert ("example.com", email["dkimSelector"], True) == (
            key["identity"], key["selector"], key["signingEnabled"]
        )  # fmt: skip
        name = f"{key['selector']}._domainkey.example.com"
        known = records(own_server, id_) | {name: f"p={key['publicKeyBase64']}"}
        assert [("example.com", True), ("amazonses.com", True)] == verdicts(octets(own_server, id_), known)

    def test_an_identity_that_does_not_sign_has_no_key(self, own_server: Server, client: Any) -> None:
        client.put_email_identity_dkim_attributes(EmailIdentity="example.com", SigningEnabled=False)
        key = look(own_server, "/_fakecloud/ses/identities/example.com/dkim-public-key").json
        nothing = {"selector": None, "publicKeyBase64": None, "signingEnabled": False}
        assert {"identity": "example.com", **nothing} == key

    def test_the_status_of_an_envelope_domain_is_set(self, own_server: Server, client: Any) -> None:
        path = "/_fakecloud/ses/identities/example.com/mail-from-status"
        assert 400 == look(own_server, path, "POST", {"status": "Failed"}).status
        client.put_email_identity_mail_from_attributes(EmailIdentity="example.com", MailFromDomain="m.example.com")
        answer = look(own_server, path, "POST", {"status": "Failed"})
        assert {"identity": "example.com", "mailFromDomainStatus": "Failed"} == answer.json
        identity = client.get_email_identity(EmailIdentity="example.com")
        assert "FAILED" == identity["MailFromAttributes"]["MailFromDomainStatus"]
        bad = look(own_server, path, "POST", {"status": "Nearly"})
        text = "status must be one of NotStarted/Pending/Success/Failed"
        assert (400, {"error": text}) == (bad.status, bad.json)

    @pytest.mark.parametrize(("method", "what"), [("GET", "dkim-public-key"), ("POST", "mail-from-status")])
    def test_an_identity_that_is_not_there(self, own_server: Server, method: str, what: str) -> None:
        body = {"status": "Success"} if method == "POST" else None
        answer = look(own_server, f"/_fakecloud/ses/identities/ghost.example/{what}", method, body)
        assert (404, {"error": "identity not found"}) == (answer.status, answer.json)

    def test_errors_are_called_so(self, own_server: Server) -> None:
        answer = look(own_server, "/_fakecloud/reset/x%20y", "POST")
        assert (404, {"error": "Unknown service: x y"}) == (answer.status, answer.json)
        assert ["error"] == list(look(own_server, "/_fakecloud/ses/nope").json)


class TestSesV2Local:
    """aws-ses-v2-local's store."""

    def test_a_message_with_all_it_can_have(self, own_server: Server, client: Any) -> None:
        look(own_server, "/_sestina/clock", "POST", {"freeze": "2030-01-01T00:00:00.999Z"})
        own = [{"Name": "X-Own", "Value": "yes"}]
        body = {"Text": {"Data": "t"}, "Html": {"Data": "<p>"}}
        simple = {"Body": body, "Headers": own, "Attachments": [FILE]}
        id_ = send(client, simple=simple, ReplyToAddresses=["re@x.org"])
        expected = {
            "messageId": id_,
            "from": "Me <me@example.com>",
            "replyTo": ["re@x.org"],
            "destination": {"to": ["you@example.org"], "cc": [], "bcc": []},
            "subject": "Hello",
            "body": {"text": "t", "html": "<p>"},
            "attachments": [
                {"content": "AAE=", "contentType": "application/octet-stream", "filename": "a.bin", "size": 2}
            ],
            "headers": [{"name": "X-Own", "value": "yes"}],
            "at": 1_893_456_000,
        }
        assert {"templates": {}, "emails": [expected]} == look(own_server, "/store").json

    def test_only_the_parts_a_message_has(self, own_server: Server, client: Any) -> None:
        send(client)
        (email,) = look(own_server, "/store").json["emails"]
        assert ({"text": "It works."}, []) == (email["body"], email["attachments"])
        assert "headers" not in email

    def test_a_templated_message_has_both_parts_and_the_template_is_there(
        self, own_server: Server, client: Any
    ) -> None:
        send_template(client)
        own_server.settle()
        store = look(own_server, "/store").json
        assert {"text": "Dear Ann", "html": ""} == store["emails"][0]["body"]
        assert {"Subject": "Hi {{n}}", "Text": "Dear {{n}}"} == store["templates"]["hi"]["TemplateContent"]
        assert "hi" == store["templates"]["hi"]["TemplateName"]
        assert store["templates"]["hi"]["CreatedTimestamp"] > 1_700_000_000

    def test_a_raw_message_has_the_addresses_of_its_header(self, own_server: Server, client: Any) -> None:
        send_raw(client)
        (email,) = look(own_server, "/store").json["emails"]
        assert {"to": ["You <you@example.org>"], "cc": [], "bcc": []} == email["destination"]
        assert [{"name": "X-Own", "value": "kept"}] == email["headers"]

    def test_since_keeps_what_is_not_older(self, own_server: Server, client: Any) -> None:
        sent = []
        for second in (0, 1, 2):
            look(own_server, "/_sestina/clock", "POST", {"freeze": f"2030-01-01T00:00:0{second}Z"})
            sent.append(send(client))
        found = look(own_server, "/store", since=1_893_456_001).json["emails"]
        assert sent[1:] == [email["messageId"] for email in found]

    @pytest.mark.parametrize("since", ["soon", "1.5", "1e3"])
    def test_since_must_be_whole_seconds(self, own_server: Server, since: str) -> None:
        answer = look(own_server, "/store", since=since)
        text = "Bad since query param, expected integer representing epoch timestamp in seconds"
        assert (400, text) == (answer.status, answer.message)

    def test_templates_of_all_accounts_are_there_however_many(self, own_server: Server) -> None:
        async def add(account: str, names: list[str]) -> None:
            region = await own_server.app.services.regions.get(account, "us-east-1", 0)
            for name in names:
                template = Template(name=name, content=TemplateContent(subject=name), created=1)
                await region.templates.put(name, template, 1)

        names = [f"t{number}" for number in range(TEMPLATES_READ + 1)]
        own_server.run(add(new_account(), names))
        own_server.run(add(new_account(), ["other"]))
        assert {*names, "other"} == look(own_server, "/store").json["templates"].keys()

    def test_clearing_takes_messages_and_templates(self, own_server: Server, client: Any) -> None:
        send_template(client)
        own_server.settle()
        assert {"message": "Store cleared"} == look(own_server, "/clear-store", "POST").json
        assert {"templates": {}, "emails": []} == look(own_server, "/store").json
        assert [] == client.list_email_templates()["TemplatesMetadata"]
        assert 1 == len(client.list_email_identities()["EmailIdentities"])

    def test_health_is_an_empty_answer(self, own_server: Server) -> None:
        answer = look(own_server, "/health-check")
        assert (200, b"") == (answer.status, answer.body)

    def test_the_octets_of_a_message_as_node_writes_them(self, own_server: Server, client: Any) -> None:
        id_ = send(client)
        answer = look(own_server, "/get-emlContent", messageId=id_).json
        raw = look(own_server, f"/_sestina/messages/{id_}/raw").body
        assert (id_, "Hello", "Buffer") == (answer["messageId"], answer["fileName"], answer["body"]["type"])
        assert raw == bytes(answer["body"]["data"])

    @pytest.mark.parametrize("query", [{}, {"messageId": "nobody"}])
    def test_a_message_nobody_has_is_said_to_be_none(self, own_server: Server, query: dict[str, str]) -> None:
        answer = look(own_server, "/get-emlContent", **query)
        assert (400, "Email not found within the store") == (answer.status, answer.message)


def test_a_message_that_cannot_be_rendered_is_shown_without_content(own_server: Server, client: Any) -> None:
    template = {"TemplateContent": {"Subject": "{{n}}", "Text": "x"}, "TemplateData": "{}"}
    destination = {"ToAddresses": ["a@x.org"]}
    client.send_email(FromEmailAddress="me@example.com", Destination=destination, Content={"Template": template})
    own_server.settle()
    (message,) = look(own_server, "/_aws/ses").json["messages"]
    assert (None, {"text_part": None, "html_part": None}) == (message["Subject"], message["Body"])
    (email,) = look(own_server, "/_fakecloud/ses/emails").json["emails"]
    assert (None, None, []) == (email["textBody"], email["rawData"], email["headers"])
    (stored,) = look(own_server, "/store").json["emails"]
    assert ("(no subject)", {"text": "", "html": ""}, []) == (stored["subject"], stored["body"], stored["attachments"])


@pytest.mark.parametrize(
    ("path", "list_", "id_"),
    [
        ("/_aws/ses", "messages", "Id"),
        ("/_fakecloud/ses/emails", "emails", "messageId"),
        ("/store", "emails", "messageId"),
    ],
)
def test_a_long_list_is_streamed_whole_and_in_order(own_server: Server, path: str, list_: str, id_: str) -> None:
    account = new_account()
    fill(own_server, account, AT_ONCE + 150)
    found = [one[id_] for one in look(own_server, path).json[list_]]
    newest_first = [
        one["id"] for one in look(own_server, "/_sestina/messages", account=account, limit=500).json["messages"]
    ]
    assert newest_first[::-1] == found
    assert 200 == look(own_server, path, "HEAD").status

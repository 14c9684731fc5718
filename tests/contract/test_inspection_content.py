"""One message and its pieces: exact where octets count, harmless where a browser looks."""

from email.message import EmailMessage
from typing import Any
from urllib.parse import quote

import pytest
from harness import Server
from inspecting import look, send, verified

MESSAGES = "/_sestina/messages"
PDF = bytes(range(256)) * 3
EVIL = "<script>alert(1)</script><img src=http://evil.example/x.png><a href='javascript:x()'>go</a>"


@pytest.fixture
def sender(sesv2: Any) -> Any:
    return verified(sesv2)


def path(id_: str, piece: str = "") -> str:
    return f"{MESSAGES}/{quote(id_, safe='')}{piece}"


def send_attached(client: Any, name: str, content: bytes = PDF, content_type: str = "application/pdf") -> str:
    file = {"FileName": name, "RawContent": content, "ContentType": content_type}
    return send(client, simple={"Attachments": [file]})


def send_raw(client: Any, raw: bytes) -> str:
    return str(client.send_email(Content={"Raw": {"Data": raw}})["MessageId"])


def test_everything_about_a_message(server: Server, sender: Any) -> None:
    body = {"Text": {"Data": "Grüße\nan alle"}, "Html": {"Data": "<p>Grüße</p>"}}
    id_ = send(sender, "Größe", simple={"Body": body}, ReplyToAddresses=["re@example.com"])
    server.settle()
    detail = look(server, path(id_)).json
    assert ("Grüße\nan alle", "<p>Grüße</p>") == (detail["text"], detail["html"])
    assert {"name": "Subject", "value": "Größe"} in detail["headers"]
    assert ["re@example.com"] == detail["reply_to"]
    assert "multipart/alternative" == detail["parts"]["content_type"]
    assert ["text/plain", "text/html"] == [part["content_type"] for part in detail["parts"]["parts"]]
    assert ["Send", "Delivery"] == [event["type"] for event in detail["events"]]
    assert [f"{id_}/0", f"{id_}/1"] == [event["id"] for event in detail["events"]]
    assert {"check", "accept", "conclude"} <= {step["stage"] for step in detail["journey"]}
    assert detail["mail_from"].endswith("@amazonses.com")


def test_raw_mail_is_shown_with_the_addresses_of_its_own_header(server: Server, sender: Any) -> None:
    fields = b"To: You <you@example.org>,\r\n he@example.org\r\nCc: she@example.org\r\nBcc: b@example.org\r\n"
    raw = b"From: me@example.com\r\nReply-To: r@example.com\r\n" + fields + b"\r\nx"
    shown = look(server, path(send_raw(sender, raw))).json
    assert ["You <you@example.org>", "he@example.org"] == shown["to"]
    assert (["she@example.org"], ["b@example.org"], ["r@example.com"]) == (shown["cc"], shown["bcc"], shown["reply_to"])
    assert ["you@example.org", "he@example.org", "she@example.org", "b@example.org"] == shown["recipients"]


def test_raw_mail_with_an_envelope_of_its_own_may_say_anything_in_its_header(
    server: Server, ses: Any, sender: Any
) -> None:
    raw = b"From: me@example.com\r\nTo: everybody there\r\nCc: =?utf-8?q?J=C3=B6rg?= <j@example.org>\r\n\r\nx"
    id_ = ses.send_raw_email(Destinations=["b@example.org"], RawMessage={"Data": raw})["MessageId"]
    shown = look(server, path(id_)).json
    assert (["everybody there"], ["Jörg <j@example.org>"]) == (shown["to"], shown["cc"])
    assert ["b@example.org"] == shown["recipients"]


def test_raw_is_the_message_to_the_octet(server: Server, sender: Any) -> None:
    body = b"\x00\xff eight bits, a lone \r and no line end"
    id_ = send_raw(sender, b"From: me@example.com\r\nTo: you@example.org\r\nX-Own:  two  blanks\r\n\r\n" + body)
    answer = look(server, path(id_, "/raw"))
    assert (200, "message/rfc822") == (answer.status, answer.headers["content-type"])
    assert b"X-Own:  two  blanks\r\n" in answer.body
    assert answer.body.endswith(b"\r\n\r\n" + body)
    assert f'inline; filename="{id_}.eml"' == answer.headers["content-disposition"]


def test_text_is_plain_and_utf_8(server: Server, sender: Any) -> None:
    answer = look(server, path(send(sender, simple={"Body": {"Text": {"Data": "Grüße\n"}}}), "/text"))
    assert ("text/plain; charset=utf-8", "Grüße\n".encode()) == (answer.headers["content-type"], answer.body)


def test_html_runs_nothing_and_loads_nothing(server: Server, sender: Any) -> None:
    answer = look(server, path(send(sender, simple={"Body": {"Html": {"Data": EVIL}}}), "/html"))
    assert ("text/html; charset=utf-8", EVIL.encode()) == (answer.headers["content-type"], answer.body)
    policy = {part.split()[0]: part.split()[1:] for part in answer.headers["content-security-policy"].split("; ")}
    assert [] == policy["sandbox"]
    assert ["'none'"] == policy["default-src"]
    assert ["data:"] == policy["img-src"]
    assert not any("script" in name or "http" in " ".join(sources) for name, sources in policy.items())
    assert ("nosniff", "no-referrer") == (answer.headers["x-content-type-options"], answer.headers["referrer-policy"])


def test_what_a_message_lacks_is_said(server: Server, sender: Any) -> None:
    id_ = send(sender, simple={"Body": {"Html": {"Data": "<p>"}}})
    assert (404, "This message has no plain text.") == _refusal(look(server, path(id_, "/text")))
    assert (404, "This message has no attachment 0.") == _refusal(look(server, path(id_, "/attachments/0")))
    text = send(sender)
    assert (404, "This message has no HTML.") == _refusal(look(server, path(text, "/html")))


def test_an_attachment_comes_back_to_the_octet_under_its_name(server: Server, sender: Any) -> None:
    id_ = send_attached(sender, "Rechnung März.pdf")
    (file,) = look(server, path(id_)).json["attachments"]
    assert (0, "Rechnung März.pdf", "application/pdf", len(PDF)) == (
        file["index"],
        file["file_name"],
        file["content_type"],
        file["size"],
    )
    answer = look(server, path(id_, "/attachments/0"))
    assert (PDF, "application/pdf") == (answer.body, answer.headers["content-type"])
    assert (
        "attachment; filename=\"Rechnung M_rz.pdf\"; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf"
        == answer.headers["content-disposition"]
    )


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ('a"; filename="b.pdf', "a_; filename=_b.pdf"),
        ("c:\\x\x07.pdf", "c__x_.pdf"),
        ("\u202efdp.exe.pdf", "_fdp.exe.pdf"),
        ("...", "attachment"),
    ],
)
def test_a_name_can_do_no_harm(server: Server, sender: Any, name: str, safe: str) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "me@example.com", "you@example.org"
    message.set_content("text")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename=name)
    answer = look(server, path(send_raw(sender, message.as_bytes()), "/attachments/0"))
    assert PDF == answer.body
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{safe}"; ')


def test_an_attached_page_stays_a_file_in_a_sandbox(server: Server, sender: Any) -> None:
    answer = look(server, path(send_attached(sender, "x.html", EVIL.encode(), "text/html"), "/attachments/0"))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"].startswith("sandbox;")


def test_a_content_type_that_is_none_is_not_repeated(server: Server, sender: Any) -> None:
    raw = b"From: me@example.com\r\nTo: a@x.org\r\nContent-Type: im@ge/(x); name=f\r\n\r\nx"
    answer = look(server, path(send_raw(sender, raw), "/attachments/0"))
    assert ("application/octet-stream", b"x") == (answer.headers["content-type"], answer.body)


@pytest.mark.parametrize("number", ["1", "-1", "x", "²", "99999999999999999999", "0x0", ".."])
def test_an_attachment_that_is_not_there_is_not_found(server: Server, sender: Any, number: str) -> None:
    id_ = send_attached(sender, "one.pdf")
    assert 404 == look(server, path(id_, f"/attachments/{quote(number, safe='')}")).status


def test_a_template_that_cannot_be_rendered_has_no_octets_but_a_reason(server: Server, sender: Any) -> None:
    content = {"Subject": "Hi {{name}}", "Text": "{{name}}"}
    template = {"TemplateContent": content, "TemplateData": "{}"}
    id_ = sender.send_email(
        FromEmailAddress="me@example.com", Destination={"ToAddresses": ["a@x.org"]}, Content={"Template": template}
    )["MessageId"]
    server.settle()
    detail = look(server, path(id_)).json
    assert (None, None, [], None) == (detail["text"], detail["size"], detail["headers"], detail["parts"])
    assert "Rendering Failure" == detail["events"][0]["type"]
    expected = (404, "This message could not be rendered; its journey says why.")
    assert expected == _refusal(look(server, path(id_, "/raw")))


def test_the_tree_of_parts_is_served_alone(server: Server, sender: Any) -> None:
    id_ = send_attached(sender, "one.pdf")
    assert look(server, path(id_, "/parts")).json == look(server, path(id_)).json["parts"]


@pytest.mark.parametrize("piece", ["", "/raw", "/text", "/html", "/parts", "/attachments/0"])
def test_an_id_nobody_has_is_not_found(server: Server, piece: str) -> None:
    answer = look(server, path("a/b %zz", piece))
    assert (404, "There is no message with the id a/b %zz.") == _refusal(answer)


@pytest.mark.parametrize("piece", ["", "/raw", "/text"])
def test_head_answers_with_the_length_alone(server: Server, sender: Any, piece: str) -> None:
    id_ = send(sender)
    server.settle()
    whole, head = look(server, path(id_, piece)), look(server, path(id_, piece), "HEAD")
    assert (200, b"") == (head.status, head.body)
    assert whole.headers["content-length"] == head.headers["content-length"]
    assert str(len(whole.body)) == head.headers["content-length"]


def _refusal(answer: Any) -> tuple[int, str]:
    return answer.status, answer.message

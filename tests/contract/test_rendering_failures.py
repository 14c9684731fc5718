"""Rendering failures: a send that lacks data is accepted and ends in an event, never in a blank mail."""

import json
from typing import Any

import pytest
from harness import Server
from inspecting import look
from sending import ME, YOU, Doors, event_types, id_of, refusal

BOMB = "{{#each @root.l}}" * 8 + "x" + "{{/each}}" * 8
HUNDRED = '{"l": [' + "1," * 99 + "1]}"


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    doors = Doors(server, account).verified()
    doors.v2("POST", "templates", TemplateName="t", TemplateContent={"Subject": "Hi {{name}}", "Text": "{{{name}}}"})
    return doors


def send_v1(doors: Doors, data: str, **more: str) -> str:
    members = {"Source": ME, "Destination__ToAddresses__member__1": YOU, "Template": "t", **more}
    return id_of(doors.v1("SendTemplatedEmail", TemplateData=data, **members))


def send_v2(doors: Doors, data: str, **template: Any) -> str:
    template = template or {"TemplateName": "t"}
    content = {"Template": {**template, "TemplateData": data}}
    answer = doors.v2(
        "POST", "outbound-emails", FromEmailAddress=ME, Destination={"ToAddresses": [YOU]}, Content=content
    )
    return id_of(answer)


@pytest.mark.parametrize("send", [send_v1, send_v2])
def test_a_missing_variable_is_accepted_and_becomes_an_event(doors: Doors, send: Any) -> None:
    id_ = send(doors, "{}")
    shown = doors.shown(id_)
    [event] = shown["events"]
    assert "Rendering Failure" == event["type"]
    assert "Attribute 'name' is not present in the rendering data." in event.values()
    assert ["t", "done", None] == [shown["template"], shown["state"], shown["size"]]
    assert "conclude" == shown["journey"][-1]["stage"]
    assert 404 == look(doors.server, f"/_sestina/messages/{id_}/raw").status


FAULTS = [
    ("not json", "Template rendering data is invalid"),
    ("[]", "Template rendering data is invalid"),
    ('{"nam": "x"}', "Attribute 'name' is not present in the rendering data."),
]


@pytest.mark.parametrize(("data", "text"), FAULTS)
@pytest.mark.parametrize("send", [send_v1, send_v2])
def test_data_that_do_not_fit_are_told_in_the_event(doors: Doors, send: Any, data: str, text: str) -> None:
    [event] = doors.shown(send(doors, data))["events"]
    assert text in event.values()


@pytest.mark.parametrize("send", [send_v1, send_v2])
def test_good_data_make_the_mail(doors: Doors, send: Any) -> None:
    shown = doors.shown(send(doors, json.dumps({"name": "Jörg & <Ann>"})))
    assert ("Hi Jörg & <Ann>", "Jörg & <Ann>") == (shown["subject"], shown["text"].strip())
    assert ["Send", "Delivery"] == event_types(shown)


def test_a_template_can_be_named_by_its_arn(doors: Doors, account: str) -> None:
    arn = f"arn:aws:ses:us-east-1:{account}:template/t"
    data = '{"name": "x"}'
    for id_ in (send_v2(doors, data, TemplateArn=arn), send_v1(doors, data, TemplateArn=arn)):
        assert ("Hi x", "t") == (doors.shown(id_)["subject"], doors.shown(id_)["template"])


def test_inline_content_is_rendered_too(doors: Doors) -> None:
    shown = doors.shown(send_v2(doors, '{"x": 1}', TemplateContent={"Subject": "n{{x}}", "Html": "<i>{{x}}</i>"}))
    assert ("n1", "<i>1</i>", None) == (shown["subject"], shown["html"].strip(), shown["template"])


@pytest.mark.parametrize("template", [{}, {"TemplateName": "t", "TemplateContent": {"Subject": "s", "Text": "t"}}])
def test_exactly_one_way_to_name_a_template_is_taken(doors: Doors, template: dict[str, Any]) -> None:
    document = {"FromEmailAddress": ME, "Destination": {"ToAddresses": [YOU]}, "Content": {"Template": template}}
    assert (400, "BadRequestException") == refusal(doors.v2("POST", "outbound-emails", **document))[:2]


@pytest.mark.parametrize("name", ["x\r\nBcc: evil@y.com", "x\nBcc: evil@y.com", "x\r\n\r\nbody"])
def test_no_line_end_in_data_makes_a_header(doors: Doors, name: str) -> None:
    id_ = send_v2(doors, json.dumps({"name": name}))
    shown = doors.shown(id_)
    assert [YOU] == shown["recipients"]
    if "Send" in event_types(shown):
        assert None is doors.message(id_)["Bcc"]
    else:
        assert ["Rendering Failure"] == event_types(shown)


def test_a_template_that_changes_after_the_send_changes_nothing(doors: Doors) -> None:
    id_ = send_v2(doors, '{"name": "first"}')
    doors.v2("PUT", "templates/t", TemplateContent={"Subject": "second", "Text": "second"})
    assert "Hi first" == doors.shown(id_)["subject"]


def test_files_and_headers_go_along_with_a_template(doors: Doors) -> None:
    more = {
        "TemplateName": "t",
        "Headers": [{"Name": "X-Own", "Value": "1"}],
        "Attachments": [{"FileName": "a.bin", "RawContent": "AAEC/w=="}],
    }
    message = doors.message(send_v2(doors, '{"name": "x"}', **more))
    doors.server.settle()
    [part] = message.iter_attachments()
    assert ("1", "a.bin", b"\x00\x01\x02\xff") == (message["X-Own"], part.get_filename(), part.get_payload(decode=True))


def test_a_bomb_is_accepted_and_becomes_an_event_soon(doors: Doors) -> None:
    shown = doors.shown(send_v2(doors, HUNDRED, TemplateContent={"Subject": "s", "Text": BOMB}))
    assert ["Rendering Failure"] == event_types(shown)


def test_many_bombs_do_not_keep_others_waiting(doors: Doors) -> None:
    template = {"TemplateContent": {"Subject": "s", "Text": BOMB}, "TemplateData": HUNDRED}
    entries = [{"Destination": {"ToAddresses": [YOU]}}] * 6
    answer = doors.v2(
        "POST",
        "outbound-bulk-emails",
        FromEmailAddress=ME,
        DefaultContent={"Template": template},
        BulkEmailEntries=entries,
    )
    assert 200 == answer.status
    assert 200 == doors.v2("GET", "account").status
    assert 0 < doors.server.app.services.mailroom.conveyor.waiting
    doors.server.settle()

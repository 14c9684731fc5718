"""Templates through both APIs over one store: what is written, read, listed, refused and rendered (sending.md 6)."""

import re
from typing import Any

import pytest
from harness import Server
from sending import Doors, both, refusal
from verifying import advance, freeze
from wire import refused

TEMPLATE = {
    "TemplateName": "t",
    "SubjectPart": "Hi {{name}}",
    "TextPart": "text {{name}}",
    "HtmlPart": "<b>{{name}}</b>",
}
CONTENT = {"Subject": "Hi {{name}}", "Text": "text {{name}}", "Html": "<b>{{name}}</b>"}


@pytest.fixture
def doors(server: Server, account: str) -> Doors:
    return Doors(server, account)


def create_v1(doors: Doors, **parts: str) -> Any:
    return doors.v1("CreateTemplate", **{f"Template__{name}": text for name, text in parts.items()})


def create_v2(doors: Doors, name: str, **content: str) -> Any:
    return doors.v2("POST", "templates", TemplateName=name, TemplateContent=content)


def test_what_one_api_writes_the_other_reads(ses: Any, sesv2: Any) -> None:
    ses.create_template(Template=TEMPLATE)
    read = sesv2.get_email_template(TemplateName="t")
    assert ("t", CONTENT) == (read["TemplateName"], read["TemplateContent"])
    sesv2.update_email_template(TemplateName="t", TemplateContent={"Subject": "new", "Html": "h"})
    assert {"TemplateName": "t", "SubjectPart": "new", "HtmlPart": "h"} == ses.get_template(TemplateName="t")[
        "Template"
    ]
    ses.update_template(Template={"TemplateName": "t", "SubjectPart": "s", "TextPart": "x"})
    assert {"Subject": "s", "Text": "x"} == sesv2.get_email_template(TemplateName="t")["TemplateContent"]
    sesv2.delete_email_template(TemplateName="t")
    assert [] == ses.list_templates()["TemplatesMetadata"]


def test_the_answers_are_empty_in_the_form_of_their_api(doors: Doors) -> None:
    v1 = create_v1(doors, **TEMPLATE)
    assert "<CreateTemplateResult/>" in v1.text.replace(
        "<CreateTemplateResult></CreateTemplateResult>", "<CreateTemplateResult/>"
    )
    assert {} == create_v2(doors, "u", **CONTENT).json


def test_one_that_is_missing_is_told(doors: Doors) -> None:
    text = "Template none does not exist."
    expected = both("TemplateDoesNotExist", text, "NotFoundException", 404)
    assert expected == [
        refusal(doors.v1("GetTemplate", TemplateName="none")),
        refusal(doors.v2("GET", "templates/none")),
    ]
    assert expected == [
        refusal(doors.v1("UpdateTemplate", Template__TemplateName="none", Template__SubjectPart="s")),
        refusal(doors.v2("PUT", "templates/none", TemplateContent=CONTENT)),
    ]
    assert expected == [
        refusal(doors.v1("TestRenderTemplate", TemplateName="none", TemplateData="{}")),
        refusal(doors.v2("POST", "templates/none/render", TemplateData="{}")),
    ]
    assert "<TemplateName>none</TemplateName>" in doors.v1("GetTemplate", TemplateName="none").text
    assert 200 == doors.v1("DeleteTemplate", TemplateName="none").status
    assert expected[1] == refusal(doors.v2("DELETE", "templates/none"))


def test_a_name_that_is_taken_is_told(doors: Doors, ses: Any, sesv2: Any) -> None:
    create_v1(doors, **TEMPLATE)
    expected = both("AlreadyExists", "Template t already exists.", "AlreadyExistsException")
    assert expected == [refusal(create_v1(doors, **TEMPLATE)), refusal(create_v2(doors, "t", **CONTENT))]
    with pytest.raises(ses.exceptions.AlreadyExistsException):
        ses.create_template(Template=TEMPLATE)
    with pytest.raises(sesv2.exceptions.AlreadyExistsException):
        sesv2.create_email_template(TemplateName="t", TemplateContent=CONTENT)


BAD = [
    ({"Text": "x"}, "The subject must be specified."),
    ({"Subject": "s", "Text": "x" * 512_001}, "Template size cannot exceed 512000 bytes."),
    ({"Subject": "s", "Text": "{{#if x}}"}, None),
    ({"Subject": "{{x", "Text": "x"}, None),
    ({"Subject": "s", "Html": "{{/if}}"}, None),
]


@pytest.mark.parametrize(("content", "text"), BAD)
def test_content_that_cannot_be_a_template_is_refused(doors: Doors, content: dict[str, str], text: str | None) -> None:
    v1 = refusal(create_v1(doors, TemplateName="b", **{f"{part}Part": source for part, source in content.items()}))
    v2 = refusal(create_v2(doors, "b", **content))
    assert ((400, "InvalidTemplate"), (400, "BadRequestException")) == (v1[:2], v2[:2])
    assert v1[2] == v2[2]
    assert text in (None, v1[2])
    assert 404 == doors.v2("GET", "templates/b").status


@pytest.mark.parametrize("name", ["a b", "a/b", "ü", "a\r\nb", "n" * 65])
def test_a_name_is_made_of_letters_digits_dashes(doors: Doors, name: str) -> None:
    assert (400, "BadRequestException") == refusal(create_v2(doors, name, **CONTENT))[:2]
    assert 400 == create_v1(doors, **{**TEMPLATE, "TemplateName": name}).status


def test_lists_are_newest_first_and_cover_each_once_through_either_api(server: Server, ses: Any, sesv2: Any) -> None:
    freeze(server)
    names = [f"t{n:02}" for n in range(23)]
    for name in names:
        sesv2.create_email_template(TemplateName=name, TemplateContent=CONTENT)
        advance(server, 1)
    first = sesv2.list_email_templates()
    assert 10 == len(first["TemplatesMetadata"])
    second = ses.list_templates(NextToken=first["NextToken"], MaxItems=10)
    third = sesv2.list_email_templates(NextToken=second["NextToken"], PageSize=10)
    seen = [item["TemplateName"] for page in (first, third) for item in page["TemplatesMetadata"]]
    seen[10:10] = [item["Name"] for item in second["TemplatesMetadata"]]
    assert names[::-1] == seen
    assert "NextToken" not in third
    assert 23 == len(ses.list_templates(MaxItems=1_000)["TemplatesMetadata"])


def test_bad_pages_are_refused_in_words(doors: Doors) -> None:
    text = "Invalid PageToken <x>."
    v1, v2 = doors.v1("ListTemplates", NextToken="x"), doors.v2("GET", "templates?NextToken=x")
    assert both("InvalidParameterValue", text) == [refusal(v1), refusal(v2)]
    for size in (0, 101, -1):
        said = (400, "BadRequestException", "The page size must be between 1 and 100")
        assert said == refusal(doors.v2("GET", f"templates?PageSize={size}"))


def test_a_test_render_is_a_whole_mime_text(ses: Any, sesv2: Any) -> None:
    ses.create_template(Template=TEMPLATE)
    data = '{"name": "Ann"}'
    for rendered in (
        ses.test_render_template(TemplateName="t", TemplateData=data)["RenderedTemplate"],
        sesv2.test_render_email_template(TemplateName="t", TemplateData=data)["RenderedTemplate"],
    ):
        lines = rendered.replace("\r\n", "\n")
        assert re.match(
            r"Date: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\nSubject: Hi Ann\nMIME-Version: 1\.0\n"
            r'Content-Type: multipart/alternative; \n boundary="----=_Part_\d+_[\d.]+"\n',
            lines,
        )
        assert lines.index("text Ann") < lines.index("<b>Ann</b>")


RENDERS = [
    ("{{a}} {{a.b}}", "{}", "a"),
    ("{{#if gone}}x{{else}}y{{/if}}", "{}", None),
    ("{{#each gone}}x{{/each}}", "{}", None),
    ("{{#with gone}}x{{/with}}", "{}", None),
    ("{{#IF a}}x{{/IF}}", '{"a": 1}', "IF"),
    ("{{#each list}}{{nope}}{{/each}}", '{"list": [{}]}', "nope"),
]


@pytest.mark.parametrize(("source", "data", "missing"), RENDERS)
def test_an_attribute_that_is_missing_is_named(doors: Doors, source: str, data: str, missing: str | None) -> None:
    create_v2(doors, "r", Subject="s", Text=source)
    v1 = doors.v1("TestRenderTemplate", TemplateName="r", TemplateData=data)
    v2 = doors.v2("POST", "templates/r/render", TemplateData=data)
    if missing is None:
        assert (200, 200) == (v1.status, v2.status)
        return
    text = f"Attribute '{missing}' is not present in the rendering data."
    assert both("MissingRenderingAttribute", text, "BadRequestException") == [refusal(v1), refusal(v2)]
    assert "<TemplateName>r</TemplateName>" in v1.text


@pytest.mark.parametrize("data", ["", " ", "{", "[]", "7", "null", '"x"', "{'a': 1}"])
def test_data_that_are_no_object_are_refused(doors: Doors, data: str) -> None:
    create_v2(doors, "d", Subject="s", Text="t")
    text = "Template rendering data is invalid"
    v1 = doors.v1("TestRenderTemplate", TemplateName="d", TemplateData=data)
    v2 = doors.v2("POST", "templates/d/render", TemplateData=data)
    assert both("InvalidRenderingParameter", text, "BadRequestException") == [refusal(v1), refusal(v2)]


def test_more_data_than_the_model_allows_are_refused(doors: Doors) -> None:
    create_v2(doors, "d", Subject="s", Text="t")
    data = '{"a": "' + "x" * 262_144 + '"}'
    rule = "1 validation error detected: Value at 'templateData' failed to satisfy constraint: "
    rule += "Member must have length less than or equal to 262144"
    v1 = refusal(doors.v1("TestRenderTemplate", TemplateName="d", TemplateData=data))
    assert (400, "ValidationError", rule) == v1
    assert (400, "BadRequestException", rule) == refusal(doors.v2("POST", "templates/d/render", TemplateData=data))


BOMBS = {
    "deep": "{{#if a}}" * 5_000 + "x" + "{{/if}}" * 5_000,
    "loops": "{{#each @root.l}}" * 8 + "x" + "{{/each}}" * 8,
    "partial": '{{#*inline "p"}}{{> p}}{{/inline}}{{> p}}',
    "doubling": "".join(
        f'{{{{#*inline "p{n}"}}}}{{{{> p{n - 1}}}}}{{{{> p{n - 1}}}}}{{{{/inline}}}}'
        if n
        else '{{#*inline "p0"}}xxxxxxxx{{/inline}}'
        for n in range(40)
    )
    + "{{> p39}}",
    "lookup": "{{#each l}}{{lookup ../l @index}}{{/each}}" * 500,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_template_bomb_ends_soon_and_in_words(doors: Doors, name: str) -> None:
    made = create_v2(doors, "bomb", Subject="s", Text=BOMBS[name])
    if made.status == 200:
        data = '{"a": 1, "l": [' + "1," * 99 + "1]}"
        made = doors.v2("POST", "templates/bomb/render", TemplateData=data)
    assert made.status in (200, 400), made.text[:200]
    assert 200 == doors.v2("GET", "account").status


def test_sdks_raise_the_classes_of_the_model(ses: Any, sesv2: Any) -> None:
    ses.create_template(Template=TEMPLATE)
    with pytest.raises(ses.exceptions.MissingRenderingAttributeException) as missing:
        ses.test_render_template(TemplateName="t", TemplateData="{}")
    assert ("MissingRenderingAttribute", "Attribute 'name' is not present in the rendering data.") == refused(missing)
    with pytest.raises(ses.exceptions.InvalidRenderingParameterException):
        ses.test_render_template(TemplateName="t", TemplateData="[")
    with pytest.raises(ses.exceptions.TemplateDoesNotExistException):
        ses.get_template(TemplateName="none")
    with pytest.raises(sesv2.exceptions.BadRequestException):
        sesv2.test_render_email_template(TemplateName="t", TemplateData="{}")

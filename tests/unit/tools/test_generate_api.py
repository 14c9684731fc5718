"""The generator: what it writes for a model and its amendments, and when it refuses."""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sestina.api import ses, sesv2


def _generator() -> ModuleType:
    path = Path(__file__).parents[3] / "tools" / "generate_api.py"
    spec = importlib.util.spec_from_file_location("generate_api", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = _generator()
METADATA = {"apiVersion": "2020-01-01", "serviceId": "Example"}
SHAPES: dict[str, Any] = {
    "Pet": {
        "type": "structure",
        "required": ["Name"],
        "members": {"Kind": {"shape": "Kind"}, "Name": {"shape": "Name"}},
    },
    "Kind": {"type": "string", "enum": ["CAT", "DOG", "EEL"]},
    "Name": {"type": "string", "min": 0, "max": 9},
}


def render(**amendments: Any) -> str:
    shapes = {name: dict(shape) for name, shape in SHAPES.items()}
    return str(generator.render("example", {"metadata": METADATA, "shapes": shapes, "operations": {}}, amendments))


def test_the_checked_in_modules_are_fresh() -> None:
    assert 0 == generator.main(["--check"])


def test_a_stale_module_is_told_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "example.py"
    stale.write_text("old\n")
    monkeypatch.setattr(generator, "ROOT", tmp_path)
    monkeypatch.setattr(generator, "modules", lambda: iter([(stale, "new\n")]))
    assert 1 == generator.main(["--check"])
    assert "example.py is stale: 2 lines differ; run `make api`\n-old\n+new\n" == capsys.readouterr().out
    assert "old\n" == stale.read_text()
    assert 0 == generator.main([])
    assert "new\n" == stale.read_text()
    assert 0 == generator.main(["--check"])


def test_every_operation_of_the_models_is_a_constant() -> None:
    assert (71, 116) == (len(ses.OPERATIONS), len(sesv2.OPERATIONS))
    for api in (ses, sesv2):
        for operation in api.OPERATIONS:
            assert getattr(api, generator.constant(operation.name)) is operation


def test_the_errors_carry_their_wire_codes() -> None:
    assert "TemplateDoesNotExist" == ses.ERRORS["TemplateDoesNotExistException"].code
    assert "AccountSendingPausedException" == ses.ERRORS["AccountSendingPausedException"].code
    assert ("TemplateName",) == ses.ERRORS["TemplateDoesNotExistException"].members
    assert (404, 429, 500) == tuple(
        sesv2.ERRORS[f"{name}Exception"].status for name in ("NotFound", "TooManyRequests", "ConcurrentModification")
    )
    assert not sesv2.ERRORS["ConcurrentModificationException"].sender


@pytest.mark.parametrize(
    ("expected", "wire"),
    [
        ("from_email_address", "FromEmailAddress"),
        ("website_url", "WebsiteURL"),
        ("sns_destination", "SNSDestination"),
        ("max24_hour_send", "Max24HourSend"),
        ("behavior_on_mx_failure", "BehaviorOnMXFailure"),
        ("from_", "From"),
        ("list_", "List"),
    ],
)
def test_attributes_are_snake_case_and_hide_nothing(expected: str, wire: str) -> None:
    assert expected == generator.attribute(wire)


def test_constraints_and_enums_become_types() -> None:
    text = render()
    assert 'Kind = Literal["CAT", "DOG", "EEL"]' in text
    assert "Name = Annotated[str, Meta(max_length=9)]" in text
    assert "    kind: Kind | None = None\n    name: Name\n" in text


def test_amendments_change_what_they_name() -> None:
    entry = {"service": "example", "target": "Kind", "values": ["EEL", "CAT"]}
    assert 'Kind = Literal["EEL", "CAT", "DOG"]' in render(enum_order=[entry])
    assert "    name: Name\n    kind" in render(member_order=[{"target": "Pet", "members": ["Name"]}])
    assert "    name: str | None = None" in render(relax=[{"target": "Pet.Name", "type": "str", "required": False}])
    assert "    name: Name | None = None" in render(relax=[{"target": "Pet.Name", "required": False}])
    assert "Meta(min_length=2, max_length=9)" in render(constraint=[{"target": "Name", "min": 2}])
    constraint = {"target": "Pet.Name", "type": "string", "min": 2}
    assert "    name: Annotated[Name, Meta(min_length=2)]" in render(constraint=[constraint])
    assert '    name: Annotated[Name, Meta(extra={"echo": True})]' in render(echo=[{"target": "Pet.Name"}])


@pytest.mark.parametrize(
    "amendments",
    [{"echo": [{"target": "Pet.Age"}]}, {"enum_order": [{"target": "Cat"}]}, {"older_route": [{"operation": "Feed"}]}],
)
def test_an_amendment_of_nothing_is_refused(amendments: Any) -> None:
    with pytest.raises(SystemExit):
        render(**amendments)


def test_a_shape_that_would_hide_a_helper_is_refused() -> None:
    shapes = {"Operation": {"type": "structure", "members": {}}}
    with pytest.raises(SystemExit):
        generator.render("example", {"metadata": METADATA, "shapes": shapes, "operations": {}})

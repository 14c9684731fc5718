"""The AWS protocol cases botocore is tested with, played from the server's side.

Each case's shapes become Structs by the generator that writes our API. A serialized request must decode to the
parameters the client was given; a result must encode to the body the client was shown.
"""

import importlib.util
import itertools
import json
import re
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sestina.protocols.aws import query, rest_json
from sestina.protocols.aws.routes import Router

FOLDER = Path(__file__).parent / "aws"
NAMESPACE = "https://example.com/"
FILES = ("input-query", "input-rest-json", "output-query", "output-rest-json")

Case = dict[str, Any]
_numbers = itertools.count()


def _load(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generator = _load("generate_api", Path(__file__).parents[2] / "tools" / "generate_api.py")
SUITES = {file: json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8")) for file in FILES}
INAPPLICABLE = tomllib.loads((FOLDER / "inapplicable.toml").read_text(encoding="utf-8"))


def _cases(file: str) -> list[Any]:
    left_out = {name for names in INAPPLICABLE[file].values() for name in names}
    return [
        pytest.param(suite, case, id=case["id"])
        for suite in SUITES[file]
        for case in suite["cases"]
        if case["id"] not in left_out
    ]


class Api:
    """A case as a generated module with one operation."""

    def __init__(self, suite: Case, case: Case) -> None:
        operation = case["given"]
        self.shapes = dict(suite["shapes"])
        model = {
            "metadata": suite["metadata"],
            "shapes": self.shapes,
            "operations": {operation["name"]: operation},
        }
        name = f"{__name__}.case_{next(_numbers)}"
        self.module = sys.modules[name] = ModuleType(name)  # where msgspec looks names up when shapes are recursive
        exec(compile(generator.render("example", model), name, "exec"), self.module.__dict__)
        self.operation = self.module.OPERATIONS[0]
        self.errors = self.module.ERRORS

    def request(self, case: Case) -> Any:
        """What the client was given, as our own value."""
        reference = case["given"].get("input")
        return self._value(reference["shape"], case["params"]) if reference else self.operation.request()

    def response(self, case: Case) -> Any:
        """What the client was shown, as our own value."""
        reference = case["given"].get("output")
        return self._value(reference["shape"], case["result"]) if reference else self.operation.response()

    def _value(self, name: str, given: Any) -> Any:
        shape = self.shapes[name]
        match shape["type"]:
            case "structure":
                references = {member: reference["shape"] for member, reference in shape["members"].items()}
                members = {member: value for member, value in given.items() if value is not None}
                values = {generator.attribute(m): self._value(references[m], value) for m, value in members.items()}
                return getattr(self.module, name)(**values)
            case "list":
                return [self._value(shape["member"]["shape"], each) for each in given]
            case "map":
                return {key: self._value(shape["value"]["shape"], each) for key, each in given.items()}
            case "blob":
                return given.encode()
            case "float" | "double":
                return float(given)
            case "timestamp":
                return round(given * 1000)
            case _:
                return given


@pytest.mark.parametrize(("suite", "case"), _cases("input-query"))
def test_a_form_decodes_to_what_the_client_was_given(suite: Case, case: Case) -> None:
    api = Api(suite, case)
    form = query.parse_form(case["serialized"]["body"].encode())
    # Compared as texts, in which not-a-number equals itself.
    assert repr(api.request(case)) == repr(query.decode(form, api.operation.request))


@pytest.mark.parametrize(("suite", "case"), _cases("input-rest-json"))
def test_a_json_request_decodes_to_what_the_client_was_given(suite: Case, case: Case) -> None:
    api = Api(suite, case)
    sent = case["serialized"]
    path, _, query_string = sent["uri"].partition("?")
    match = Router([api.operation]).match(sent["method"], path)
    assert match is not None
    body = (sent.get("body") or "").encode()
    assert api.request(case) == rest_json.decode(match.operation, match.labels, query_string, body)


@pytest.mark.parametrize(("suite", "case"), _cases("output-query"))
def test_a_result_becomes_the_xml_the_client_was_shown(suite: Case, case: Case) -> None:
    api = Api(suite, case)
    if "error" in case:
        error = api.errors[case["given"]["errors"][0]["shape"]]
        written = query.encode_error(NAMESPACE, error.code, case.get("errorMessage"), error.sender, "foo-id", {})
    else:
        written = query.encode_response(api.operation, api.response(case), "foo-id", NAMESPACE)
    assert _simplified(case["response"].get("body", written)) == _simplified(written)


def _simplified(document: str | bytes) -> Any:
    """An element as (name, text or children); the namespace was tested elsewhere, a zero fraction means nothing."""

    def simple(element: ET.Element) -> Any:
        name = element.tag.removeprefix(f"{{{NAMESPACE}}}")
        children = [simple(child) for child in element if not child.tag.endswith("ResponseMetadata")]
        return name, children or re.sub(r"\.000Z$", "Z", (element.text or "").strip())

    return simple(ET.fromstring(document))


@pytest.mark.parametrize(("suite", "case"), _cases("output-rest-json"))
def test_a_result_becomes_the_json_the_client_was_shown(suite: Case, case: Case) -> None:
    api = Api(suite, case)
    body = case["response"].get("body") or "{}"
    if "error" in case:
        written = rest_json.encode_error(case.get("errorMessage"), capital="Message" in body)
    else:
        written = rest_json.encode_response(api.operation, api.response(case))
    assert json.loads(body) == json.loads(written)


def test_every_case_left_out_exists() -> None:
    known = {(file, case["id"]) for file, suites in SUITES.items() for suite in suites for case in suite["cases"]}
    left_out = {(file, name) for file, reasons in INAPPLICABLE.items() for names in reasons.values() for name in names}
    assert set() == left_out - known


def test_the_published_suites_are_complete() -> None:
    assert [38, 113, 38, 91] == [sum(len(suite["cases"]) for suite in SUITES[file]) for file in FILES]

"""The 45 worked examples of the v1 model: the request as botocore sends it, the answer as botocore reads it."""

import functools
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import botocore.parsers
import botocore.serialize
import botocore.session
import pytest

from sestina.api import ses
from sestina.protocols.aws import explain, query

OPERATIONS = {operation.name: operation for operation in ses.OPERATIONS}
EXAMPLES = json.loads(
    (Path(botocore.__file__).parent / "data" / "ses" / "2010-12-01" / "examples-1.json").read_text(encoding="utf-8")
)["examples"]


@functools.cache
def model() -> Any:
    return botocore.session.get_session().get_service_model("ses")


def _given() -> list[Any]:
    return [
        pytest.param(name, example, id=example["id"] + str(index))
        for name, examples in EXAMPLES.items()
        for index, example in enumerate(examples)
    ]


@pytest.mark.parametrize(("name", "example"), _given())
def test_the_request_of_a_worked_example_is_read(name: str, example: dict[str, Any]) -> None:
    parameters = dict(example.get("input") or {})
    if parameters.get("After") == "":
        del parameters["After"]  # the service refuses an empty rule name; see ReceiptRuleName in the amendments
    shape = OPERATIONS[name].request
    serializer = botocore.serialize.create_serializer("query")
    sent = serializer.serialize_to_request(parameters, model().operation_model(name))
    form = query.parse_form(urlencode(sent["body"]).encode())
    if name == "SendRawEmail":
        assert parameters["RawMessage"]["Data"].encode() == query.decode(form, ses.SendRawEmailRequest).raw_message.data
        return
    assert explain.read(parameters, shape) == query.decode(form, shape)


@pytest.mark.parametrize(("name", "example"), _given())
def test_the_answer_of_a_worked_example_is_written(name: str, example: dict[str, Any]) -> None:
    operation = OPERATIONS[name]
    expected = example.get("output") or {}
    response = explain.read(expected, operation.response)
    body = query.encode_response(operation, response, "r-1", ses.XML_NAMESPACE)
    factory = botocore.parsers.ResponseParserFactory()
    factory.set_parser_defaults(timestamp_parser=lambda text: text.replace(".000Z", "Z"))
    answer = factory.create_parser("query").parse(
        {"status_code": 200, "headers": {}, "body": body}, model().operation_model(name).output_shape
    )
    assert {"ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 200, "HTTPHeaders": {}}, **expected} == answer


def test_there_are_45_examples() -> None:
    assert 45 == len(_given())

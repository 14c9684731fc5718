"""Laws of the AWS codecs: what botocore writes we read, what we write botocore reads, no bytes break either codec."""

import contextlib
import functools
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import botocore.parsers
import botocore.serialize
import botocore.session
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct, inspect

from sestina.api import ses, sesv2
from sestina.protocols.aws import query, rest_json, shapes
from sestina.protocols.aws.errors import Malformed, WireError
from sestina.protocols.aws.operation import Operation
from sestina.protocols.aws.routes import Router

ROUTER = Router(sesv2.OPERATIONS)
UNIONS = (sesv2.SigningScheme,)  # one member and no more
MEMBERS = {"ip": "Ip", "reasons": "Reasons"}  # travel outside the body under another name than their member's

relaxed = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
# XML 1.0 has no control characters and turns a bare CR into LF only when it is not escaped.
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=12
)
seconds = st.integers(0, 4_000_000_000)


@functools.cache
def models() -> dict[str, Any]:
    session = botocore.session.get_session()
    return {service: session.get_service_model(service) for service in ("ses", "sesv2")}


def strategy(described: inspect.Type, outside_body: bool = False) -> st.SearchStrategy[Any]:
    """Any value of a type that every protocol can tell from its absence."""
    if shapes.is_timestamp(described):
        return seconds.map(lambda value: value * 1000)
    match shapes.bare(described):
        case inspect.StructType(cls=cls):
            return structures(cls)
        case inspect.ListType(item_type=item, min_length=low, max_length=high):
            least = max(low or 0, int(outside_body))
            return st.lists(strategy(item), min_size=least, max_size=min(high or 3, least + 2))
        case inspect.DictType(key_type=key, value_type=value, min_length=low, max_length=high):
            return st.dictionaries(strategy(key), strategy(value), min_size=low or 0, max_size=high or 3)
        case inspect.LiteralType(values=choices):
            return st.sampled_from(choices)
        case inspect.StrType(min_length=low, max_length=high, pattern=pattern):
            if pattern:
                found = st.from_regex(pattern, alphabet=st.characters(codec="ascii", exclude_categories=["Cc"]))
                return found.filter(lambda text: (low or 0) <= len(text) <= (high or 10_000))
            least = max(low or 0, int(outside_body))
            return texts.map(lambda text: text.ljust(least, "x")[: high or None])
        case inspect.IntType(ge=least, le=most):
            return st.integers(least if least is not None else -(2**31), most if most is not None else 2**31 - 1)
        case inspect.BoolType():
            return st.booleans()
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.BytesType():
            return st.binary(max_size=20)
        case other:
            raise AssertionError(other)


@functools.cache
def structures(shape: type[Struct], outside_body: frozenset[str] = frozenset()) -> st.SearchStrategy[Struct]:
    """Any value of a structure with at least one member, if it has any."""
    fields = shapes.structure(shape).fields
    members = {field.name: strategy(field.type, field.encode_name in outside_body) for field in fields}
    required = {field.name: members[field.name] for field in fields if field.required}
    optional = {name: member for name, member in members.items() if name not in required}
    found = st.fixed_dictionaries(required, optional=optional)
    if shape in UNIONS:
        return st.one_of(
            st.fixed_dictionaries({name: members[name]}).map(lambda given: shape(**given)) for name in members
        )
    return found.filter(lambda given: bool(given) or not fields).map(lambda given: shape(**given))


def parameters(value: Any) -> Any:
    """Our value as botocore takes and gives it."""
    if isinstance(value, Struct):
        return {
            MEMBERS.get(field.name, field.encode_name): instant(member)
            if shapes.is_timestamp(field.type)
            else parameters(member)
            for field in shapes.structure(type(value)).fields
            if (member := getattr(value, field.name)) is not None
        }
    if isinstance(value, list):
        return [parameters(each) for each in value]
    if isinstance(value, dict):
        return {key: parameters(each) for key, each in value.items()}
    return value


def instant(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)


def serialized(operation: Operation, request: Struct) -> dict[str, Any]:
    model = models()[operation.service]
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"], include_validation=False)
    return serializer.serialize_to_request(parameters(request), model.operation_model(operation.name))


def parsed(operation: Operation, body: bytes) -> dict[str, Any]:
    model = models()[operation.service]
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    response = {"status_code": 200, "headers": {}, "body": body}
    found = parser.parse(response, model.operation_model(operation.name).output_shape)
    found.pop("ResponseMetadata", None)
    return found


@relaxed
@given(st.data())
def test_a_form_botocore_writes_is_read_as_it_was_meant(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(ses.OPERATIONS))
    request = data.draw(structures(operation.request))
    form = query.parse_form(urlencode(serialized(operation, request)["body"]).encode())
    assert request == query.decode(form, operation.request)


@relaxed
@given(st.data())
def test_a_json_request_botocore_writes_is_read_as_it_was_meant(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sesv2.OPERATIONS))
    labels = frozenset(
        field.encode_name
        for field in shapes.structure(operation.request).fields
        if f"{{{field.encode_name}}}" in operation.path
    )
    request = data.draw(structures(operation.request, labels | frozenset(operation.query)))
    sent = serialized(operation, request)
    match = ROUTER.match(sent["method"], sent["url_path"])
    assert match is not None
    assert operation is match.operation
    body = sent["body"] if isinstance(sent["body"], bytes) else b""
    query_string = urlencode(sent["query_string"], doseq=True)
    assert request == rest_json.decode(operation, match.labels, query_string, body)


@relaxed
@given(st.data())
def test_the_xml_we_write_botocore_reads_as_it_was_meant(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from([each for each in ses.OPERATIONS if each.has_result]))
    response = data.draw(structures(operation.response))
    written = query.encode_response(operation, response, "r-1", ses.XML_NAMESPACE)
    assert parameters(response) == parsed(operation, written)


@relaxed
@given(st.data())
def test_the_json_we_write_botocore_reads_as_it_was_meant(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sesv2.OPERATIONS))
    response = data.draw(structures(operation.response))
    assert parameters(response) == parsed(operation, rest_json.encode_response(operation, response))


@relaxed
@given(
    st.binary()
    | st.lists(st.sampled_from([b"a", b"=", b"&", b"%", b"+", b"%41", b"%C3%A9", b"%FF", b"\n", b"\x1e"])).map(b"".join)
)
def test_a_form_is_read_as_the_standard_library_reads_it(body: bytes) -> None:
    try:
        expected = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        with pytest.raises(Malformed):
            query.parse_form(body)
        return
    assert expected == query.parse_form(body)


names = st.lists(
    st.sampled_from(
        ["Rule", "Actions", "member", "1", "7", "", "S3Action", "BucketName", "Name", "RuleSetName", "Enabled"]
    ),
    max_size=8,
)


@relaxed
@given(st.binary(), st.dictionaries(names.map(".".join), texts))
def test_any_form_ends_in_a_request_or_a_refusal(body: bytes, form: dict[str, str]) -> None:
    with contextlib.suppress(WireError):
        form |= query.parse_form(body)
        assert isinstance(query.decode(form, ses.CreateReceiptRuleRequest), ses.CreateReceiptRuleRequest)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@relaxed
@given(st.data())
def test_any_body_ends_in_a_request_or_a_refusal(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sesv2.OPERATIONS))
    labels = {
        field.encode_name: "x"
        for field in shapes.structure(operation.request).fields
        if f"{{{field.encode_name}}}" in operation.path
    }
    tree = data.draw(
        st.dictionaries(
            st.sampled_from([f.encode_name for f in shapes.structure(operation.request).fields] or ["X"]), trees
        )
    )
    for body in (data.draw(st.binary()), msgspec.json.encode(tree), msgspec.json.encode(data.draw(trees))):
        try:
            request = rest_json.decode(operation, labels, data.draw(texts), body)
        except WireError:
            continue
        assert isinstance(request, operation.request)


@relaxed
@given(st.data())
def test_a_request_with_one_member_spoilt_is_told_apart(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from([sesv2.SEND_EMAIL, sesv2.SEND_BULK_EMAIL, sesv2.CREATE_EXPORT_JOB]))
    tree = msgspec.json.decode(
        rest_json.encode_response(response_like(operation), data.draw(structures(operation.request)))
    )
    spoilt = data.draw(st.sampled_from(sorted(tree)))
    tree[spoilt] = data.draw(trees)
    with contextlib.suppress(WireError):
        assert isinstance(rest_json.decode(operation, {}, "", msgspec.json.encode(tree)), operation.request)


def response_like(operation: Operation) -> Operation:
    """The operation with its request as the response, to write requests with our own writer."""
    return msgspec.structs.replace(operation, response=operation.request)

"""OpenAPI: the description of the native API, made from the rows that also do the routing."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct

from sestina import __version__
from sestina.listeners.inspection.routes import Kind, Parameter, Route

REFERENCE: Final = "#/components/schemas/{name}"
JSON: Final = "application/json"

Json = dict[str, object]


class Problem(Struct, frozen=True):
    """Why a request was refused, for people."""

    message: str


def description(routes: Iterable[Route]) -> Json:
    """The OpenAPI 3.1 document."""
    rows = list(routes)
    types = {type_ for route in rows for type_ in (route.takes, route.answers) if isinstance(type_, type)}
    types |= {type_ for route in rows for type_ in route.explains.values()}
    ordered = [Problem, *sorted(types, key=lambda type_: type_.__name__)]
    _, schemas = msgspec.json.schema_components(ordered, ref_template=REFERENCE, schema_hook=_anything)
    paths: dict[str, Json] = {}
    for route in rows:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sestina",
            "version": __version__,
            "description": "The mail that sestina has taken, and the control of the server.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _anything(type_: type) -> Json:
    """`object` stands for any JSON value."""
    assert type_ is object
    return {"description": "Any JSON value."}


def _operation(route: Route) -> Json:
    labels = [segment[1:-1] for segment in route.path.split("/") if segment.startswith("{")]
    operation: Json = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in labels),
            *(_parameter(parameter) for parameter in route.parameters),
        ],
        "responses": _responses(route),
    }
    if route.takes is not None:
        operation["requestBody"] = {"content": {JSON: {"schema": _reference(route.takes)}}}
    return operation


def _parameter(parameter: Parameter) -> Json:
    schema: Json = {"type": ["string", "integer"] if parameter.kind is Kind.INSTANT else parameter.kind.value}
    if parameter.kind is Kind.TEXTS:
        schema["items"] = {"type": "string"}
    if parameter.kind is Kind.NUMBER:
        schema |= {"minimum": parameter.least, "maximum": parameter.most, "default": parameter.default}
    return {"name": parameter.name, "in": "query", "description": parameter.sentence, "schema": schema}


def _responses(route: Route) -> Json:
    responses: Json = {}
    if route.answers is None:
        responses["204"] = {"description": "Done."}
    elif isinstance(route.answers, str):
        schema = {"type": "object"} if route.answers == JSON else {"type": "string"}
        responses["200"] = {"description": "As it is.", "content": {route.answers: {"schema": schema}}}
    else:
        responses["200"] = {
            "description": str(route.answers.__doc__),
            "content": {JSON: {"schema": _reference(route.answers)}},
        }
    for status in sorted({400, *route.refuses, *route.explains}):
        shape = route.explains.get(status, Problem)
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {JSON: {"schema": _reference(shape)}},
        }
    return responses


def _reference(type_: type[Struct]) -> Json:
    return {"$ref": REFERENCE.format(name=type_.__name__)}

"""Metric math: series of CloudWatch calculated from others, such as a bounce rate (AWS page "Using metric math")."""

import ast
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

Series = Mapping[datetime, float]

OPERATORS: Final[Mapping[type, Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Sub: operator.sub,
}
FUNCTIONS: Final[Mapping[str, Callable[[list[float]], float]]] = {
    "AVG": lambda values: sum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


class Unsupported(ValueError):
    """An expression beyond arithmetic, FILL, and AVG, MAX, MIN and SUM of several series."""


def evaluate(expression: str, series: Mapping[str, Series]) -> Series:
    """The series that an expression makes of others, by their ids. Raises `Unsupported`."""
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
    except SyntaxError as error:
        raise Unsupported(expression) from error
    found = _value(tree.body, series)
    if isinstance(found, float):
        return dict.fromkeys(_moments(series), found)
    return dict(sorted(found.items()))


def _value(node: ast.expr, series: Mapping[str, Series]) -> Series | float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in series:
            return series[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _combined(operator.sub, 0.0, _value(operand, series))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _combined(OPERATORS[type(op)], _value(left, series), _value(right, series))
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, by]):
            return _filled(_value(filled, series), _value(by, series), series)
        case ast.Call(func=ast.Name(id=name), args=[several]) if name in FUNCTIONS:
            return _joined(FUNCTIONS[name], _several(several, series))
    raise Unsupported(ast.unparse(node))


def _combined(operate: Callable[[float, float], float], left: Series | float, right: Series | float) -> Series | float:
    """At each instant that both have; what cannot be calculated is left out."""
    if isinstance(left, float) and isinstance(right, float):
        found = _calculated(operate, left, right)
        if found is None:
            raise Unsupported("no number")
        return found
    moments = [set(operand) for operand in (left, right) if not isinstance(operand, float)]
    values = {at: _calculated(operate, _at(left, at), _at(right, at)) for at in set.intersection(*moments)}
    return {at: value for at, value in values.items() if value is not None}


def _calculated(operate: Callable[[float, float], float], left: float, right: float) -> float | None:
    try:
        found = operate(left, right)
    except ArithmeticError:
        return None
    return found if isinstance(found, float) else None  # a root of a negative number is complex


def _at(operand: Series | float, at: datetime) -> float:
    return operand if isinstance(operand, float) else operand[at]


def _filled(filled: Series | float, by: Series | float, series: Mapping[str, Series]) -> Series:
    if isinstance(filled, float) or not isinstance(by, float):
        raise Unsupported("FILL takes a series and a number")
    return dict.fromkeys(_moments(series), by) | dict(filled)


def _several(node: ast.expr, series: Mapping[str, Series]) -> list[Series]:
    if isinstance(node, ast.List):
        found = [_value(each, series) for each in node.elts]
        return [each for each in found if not isinstance(each, float)]
    if ast.unparse(node) == "METRICS()":
        return list(series.values())
    raise Unsupported(ast.unparse(node))


def _joined(function: Callable[[list[float]], float], several: list[Series]) -> Series:
    moments = {at for each in several for at in each}
    return {at: function([each[at] for each in several if at in each]) for at in moments}


def _moments(series: Mapping[str, Series]) -> list[datetime]:
    return sorted({at for each in series.values() for at in each})

"""JSON values as handlebars.js sees them: their text, their properties, their sameness.

Data is what a JSON decoder makes: `dict`, `list`, `str`, `int`, `float`, `bool` and `None`.
"""

import math
from typing import Final, final


@final
class Undefined:
    """What looking up an absent property gives; unlike null, a tag may not show it."""

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()


def text_of(value: object) -> str:
    """How a value is spelled in the output.

    Objects and arrays follow handlebars.js: `[object Object]`, and the elements with commas between.
    """
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number_text(value)
        case list():
            return ",".join([text_of(item) for item in value])
        case dict():
            return "[object Object]"
    return ""


def key_text(value: object) -> str:
    """How a value is spelled when it serves as the name of a property."""
    if value is None:
        return "null"
    if value is UNDEFINED:
        return "undefined"
    return text_of(value)


def number_text(number: float) -> str:
    """ECMA-262 Number::toString: shortest digits, plain from 1e-6 up to 1e21."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == 0:
        return "0"
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return ("-" if number < 0 else "") + _place(digits, point)


def _place(digits: str, point: int) -> str:
    """The digits with the decimal point after the first `point` of them."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def property_of(value: object, name: str) -> object:
    """A property that is the value's own; nothing is inherited from anywhere."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if isinstance(value, list | str):
        if name == "length":
            return len(value)
        if _is_index(name) and int(name) < len(value):
            return value[int(name)]
    return UNDEFINED


def _is_index(name: str) -> bool:
    return len(name) < 10 and name.isascii() and name.isdecimal() and (name == "0" or name[0] != "0")


def is_truthy(value: object) -> bool:
    """Whether JavaScript holds a value to be true: empty lists and objects are."""
    return bool(value) or isinstance(value, list | dict)


def is_empty(value: object) -> bool:
    """What `#with` and `includeZero` call empty: everything false but the number 0, and the empty list."""
    if value or isinstance(value, dict):
        return False
    return isinstance(value, bool) or not isinstance(value, int | float)


def is_same(value: object, other: object) -> bool:
    """Whether entering a value from `other` stays in the same context, so that `../` does not see the step."""
    if value is other:
        return True
    return type(value) is type(other) and not isinstance(value, list | dict) and value == other

"""The design as tests: sizes, names, direction of time and chance, and that every operation is accounted for."""

import ast
import pathlib
import re
from collections.abc import Iterator

import pytest

from sestina.api import ses, sesv2
from sestina.domain.refusals import Refusal
from sestina.operations.all import MODULES
from sestina.operations.handles import HANDLERS, pending_operations
from sestina.operations.voices import VOICES

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "sestina"
HAND_WRITTEN = sorted(path for path in SOURCE.rglob("*.py") if "api" not in path.relative_to(SOURCE).parts)
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 400, 45


def trees() -> Iterator[tuple[pathlib.Path, ast.Module]]:
    for path in HAND_WRITTEN:
        yield path, ast.parse(path.read_text())


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    tools = [*(ROOT / "tools").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    lengths = {path.name: len(path.read_text().splitlines()) for path in [*HAND_WRITTEN, *TESTS, *tools]}
    assert {} == {name: length for name, length in lengths.items() if length > LONGEST_FILE}


def test_no_function_is_longer_than_a_screen() -> None:
    found = {
        f"{path.name}:{node.name}": node.end_lineno - node.lineno
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    }
    assert {} == {name: length for name, length in found.items() if length > LONGEST_FUNCTION}


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path, tree in trees() if path.read_text().strip() and not ast.get_docstring(tree)]
    assert [] == silent


def test_every_public_function_says_what_it_does() -> None:
    silent = [
        f"{path.name}:{node.name}"
        for path, tree in trees()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert [] == silent


@pytest.mark.parametrize("name", ["operations", "pipeline", "storage", "domain", "protocols"])
def test_time_and_chance_arrive_as_arguments(name: str) -> None:
    banned = {"time", "random", "secrets", "uuid", "socket", "ssl", "os"}
    found = [
        f"{path.name}: {module}"
        for path, tree in trees()
        if path.relative_to(SOURCE).parts[0] == name
        for node in ast.walk(tree)
        for module in _imports(node)
        if module.split(".")[0] in banned
    ]
    assert [] == found


def _imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_botocore_and_moto_never_enter_the_server() -> None:
    heavy = {"botocore", "boto3", "moto", "flask", "requests"}
    found = [
        f"{path.name}: {m}"
        for path, tree in trees()
        if not path.name.startswith("moto_")  # the child, a process of its own
        for node in ast.walk(tree)
        for m in _imports(node)
        if m.split(".")[0] in heavy
    ]
    assert [] == found


def test_handled_and_pending_operations_are_the_model() -> None:
    assert MODULES
    known = {(operation.service, operation.name) for operation in (*ses.OPERATIONS, *sesv2.OPERATIONS)}
    assert (71, 116) == (len(ses.OPERATIONS), len(sesv2.OPERATIONS))
    assert known == HANDLERS.keys() | pending_operations()


def test_every_refusal_has_a_voice() -> None:
    silent = [cls.__name__ for cls in Refusal.__subclasses__() if (cls, None) not in VOICES]
    assert [] == silent


def test_every_voice_speaks_codes_of_the_models_or_common_ones() -> None:
    common_v1 = {"InvalidParameterValue", "AccessDenied", "Throttling", "InvalidAction", "InternalFailure"}
    v1 = {shape.code for shape in ses.ERRORS.values()} | common_v1
    v2 = set(sesv2.ERRORS) | {"AccessDeniedException", "ValidationException", "InternalFailure"}
    assert set() == {voice.v1 for voice in VOICES.values()} - v1
    assert set() == {voice.v2 for voice in VOICES.values()} - v2


def test_tests_wait_on_the_clock_and_not_on_the_wall() -> None:
    pattern = re.compile(r"\b(time|asyncio)\." + r"sleep\(")
    assert [] == [path.name for path in TESTS if pattern.search(path.read_text())]


def test_no_test_is_skipped() -> None:
    pattern = re.compile(r"pytest\.(mark\.)?(skip|xfail)" + r"|importor" + "skip")
    assert [] == [path.name for path in TESTS if path.name != "test_map.py" and pattern.search(path.read_text())]

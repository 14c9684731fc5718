"""Cold start to the first answer, and memory at rest and after the load: the median of some starts."""

from contextlib import AbstractContextManager
from statistics import median
from typing import NamedTuple

from load import load
from sending import SENDS, prepare
from servers import Server, moto, sestina


class Start(NamedTuple):
    """Milliseconds and megabytes."""

    name: str
    first_answer: float
    cpu_until_then: float
    idle_memory: float
    loaded_memory: float
    sent: int


def measure(times: int) -> list[Start]:
    """sestina and moto in turns."""
    return [_measure("sestina", times), _measure("moto_server", min(times, 3))]


def _start(name: str) -> AbstractContextManager[Server]:
    return sestina() if name == "sestina" else moto()


def _measure(name: str, times: int) -> Start:
    answers, used, idle = [], [], []
    for _ in range(times):
        with _start(name) as server:
            answers.append(server.ready_after * 1_000)
            used.append(server.cpu_seconds * 1_000)
            idle.append(server.resident_megabytes)
    with _start(name) as server:
        prepare(server)
        sent = 2 * load(server, SENDS["v2"], 16, 2).per_second
        return Start(name, median(answers), median(used), median(idle), server.resident_megabytes, round(sent))


def table(starts: list[Start]) -> list[str]:
    """As Markdown."""
    lines = [
        "| server | first answer ms | of CPU time ms | idle memory MB | memory MB | after sends |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in starts:
        times = f"{one.first_answer:.0f} | {one.cpu_until_then:.0f}"
        lines.append(f"| {one.name} | {times} | {one.idle_memory:.0f} | {one.loaded_memory:.0f} | {one.sent:,} |")
    return lines

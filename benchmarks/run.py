"""`make bench`: every budget measured in one run, each beside moto and the bare socket, as Markdown.

python benchmarks/run.py                     all of it, about two minutes
python benchmarks/run.py --only sending      one of sending, signing, publishing, starting, storing
python benchmarks/run.py --million           also with 1,000,000 messages stored
python benchmarks/run.py --strict            exit 1 when a budget is broken
"""

import argparse
import os
import pathlib
import platform
import sys
import tomllib

import publishing
import sending
import signing
import starting
import storing
from load import GENERATOR
from servers import LOAD_CORE, SERVER_CORE

BUDGETS = tomllib.loads((pathlib.Path(__file__).parent / "budgets.toml").read_text())
SUBJECTS = ("sending", "signing", "publishing", "starting", "storing")


def main() -> int:
    """Measures, prints, and says which budgets are broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=SUBJECTS, action="append")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of each load [3]")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--strict", action="store_true")
    chosen = parser.parse_args()
    print(
        f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores; load average "
        f"{os.getloadavg()[0]:.1f} before; server on core {SERVER_CORE}, {GENERATOR} on core {LOAD_CORE}.\n"
    )
    broken: list[str] = []
    for subject in chosen.only or SUBJECTS:
        print(f"## {subject.capitalize()}\n")
        lines, found = MEASURES[subject](chosen)
        print("\n".join((*lines, "")), flush=True)
        broken += [f"{subject}: {name} is {value:,.2f}, the budget is {limit}" for name, value, limit in found]
    print("\n".join(broken) or "Every budget is kept.")
    return 1 if broken and chosen.strict else 0


Broken = list[tuple[str, float, float]]


def _sending(chosen: argparse.Namespace) -> tuple[list[str], Broken]:
    measured = sending.measure(chosen.seconds)
    budget = BUDGETS["sending"]
    costs = {key: result.per_cpu_second for key, result in measured.items()}
    values = {f"times_moto_{api}": costs["memory", api, 16] / costs["moto_server", api, 16] for api in sending.SENDS}
    values["of_floor_v2"] = costs["memory", "v2", 16] / costs["bare socket", "v2", 16]
    values["durable_v2_per_cpu_second"] = costs["data, normal", "v2", 16]
    return sending.table(measured), [
        (name, value, budget[name]) for name, value in values.items() if value < budget[name]
    ]


def _signing(chosen: argparse.Namespace) -> tuple[list[str], Broken]:
    measured = signing.measure(chosen.seconds)
    budget, rates = BUDGETS["signing"], measured.rates["2 KB"]
    values = {"times_dkimpy": rates["sestina"] / rates["dkimpy"], "of_bare_rsa": rates["sestina"] / rates["bare RSA"]}
    return signing.table(measured), [
        (name, value, budget[name]) for name, value in values.items() if value < budget[name]
    ]


def _publishing(chosen: argparse.Namespace) -> tuple[list[str], Broken]:
    published = publishing.measure(chosen.seconds)
    budget = BUDGETS["publishing"]
    values = {
        "slower": 1 - published.with_.per_cpu_second / published.without.per_cpu_second,
        "drained_s": published.drained,
    }
    return publishing.table(published), [
        (name, value, budget[name]) for name, value in values.items() if value > budget[name]
    ]


def _starting(chosen: argparse.Namespace) -> tuple[list[str], Broken]:
    starts = starting.measure(7)
    budget = BUDGETS["starting"]
    values = {"first_answer_ms": starts[0].first_answer, "idle_memory_mb": starts[0].idle_memory}
    return starting.table(starts), [
        (name, value, budget[name]) for name, value in values.items() if value > budget[name]
    ]


def _storing(chosen: argparse.Namespace) -> tuple[list[str], Broken]:
    stored = storing.measure([0, 10_000, *([1_000_000] if chosen.million else [])], chosen.seconds)
    budget = BUDGETS["storing"]

    def growth(name: str) -> float:
        return stored[0].results[name].per_cpu_second / stored[-1].results[name].per_cpu_second

    values = {"send_growth": growth("SendEmail v2"), "list_growth": growth("list")}
    return storing.table(stored), [
        (name, value, budget[name]) for name, value in values.items() if value > budget[name]
    ]


MEASURES = {
    "sending": _sending,
    "signing": _signing,
    "publishing": _publishing,
    "starting": _starting,
    "storing": _storing,
}


if __name__ == "__main__":
    sys.exit(main())

"""`make check`: every gate of a commit, in the order that fails fastest."""

import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(sys.executable).parent

GATES = (
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("lint", [str(BIN / "ruff"), "check", "."]),
    ("import contracts", [str(BIN / "lint-imports")]),
    ("types", [sys.executable, "-m", "mypy"]),
    ("generated code", [sys.executable, "tools/generate_api.py", "--check"]),
    ("generated docs", [sys.executable, "tools/generate_docs.py", "--check"]),
    ("fast tests", [sys.executable, "-m", "pytest", "-n", "auto", "-m", "not slow"]),
)


def main() -> int:
    for name, command in GATES:
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, capture_output=name != "fast tests", text=True)
        if done.returncode:
            print(f"{name}: failed\n{done.stdout or ''}{done.stderr or ''}")
            return done.returncode
        print(f"{name}: ok ({time.monotonic() - began:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

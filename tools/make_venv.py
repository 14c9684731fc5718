"""Builds `.venv` from the locked requirements with nothing but the standard library; uv is used when it is there.

Everything is compiled at once, ours too: where Python may not write bytecode later, a start would take twice as long.
"""

import compileall
import pathlib
import shutil
import subprocess
import sys
import venv

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCK = ROOT / "requirements" / "dev.txt"


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit("sestina needs Python 3.11 or newer; this is " + sys.version.split()[0])
    uv = shutil.which("uv")
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    print("setting up .venv (once per change of the lock)", file=sys.stderr, flush=True)
    installer = [str(PYTHON), "-m", "pip", "install"]
    if uv:
        installer = [uv, "pip", "install", "--compile-bytecode", "--python", str(PYTHON)]
    subprocess.run([*installer, "-q", "-r", str(LOCK)], check=True)
    subprocess.run([*installer, "-q", "--no-deps", "-e", str(ROOT)], check=True)
    compileall.compile_dir(ROOT / "src", quiet=1)
    (VENV / "ready").touch()


if __name__ == "__main__":
    main()

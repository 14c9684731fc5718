"""Runs AWS CLI commands one after the other in a process: JSON lists in, exit codes and output out."""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver


def main() -> None:
    results = []
    for words in json.load(sys.stdin):
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        errors = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                code = create_clidriver().main(words)
            except SystemExit as end:  # of its parser of arguments
                code = end.code
        out.seek(0)
        results.append((code, out.read(), errors.getvalue()))
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()

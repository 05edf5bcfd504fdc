"""Change the library in many small ways, one at a time, and count the changes that tests notice.

    nox -s mutants                  all changes of rings 1 and 2
    nox -s mutants -- losses        only those of modules whose names contain this word

The tool is mutmut.  It works in ``build/mutants``, on a copy of the library and its tests, and
its hypothesis tests draw the same inputs each time, so two runs give the same answer.  At least
95 of 100 changes must be noticed.  The others are printed as they would be in the code; whoever
reads them decides whether a test is missing or the change changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "mutants"
LEAST = 0.95
OTHERS = ("__init__", "_types")  # they compute nothing
CONFIG = """
[tool.mutmut]
source_paths = ["src/logreg_book"]
only_mutate = {modules}
also_copy = ["src", "tests"]
pytest_add_cli_args_test_selection = ["tests/library", "--ignore=tests/library/test_package.py"]
pytest_add_cli_args = ["-x", "-q", "-p", "no:cacheprovider"]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
pythonpath = [".", "src"]
filterwarnings = ["error"]
"""


def prepare(word: str) -> None:
    """Copy what is needed, and say which modules to change."""
    shutil.rmtree(WORK, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", "site", "benchmarks", "viz", "support")
    shutil.copytree(ROOT / "tests", WORK / "tests", ignore=ignore)
    shutil.copytree(ROOT / "src", WORK / "src", ignore=shutil.ignore_patterns("__pycache__"))
    paths = sorted((ROOT / "src/logreg_book").glob("*.py"))
    modules = [
        f"src/logreg_book/{path.name}"
        for path in paths
        if path.stem not in OTHERS and word in path.stem
    ]
    (WORK / "pyproject.toml").write_text(CONFIG.format(modules=json.dumps(modules)))


def main() -> None:
    """Run, print what was not noticed, and fail if that is too much."""
    prepare(sys.argv[1] if len(sys.argv) > 1 else "")
    program = Path(sys.executable).with_name("mutmut")
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run([program, "run"], cwd=WORK, env=one_thread, check=False)
    codes: dict[str, int | None] = {}
    for meta in sorted(WORK.glob("mutants/**/*.meta")):
        codes |= json.loads(meta.read_text())["exit_code_by_key"]
    if run.returncode or not codes:
        sys.exit("mutmut could not run: see what it printed above")
    missed = [name for name, code in codes.items() if code in (0, 33, 5, None)]
    for name in missed:
        subprocess.run([program, "show", name], cwd=WORK, check=False)
    noticed = 1 - len(missed) / len(codes)
    print(f"{len(codes)} changes, {len(missed)} not noticed: {noticed:.1%} noticed")
    print("exit codes:", dict(Counter(codes.values())))
    if noticed < LEAST:
        sys.exit(f"at least {LEAST:.0%} must be noticed")


if __name__ == "__main__":
    main()

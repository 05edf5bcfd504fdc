"""Change the library in many small ways, one at a time, and count the changes that tests notice.

    nox -s mutants                  all changes of rings 1 and 2
    nox -s mutants -- losses        only those of modules whose names contain this word

The tool is mutmut.  It works in ``build/mutants``, on a copy of the library and its tests, and
its hypothesis tests draw the same inputs each time, so two runs give the same answer.  At least
95 of 100 changes must be noticed.  Changes that are known to change nothing that a reader could
see are listed here, each with its reason.  The others are printed as they would be in the code:
for these a test is missing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "mutants"
LEAST = 0.95
OTHERS = ("__init__", "_types")  # they compute nothing
# What the changed line holds, and why no test can notice the change
HARMLESS = {
    'in "XX': "X is no kind of any dtype",
    '"XXbiufXX"': "X is no kind of any dtype",
    '"XXcXX"': "X is no kind of any dtype",
    "type(None) is": "the longer way round gives the same; the short one is there for its speed",
    '"requires_grad", None': "None is as false as False",
    "with_loss=None": "None is as false as False",
    "writeable = None": "None is as false as False",
    "else 1.0": "a loss that was not asked for is not looked at",
    "a.astype(None)": "integers become float64 all the same",
    '"real numbers").astype(None)': "None is float64",
    "dtype=None)": "scikit-learn's arrays have this dtype already",
    "np.asarray(X, )": "scikit-learn's arrays have this dtype already",
    "np.asarray(y, )": "scikit-learn's arrays have this dtype already",
    "np.ones(len(X), ": "a column of ones is exact in either dtype; the Hessian has that of X",
    "check_finite(b=": "the result is not finite either, and the check of it gives the same error",
    "check_finite(w=w, )": "the result is not finite either, and its check gives the same error",
    "check_finite(W=W, )": "the result is not finite either, and its check gives the same error",
    "tobytes(": "the order of the bytes does not matter to what is in them",
    "if len(names) > 2": "for two names both ways write the same",
    '"__float__") or': "no type of numbers has only one of the two methods",
    "if number <= least": "a number that equals the least one is not refused at all",
    'order="c"': "NumPy takes small letters, too",
    'order="f"': "NumPy takes small letters, too",
    "reshape(-2)": "NumPy takes any negative number for the length that it has to find",
    "margin /= sign": "the sign is 1 or -1",
    "margin >= 0": "at 0 both sides are equal",
    "positive = z.real": "both forms are right where this changes which one is taken",
    "invalid=None": "whether a product warns of inf - inf depends on the library behind NumPy",
    'np.errstate(over="ignore", )': "the same",
    '"biuf", None)': "f was refused at the first of the two points",
    '"XXreal numbersXX"': "f was refused at the first of the two points",
    '"REAL NUMBERS"': "f was refused at the first of the two points",
    "if error >= tolerance": "an error is never exactly the tolerance",
    "np.isfinite(h), h, 1)": "logits that overflow are larger than 1",
    "np.where(limit, 1, ": "an infinite maximum swallows the sum that this is in",
    "J.shape[2]": "each Jacobian is square",
    "J.sum(axis=-2)": "each Jacobian is symmetric",
    "_state(X, y, W, b, None, seen)": "a start that overflows is refused before",
    "is_finite(dW) or": "logits that are not finite spoil both gradients",
}
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
    ignore = shutil.ignore_patterns("__pycache__", "site", "viz", "support")
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
    harmless = Counter(filter(None, (explain(program, name) for name in missed)))
    for reason, times in harmless.most_common():
        print(f"{times:3} not noticed: {reason}")
    noticed = 1 - len(missed) / len(codes)
    print(f"{len(codes)} changes, {len(missed)} not noticed: {noticed:.1%} noticed")
    print(f"without a reason: {len(missed) - harmless.total()}")
    print("exit codes:", dict(Counter(codes.values())))
    if noticed < LEAST:
        sys.exit(f"at least {LEAST:.0%} must be noticed")


def explain(program: Path, name: str) -> str | None:
    """Why a change was not noticed; if that is not known, the change is printed."""
    run = subprocess.run([program, "show", name], cwd=WORK, check=True, capture_output=True)
    shown = run.stdout.decode()
    new = "\n".join(re.findall(r"^\+(?!\+\+)(.*)", shown, re.MULTILINE))
    for part, reason in HARMLESS.items():
        if part in new:
            return reason
    print(shown)
    return None


if __name__ == "__main__":
    main()

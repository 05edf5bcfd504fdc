"""A worker runs a page as Jupyter would, and ends when the build does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import psutil  # type: ignore[import-untyped]
import pytest

from book.execution import pages, scripts

EXTENSIONS = Path(__file__).parents[2] / "docs/_ext"
BUILD = """
import nbformat
from book.execution import pages

cell = nbformat.v4.new_code_cell("open({started!r}, 'w').close(); import time; time.sleep(600)")
with pages.workers(1) as pool:
    pool.submit(pages.run, nbformat.v4.new_notebook(cells=[cell]), 600).result()
"""


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Workers, as a build has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", f"{EXTENSIONS}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        with pages.workers(2) as pool:
            yield pool


def run(pool: ProcessPoolExecutor, *cells: Any, timeout: int = 60) -> list[Any]:
    """Outputs of each cell of a page."""
    made = [c if not isinstance(c, str) else nbformat.v4.new_code_cell(c) for c in cells]
    page = pool.submit(pages.run, nbformat.v4.new_notebook(cells=made), timeout)
    notebook, _ = page.result(timeout=300)  # no page of these tests hangs for so long
    return [cell.outputs for cell in notebook.cells]


def test_what_a_cell_prints_and_shows_is_kept(pool: ProcessPoolExecutor) -> None:
    printed, value, quiet, drawn, warned = run(
        pool,
        "print('one'); print('two')",
        "6 * 7",
        "6 * 7;",
        "import matplotlib.pyplot as plt; _ = plt.plot([0, 1])",
        "import warnings; warnings.warn('mind the gap')",
    )
    assert [(o.output_type, o.text) for o in printed] == [("stream", "one\ntwo\n")]
    assert value[0].data["text/plain"] == "42"
    assert quiet == []
    assert {"image/png", "image/svg+xml"} <= drawn[0].data.keys()
    assert warned[0].name == "stderr"


def test_pages_share_no_variable(pool: ProcessPoolExecutor) -> None:
    run(pool, "shared = 1")
    with pytest.raises(RuntimeError, match="NameError"):
        run(pool, "shared")


def test_what_has_no_seed_is_the_same_in_every_build_but_not_twice(
    pool: ProcessPoolExecutor,
) -> None:
    cell = "import numpy as np; print(*(np.random.default_rng().random() for _ in range(2)))"
    old = "print(np.random.rand())"
    builds = [[out[0].text for out in run(pool, cell, old)] for _ in range(2)]
    assert builds[0] == builds[1]
    assert len({*builds[0][0].split()}) == 2


def test_an_error_that_is_meant_is_an_output_and_another_ends_the_page(
    pool: ProcessPoolExecutor,
) -> None:
    meant = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    raised, after = run(pool, meant, "print('after')")
    assert (raised[0].ename, after[0].text) == ("ZeroDivisionError", "after\n")
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run(pool, "1 / 0")


@pytest.mark.parametrize("first", ["1", "while True:\n        pass"], ids=["", "swallowed"])
def test_a_cell_that_takes_too_long_ends_the_page(pool: ProcessPoolExecutor, first: str) -> None:
    cell = f"try:\n    {first}\nexcept BaseException:\n    pass\nwhile True:\n    pass"
    with pytest.raises(RuntimeError, match="KeyboardInterrupt"):
        run(pool, cell, timeout=1)


def test_a_worker_ends_with_the_build_however_that_ends(tmp_path: Path) -> None:
    started, script = tmp_path / "started", tmp_path / "build.py"
    script.write_text(
        f"if __name__ == '__main__':\n    exec({BUILD.format(started=str(started))!r})\n"
    )
    paths = [str(EXTENSIONS), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(paths)}
    with subprocess.Popen([sys.executable, str(script)], env=environment) as build:
        for _ in range(1200):
            if started.exists():
                break
            time.sleep(0.1)
        left = psutil.Process(build.pid).children(recursive=True)
        assert left
        build.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=20)
    for process in alive:
        process.kill()
    assert alive == []


def test_warnings_are_errors_in_a_script_and_as_before_after_it() -> None:
    import warnings

    before = warnings.filters[:]
    scripts.warnings_are_errors({}, "script.py", "before")
    with pytest.raises(UserWarning):
        warnings.warn("mind the gap", stacklevel=1)
    scripts.warnings_are_errors({}, "script.py", "after")
    assert warnings.filters == before


def test_what_no_page_names_is_not_imported_beforehand() -> None:
    def before(code: str) -> set[str]:
        cell = nbformat.v4.new_code_cell(code)
        modules = pages.preload([nbformat.v4.new_notebook(cells=[cell])])
        return {name.partition(".")[0] for name in modules if "pytorch" not in name}

    plain = before("import numpy as np")
    assert plain >= {"IPython", "matplotlib", "logreg_book"}
    assert before("from logreg_book.datasets import load_digits") - plain == {"sklearn"}
    assert before("import torch") - plain == {"torch"}

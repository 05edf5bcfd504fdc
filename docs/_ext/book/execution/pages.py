"""Pages are executed on all cores, before they are read.

Each page runs in a process of its own, forked from one that has imported what is heavy: Python's
own fork server.  Pages share no variable, no figure and no seed.  MyST-NB finds the outputs in
its cache; a page that fails is not put there, so that MyST-NB runs it again and says where.
"""

from __future__ import annotations

import _thread
import itertools
import multiprocessing as mp
import os
import re
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import create_nb_reader  # type: ignore[import-untyped]
from sphinx.util import logging
from sphinx.util.display import status_iterator

from book.reader.exercises import with_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

PRELOAD = [  # what is not there is not needed by pages either
    *("book", "sphinx.cmd.build", "IPython.core.interactiveshell", "IPython.core.pylabtools"),
    *("matplotlib.backends.backend_svg", "matplotlib.pyplot", "matplotlib_inline.backend_inline"),
    *("sklearn.datasets", "sklearn.linear_model", "sklearn.model_selection"),
    "torch._dynamo",  # by the first step of any of its optimizers
    *("torch.utils.data", "logreg_book.pytorch", "logreg_book.viz"),
]
INLINE = "module://matplotlib_inline.backend_inline"
FIGURES = {  # figures.py takes the smaller one
    "figure_formats": {"retina", "svg"},
    "print_figure_kwargs": {"bbox_inches": "tight", "metadata": {"Date": None}},
}


def end_with_build() -> None:
    """A worker ends when the build does, however that ends."""

    def wait() -> None:
        parent = mp.parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt what takes longer, and once more each second: an interrupt may be swallowed."""
    ended = threading.Event()

    def interrupt() -> None:
        wait = seconds
        while not ended.wait(wait):
            _thread.interrupt_main()
            wait = 1

    threading.Thread(target=interrupt, daemon=True).start()
    try:
        yield
    except KeyboardInterrupt:  # it came between two lines of the cell
        raise RuntimeError(f"KeyboardInterrupt after {seconds} seconds") from None
    finally:
        ended.set()


def fix_chance() -> None:
    """What has no seed is random for readers, and the same in every build."""
    import numpy as np

    seeds, make = itertools.count(), np.random.default_rng
    np.random.default_rng = lambda seed=None: make(next(seeds) if seed is None else seed)
    np.random.seed(0)  # noqa: NPY002 - the old generator, which a page may still use


def run(notebook: NotebookNode, timeout: int) -> tuple[NotebookNode, float]:
    """Run all cells, in a worker; an exception that no tag allows ends the page."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.pylabtools import activate_matplotlib
    from IPython.display import display
    from matplotlib_inline.backend_inline import configure_inline_support
    from traitlets.config import Config

    start = time.perf_counter()
    fix_chance()
    settings = Config(InlineBackend=FIGURES, HistoryManager={"enabled": False})
    shell = InteractiveShell.instance(config=settings)

    def show(value: object) -> None:
        quiet = shell.displayhook.quiet()  # type: ignore[no-untyped-call] # by a semicolon
        if value is not None and not quiet:
            display(value)  # type: ignore[no-untyped-call]

    shell.display_trap.hook = show
    activate_matplotlib(INLINE)  # type: ignore[no-untyped-call]
    configure_inline_support(shell, INLINE)  # type: ignore[no-untyped-call]
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
            with time_limit(timeout):
                run_cell(shell, cell)
            cell.execution_count = number
        os.chdir("/")
    return notebook, round(time.perf_counter() - start, 3)


def run_cell(shell: Any, cell: NotebookNode) -> None:
    """Run a cell and keep what it prints, shows and raises."""
    from IPython.utils.capture import capture_output

    errors: list[NotebookNode] = []
    shell._showtraceback = lambda kind, error, lines: errors.append(
        nbformat.v4.new_output("error", ename=kind.__name__, evalue=str(error), traceback=lines)
    )
    with capture_output() as said:
        result = shell.run_cell(cell.source, store_history=True)
    shown = {}  # what updates an output takes its place
    for count, rich in enumerate(said.outputs):
        shown[(rich.transient or {}).get("display_id", count)] = rich
    cell.outputs = [
        *(
            nbformat.v4.new_output("stream", name=name, text=text)
            for name, text in (("stdout", said.stdout), ("stderr", said.stderr))
            if text
        ),
        *(
            nbformat.v4.new_output("display_data", data=rich.data, metadata=rich.metadata or {})
            for rich in shown.values()
        ),
        *errors,
    ]
    if not (result.success or "raises-exception" in cell.metadata.get("tags", [])):
        raise RuntimeError(repr(result.error_before_exec or result.error_in_exec))


def preload(pages: Iterable[NotebookNode]) -> list[str]:
    """What to import before the first of these pages: what none of them names would be in vain."""
    code = "\n".join(cell.source for page in pages for cell in page.cells)
    needs = {"torch": "torch", "sklearn": "sklearn|datasets", "logreg_book.pytorch": "torch"}
    vain = tuple(package for package, words in needs.items() if not re.search(words, code))
    return [name for name in PRELOAD if not name.startswith(vain)]


def workers(n: int, modules: list[str] = PRELOAD) -> ProcessPoolExecutor:
    """Processes of one page each; elsewhere than on Linux to fork is not safe, or not possible."""
    context: Any = mp.get_context("forkserver" if sys.platform == "linux" else "spawn")
    if sys.platform == "linux":
        context.set_forkserver_preload(modules)
    return ProcessPoolExecutor(n, context, initializer=end_with_build, max_tasks_per_child=1)


def to_execute(env: BuildEnvironment, names: list[str]) -> dict[str, NotebookNode]:
    """Pages that have code and are not in the cache, by path."""
    config = env.mystnb_config  # type: ignore[attr-defined]
    cache, found = get_cache(config.execution_cache_path), {}
    for path in map(Path, map(env.doc2path, names)):
        text = with_values(path.read_text("utf-8"))
        reader = create_nb_reader(path, env.myst_config, config, text)  # type: ignore[attr-defined]
        if reader is not None and path.suffix == ".md":
            notebook = reader.read(text)
            try:
                cache.match_cache_notebook(notebook)
            except KeyError:
                found[str(path)] = notebook
    return found


def execute(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """Execute these pages and keep their outputs; leave no process behind."""
    if app.config.nb_execution_mode != "cache":
        return
    pages = to_execute(env, names)
    if not pages:
        logger.info("executing pages... none: their code is as it was")
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    with workers(os.cpu_count() or 1, preload(pages.values())) as pool:
        # the last chapters run long: begun last, one would keep a single core busy at the end
        runs = {
            pool.submit(run, pages[path], app.config.nb_execution_timeout): path
            for path in reversed(pages)
        }
        done = as_completed(runs)
        for page in status_iterator(
            done,
            "executing pages... ",
            "purple",
            len(runs),
            app.verbosity,
            lambda r: Path(runs[r]).stem,
        ):
            try:
                notebook, seconds = page.result()
            except Exception as fault:
                logger.info("%s failed and is run once more: %r", Path(runs[page]).stem, fault)
            else:
                data = {"execution_seconds": seconds}
                bundle = CacheBundleIn(notebook, runs[page], data=data)
                cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

"""Pages are executed on all cores, beside the gallery's scripts and before they are read.

MyST-NB executes a page when it is read, and finds in its memory what was executed here.  A
page that fails is not remembered: MyST-NB runs it again when it reads it, and says where.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_cache import get_cache
from myst_nb.core.execute import create_client  # type: ignore[import-untyped]
from myst_nb.core.read import create_nb_reader  # type: ignore[import-untyped]
from sphinx.util import logging
from sphinx.util.display import status_iterator
from sphinx.util.matching import get_matching_files

from exercises import with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

STEM = Path(__file__).with_name("warm.py")
CORES = os.cpu_count() or 1


class Silence:
    """Who is told of a page here; MyST-NB tells the reader when it reads the page."""

    def info(self, *_: object, **__: object) -> None:
        """Say nothing."""

    debug = warning = info


@dataclass(frozen=True)
class Page:
    """A page with code that has not been executed as it is now."""

    path: str
    notebook: NotebookNode
    config: Any
    read_format: dict[str, str]

    def execute(self) -> None:
        """Execute and remember it."""
        with create_client(self.notebook, self.path, self.config, Silence(), self.read_format):
            pass


class Work:
    """All that is under way."""

    def __init__(self) -> None:
        self.ends = ExitStack()
        self.pages: dict[Future[None], str] = {}

    def begin(self, app: Sphinx) -> None:
        """Start executing all pages that need it; sphinx-gallery runs the scripts meanwhile."""
        if app.env.mystnb_config.execution_mode != "cache":  # type: ignore[attr-defined]
            return
        pages = list(to_execute(app))
        if pages:
            warm_up(Path(app.confdir), self.ends)
            # one more than there are cores: a kernel that starts or ends waits as well
            pool = self.ends.enter_context(ThreadPoolExecutor(CORES + 1))
            # the last chapters run long: begun last, one would keep a single core busy at the end
            self.pages = {pool.submit(p.execute): Path(p.path).stem for p in reversed(pages)}

    def finish(self, app: Sphinx, _env: BuildEnvironment, _names: list[str]) -> None:
        """Wait for all pages before the first is read."""
        for _ in status_iterator(
            as_completed(self.pages),
            "executing pages... ",
            "purple",
            len(self.pages),
            app.verbosity,
            self.pages.__getitem__,
        ):
            pass
        for run, name in self.pages.items():
            if fault := run.exception():
                logger.info("%s will be executed once more: %r", name, fault)

    def end(self, *_: object) -> None:
        """Leave no process behind, however the build ends."""
        self.ends.close()


def to_execute(app: Sphinx) -> Iterator[Page]:
    """Pages that have code and are not remembered."""
    config = app.env.mystnb_config  # type: ignore[attr-defined]
    memory = get_cache(config.execution_cache_path)
    for file in get_matching_files(app.srcdir, ("**.md",), app.config.exclude_patterns):
        path = Path(app.srcdir, file)
        text = with_values(path.read_text("utf-8"))
        reader = create_nb_reader(path, app.env.myst_config, config, text)  # type: ignore[attr-defined]
        if reader is not None:
            notebook = reader.read(text)
            try:
                memory.match_cache_notebook(notebook)
            except KeyError:
                yield Page(str(path), notebook, config, reader.read_fmt)


def warm_up(root: Path, ends: ExitStack) -> None:
    """Let Jupyter take kernels from a process that has imported what they need."""
    if not hasattr(os, "fork"):
        return
    # not below the project: an address of this kind has at most about a hundred letters
    folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="logreg_book-"))
    address = str(Path(folder, "stem"))
    spec = root / "build" / "jupyter" / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-S", "-E", str(STEM), address, "-f", "{connection_file}"]
    text = {"argv": argv, "display_name": "Python 3", "language": "python"}
    spec.write_text(json.dumps(text | {"interrupt_mode": "message"}), "utf-8")
    os.environ["JUPYTER_PATH"] = str(spec.parents[2])
    stem = subprocess.Popen([sys.executable, str(STEM), address], stdin=subprocess.PIPE)  # noqa: S603
    ends.callback(cool_down, stem)


def cool_down(stem: subprocess.Popen[bytes]) -> None:
    """End the process, and Jupyter's use of it."""
    os.environ.pop("JUPYTER_PATH", None)
    stem.terminate()
    stem.wait()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Begin after MyST-NB has been set up and before sphinx-gallery runs its scripts."""
    work = Work()
    app.connect("builder-inited", work.begin)
    app.connect("env-before-read-docs", work.finish)
    app.connect("env-updated", work.end)
    app.connect("build-finished", work.end)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

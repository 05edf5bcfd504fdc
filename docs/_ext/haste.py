"""A build that does not wait: nothing is imported twice, and no core is idle if work is left."""

from __future__ import annotations

import gc
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sphinx_codeautolink.extension as codeautolink  # type: ignore[import-untyped]
from sphinx.util.parallel import ParallelTasks, SerialTasks, parallel_available
from sphinx_codeautolink.extension.resolve import populated_modules  # type: ignore[import-untyped]

from execute import CORES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

FEW = 2  # cores: the pages keep the other one busy

gc.set_threshold(200_000, 50, 100)  # what a build makes lives until its end: little is garbage


def run_here(app: Sphinx) -> None:
    """Start no workers for scripts if there is one to run, or no core to run them on.

    Each worker would import all that this process has to import as well.
    """
    gallery = Path(app.confdir, "gallery")
    made = Path(app.srcdir, "gallery")
    changed = [
        script
        for script in gallery.glob("*.py")
        if not (made / f"{script.name}.md5").exists()
        or script.read_bytes() != (made / script.name).read_bytes()
    ]
    if len(changed) <= 1 or CORES <= FEW:
        app.config.sphinx_gallery_conf["parallel"] = False


def spare_torch(_app: Sphinx, _env: BuildEnvironment) -> None:
    """Keep sphinx-codeautolink from importing what PyTorch imports for type checkers only.

    That is its compiler, which takes longer than all other names together.
    """
    if "torch" in sys.modules:
        populated_modules.add(id(sys.modules["torch"]))


class Links:
    """What sphinx-codeautolink has to write, which it would do page by page."""

    def __init__(self) -> None:
        self.write = codeautolink.link_html
        self.waiting: list[Callable[[], None]] = []

    def collect(self, *_: object) -> None:
        """Take note of each page in place of writing it."""
        codeautolink.link_html = self.later

    def later(self, *arguments: Any, **options: Any) -> None:
        """Take note of a page."""
        self.waiting.append(partial(self.write, *arguments, **options))

    def run(self, app: Sphinx, _exception: Exception | None) -> None:
        """Write all of them, on as many cores as Sphinx was given."""
        codeautolink.link_html = self.write
        n = max(1, app.parallel if parallel_available else 1)
        tasks = ParallelTasks(n) if n > 1 else SerialTasks()
        for part in range(n):
            tasks.add_task(each, self.waiting[part::n])
        tasks.join()
        self.waiting.clear()


def each(calls: list[Callable[[], None]]) -> None:
    """Call all of them."""
    for call in calls:
        call()


def leave(*_: object) -> None:
    """Let Python end at once: it would look through all objects for garbage, three times."""
    gc.freeze()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run before sphinx-gallery, before names are resolved, and around sphinx-codeautolink."""
    links = Links()
    app.connect("builder-inited", run_here, priority=400)
    app.connect("env-updated", spare_torch, priority=300)
    app.connect("build-finished", links.collect, priority=450)
    app.connect("build-finished", links.run, priority=550)
    app.connect("build-finished", leave, priority=1001)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Where the time of a build went: a table at its end, and ``build/timings.json``.

Nothing of it gets into the site, which has to be the same whatever machine builds it.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myst_nb.sphinx_ import NbMetadataCollector  # type: ignore[import-untyped]
from sphinx.util import logging

from fresh import write_whole

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

SCRIPTS = "seconds.json"  # what each script took, beside what it made
STARTED: dict[str, float] = {}
STAGES = (  # what has ended when Sphinx gives a signal
    ("config-inited", "start"),
    ("builder-inited", "scripts"),
    ("env-before-read-docs", "waiting for pages"),
    ("env-updated", "reading"),
    ("build-finished", "writing"),
)


def time_script(conf: dict[str, Any], script: str | None, when: str) -> None:
    """Reset hook of sphinx-gallery: note what a script took, its pictures and films included."""
    if script is None:
        return  # before a folder of scripts
    if when == "before":
        STARTED[script] = time.perf_counter()
        return
    took = time.perf_counter() - STARTED.pop(script)
    folder = Path(conf["src_dir"], conf["gallery_dirs"])
    write_whole(folder / f"{Path(script).stem}.{SCRIPTS}", json.dumps(round(took, 3)))


class Clock:
    """Reads the time at each signal of Sphinx."""

    def __init__(self) -> None:
        self.last = time.perf_counter()
        self.stages: dict[str, float] = {}

    def lap(self, name: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self.stages[name] = round(now - self.last, 3)
        self.last = now

    def report(self, app: Sphinx, exception: Exception | None) -> None:
        """Write and show all that was measured."""
        self.lap("finishing")
        if exception:
            return
        runs = {"page": pages(app), "script": scripts(Path(app.srcdir, "gallery"))}
        figures = {"stages": self.stages, **{f"{kind}s": times for kind, times in runs.items()}}
        write_whole(Path(app.confdir, "build", "timings.json"), json.dumps(figures, indent=1))
        rows = [*self.stages.items(), ("the whole build", sum(self.stages.values()))]
        rows += [
            (f"{kind} {name}, when it was run", seconds)
            for kind, times in runs.items()
            for name, seconds in times.items()
        ]
        table = "\n".join(f"{seconds:8.2f} s  {name}" for name, seconds in rows)
        logger.info("\nWhere the time went:\n%s", table)


def pages(app: Sphinx) -> dict[str, float]:
    """What each page took when it was executed, by this build or one before."""
    data = {page: NbMetadataCollector.get_exec_data(app.env, page) for page in app.env.found_docs}
    return {page: round(run["runtime"], 3) for page, run in sorted(data.items()) if run}


def scripts(folder: Path) -> dict[str, float]:
    """What each script took."""
    found = sorted(folder.glob(f"*.{SCRIPTS}"))
    return {path.name.partition(".")[0]: json.loads(path.read_text("utf-8")) for path in found}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Note the time before and after everybody else."""
    clock = Clock()
    for signal, stage in STAGES:
        priority = 1 if signal == "build-finished" else 1000
        app.connect(signal, lambda *_, stage=stage: clock.lap(stage), priority=priority)
    app.connect("build-finished", clock.report, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

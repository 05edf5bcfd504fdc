"""What a page shows was run with the code as it is now, or the build fails.

MyST-NB caches outputs by a page's cells, sphinx-gallery by a script's text; neither looks at the
library.  So both caches are kept under a digest of everything else that an output depends on.
Sphinx's own cache of pages is not used: it forgets warnings, and a page does not learn that one
which it quotes has changed.  Only ``nox -s live`` reads incrementally, into folders of its own.

A build may be killed at any moment, and what it was writing is then half there.  So a cache
counts only from the moment at which it is complete, and one build at a time writes to it.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from jupyter_cache import get_cache
from sphinx.util import logging as sphinx_logging
from threadpoolctl import threadpool_limits

from book.execution.inputs import GENERATED, OUTPUTS, PAGES, digest

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = sphinx_logging.getLogger(__name__)
LOCK: list[FileLock] = []  # held until the process ends


def wait_for_other_builds(build: Path) -> None:
    """Let one build at a time write; the lock goes with the process, however that ends."""
    build.mkdir(exist_ok=True)
    LOCK.append(FileLock(build / "lock"))
    try:
        LOCK[-1].acquire(blocking=False)
    except Timeout:
        logger.info("another build is running: waiting for it")
        LOCK[-1].acquire()


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as part:
        part.write(data.encode() if isinstance(data, str) else data)
    Path(part.name).chmod(0o644)
    Path(part.name).replace(path)


def set_environment(app: Sphinx) -> None:
    """Keep the user's settings out of what is run, and machines from differing in it."""
    logging.getLogger("traitlets").setLevel("WARNING")
    os.environ["IPYTHONDIR"] = str(Path(app.confdir, "build", "ipython"))
    os.environ.pop("MPLBACKEND", None)  # with one set, figures would not reach the page
    path = os.environ.get("PYTHONPATH")  # for workers, which import this package
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parents[2]), *filter(None, [path])]
    )
    os.environ["PYTHONHASHSEED"] = "0"  # a set prints in the same order in every build
    # Pages run side by side, one a core, and sums do not depend on how many cores there are.
    # Without threads of their own, NumPy and PyTorch can also be forked.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    threadpool_limits(1)  # NumPy is imported already


def outputs(app: Sphinx) -> Path:
    """Where the outputs of cells and scripts are kept, as long as nothing changes them."""
    return Path(app.confdir, "build", "executed", app.config.book_outputs)


def drop_stale_outputs(app: Sphinx, config: Config) -> None:
    """Drop what was executed with other code, or by a build that was killed."""
    root = Path(app.confdir)
    chosen = [
        (option.name, option.value)
        for option in config
        if option.name.startswith(("nb_", "sphinx_gallery_conf"))
    ]
    config.book_outputs = digest(root, OUTPUTS, sorted(chosen))
    config.book_pages = digest(root, PAGES)
    kept = outputs(app)
    for other in kept.parent.glob("*"):
        if other != kept:
            shutil.rmtree(other)
    config.nb_execution_cache_path = str(kept / "notebooks")
    drop_broken_cache(kept / "notebooks")
    scripts = kept / "scripts-are-complete"
    if not scripts.exists():
        shutil.rmtree(root / GENERATED[0], ignore_errors=True)
    scripts.unlink(missing_ok=True)
    for script in (root / GENERATED[0]).glob("*.py"):
        if not (root / "gallery" / script.name).exists():
            for made in script.parent.glob(f"{script.stem}.*"):
                made.unlink()


def drop_broken_cache(notebooks: Path) -> None:
    """Drop what was executed if some of it cannot be read: its build was killed."""
    try:
        cache = get_cache(notebooks)
        for record in cache.list_cache_records():
            cache.get_cache_bundle(record.pk)
    except Exception:  # whatever is wrong with it, it is of no use
        logger.info("the cache of executed pages is damaged: executing all of them")
        shutil.rmtree(notebooks, ignore_errors=True)


def drop_pages(app: Sphinx) -> None:
    """Read and write all pages; folders that are not ours are left alone."""
    build = Path(app.confdir, "build")
    for folder in (app.doctreedir, app.outdir, Path(app.confdir, GENERATED[1])):
        if build in Path(folder).parents or folder == Path(app.confdir, GENERATED[1]):
            shutil.rmtree(folder, ignore_errors=True)
            Path(folder).mkdir(parents=True, exist_ok=True)

"""What a page shows was run with the code as it is now, or the build fails.

MyST-NB remembers outputs by a page's cells, sphinx-gallery by a script's text; neither looks
at the library.  So both memories are tied to a digest of everything else that an output
depends on, and dropped when it changes.

Sphinx remembers pages, and so forgets warnings; nor does a page learn that one it quotes has
changed.  So that memory is used only if nothing changed since a build without a warning.

A build may be killed at any moment, and what it was writing is then half there.  So a memory
counts only from the moment at which it is complete, and one build at a time writes to them.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout
from jupyter_cache import get_cache
from sphinx.util import logging as sphinx_logging
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

CODE = (
    "conf.py",
    "constraints.txt",
    "docs/_ext/*.py",
    "src/logreg_book/**/*.*",
)
# The project's own words are in the library's wheel, which the site serves.
PAGES = (
    *("docs/**/*.*", "gallery/*", "tests/benchmarks/*.json"),
    *("pyproject.toml", "*.md", "LICENSE"),
)
logger = sphinx_logging.getLogger(__name__)

GENERATED = ("docs/gallery", "docs/reference/generated")
LOCK: list[FileLock] = []  # held until the process ends


def digest(root: Path, *patterns: str) -> str:
    """One word for Python, what is installed, and the content of all files of these patterns."""
    installed = sorted(
        path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info")
    )
    total = hashlib.sha256(f"{sys.version} {installed}".encode())
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(GENERATED) and "__pycache__" not in name:
            total.update(f"\0{name}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def forget(app: Sphinx, config: Config) -> None:
    """Drop what was remembered of other code, or by a build that did not end well."""
    root = Path(app.confdir)
    wait_for_others(root / "build")
    forget_outputs(root, Path(app.outdir).parent, config)
    forget_pages(Path(app.doctreedir), digest(root, *CODE, *PAGES))
    isolate(root)


def wait_for_others(build: Path) -> None:
    """Let one build at a time write; the lock goes with the process, however that ends."""
    build.mkdir(exist_ok=True)
    try:
        LOCK.append(FileLock(build / "lock"))
        LOCK[-1].acquire(blocking=False)
    except Timeout:
        logger.info("another build is running: waiting for it")
        LOCK[-1].acquire()


def write_whole(path: Path, data: str | bytes) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data.encode() if isinstance(data, str) else data)
    part.replace(path)


def mend(notebooks: Path) -> None:
    """Drop what was executed if some of it cannot be read: its build was killed."""
    try:
        memory = get_cache(notebooks)
        for record in memory.list_cache_records():
            memory.get_cache_bundle(record.pk)
    except Exception:  # whatever is wrong with it, it is of no use
        logger.info("the memory of executed pages is damaged: executing all of them")
        shutil.rmtree(notebooks, ignore_errors=True)


def forget_outputs(root: Path, work: Path, config: Config) -> None:
    """Drop what was executed with other code."""
    config.book_digest = digest(root, *CODE)
    memory = root / "build" / "executed" / config.book_digest
    config.nb_execution_cache_path = str(memory / "notebooks")
    figures = work / "jupyter_execute"  # where MyST-NB writes them; each builder has its own
    made_with = figures / "digest.txt"
    if not made_with.exists() or made_with.read_text() != config.book_digest:
        shutil.rmtree(figures, ignore_errors=True)
        write_whole(made_with, config.book_digest)
    for other in memory.parent.glob("*"):
        if other != memory:
            shutil.rmtree(other)
    mend(memory / "notebooks")
    stamp = root / "docs" / "gallery" / "digest.txt"
    if not stamp.exists() or stamp.read_text() != config.book_digest:
        for generated in GENERATED:
            shutil.rmtree(root / generated, ignore_errors=True)
    stamp.unlink(missing_ok=True)
    for script in stamp.parent.glob("*.py"):
        if not (root / "gallery" / script.name).exists():
            for generated_file in script.parent.glob(f"{script.stem}.*"):
                generated_file.unlink()


def forget_pages(memory: Path, state: str) -> None:
    """Drop Sphinx's memory unless the last build ended well and nothing has changed since."""
    memory.mkdir(parents=True, exist_ok=True)
    finished = memory / "finished.txt"
    if not finished.exists() or finished.read_text() != state:
        (memory / "environment.pickle").unlink(missing_ok=True)
    finished.unlink(missing_ok=True)
    (memory / "begun.txt").write_text(state)


def isolate(root: Path) -> None:
    """Keep the user's own settings out of the kernels that run the pages."""
    profile = root / "build" / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    # Kernels talk to this machine only: the warning of each about its transport says nothing.
    # Figures come as SVG and as a PNG that is sharp on a phone: pictures.py takes the smaller one.
    (profile / "ipython_kernel_config.py").write_text(
        "c.IPKernelApp.log_level = 'ERROR'\n"
        "c.InlineBackend.figure_formats = {'retina', 'svg'}\n"
        "c.InlineBackend.print_figure_kwargs = "
        "{'bbox_inches': 'tight', 'metadata': {'Date': None}}\n"
    )
    # What a cell prints comes in one piece when it ends: MyST-NB joins pieces with a new line.
    (profile / "startup").mkdir(exist_ok=True)
    (profile / "startup" / "print.py").write_text("import sys\nsys.stdout.flush_interval = 600\n")
    logging.getLogger("traitlets").setLevel("WARNING")
    os.environ["IPYTHONDIR"] = str(profile.parent)
    os.environ.pop("MPLBACKEND", None)  # with one set, figures would not reach the page
    # Pages run side by side, one a core; and sums do not depend on how many cores there are.
    os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
    threadpool_limits(1)  # NumPy is imported already
    os.environ["PYTHONHASHSEED"] = "0"  # a set prints in the same order in every build


def find_generated(app: Sphinx) -> None:
    """Tell sphinx-codeautolink of all pages: it adds links to those that are known when it starts.

    So it has to start after this, and this after sphinx-gallery and autosummary.  The files
    by which sphinx-gallery would add links of its own are removed: it would get in the way.
    """
    for names in Path(app.srcdir, "gallery").glob("*.codeobj.json"):
        names.unlink()
    app.env.find_files(app.config, app.builder)


def remember_gallery(app: Sphinx) -> None:
    """Trust the gallery's memory if scripts gave no warning; one that failed has none anyway."""
    failed = app.config.sphinx_gallery_conf["failing_examples"]
    if app._warncount <= len(failed):  # Sphinx has no public count of warnings
        Path(app.srcdir, "gallery", "digest.txt").write_text(app.config.book_digest)


def remember_pages(app: Sphinx, exception: Exception | None) -> None:
    """A build without a warning is what the next one may start from; with one it has failed."""
    if app._warncount:
        app.statuscode = 1  # also without -W
    elif exception is None:
        memory = Path(app.doctreedir)
        (memory / "begun.txt").replace(memory / "finished.txt")


def sweep(app: Sphinx, exception: Exception | None) -> None:
    """Remove HTML of pages that are gone."""
    if exception is None and app.builder.name == "html":
        extra = {Path(path).stem for path in app.config.html_extra_path}
        code = {f"_modules/{name}" for name in getattr(app.env, "_viewcode_modules", {})}
        code = {name.replace(".", "/") for name in code} | {"_modules/index"}
        pages = app.env.found_docs | {"genindex", "search"} | extra | code
        for path in Path(app.outdir).rglob("*.html"):
            if path.relative_to(app.outdir).with_suffix("").as_posix() not in pages:
                path.unlink()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run before and after everybody else."""
    app.add_config_value("book_digest", "", rebuild="env", types=frozenset({str}))
    app.connect("config-inited", forget, priority=1)
    app.connect("builder-inited", find_generated)
    app.connect("builder-inited", remember_gallery, priority=999)
    app.connect("build-finished", sweep)
    app.connect("build-finished", remember_pages, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

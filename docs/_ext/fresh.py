"""What a page shows was run with the code as it is now, or the build fails.

MyST-NB remembers outputs by a page's cells, sphinx-gallery by a script's text; neither looks
at the library.  So both memories are tied to a digest of everything else that an output
depends on, and dropped when it changes.

Sphinx remembers pages, and so forgets warnings; nor does a page learn that one it quotes has
changed.  So that memory is used only if nothing changed since a build without a warning.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

CODE = (
    "conf.py",
    "constraints.txt",
    "docs/_ext/*.py",
    "src/logreg_book/**/*.mplstyle",
    "src/logreg_book/**/*.py",
    "tests/equations.py",
)
# The project's own words are in the library's wheel, which the site serves.
PAGES = (
    *("docs/**/*.*", "gallery/*", "tests/benchmarks/figures.json"),
    *("pyproject.toml", "README.md", "LICENSE", "src/**/py.typed"),
)
GENERATED = ("docs/gallery", "docs/reference/generated")


def digest(root: Path, *patterns: str) -> str:
    """One word for the Python version and the content of all files of these patterns."""
    total = hashlib.sha256(sys.version.encode())
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(GENERATED) and "__pycache__" not in name:
            total.update(f"\0{name}\0".encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


def forget(app: Sphinx, config: Config) -> None:
    """Drop what was remembered of other code, or by a build that did not end well."""
    root = Path(app.confdir)
    forget_outputs(root, config)
    forget_pages(Path(app.doctreedir), digest(root, *CODE, *PAGES))
    isolate(root)


def forget_outputs(root: Path, config: Config) -> None:
    """Drop what was executed with other code."""
    config.book_digest = digest(root, *CODE)
    memory = root / "build" / "executed" / config.book_digest
    config.nb_execution_cache_path = str(memory / "notebooks")
    for other in memory.parent.glob("*"):
        if other != memory:
            shutil.rmtree(other)
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
    (profile / "ipython_kernel_config.py").write_text("c.IPKernelApp.log_level = 'ERROR'\n")
    # What a cell prints comes in one piece when it ends: MyST-NB joins pieces with a new line.
    (profile / "startup").mkdir(exist_ok=True)
    (profile / "startup" / "print.py").write_text("import sys\nsys.stdout.flush_interval = 600\n")
    logging.getLogger("traitlets").setLevel("WARNING")
    os.environ["IPYTHONDIR"] = str(profile.parent)
    os.environ.pop("MPLBACKEND", None)  # with one set, figures would not reach the page
    os.environ["PYTHONHASHSEED"] = "0"  # a set prints in the same order in every build


def hurry(app: Sphinx) -> None:
    """Start no worker processes for a gallery that has at most one script to run."""
    gallery = Path(app.confdir, "gallery")
    made = Path(app.srcdir, "gallery")
    changed = [
        script
        for script in gallery.glob("*.py")
        if not (made / f"{script.name}.md5").exists()
        or script.read_bytes() != (made / script.name).read_bytes()
    ]
    if len(changed) <= 1:
        app.config.sphinx_gallery_conf["parallel"] = False


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
        pages = app.env.found_docs | {"genindex", "search"}
        for path in Path(app.outdir).rglob("*.html"):
            if path.relative_to(app.outdir).with_suffix("").as_posix() not in pages:
                path.unlink()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Run before and after everybody else."""
    app.add_config_value("book_digest", "", rebuild="env", types=frozenset({str}))
    app.connect("config-inited", forget, priority=1)
    app.connect("builder-inited", hurry, priority=400)
    app.connect("builder-inited", find_generated)
    app.connect("builder-inited", remember_gallery, priority=999)
    app.connect("build-finished", sweep)
    app.connect("build-finished", remember_pages, priority=999)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

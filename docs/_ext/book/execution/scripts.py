"""The gallery's scripts, which sphinx-gallery runs in workers of its own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from book.execution.cache import outputs, write_whole

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FILTERS: list[Any] = []  # of warnings, as they were before a script


def warnings_are_errors(_conf: dict[str, Any], _script: str, when: str) -> None:
    """Reset hook of sphinx-gallery: strict before a script, as before after it."""
    if when == "before":
        FILTERS[:] = warnings.filters
        warnings.resetwarnings()
        warnings.simplefilter("error")
    else:
        warnings.filters[:] = FILTERS  # type: ignore[index]


def keep_scripts(app: Sphinx) -> None:
    """Trust sphinx-gallery's cache if scripts gave no warning; one that failed is not in it."""
    failed = app.config.sphinx_gallery_conf["failing_examples"]
    if app._warncount <= len(failed):  # Sphinx has no public count of warnings
        write_whole(outputs(app) / "scripts-are-complete", "")


def drop_names(app: Sphinx) -> None:
    """Remove the files by which sphinx-gallery would link names: that is done elsewhere."""
    for names in Path(app.srcdir, "gallery").glob("*.codeobj.json"):
        names.unlink()

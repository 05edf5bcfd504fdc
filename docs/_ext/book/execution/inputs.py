"""All that a build depends on, as digests, so that an edit runs again what depends on it.

``noxfile.py`` runs this file too, to see whether there is anything to do.  So it needs nothing
but the standard library.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from pathlib import Path

BOOK = "docs/_ext/book"
LIBRARY = "src/**/*"
# Outputs of cells and scripts, and what was measured of equations
OUTPUTS = (LIBRARY, "constraints.txt", f"{BOOK}/execution/*.py", f"{BOOK}/reader/fi*.py")
EQUATIONS = (LIBRARY, "docs/equation_checks.py", f"{BOOK}/checks/*.py")
# What makes pages of their sources; the project's own words are in the wheel that the site serves
PAGES = (
    *(LIBRARY, "docs/_*/**/*", "docs/inventories/*", "docs/*.py", "docs/*.toml"),
    *("benchmarks/*.md", "*.py", "*.md", "*.toml", "constraints.txt", "LICENSE"),
)
ALL = (*PAGES, "docs/**/*", "gallery/*")
GENERATED = ("docs/gallery", "docs/reference/generated")
VARIABLES = ("SITE_URL", "SOURCE_DATE_EPOCH", "PYTHONPATH", "PYTHONWARNINGS")


def digest(
    root: Path, patterns: tuple[str, ...], *settings: object, packages: Path | None = None
) -> str:
    """One word for these files and settings, Python, and what is installed."""
    packages = packages or Path(sysconfig.get_path("purelib"))
    versions = sorted(path.name for path in packages.glob("*.dist-info"))
    total = hashlib.sha256(f"{sys.version} {versions} {settings}".encode())
    for path in sorted({path for pattern in patterns for path in root.glob(pattern)}):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not name.startswith(GENERATED) and "__pycache__" not in name:
            total.update(f"\0{name}\0".encode() + path.read_bytes())
    return total.hexdigest()[:16]


def whole_state(root: Path, site: Path, packages: Path, options: tuple[str, ...]) -> str:
    """One word for all inputs of a build, and the site that it has made of them."""
    files = [(p.as_posix(), p.stat().st_size, p.stat().st_mtime_ns) for p in site.rglob("*")]
    variables = [os.environ.get(name) for name in VARIABLES]
    return digest(root, ALL, options, variables, sorted(files), packages=packages)

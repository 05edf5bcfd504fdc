"""``{versions}``: the packages that a page's result may depend on, as installed."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from docutils import nodes

PACKAGES = (
    *("numpy", "torch", "scikit-learn", "matplotlib", "imageio-ffmpeg"),
    *("sphinx", "myst-nb", "sphinx-gallery", "furo"),
)


class Versions(SphinxDirective):
    """A table of them."""

    def run(self) -> list[nodes.Node]:
        """Ask Python for each."""
        installed = {"Python": platform.python_version()} | {
            name: version(name) for name in PACKAGES
        }
        rows = "\n".join(f"| {name} | {number} |" for name, number in installed.items())
        return self.parse_text_to_nodes(f"| package | version |\n|---|---|\n{rows}")

"""Every labelled equation is checked, and the page says how well.

The checks are in ``tests/equations.py``.  They run once for each state of the library, while
pages are executed; a build with nothing to check does not load them.
"""

from __future__ import annotations

import json
import math
import sys
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging

from fresh import write_whole

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

REGISTRY = "tests/equations.py"


def results_of(app: Sphinx) -> dict[str, dict[str, float]]:
    """Error and tolerance of each label for the library as it is now, measured or remembered."""
    memory = Path(app.config.nb_execution_cache_path).with_name("equations.json")
    return measured(Path(app.confdir, REGISTRY), memory)


@cache
def measured(registry: Path, memory: Path) -> dict[str, dict[str, float]]:
    """The same, by paths."""
    if not memory.exists():
        write_whole(memory, json.dumps(run_path(str(registry))["measure_all"]()))
    results: dict[str, dict[str, float]] = json.loads(memory.read_text())
    return results


def measure(app: Sphinx, _env: BuildEnvironment, _names: list[str]) -> None:
    """Measure while others execute."""
    results_of(app)


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of equations without check, checks without equation, and errors that are too large."""
    results = results_of(app)
    labels = {label: page for label, (page, _) in env.domains.math_domain.equations.items()}
    for label in sorted(labels.keys() - results.keys()):
        warn(f"equation {label} has no check in {REGISTRY}", labels[label])
    for label, result in results.items():
        if label not in labels:
            warn(f"{REGISTRY} checks {label}, which no page has", "index")
        elif not result["error"] <= result["tolerance"]:  # NaN is not below anything
            warn(
                f"equation {label} is wrong: error {result['error']:.1e}, "
                f"allowed {result['tolerance']:.1e}",
                labels[label],
            )


def warn(message: str, page: str) -> None:
    """Warn with the page it is about."""
    logger.warning(message, location=page, type="equations")


def annotate(app: Sphinx, doctree: nodes.document, _page: str) -> None:
    """Say beside each labelled equation how well it agrees."""
    if app.builder.format != "html":
        return
    for equation in doctree.findall(nodes.math_block):
        result = results_of(app).get(equation.get("label") or "")
        if result:
            equation["note"] = (
                '<small class="checked" title="The formula and its witnesses '
                f'agree to this relative error">checked: agrees to {power(result["error"])}</small>'
            )


def power(error: float) -> str:
    """An error, rounded up to a power of ten that differs by no machine's last digit.

    >>> power(3.1e-12), power(0.0)
    ('10<sup>&#8722;11</sup>', '10<sup>&#8722;15</sup>')
    """
    exponent = math.ceil(math.log10(max(error, sys.float_info.epsilon)))
    return f"10<sup>&#8722;{-exponent}</sup>"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Measure first, check when all pages have been read, annotate each that is written."""
    app.connect("env-before-read-docs", measure, priority=400)  # then the wait for pages
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", annotate)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Every numbered equation is evaluated as it is printed, and the page says how well it holds.

The TeX comes from the page itself.  ``docs/equation_checks.py`` says what its symbols stand for,
and `formula` measures by how much its sides differ.  What was measured is remembered for as long
as the TeX and the code stay the same, so most builds have no need to load PyTorch.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from runpy import run_path
from typing import TYPE_CHECKING, Any, TypedDict

from docutils import nodes
from sphinx.util import logging

from book.checks.formula import FormulaError
from book.execution.cache import write_whole
from book.execution.inputs import EQUATIONS, digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

CHECKS = "docs/equation_checks.py"
RESULTS = "build/equations.json"
CHECKED = (  # text, and what it means
    "checked: agrees to",
    "The printed formula is evaluated with random numbers: its sides and the references agree "
    "to this relative error",
)
DEFINITION = (
    "definition: the code computes this, to",
    "The printed formula is evaluated with random numbers: the library computes the same, "
    "to this relative error",
)


class Result(TypedDict):
    """What came of an equation: its TeX, and a fault or a note to show beside it."""

    tex: str
    fault: str
    note: str


class Results(TypedDict):
    """What came of all, as the file has it that a build leaves for the next one."""

    code: str  # digest of what they were measured with
    labels: list[str]  # of all environments
    equations: dict[str, Result]  # by label


def printed(env: BuildEnvironment) -> Iterator[nodes.math_block]:
    """Yield the numbered equations of all pages."""
    pages = {page for page, _ in env.domains.math_domain.equations.values()}
    for page in sorted(pages):
        yield from numbered(env.get_doctree(page))


def numbered(page: nodes.document) -> Iterator[nodes.math_block]:
    """Yield the numbered equations of a page."""
    return (equation for equation in page.findall(nodes.math_block) if equation.get("label"))


def recall(root: Path) -> Results:
    """Return the results of the last build."""
    file = root / RESULTS
    if file.exists():
        results: Results = json.loads(file.read_text("utf-8"))
        return results
    return {"code": "", "labels": [], "equations": {}}


def measured(root: Path, tex: dict[str, str]) -> Results:
    """Return the results of all equations, TeX by label; measure what the last build did not."""
    results, code = recall(root), digest(root, EQUATIONS)
    if results["code"] != code:
        results = {"code": code, "labels": [], "equations": {}}
    old, labels = results["equations"], results["labels"]
    known = {label: old[label] for label in tex if label in old and old[label]["tex"] == tex[label]}
    if known.keys() != tex.keys() or not labels:
        checks = run_path(str(root / CHECKS))
        labels = [*checks["ENVIRONMENTS"]]
        known |= {label: judge(checks, label, tex[label]) for label in tex if label not in known}
    results = {"code": code, "labels": labels, "equations": known}
    write_whole(root / RESULTS, json.dumps(results, indent=1))
    return results


def judge(checks: dict[str, Any], label: str, tex: str) -> Result:
    """Measure an equation with the functions of `CHECKS`."""
    if label not in checks["ENVIRONMENTS"]:
        return {
            "tex": tex,
            "fault": f"has none in ENVIRONMENTS of {CHECKS}: add one, or take the label away",
            "note": "",
        }
    try:
        error, allowed = float(checks["measure"](label, tex)), checks["TOLERANCE"]
    except FormulaError as problem:
        return {"tex": tex, "fault": f"cannot be evaluated: {problem}", "note": ""}
    if not error <= allowed:  # NaN is not
        fault = f"is wrong as printed: relative error {error:.1e}, allowed {allowed:.1e}"
        return {"tex": tex, "fault": fault, "note": ""}
    text, meaning = DEFINITION if label in checks["DEFINITIONS"] else CHECKED
    note = f'<small class="checked" title="{meaning}">{text} {power(error)}</small>'
    return {"tex": tex, "fault": "", "note": note}


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of equations that do not hold or cannot be checked, and of environments of none."""
    equations = {equation["label"]: equation for equation in printed(env)}
    tex = {label: equation.astext() for label, equation in equations.items()}
    results = measured(Path(app.confdir), tex)
    for label, equation in equations.items():
        if fault := results["equations"][label]["fault"]:
            logger.warning("equation %s %s", label, fault, location=equation, type="equations")
    for label in results["labels"]:
        if label not in equations:
            logger.warning("no page prints %s, which %s has", label, CHECKS, type="equations")


def annotate(app: Sphinx, page: nodes.document, _name: str) -> None:
    """Say beside each numbered equation how well it holds."""
    equations = [*numbered(page)] if app.builder.format == "html" else []
    results = recall(Path(app.confdir))["equations"] if equations else {}
    for equation in equations:
        if equation["label"] in results:
            equation["note"] = results[equation["label"]]["note"]


def power(error: float) -> str:
    """Return an error as a power of ten, rounded up so that machines do not differ in it.

    >>> power(3.1e-12), power(0.0)
    ('10<sup>&#8722;11</sup>', '10<sup>&#8722;15</sup>')
    """
    exponent = math.ceil(math.log10(max(error, sys.float_info.epsilon)))
    return f"10<sup>&#8722;{-exponent}</sup>"

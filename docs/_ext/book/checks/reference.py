"""Every public name of the library is in the API reference, and found by any of its names.

A function lists the pages that use it, which is sphinx-codeautolink's work; a script of the
gallery lists the functions that it uses, which is done here.  A function links to its source,
on pages that ``sphinx.ext.viewcode`` writes and that get their title here.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.ext.autosummary import import_by_name
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)
HEADING = re.compile("<h1>(.*?)</h1>")


def check(env: BuildEnvironment) -> None:
    """Warn of each public name that has no entry, after all pages were read."""
    package = importlib.import_module("logreg_book")
    for module in pkgutil.walk_packages(package.__path__, prefix="logreg_book."):
        if module.ispkg or module.name.rpartition(".")[2].startswith("_"):
            continue  # a package only re-exports
        for name in importlib.import_module(module.name).__all__:
            if f"{module.name}.{name}" not in env.domains.python_domain.objects:
                missing = f"{module.name}.{name} is not in the API reference"
                logger.warning(missing, location="reference/index", type="api")


def find(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.Element | None:
    """Resolve a name that is not where it is documented, as ``logreg_book.softmax``."""
    if node.get("refdomain") != "py":
        return None
    names = app.config.codeautolink_inventory_map  # of other projects: intersphinx goes on
    node["reftarget"] = names.get(node["reftarget"], node["reftarget"])
    try:
        _, found, _, _ = import_by_name(node["reftarget"], [None, node.get("py:module")])
        name = f"{found.__module__}.{found.__qualname__}"
    except (ImportError, AttributeError):
        return None
    domain = env.domains.python_domain
    if name not in domain.objects:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, text)


def list_used(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Name the functions that a script of the gallery uses at the end of its page."""
    objects, links = app.env.domains.python_domain.objects, dict[str, nodes.Node]()
    transforms = app.env.sphinx_codeautolink_transforms  # type: ignore[attr-defined]
    for block in transforms.get(page, []) if page.startswith("gallery/plot_") else []:
        for used in block.names:
            entry = objects.get(used.resolved_location)
            if "()" in used.import_components or not entry:
                continue  # a variable, or no name of the library
            if entry.objtype in ("class", "function"):
                uri = f"{app.builder.get_relative_uri(page, entry.docname)}#{entry.node_id}"
                text = nodes.literal("", used.resolved_location.rpartition(".")[2])
                links[uri] = nodes.reference("", "", text, refuri=uri, internal=True)
    if links:
        line = nodes.paragraph("", "From the library: ", classes=["used"])
        for link in links.values():
            line += [link, nodes.Text(", ")]
        line[-1] = nodes.Text(".")
        next(iter(doctree.findall(nodes.section))).append(line)


def is_source(page: str) -> bool:
    """Whether a page shows the source of a module."""
    return page.startswith("_modules/")


def title_source(page: str, context: dict[str, Any]) -> None:
    """Give a page with source the title that its heading has."""
    if is_source(page) and (heading := HEADING.search(context["body"])):
        context["title"] = heading[1]

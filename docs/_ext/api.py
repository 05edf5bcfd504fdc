"""Every public name of the library is in the API reference, and found by any of its names.

A function lists the pages that use it, which is sphinx-codeautolink's work; a script of the
gallery lists the functions that it uses, which is done here.  A function links to its source,
on pages that ``sphinx.ext.viewcode`` writes and that get their title here.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.ext.autosummary import import_by_name
from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)
HEADING = re.compile("<h1>(.*?)</h1>")


def check(_app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each public name that has no entry, after all pages were read."""
    package = importlib.import_module("logreg_book")
    for module in pkgutil.walk_packages(package.__path__, prefix="logreg_book."):
        if module.ispkg or module.name.rpartition(".")[2].startswith("_"):
            continue  # a package only re-exports
        for name in importlib.import_module(module.name).__all__:
            if f"{module.name}.{name}" not in env.domains.python_domain.objects:
                logger.warning(
                    "%s.%s is not in the API reference",
                    module.name,
                    name,
                    location="reference/index",
                    type="api",
                )


def find(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: nodes.TextElement
) -> nodes.Element | None:
    """Resolve a name that is imported from where it is documented, as ``logreg_book.softmax``."""
    if node.get("refdomain") != "py":
        return None
    try:
        _, found, _, _ = import_by_name(node["reftarget"], [None, node.get("py:module")])
        name = f"{found.__module__}.{found.__qualname__}"
    except (ImportError, AttributeError):
        return None
    domain = env.domains.python_domain
    if name not in domain.objects:
        return None
    return domain.resolve_xref(env, node["refdoc"], app.builder, "obj", name, node, text)


def used(app: Sphinx, page: str) -> Iterator[nodes.reference]:
    """Links to the functions and classes of the library that the code of a page uses."""
    objects = app.env.domains.python_domain.objects
    blocks = getattr(app.env, "sphinx_codeautolink_transforms", {}).get(page, [])
    chains = [chain for block in blocks for chain in block.names]
    named = [chain for chain in chains if "()" not in chain.import_components]  # no variables
    for name in dict.fromkeys(chain.resolved_location for chain in named):
        entry = objects.get(name)
        if entry and entry.objtype in ("class", "function"):
            uri = f"{app.builder.get_relative_uri(page, entry.docname)}#{entry.node_id}"
            text = nodes.literal("", name.rpartition(".")[2])
            yield nodes.reference("", "", text, refuri=uri, internal=True)


def list_used(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Name the functions that a script of the gallery uses at the end of its page."""
    links = list(used(app, page)) if page.startswith("gallery/plot_") else []
    if links:
        line = nodes.paragraph("", "From the library: ", classes=["used"])
        for link in links:
            line += [link, nodes.Text(", ")]
        line[-1] = nodes.Text(".")
        next(iter(doctree.findall(nodes.section))).append(line)


def where_documented(_app: Sphinx, module: str, _name: str) -> str:
    """Say that the source of a name is in the module that documents it."""
    return module


def write_all_code(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Have all pages with source written: viewcode would keep those of modules that are older."""
    shutil.rmtree(Path(app.outdir, "_modules"), ignore_errors=True)
    return iter(())


def is_source(page: str) -> bool:
    """Whether a page shows the source of a module."""
    return page.startswith("_modules/")


def title_code(
    _app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: nodes.document
) -> None:
    """Give a page with source the title that its heading has."""
    if is_source(page):
        heading = HEADING.search(context["body"])
        context["title"] = heading[1] if heading else context["title"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Check when all pages have been read, and help where Sphinx finds no target."""
    app.connect("viewcode-follow-imported", where_documented)
    app.connect("html-collect-pages", write_all_code, priority=400)  # before viewcode
    app.connect("html-page-context", title_code, priority=400)
    app.connect("missing-reference", find)
    app.connect("env-check-consistency", check)
    app.connect("doctree-resolved", list_used)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

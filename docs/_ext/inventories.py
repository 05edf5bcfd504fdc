"""Names of other projects in code lead to their documentation, without a network.

``docs/inventories/numpy.txt`` and its like are ours.  They list the names that the book uses,
with kind and page, in the first format of Sphinx's inventories, which is plain text;
``intersphinx_mapping`` in ``conf.py`` says which project each is of.  A name that is used and
has no line is a warning that gives the line to add.  A test of the finished site reports a line
that no page uses.
"""

from __future__ import annotations

import inspect
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sphinx.ext.intersphinx import InventoryAdapter
from sphinx.util import logging
from sphinx_codeautolink.extension import SphinxCodeAutoLink  # type: ignore[import-untyped]
from sphinx_codeautolink.extension.resolve import (  # type: ignore[import-untyped]
    CouldNotResolve,
    closest_module,
    resolve_location,
)
from sphinx_codeautolink.parse import Name, NameBreak  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.domains import Domain
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)


def project_of(name: str) -> str:
    """The project whose inventory should hold a name.

    >>> project_of("torch.nn.Module"), project_of("pathlib.Path")
    ('torch', 'python')
    """
    package = name.partition(".")[0]
    return "python" if package in sys.stdlib_module_names else package


def look_up(name: str) -> tuple[Any, Any]:
    """What a name names, and what that is in; an error if there is no such thing."""
    parts = tuple(name.split("."))
    found, depth = closest_module(parts)
    owner = found
    for part in parts[depth:]:
        owner, found = found, getattr(found, part)
    return owner, found


def kind(name: str) -> str:
    """What a name is, in the words of an inventory.

    >>> [kind(name) for name in ("json", "json.dumps", "json.JSONEncoder.encode")]
    ['mod', 'function', 'method']
    """
    owner, found = look_up(name)
    if inspect.ismodule(found):
        return "mod"
    if inspect.isclass(found):
        return "class"
    if not callable(found):
        return "attribute"
    return "method" if inspect.isclass(owner) else "function"


def home(name: str) -> str:
    """Where the code of a name is, by which sphinx-codeautolink knows it.

    >>> home("json.JSONEncoder.encode")
    'json.encoder.JSONEncoder.encode'
    """
    owner, found = look_up(name)
    if inspect.ismodule(found) or found is owner:
        return name
    parent, _, last = name.rpartition(".")
    try:
        return f"{found.__module__}.{found.__qualname__}"
    except AttributeError:  # written in C, it does not know where it is from
        return f"{home(parent)}.{last}"


def public(name: str) -> str:
    """The shortest name of what has this one, which is what documentation calls it.

    >>> public("json.encoder.JSONEncoder.encode")
    'json.JSONEncoder.encode'
    """
    parts = name.split(".")
    _, depth = closest_module(tuple(parts))
    _, found = look_up(name)
    for length in range(1, depth):
        shorter = ".".join(parts[:length] + parts[depth:])
        with suppress(AttributeError):
            if look_up(shorter)[1] is found:
                return shorter
    return name


def chains(env: BuildEnvironment) -> Iterator[tuple[Name, tuple[str, int]]]:
    """Each name in the code of pages, with its attributes and calls, and the page and line."""
    for page, blocks in getattr(env, "sphinx_codeautolink_transforms", {}).items():
        for block in blocks:
            for chain in block.names:
                yield chain, (page, block.doc_lineno)


def know_homes(app: Sphinx, env: BuildEnvironment) -> None:
    """Tell sphinx-codeautolink under which name a project documents what it has found."""
    used = {project_of(chain.import_components[0]) for chain, _ in chains(env)}
    for project in used & app.config.intersphinx_mapping.keys():
        for names in InventoryAdapter(env).named_inventory.get(project, {}).values():
            for name in names:
                app.config.codeautolink_inventory_map[home(name)] = name


def unknown(app: Sphinx, env: BuildEnvironment) -> dict[str, tuple[str, int]]:
    """Names in the code of pages that lead nowhere, and page and line of the first use of each."""
    inventory = SphinxCodeAutoLink.make_inventory(app)
    known = inventory.keys() | app.config.codeautolink_inventory_map.keys()
    found: dict[str, tuple[str, int]] = {}
    for chain, location in chains(env):
        name = name_of(chain, inventory)
        if name and name not in known and project_of(name) in app.config.intersphinx_mapping:
            found.setdefault(published(chain, name), location)
    return found


def name_of(chain: Name, inventory: dict[str, str]) -> str | None:
    """What a chain such as ``np.linalg.norm`` stands for, if it can be known and is no variable."""
    if not chain.code_str or chain.import_components[-1] in set(NameBreak):
        return None  # what a call gave: to link each use of a variable to its type is noise
    try:
        name: str = resolve_location(chain, inventory)
    except CouldNotResolve:
        return None  # a part of what a call gave, whose type nobody knows
    return name


def published(chain: Name, name: str) -> str:
    """The name that documentation has it under: the shortest, or as the page has written it."""
    try:
        return public(name)
    except AttributeError:
        return ".".join(chain.import_components)


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of each name that has no line in the inventory of its project."""
    know_homes(app, env)
    for name, location in unknown(app, env).items():
        ask_for(app, name, location)


def ask_for(app: Sphinx, name: str, location: tuple[str, int] | nodes.Element) -> None:
    """Say which line to add, with its page as that of another name of the project."""
    _, (uri, (file,)) = app.config.intersphinx_mapping[project_of(name)]
    lines = InventoryAdapter(app.env).named_inventory.get(project_of(name), {})
    pages = [
        item.uri.removeprefix(uri).partition("#")[0].replace(known, name)
        for known_names in lines.values()
        for known, item in known_names.items()
        if known in item.uri.partition("#")[0]
    ]
    logger.warning(
        "%s leads nowhere: add `%s %s %s` to docs/%s, if that is its page",
        name,
        name,
        kind(name),
        max(pages, key=pages.count, default="..."),
        file,
        location=location,
        type="inventories",
    )


def ask_for_reference(app: Sphinx, _domain: Domain, node: pending_xref) -> bool | None:
    """Say the same of a name in the text, in place of Sphinx's own warning."""
    name = node["reftarget"]
    if node.get("refdomain") != "py" or project_of(name) not in app.config.intersphinx_mapping:
        return None
    try:
        ask_for(app, name, node)
    except (AttributeError, CouldNotResolve):
        return None  # there is no such thing
    return True


def rename(
    app: Sphinx, _env: BuildEnvironment, node: pending_xref, _text: nodes.TextElement
) -> None:
    """Look for a name in the text under the one that it is documented by."""
    names = app.config.codeautolink_inventory_map
    node["reftarget"] = names.get(node["reftarget"], node["reftarget"])


def rest(app: Sphinx, env: BuildEnvironment, changed: list[str]) -> None:
    """Resolve no name if no page is read: to import all projects would take most of the build."""
    known = getattr(env, "sphinx_codeautolink_transforms", {})
    if not changed and known:
        kept = dict(known)
        known.clear()
        app.connect("env-updated", lambda *_: known.update(kept), priority=600)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at names in code before sphinx-codeautolink drops those that it cannot link."""
    app.connect("env-before-read-docs", rest)
    app.connect("env-updated", check, priority=400)
    app.connect("missing-reference", rename, priority=400)
    app.connect("warn-missing-reference", ask_for_reference)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

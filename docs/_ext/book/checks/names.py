"""Names of other projects in code lead to their documentation, without a network.

``docs/inventories/numpy.txt`` and its like are ours.  They list the names that the book uses,
with kind and page, in the first format of Sphinx's inventories, which is plain text;
``intersphinx_mapping`` in ``conf.py`` says which project each is of.  A name that is used and
has no line is a warning that gives the line to add.  A test of the finished site reports a line
that no page uses.
"""

from __future__ import annotations

import builtins
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
    from sphinx.environment import BuildEnvironment

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


def inventory_role(name: str) -> str:
    """What a name is, in the words of an inventory.

    >>> [inventory_role(name) for name in ("json", "json.dumps", "json.JSONEncoder.encode")]
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


def defining_name(name: str) -> str:
    """Where the code of a name is, by which sphinx-codeautolink knows it.

    >>> defining_name("json.JSONEncoder.encode")
    'json.encoder.JSONEncoder.encode'
    """
    owner, found = look_up(name)
    if inspect.ismodule(found) or found is owner:
        return name
    parent, _, last = name.rpartition(".")
    try:
        return f"{found.__module__}.{found.__qualname__}"
    except AttributeError:  # written in C, it does not know where it is from
        return f"{defining_name(parent)}.{last}"


def shortest_name(name: str) -> str:
    """The shortest name of what has this one, which is what documentation calls it.

    >>> shortest_name("json.encoder.JSONEncoder.encode")
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


def names_in_code(env: BuildEnvironment) -> Iterator[tuple[Name, tuple[str, int]]]:
    """Each name in the code of pages, with its attributes and calls, and the page and line."""
    for page, blocks in env.sphinx_codeautolink_transforms.items():  # type: ignore[attr-defined]
        for block in blocks:
            for name in block.names:
                yield name, (page, block.doc_lineno)


def link_names(app: Sphinx, env: BuildEnvironment) -> None:
    """Tell sphinx-codeautolink how projects document names; warn of each without a line."""
    places = app.config.codeautolink_inventory_map
    for project in {project_of(name.import_components[0]) for name, _ in names_in_code(env)}:
        if project in app.config.intersphinx_mapping:
            for listed in InventoryAdapter(env).named_inventory.get(project, {}).values():
                places.update({defining_name(name): name for name in listed})
    inventory = SphinxCodeAutoLink.make_inventory(app)
    unknown: dict[str, tuple[str, int]] = {}
    for name, location in names_in_code(env):
        found = resolve(name, inventory)
        project = project_of(found) if found else ""
        if project in app.config.intersphinx_mapping and found not in {*inventory, *places}:
            try:
                found = shortest_name(found)
            except AttributeError:
                found = ".".join(name.import_components)
            unknown.setdefault(found, location)
    for line, location in unknown.items():
        ask_for_line(app, line, location)


def resolve(name: Name, inventory: dict[str, str]) -> str:
    """What ``np.linalg.norm`` stands for, if it can be known and is no variable."""
    first, last = name.import_components[0], name.import_components[-1]
    if not name.code_str or last in set(NameBreak) or hasattr(builtins, first):
        return ""  # to link a builtin, or each variable that a call gave to its type, is noise
    try:
        return str(resolve_location(name, inventory))
    except CouldNotResolve:
        return ""  # a part of what a call gave, whose type nobody knows


def ask_for_line(app: Sphinx, name: str, location: tuple[str, int] | nodes.Element) -> None:
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
        *(name, name, inventory_role(name), max(pages, key=pages.count, default="..."), file),
        location=location,
        type="names",
    )


def ask_for_reference(app: Sphinx, _domain: object, node: pending_xref) -> bool | None:
    """Say the same of a name in the text, in place of Sphinx's own warning."""
    name = node["reftarget"]
    if node.get("refdomain") != "py" or project_of(name) not in app.config.intersphinx_mapping:
        return None
    try:
        ask_for_line(app, name, node)
    except (AttributeError, CouldNotResolve):
        return None  # there is no such thing
    return True

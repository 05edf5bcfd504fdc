"""Downloads that run: each chapter and script as ``.ipynb`` and ``.py``, and the library's wheel.

They are at addresses that stay: ``downloads/gradient.ipynb``, ``downloads/logreg_book.zip``.
A line below the title of each page leads to its files.  The directive lists them all::

    ```{downloads} files
    ```

and ``{downloads} command`` shows how to install the wheel.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import nbformat
from docutils import nodes
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from fresh import CODE, PAGES, digest, write_whole
from logreg_book import __version__
from notebooks import Book, Plain, read_page, read_script, to_script

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

FOLDER, BUNDLE = "downloads", "logreg_book.zip"
WHEEL = f"logreg_book-{__version__}-py3-none-any.whl"
SITES = ("html", "dirhtml", "singlehtml")
GALLERY = "gallery"
HOSTS = {"IPython"}  # imported only where it is running already
EPOCH = "1580601600"  # hatchling's own, whatever the machine has set
# The last part is uv's own: it takes the wheel that lies beside the script.
HEAD = """\
# {place} of logreg_book {version}, which it needs: {install}
#
# /// script
# requires-python = "{python}"
# dependencies = [
{dependencies}
# ]
#
# [tool.uv.sources]
# logreg-book = {{ path = "{wheel}" }}
# ///
"""


class Line(nodes.General, nodes.Element):
    """Where a page names its files."""


class List(nodes.General, nodes.Element):
    """Where all files are named."""


class Downloads(SphinxDirective):
    """List all files, or show the command that installs the wheel."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Which files there are is known once all pages have been read."""
        if self.arguments[0] == "command":
            command = install(["all"])
            return [nodes.literal_block(command, command, language="sh")]
        return [List()]


def runnable(env: BuildEnvironment) -> dict[str, str]:
    """Name of the files of each page that runs, in the order of the book."""
    pages = [page for page in in_order(env, env.config.root_doc, set()) if runs(env, page)]
    names = {page: page.rpartition("/")[2] for page in pages}
    taken = sorted(names.values())
    for name in sorted(set(taken)):
        if taken.count(name) > 1 or name in sys.stdlib_module_names:
            raise ExtensionError(f"{FOLDER}/{name}.py: a second page or a module has this name")
    return names


def runs(env: BuildEnvironment, page: str) -> bool:
    """Whether a page is a chapter with code or a script."""
    is_script = page.startswith(f"{GALLERY}/") and page != f"{GALLERY}/index"
    return is_script or env.metadata[page].get("file_format") == "mystnb"


def in_order(env: BuildEnvironment, page: str, seen: set[str]) -> Iterator[str]:
    """A page and all below it."""
    if page not in seen:
        seen.add(page)
        yield page
        for child in env.toctree_includes.get(page, []):
            yield from in_order(env, child, seen)


def make_room(app: Sphinx, doctree: nodes.document) -> None:
    """Leave a place for the line; take out sphinx-gallery's links, to files that do not stay."""
    page = app.env.current_document.docname
    ids: list[str] = []
    for block in list(doctree.findall(addnodes.only)):
        if "sphx-glr-footer" in str(block) or "sphx-glr-download-link-note" in str(block):
            ids += [name for part in block.findall(nodes.container) for name in part["ids"]]
            block.parent.remove(block)
    title = next(iter(doctree.findall(nodes.title)), None)
    if title is not None and runs(app.env, page):
        assert title.parent is not None
        title.parent.insert(title.parent.index(title) + 1, Line(ids=ids))


def fill(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Name the files of a page, and all files where they are listed."""
    on_site = app.builder.name in SITES
    names = runnable(app.env) if any(doctree.findall(lambda n: isinstance(n, Line | List))) else {}
    for line in list(doctree.findall(Line)):
        line.replace_self([paragraph(app, page, names[page], line["ids"])] if on_site else [])
    for place in list(doctree.findall(List)):
        place.replace_self([listing(app, page, names) if on_site else elsewhere(app)])


def paragraph(app: Sphinx, page: str, name: str, ids: list[str]) -> nodes.paragraph:
    """The line of a page."""
    line = nodes.paragraph("", "Run it yourself: ", classes=["downloads"], ids=ids)
    line += [link(app, page, f"{name}.ipynb"), nodes.Text(" or "), link(app, page, f"{name}.py")]
    if "downloads" in app.env.found_docs:
        how = app.builder.get_relative_uri(page, "downloads")
        line += [nodes.Text(" ("), nodes.reference("", "how", refuri=how, internal=True)]
        line += nodes.Text(")")
    return line


def link(app: Sphinx, page: str, file: str) -> nodes.Element:
    """A link that a browser saves instead of showing what is behind it."""
    uri = relative_uri(app.builder.get_target_uri(page), f"{FOLDER}/{file}")
    return addnodes.download_reference("", file, refuri=uri)


def listing(app: Sphinx, page: str, names: dict[str, str]) -> nodes.bullet_list:
    """All files: the bundle, the library, and two a page; a table would not fit on a phone."""
    rows: list[list[nodes.Node]] = [
        [link(app, page, BUNDLE), nodes.Text(": all of the files below")],
        [link(app, page, WHEEL), nodes.Text(": the library")],
    ]
    for document, name in names.items():
        uri = app.builder.get_relative_uri(page, document)
        title = nodes.reference("", app.env.titles[document].astext(), refuri=uri, internal=True)
        files = [link(app, page, name + suffix) for suffix in (".ipynb", ".py")]
        rows.append([title, nodes.Text(": "), files[0], nodes.Text(", "), files[1]])
    items = [nodes.list_item("", nodes.paragraph("", "", *row)) for row in rows]
    return nodes.bullet_list("", *items, classes=["simple"])


def elsewhere(app: Sphinx) -> nodes.paragraph:
    """Where the files are, for a book that has none."""
    where = nodes.paragraph("", "The files are on this page of the site")
    if base := app.config.html_baseurl.rstrip("/"):
        address = f"{base}/{FOLDER}.html"
        where += [nodes.Text(": "), nodes.reference("", address, refuri=address)]
    where += nodes.Text(".")
    return where


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the files, unless nothing has changed since they were written without a warning."""
    if exception or app.builder.name not in SITES:
        return
    folder, memory = Path(app.outdir, FOLDER), Path(app.doctreedir, "downloads.json")
    state = digest(Path(app.confdir), *CODE, *PAGES)
    known = json.loads(memory.read_text("utf-8")) if memory.exists() else {}
    made = {path.name for path in folder.glob("*")}
    if known.get("state") == state and made >= {*known["files"]}:
        return
    memory.unlink(missing_ok=True)
    warned = app._warncount
    files = contents(app)
    for name in made - files.keys():
        (folder / name).unlink()
    for name, data in files.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    if app._warncount == warned:
        write_whole(memory, json.dumps({"state": state, "files": sorted(files)}))


def contents(app: Sphinx) -> dict[str, bytes]:
    """All files by name."""
    files = {}
    for page, name in runnable(app.env).items():
        for suffix, text in convert(app, page).items():
            files[name + suffix] = text.encode()
    files[WHEEL] = wheel(Path(app.confdir), Path(app.doctreedir))
    return files | {BUNDLE: bundle(files)}


def convert(app: Sphinx, page: str) -> dict[str, str]:
    """Notebook and script of a page."""

    def warn(message: str) -> None:
        logger.warning(message, location=page, type="downloads")

    known = book(app.env)
    if page.startswith(f"{GALLERY}/"):
        made = Path(app.srcdir, f"{page}.ipynb").read_text("utf-8")
        notebook = read_script(made, Plain(known, page, ".ipynb", warn))
        script = Path(app.srcdir, f"{page}.py").read_text("utf-8")
    else:
        source = Path(app.env.doc2path(page)).read_text("utf-8")
        notebook = read_page(source, Plain(known, page, ".ipynb", warn))
        script = to_script(read_page(source, Plain(known, page, ".py", lambda _: None)))
    place, needed = chapter(app.env, page), extras(Path(app.confdir), script, warn)
    introduce(notebook, place, needed)
    script = f"{head(Path(app.confdir), place, needed)}\n{script}"
    return {".ipynb": nbformat.writes(notebook) + "\n", ".py": script}


def introduce(notebook: nbformat.NotebookNode, place: str, needed: list[str]) -> None:
    """Say below the title where it is from and what it needs."""
    title, _, text = notebook.cells[0].source.partition("\n")
    note = (
        f"*{place} of logreg_book {__version__}. It needs the library: `{install(needed)}`. "
        f"The wheel is on the site's page of downloads, and beside this file in `{BUNDLE}`.*"
    )
    notebook.cells[0].source = f"{title}\n\n{note}\n\n{text.strip()}"


def chapter(env: BuildEnvironment, page: str) -> str:
    """What a page is."""
    number = env.toc_secnumbers.get(page, {}).get("")
    if number:
        return f"Chapter {number[0]}"
    return "From the gallery" if page.startswith(f"{GALLERY}/") else "A page"


def book(env: BuildEnvironment) -> Book:
    """What the pages know of each other."""
    films: dict[str, str] = {}
    for path in sorted(Path(env.srcdir, GALLERY, "images").glob("sphx_glr_*.json")):
        script = path.stem.removeprefix("sphx_glr_").rpartition("_")[0]
        films.setdefault(script, json.loads(path.read_text("utf-8"))["alt"])
    return Book(
        pages=runnable(env),
        titles={page: title.astext() for page, title in env.titles.items()},
        equations=dict(equations(env)),
        films=films,
        labels={
            label: title for label, (_, _, title) in env.domains.standard_domain.labels.items()
        },
        values={page: env.metadata[page].get("drills", {}) for page in env.found_docs},
        config=env.myst_config,  # type: ignore[attr-defined]
    )


def equations(env: BuildEnvironment) -> Iterator[tuple[str, tuple[str, str]]]:
    """Page and number of each labelled equation, as the page shows it."""
    for label, (page, count) in env.domains.math_domain.equations.items():
        numbers = env.toc_fignumbers.get(page, {}).get("displaymath", {})
        number = numbers.get(nodes.make_id(f"equation-{label}"), (count,))
        yield label, (page, ".".join(map(str, number)))


@cache
def project(root: Path) -> dict[str, Any]:
    """What the project says of itself."""
    found: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def head(root: Path, place: str, needed: list[str]) -> str:
    """Inline metadata of a script (PEP 723): the library as it is, with the extras needed."""
    named = f"[{','.join(needed)}]" if needed else ""
    return HEAD.format(
        place=place,
        version=__version__,
        install=install(needed),
        python=project(root)["requires-python"],
        dependencies=f'#   "logreg-book{named}=={__version__}",',
        wheel=WHEEL,
    )


def install(needed: list[str]) -> str:
    """The command that installs the wheel with these extras."""
    return (
        f'python -m pip install "{WHEEL}[{",".join(needed)}]"'
        if needed
        else (f"python -m pip install {WHEEL}")
    )


def extras(root: Path, script: str, warn: Callable[[str], object]) -> list[str]:
    """Extras of the library that bring what a script imports, itself or through the library."""
    bring = {
        name: {canonicalize_name(Requirement(r).name) for r in requirements}
        for name, requirements in project(root)["optional-dependencies"].items()
        if name != "all"
    }
    core = {canonicalize_name(Requirement(r).name) for r in project(root)["dependencies"]}
    wanted: set[str] = set()
    for module in imported(script, root / "src") - {*sys.stdlib_module_names}:
        owners = {canonicalize_name(name) for name in distributions().get(module, [])}
        found = [name for name, packages in bring.items() if owners & packages]
        if not found and not owners & core:
            warn(f"the page imports {module}, which no extra of the library brings")
        wanted |= {*found}
    return sorted(wanted - {"plot"} if "film" in wanted else wanted)  # film has plot in it


distributions = cache(packages_distributions)  # reads the metadata of all that is installed


def imported(script: str, library: Path) -> set[str]:
    """Packages that a script imports, those that the library imports for it included.

    >>> source = Path(__file__).parents[2] / "src"
    >>> sorted(imported("import numpy.linalg as la, os; from torch import nn", source))
    ['numpy', 'os', 'torch']
    >>> "sklearn" in imported("from logreg_book.datasets import make_blobs", source)
    False
    >>> "sklearn" in imported("from logreg_book.datasets import load_digits", source)
    True
    """
    names: set[str] = set()
    for module, name in imports([ast.parse(script)]):
        if module.partition(".")[0] == "logreg_book":
            names |= needs(library, module, name)
        else:
            names.add(module.partition(".")[0])
    return names


def needs(library: Path, module: str, name: str) -> set[str]:
    """Packages that are imported with a name of the library, and later when it is used."""
    parts = module.split(".") + ([name] if source(library, f"{module}.{name}") else [])
    found: set[str] = set()
    for n in range(1, len(parts) + 1):  # Python imports the packages around a module as well
        found |= at_import(library, ".".join(parts[:n]))
    return (found | when_used(library, module, name)) - HOSTS


@cache
def source(library: Path, module: str) -> str:
    """Code of a module of the library; empty if there is none of this name."""
    path = library / module.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return path.read_text("utf-8") if path.exists() else ""


@cache
def at_import(library: Path, module: str) -> frozenset[str]:
    """Packages that a module of the library imports when it is imported."""
    tree = ast.parse(source(library, module))
    defined = (ast.FunctionDef, ast.ClassDef)
    found: set[str] = set()
    for inner, name in imports([node for node in tree.body if not isinstance(node, defined)]):
        ours = inner.partition(".")[0] == "logreg_book"
        inner = f"{inner}.{name}" if source(library, f"{inner}.{name}") else inner
        found |= at_import(library, inner) if ours else {inner.partition(".")[0]}
    return frozenset(found)


@cache
def when_used(library: Path, module: str, name: str) -> frozenset[str]:
    """The same with what a name and its helpers import when they are called."""
    if source(library, f"{module}.{name}"):
        module, name = f"{module}.{name}", ""
    body = ast.parse(source(library, module)).body
    other = [n for n in body if isinstance(n, ast.FunctionDef) and n.name not in (name, "")]
    used = [n for n in body if n not in other or name == "" or n.name[0] == "_"]
    if source(library, f"{module}.__init__"):  # follow a re-export to its module
        used = [n for n in body if name in {inner_name for _, inner_name in imports([n])}]
    found: set[str] = set()
    for inner, inner_name in imports(used):
        ours = inner.partition(".")[0] == "logreg_book"
        found |= when_used(library, inner, inner_name) if ours else {inner.partition(".")[0]}
    return frozenset(found)


def imports(body: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Module and name of each import, except those for annotations."""
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        yield from imports(ast.iter_child_nodes(node))


def wheel(root: Path, folder: Path) -> bytes:
    """The library as it is now; hatchling gives the same bytes for the same files."""
    run = subprocess.run(  # noqa: S603 - our own project
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=root,
        env=os.environ | {"SOURCE_DATE_EPOCH": EPOCH},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise ExtensionError(f"no wheel:\n{run.stdout}{run.stderr}")
    made = folder / WHEEL
    data = made.read_bytes()
    made.unlink()
    return data


def bundle(files: dict[str, bytes]) -> bytes:
    """All of them in one folder of a zip, with zip's earliest date instead of today's."""
    data = BytesIO()
    with ZipFile(data, "w") as made:
        for name, content in sorted(files.items()):
            entry = ZipInfo(f"logreg_book-{__version__}/{name}")
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content, ZIP_DEFLATED)
    return data.getvalue()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Look at pages before Sphinx collects their downloads; finish before sphinx-gallery does."""
    app.add_directive("downloads", Downloads)
    app.connect("doctree-read", make_room, priority=400)
    app.connect("doctree-resolved", fill)
    app.connect("build-finished", write, priority=400)  # sphinx-gallery raises for what failed
    return {"parallel_read_safe": True, "parallel_write_safe": True}

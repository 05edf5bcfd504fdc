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
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import nbformat
from docutils import nodes
from sphinx import addnodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from book.downloads.notebooks import Book, Plain, read_page, read_script, to_script
from logreg_book import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

FOLDER, BUNDLE = "downloads", "logreg_book.zip"
WHEEL = f"logreg_book-{__version__}-py3-none-any.whl"
SITES = ("html", "dirhtml", "singlehtml")
GALLERY = "gallery"
EXTRAS = {  # of the library: by what a page imports, or what that imports
    "torch.": "torch",
    "logreg_book.pytorch.": "torch",
    "logreg_book.LogisticRegression.": "torch",
    "scipy.": "data",
    "sklearn.": "data",
    "logreg_book.datasets.load_": "data",
    "matplotlib.": "plot",
    "PIL.": "plot",
    "logreg_book.viz.": "plot",
    "logreg_book.viz.Film": "film",
    "logreg_book.viz.training_film": "film",
}
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


def remove_links(app: Sphinx, doctree: nodes.document) -> None:
    """Take out sphinx-gallery's links, to files that do not stay."""
    for block in list(doctree.findall(addnodes.only)):
        if "sphx-glr-footer" in str(block) or "sphx-glr-download-link-note" in str(block):
            block.parent.remove(block)


def list_files(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Name the files of a page below its title, and all files where they are listed."""
    on_site = app.builder.name in SITES
    places = list(doctree.findall(List))
    names = runnable(app.env) if places or runs(app.env, page) else {}
    if on_site and page in names:
        title = next(iter(doctree.findall(nodes.title)))
        assert title.parent is not None
        place = title.parent.index(title) + 1
        effort = "effort" in getattr(title.parent[place], "attributes", {}).get("classes", ())
        title.parent.insert(place + effort, paragraph(app, page, names[page]))
    for listed in places:
        listed.replace_self([listing(app, page, names) if on_site else elsewhere(app)])


def paragraph(app: Sphinx, page: str, name: str) -> nodes.paragraph:
    """The line of a page."""
    line = nodes.paragraph("", "Run it yourself: ", classes=["downloads"])
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


def write(app: Sphinx) -> None:
    """Write the files."""
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    for name, data in contents(app).items():
        (folder / name).write_bytes(data)


def contents(app: Sphinx) -> dict[str, bytes]:
    """All files by name."""
    files, known = {}, book(app.env)
    for page, name in known.pages.items():
        for suffix, text in convert(app, page, known).items():
            files[name + suffix] = text.encode()
    files[WHEEL] = wheel(Path(app.confdir), Path(app.doctreedir))
    return files | {BUNDLE: bundle(files)}


def convert(app: Sphinx, page: str, known: Book) -> dict[str, str]:
    """Notebook and script of a page."""

    def warn(message: str) -> None:
        logger.warning(message, location=page, type="downloads")

    if page.startswith(f"{GALLERY}/"):
        made = Path(app.srcdir, f"{page}.ipynb").read_text("utf-8")
        notebook = read_script(made, Plain(known, page, ".ipynb", warn))
        script = Path(app.srcdir, f"{page}.py").read_text("utf-8")
    else:
        source = Path(app.env.doc2path(page)).read_text("utf-8")
        notebook = read_page(source, Plain(known, page, ".ipynb", warn))
        script = to_script(read_page(source, Plain(known, page, ".py", lambda _: None)))
    place, needed = chapter(app.env, page), extras(script, warn)
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


def head(root: Path, place: str, needed: list[str]) -> str:
    """Inline metadata of a script (PEP 723): the library as it is, with the extras needed."""
    named = f"[{','.join(needed)}]" if needed else ""
    return HEAD.format(
        place=place,
        version=__version__,
        install=install(needed),
        python=tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"][
            "requires-python"
        ],
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


def extras(script: str, warn: Callable[[str], object]) -> list[str]:
    """Extras of the library that bring what a script imports; a test runs it with these alone.

    >>> extras("import numpy, os; from logreg_book.datasets import make_blobs", print)
    []
    >>> extras("from logreg_book.datasets import load_digits; from torch import nn", print)
    ['data', 'torch']
    """
    wanted: set[str] = set()
    for name in imports(ast.parse(script)):
        found = {extra for start, extra in EXTRAS.items() if name.startswith(start)}
        package = name.partition(".")[0]
        if not found and package not in {*sys.stdlib_module_names, "numpy", "logreg_book"}:
            warn(f"the page imports {package}, which no extra of the library brings")
        wanted |= found
    return sorted(wanted - {"plot"} if "film" in wanted else wanted)  # film has plot in it


def imports(tree: ast.AST) -> Iterator[str]:
    """Each name that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"{alias.name}." for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}." for alias in node.names)


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
    """All of them in one folder of a zip."""
    folder = f"logreg_book-{__version__}"
    return packed({f"{folder}/{name}": data for name, data in sorted(files.items())})


def packed(files: dict[str, bytes], *, stored: str = "") -> bytes:
    """A zip with its earliest date instead of today's; one file may be stored as it is."""
    data = BytesIO()
    with ZipFile(data, "w") as made:
        for name, content in files.items():
            entry = ZipInfo(name)
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content, ZIP_STORED if name == stored else ZIP_DEFLATED)
    return data.getvalue()

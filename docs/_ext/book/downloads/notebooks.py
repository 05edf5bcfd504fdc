r"""A page as a plain notebook and as a script: what MyST alone understands is put in other words.

Jupyter shows ``$...$`` and Markdown.  It knows no roles, directives, labels or other pages, so
each of these becomes what says the same in a file that a reader has taken along.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import nan

import nbformat
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_nb.core.read import read_myst_markdown_notebook  # type: ignore[import-untyped]
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from book.reader.exercises import TERM, say
from book.reader.mathml import rows

# Names in the text that lead to the API reference; in a notebook they are just names.
NAMES = {"attr", "class", "data", "exc", "func", "meth", "mod", "obj"}
WORDS = {"abbr", "term"}
BOXES = {"caution", "important", "note", "tip", "warning"}
SILENT = {"myst_line_comment", "myst_target"}
INLINE = re.compile(
    r"""\{(?P<role>[\w:-]+)\}(?P<tick>`+)(?P<content>.+?)(?P=tick)
    | (?P<kept>(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`) | (?<!\\)\$[^$\n]+\$)
    | (?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]
      \((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)
    """,
    re.VERBOSE | re.DOTALL,
)
RST_ROLE = re.compile(r"(?<![\w`]):([a-z:]+):`([^`]+)`")
DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
OPTION = re.compile(r":([\w-]+):\s*(.*)")
INDENT = re.compile(r"^  ", re.MULTILINE)  # of a definition


@dataclass(frozen=True)
class Book:
    """What a page may speak of: the other pages, all equations, and the films."""

    pages: dict[str, str] = field(default_factory=dict)  # name of a page's files, by page
    titles: dict[str, str] = field(default_factory=dict)  # by page
    equations: dict[str, tuple[str, str]] = field(default_factory=dict)  # page and number, by label
    films: dict[str, str] = field(default_factory=dict)  # what happens in it, by script
    labels: dict[str, str] = field(default_factory=dict)  # title of what has a label
    values: dict[str, dict[str, float]] = field(default_factory=dict)  # of drills, by page
    config: MdParserConfig = field(default_factory=MdParserConfig)


@dataclass(frozen=True)
class Plain:
    """Puts the Markdown of a page in plain words, for files with a suffix.

    >>> page = Plain(Book(equations={"eq-h": ("page", "1.8")}), "page", ".ipynb", print)
    >>> page.text("By {eq}`eq-h`, {func}`~logreg_book.softmax` and `{eq}`, see [there](#there).")
    'By (1.8), `softmax` and `{eq}`, see there.'
    """

    book: Book
    page: str
    suffix: str
    warn: Callable[[str], object]

    @cached_property
    def parser(self) -> MarkdownIt:
        """Knows the Markdown of pages."""
        return create_md_parser(self.book.config, RendererHTML)

    def text(self, source: str) -> str:
        """All of a cell."""
        parts, done, lines = [], 0, source.splitlines()
        for token in self.blocks(source):
            first, last = token.map or [0, 0]
            if first < done:
                continue  # in a block that is dealt with
            parts.append(self.inline("\n".join(lines[done:first])))
            indent = re.match(r"\s*", lines[first])[0]  # type: ignore[index]
            block = self.block(token, "\n".join(lines[first:last]))
            parts += [(indent + line).rstrip() for line in block.lstrip().splitlines()]
            done = last
            while lines[done - 1 : done] == [""]:
                done -= 1  # the empty lines below a block are the text's
        parts.append(self.inline("\n".join(lines[done:])))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).strip()

    def blocks(self, source: str) -> Iterator[Token]:
        """What is not running text: code, directives, formulas, labels."""
        kinds = {"amsmath", "code_block", "colon_fence", "fence", "math_block", "math_block_label"}
        for token in self.parser.parse(source):
            if token.map and token.type in kinds | SILENT:
                yield token

    def block(self, token: Token, source: str) -> str:
        """One of them."""
        if token.type in SILENT:
            return ""
        if token.type.startswith("math_block"):
            return self.formula(token.content, token.info)
        if token.type.endswith("fence") and (found := DIRECTIVE.match(token.info)):
            return self.directive(found[1], found[2].strip(), token.content)
        return source

    def formula(self, tex: str, label: str = "") -> str:
        r"""Displayed maths with its number.

        >>> page = Plain(Book(equations={"eq-h": ("page", "1.8")}), "page", ".ipynb", print)
        >>> print(page.formula("h = XW", "eq-h"))
        $$
        h = XW
        \tag{1.8}
        $$
        """
        _, number = self.book.equations.get(label, ("", ""))
        tag = f"\n\\tag{{{number}}}" if number else ""
        return f"$$\n{rows(tex.strip())}{tag}\n$$"

    def directive(self, name: str, argument: str, content: str) -> str:
        """A directive, or a warning that nobody has said yet what it becomes."""
        options, body = split(content)
        if name == "film":
            return self.film(argument)
        if name == "museum":
            return "*The mistakes of these kinds are on the site, each with its code.*"
        if name == "widget":
            return "*A figure to play with, on the site.*"
        if name in BOXES or name == "admonition":
            box = f"**{self.inline(argument) or name.capitalize()}.**\n\n{self.text(body)}"
            return "\n".join(f"> {line}".rstrip() for line in box.splitlines())
        if name in ("exercise", "drill"):
            return self.task(name, options, argument, body)
        if name in ("hint", "solution"):
            return self.fold(name.capitalize(), self.text(body))
        self.warn(f"say in notebooks.py what the directive {name} is in a notebook")
        return ""

    def task(self, name: str, options: dict[str, str], argument: str, body: str) -> str:
        """An exercise with its level, or a drill with its answer: where nobody checks, one."""
        title = self.book.labels.get(options.get("label", ""), name.capitalize()).partition(":")[0]
        level = f" ({options['level']})" if "level" in options else ""
        text = f"### {title}{level}: {self.inline(argument)}\n\n"
        if name == "exercise":
            return text + self.text(body)
        question, expression, remark, *_ = [*TERM.split(body), "", ""]
        value = say(self.book.values[self.page].get(expression, nan))
        remark = self.text(INDENT.sub("", remark))
        answer = self.fold("Answer", f"`{expression}` = {value}\n\n{remark}")
        return f"{text}{self.text(question)}\n\n{answer}"

    def fold(self, title: str, text: str) -> str:
        """What is folded in a notebook; a script cannot fold."""
        if self.suffix == ".py":
            return f"**{title}.**\n\n{text}"
        return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"

    def film(self, script: str) -> str:
        """A film in words, and where it is made."""
        file = script + self.suffix
        words = self.book.films.get(script, "")
        return f"**Film, on the site.** {words}\nMade by [{file}]({file})."

    def inline(self, source: str) -> str:
        """Running text."""
        return INLINE.sub(self.phrase, source)

    def phrase(self, found: re.Match[str]) -> str:
        """A role, a link or an image; code and maths are left as they are."""
        if found["kept"]:
            return found[0]
        if found["image"]:
            return f"*Picture: {found['text']}*"
        if found["role"]:
            return self.role(found["role"].removeprefix("py:"), found["content"])
        return self.link(self.inline(found["text"]), found["target"])

    def role(self, name: str, content: str) -> str:
        """A role, or a warning that nobody has said yet what it becomes."""
        titled = re.fullmatch(r"(.+?)\s*<(.+)>", content, re.DOTALL)
        text, target = (titled[1], titled[2]) if titled else ("", content)
        if name in NAMES:
            return f"`{text or (target.rpartition('.')[2] if target[0] == '~' else target)}`"
        if name == "eq":
            return self.equation(content)
        if name == "math":
            return f"${content}$"
        if name in WORDS or (name == "ref" and (text or target in self.book.labels)):
            return text or self.book.labels.get(target) or content.partition(" (")[0]
        self.warn(f"say in notebooks.py what the role {name} is in a notebook")
        return content

    def equation(self, label: str) -> str:
        """An equation's number, and where it is if that is elsewhere."""
        page, number = self.book.equations.get(label, (self.page, label))
        if page == self.page or page not in self.book.pages:
            return f"({number})"
        return f"[({number})]({self.book.pages[page]}{self.suffix})"

    def link(self, text: str, target: str) -> str:
        """A link that leads to the web or to a file beside this one; else its words alone.

        >>> book = Book({"a/page": "page", "b/other": "other"}, {"b/other": "Look elsewhere"})
        >>> page = Plain(book, "a/page", ".ipynb", print)
        >>> page.link("here", "../b/other.md#part"), page.link("", "/b/other")
        ('[here](other.ipynb)', '[Look elsewhere](other.ipynb)')
        >>> page.link("nowhere", "c.md"), page.link("the web", "https://example.org")
        ('nowhere', '[the web](https://example.org)')
        """
        if re.match(r"[a-z]+:", target):
            return f"[{text}]({target})"
        path = re.sub(r"(\.md|\.rst|\.ipynb)?(#.*)?$", "", target)
        page = posixpath.normpath(posixpath.join("/", posixpath.dirname(self.page), path))[1:]
        label = self.book.labels.get(target.removeprefix("#"), path)
        text = text or self.book.titles.get(page, label)
        if not path or page not in self.book.pages:
            return text
        return f"[{text}]({self.book.pages[page]}{self.suffix})"


def split(content: str) -> tuple[dict[str, str], str]:
    r"""Options of a directive, and what it holds.

    >>> split(":label: eq-h\n\nh = XW\n")
    ({'label': 'eq-h'}, 'h = XW')
    """
    lines, options = content.splitlines(), {}
    while lines and (found := OPTION.fullmatch(lines[0])):
        options[found[1]] = found[2]
        del lines[0]
    return options, "\n".join(lines).strip("\n")


def read_page(source: str, plain: Plain) -> nbformat.NotebookNode:
    """Notebook of a page."""
    notebook = read_myst_markdown_notebook(source, plain.book.config)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = plain.text(cell.source)
    return tidy(notebook)


def read_script(made: str, plain: Plain) -> nbformat.NotebookNode:
    """Notebook of a gallery script, from what sphinx-gallery has made of it."""
    notebook = nbformat.reads(made, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = RST_ROLE.sub(r"{\1}`\2`", cell.source).replace("``", "`")
            cell.source = plain.inline(text).strip()
    return tidy(notebook)


def tidy(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Keep what any machine understands, and count the cells: names by chance differ each time."""
    plain: nbformat.NotebookNode = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate((c for c in notebook.cells if c.source), 1):
        new = {"cell_type": cell.cell_type, "source": cell.source, "id": f"cell-{number}"}
        if cell.cell_type == "code":
            new |= {"outputs": [], "execution_count": None}
        plain.cells.append(nbformat.from_dict({**new, "metadata": kept(cell.metadata)}))
    nbformat.validate(plain)
    return plain


def kept(metadata: dict[str, object]) -> dict[str, object]:
    """Tags of a cell; what is folded on the page is folded in Jupyter as well.

    >>> kept({"tags": ["hide-cell"], "mystnb": {}})
    {'tags': ['hide-cell'], 'jupyter': {'source_hidden': True}}
    """
    tags = metadata.get("tags") or []
    assert isinstance(tags, list)
    folded = (
        {"jupyter": {"source_hidden": True}}
        if {"hide-cell", "hide-input", "solution"} & {*tags}
        else {}
    )
    return {"tags": [*tags], **folded} if tags else {}


def to_script(notebook: nbformat.NotebookNode) -> str:
    """Percent script of a notebook."""
    return "\n".join(percent(cell) for cell in notebook.cells)


def percent(cell: nbformat.NotebookNode) -> str:
    r"""One cell of it; one that is meant to fail must not end the script.

    >>> print(percent(nbformat.v4.new_markdown_cell("# Title\n\nText.")), end="")
    # %% [markdown]
    # # Title
    #
    # Text.
    >>> fails = nbformat.v4.new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]})
    >>> print(percent(fails), end="")
    # %% tags=["raises-exception"]
    try:
        1 / 0
    except Exception as error:
        print(f"{type(error).__name__}: {error}")
    """
    if cell.cell_type == "markdown":
        lines = [f"# {line}".rstrip() for line in cell.source.splitlines()]
        return "\n".join(["# %% [markdown]", *lines, ""])
    tags, lines = cell.metadata.get("tags", []), cell.source.splitlines()
    if "raises-exception" in tags:
        lines = ["try:", *(f"    {line}".rstrip() for line in lines)]
        lines += ["except Exception as error:", '    print(f"{type(error).__name__}: {error}")']
    named = ", ".join(f'"{tag}"' for tag in tags)
    return "\n".join([f"# %% tags=[{named}]" if tags else "# %%", *lines, ""])

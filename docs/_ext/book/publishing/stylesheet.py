"""One small style sheet in place of many large ones, and no script that a page has no use for.

A rule is kept if each class, id and element that it asks for is in some page, or is a word of
some script, which may put it there.  So nothing that can be seen changes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tinycss2

if TYPE_CHECKING:
    from collections.abc import Iterable


HEAD = re.compile(r"<head>.*?</head>", re.DOTALL)
STYLE = re.compile(r'<style>(.*?)</style>|<link\b[^>]*\brel="stylesheet"[^>]*>', re.DOTALL)
HREF = re.compile(r'href="([^"?]*)')
NAMES = re.compile(r'<([a-z]\w*)|\b(?:class|id)="([^"]*)"')
STATE = re.compile(r"::?[\w-]+(\((?:[^()]|\([^()]*\))*\))?|\[[^]]*\]")
BETWEEN = re.compile(r",(?![^(]*\))")  # selectors
VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
SOURCE = re.compile(r'<script\b[^>]*\bsrc="[./]*_static/([^"?]+)')
WORDS = "language_data.js"  # English words, none of which is put into a page
# A script and what a page has that it works on
SCRIPTS = {
    "sg-tags.js": "data-sgtags",
    "drill.js": '<form class="try"',
    "film.js": "<video",
    "engine.js": "data-widget",
    "widget.js": "data-widget",
    "step_the_line.js": 'data-widget="step-the-line"',
    "contours.js": 'data-widget="contours"',
    "logits_to_pulls.js": 'data-widget="logits-to-pulls"',
    "gradient_cloud.js": 'data-widget="gradient-cloud"',
    "walk_the_graph.js": 'data-widget="walk-the-graph"',
    "clipboard.min.js": "<pre",
    "copybutton.js": "<pre",
    "documentation_options.js": "<pre",  # copybutton.js asks for it
}
SEARCH = ("documentation_options.js", "doctools.js", "search.js")  # searchtools.js asks for them
# Elsewhere nothing does; and the last keeps in the browser what was searched for.
NEVER = ("doctools.js", "search.js", "sphinx_highlight.js")
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\n?')  # docutils', beside the theme's own
IMAGE = re.compile(r"<img (?![^>]*\bloading=)")


def drop_scripts(page: str, context: dict[str, Any]) -> None:
    """Leave out scripts that find nothing to work on, and pictures until they come near."""
    body = context.get("body", "")
    context["script_files"] = [
        script
        for script in context.get("script_files", [])
        if serves(Path(str(script.filename or "")).name, page, body)
    ]
    context["body"] = IMAGE.sub('<img loading="lazy" ', body)
    context["metatags"] = VIEWPORT.sub("", context.get("metatags", ""))


def serves(script: str, page: str, body: str) -> bool:
    """Whether a page has a use for a script.

    >>> serves("clipboard.min.js", "notation", "<p>No code.</p>")
    False
    """
    if page == "search" and script in SEARCH:
        return True
    return script not in NEVER and SCRIPTS.get(script, "") in body


def names(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """All that a selector may ask for.

    >>> sorted(names(['<p class="a b" id="c">'], ["add('open')"]))
    ['a', 'add', 'b', 'body', 'c', 'html', 'open', 'p']
    """
    found = {"html", "body"}
    for page in pages:
        for element, listed in set(NAMES.findall(page)):
            found.update([element] if element else listed.split())
    for script in scripts:
        found.update(re.findall(r"[\w-]+", script))
    return found


def asked(selector: str) -> set[str]:
    """Elements, classes and ids that a selector cannot do without.

    A name after a colon is a state, and what is in brackets has alternatives.

    >>> sorted(asked("a.b:hover > #c:not(.d)[title]"))
    ['a', 'b', 'c']
    """
    return set(re.findall(r"[\w-]+", STATE.sub("", selector)))


def written(tokens: list[Any]) -> str:
    """Tokens as text, on one line, without spaces that mean nothing."""
    return re.sub(r"\s+", " ", tinycss2.serialize(tokens)).strip()


def trim(css: str, used: set[str] | None, variables: set[str] | None = None) -> str:
    """Keep of a sheet the selectors that ask for what is used, and the variables given; None: all.

    >>> trim("a , .no { color : red } @media print { .no { x: y } p:hover { x: y } }", {"a", "p"})
    'a{color:red}@media print{p:hover{x:y}}'
    """
    kept = []
    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type == "qualified-rule":
            all_selectors = map(str.strip, BETWEEN.split(written(rule.prelude)))
            kept_selectors = [s for s in all_selectors if used is None or asked(s) <= used]
            inside = declarations(rule.content, variables) if kept_selectors else ""
            head = ",".join(kept_selectors)
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "container"):
            inside = trim(tinycss2.serialize(rule.content), used, variables)
            head = f"@{rule.at_keyword} {written(rule.prelude)}"
        elif rule.type == "at-rule" and rule.content is not None:
            inside = written(rule.content)
            head = f"@{rule.at_keyword} {written(rule.prelude)}".strip()
        else:
            continue  # @charset: the server and the file say it
        if inside:
            kept.append(f"{head}{{{inside}}}")
    return "".join(kept)


def declarations(content: list[Any], variables: set[str] | None) -> str:
    """What a rule says, without variables that nobody reads."""
    return ";".join(
        f"{said.name}:{written(said.value)}{'!important' if said.important else ''}"
        for said in tinycss2.parse_blocks_contents(content, skip_comments=True)
        if said.type == "declaration"
        and (variables is None or not said.name.startswith("--") or said.name in variables)
    )


def without_variables(css: str) -> str:
    """The sheet without variables that nobody reads, and those that only they read.

    >>> without_variables("p{--a:1;--b:var(--a);--c:2;x:var(--c)}")
    'p{--c:2;x:var(--c)}'
    """
    before = ""
    while css != before:
        before, css = css, trim(css, None, set(VARIABLE.findall(css)))
    return css


def sheets(raw: Path, name: str, text: str) -> list[str]:
    """The style sheets of a page, in order: text of those in it, and files of the others."""
    head = HEAD.search(text)
    found = []
    for style in STYLE.finditer(head[0] if head else ""):
        href = HREF.search(style[0])
        path = (raw / name).parent / href[1] if href and not style[1] else None
        found.append(path.read_text("utf-8") if path else style[1])
    return found


def sheet(raw: Path, pages: dict[str, str]) -> str:
    """One sheet for all pages, given by name and text."""
    found = dict.fromkeys(css for name, text in pages.items() for css in sheets(raw, name, text))
    loaded = {src for text in pages.values() for src in SOURCE.findall(text)} - {WORDS}
    scripts = [(raw / "_static" / src).read_text("utf-8") for src in sorted(loaded)]
    return without_variables(trim("".join(found), names(pages.values(), scripts)))

"""Widgets: figures in which a reader changes something and sees what happens.

The ``widget`` directive shows one on any page, the options aside from where it begins::

    ```{widget} step-the-line
    :eta: 1
    :batch: 8
    ```

    ```{widget} contours
    :eta: 3
    :start: 0, 4
    :rule: GD
    ```

    ```{widget} logits-to-pulls
    :logits: 2, 1, -1
    :label: 1
    :wrt: p
    ```

    ```{widget} gradient-cloud
    :batch: 8
    ```

    ```{widget} walk-the-graph
    ```

Each has a module in ``docs/_widgets``.  What readers see without JavaScript, in print and in an
EPUB is the still form, a figure and a table computed by the library.  With JavaScript the widget
takes the figure's place, box for box, on the same axes: these are a figure as well, the ground.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from html import escape
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from book.execution.cache import write_whole
from book.reader.exercises import fold
from book.reader.figures import NO_DATE, address, small_svg
from book.reader.films import BOOKS, close_element, element, film_caption, still, table

if TYPE_CHECKING:
    from types import ModuleType

    from sphinx.writers.html5 import HTML5Translator

FILES = {
    path.stem.replace("_", "-"): path
    for path in sorted(Path(__file__).parents[3].glob("_widgets/*.py"))
}
DRAWN_BY = [Path(__file__).with_name(name) for name in ("figures.py", "stills.py")]


class widget(element):  # noqa: N801 - docutils' nodes are lower case
    """All that is shown of a widget."""


class widget_stage(nodes.General, nodes.Element):  # noqa: N801
    """Where it is; its children are the still form's figure and the ground."""


def point(argument: str) -> list[float]:
    """Two numbers.

    >>> point("0, 4")
    [0.0, 4.0]
    """
    first, second = map(float, argument.split(","))
    return [first, second]


def triple(argument: str) -> list[float]:
    """Three numbers that the axis of the logits has.

    >>> triple("2, 1, -1")
    [2.0, 1.0, -1.0]
    """
    first, second, third = map(float, argument.split(","))
    if max(map(abs, (first, second, third))) > 6:
        raise ValueError("logits must be between -6 and 6")
    return [first, second, third]


def load(name: str) -> ModuleType:
    """The module of a widget: its function ``still`` takes options and gives a `Still`."""
    known = f"book_widget_{name}"
    if known not in sys.modules:
        spec = spec_from_file_location(known, FILES[name])
        assert spec
        assert spec.loader
        sys.modules[known] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[known])
    return sys.modules[known]


def fingerprint(name: str, options: dict[str, Any]) -> str:
    """One word for all that a still form depends on, the library aside."""
    code = [path.read_bytes() for path in (FILES[name], *DRAWN_BY)]
    return sha256(f"{code} {sorted(options.items())}".encode()).hexdigest()[:12]


class WidgetDirective(SphinxDirective):
    """Show a widget: ``widget:: contours``."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "eta": float,
        "batch": directives.positive_int,
        "start": point,
        "rule": directives.unchanged_required,
        "logits": triple,
        "label": lambda argument: int(directives.choice(argument, ("0", "1", "2"))),
        "wrt": lambda argument: directives.choice(argument, ("h", "p")),
    }

    def run(self) -> list[nodes.Node]:
        """Show what is known of the widget, its pictures as they were drawn."""
        name = self.arguments[0]
        if name not in FILES:
            raise self.error(f"no widget {name!r}: there are {', '.join(FILES)}")
        self.env.note_dependency(FILES[name])
        made, figure, ground = self.made(name)
        stage = widget_stage(
            "",
            nodes.image(uri=address(self.env, figure), alt=made["alt"]),
            nodes.image(uri=address(self.env, ground), alt="The axes."),
        )
        said = film_caption("", "", *words(made["caption"]))
        for kind in ("still", "live"):
            said += nodes.inline("", "", *words(made[kind]), classes=[f"{kind}-words"])
        numbers = fold("Numbers", "fold", table(made["table"]))
        shown = widget("", "", stage, said, numbers, data=made["data"], classes=["widget"])
        shown["attributes"] = {"data-widget": name}
        shown["ids"] = [f"widget-{self.env.new_serialno('widget-id') + 1}"]
        self.set_source_info(shown)
        return [shown]

    def made(self, name: str) -> tuple[dict[str, Any], Path, Path]:
        """All that a page shows of a widget, drawn when there is none from this code."""
        # with the outputs of cells, which go when the library changes
        outputs = self.env.mystnb_config.execution_cache_path  # type: ignore[attr-defined]
        kept = Path(outputs, "widgets", f"{name}-{fingerprint(name, self.options)}.json")
        still, ground = (kept.with_name(f"{kept.stem}-{part}.svg") for part in ("still", "ground"))
        if not kept.exists():
            from book.reader.stills import drawing  # the figures' library takes its time

            with drawing():
                try:
                    drawn = vars(load(name).still(self.options))
                except ValueError as error:
                    raise self.error(str(error)) from None
                for path, part in ((still, "figure"), (ground, "ground")):
                    svg = StringIO()
                    drawn[part].savefig(svg, format="svg", metadata=NO_DATE)
                    write_whole(path, small_svg(svg.getvalue()))
            told = {part: drawn[part] for part in drawn if part not in ("figure", "ground")}
            write_whole(kept, json.dumps(told))  # the last: all is there, or it is drawn again
        return json.loads(kept.read_text("utf-8")), still, ground


def words(text: str) -> list[nodes.Node]:
    """Text in which formulas stand between dollars, as nodes.

    >>> [node.astext() for node in words("where $p = 0.5$ holds")]
    ['where ', 'p = 0.5', ' holds']
    """
    kinds = nodes.Text, lambda tex: nodes.math(tex, tex)
    return [kinds[i % 2](part) for i, part in enumerate(text.split("$")) if part]


class Stills(SphinxPostTransform):
    """Outside a browser there is the still form alone."""

    default_priority = 5
    builders = BOOKS

    def run(self, **_: Any) -> None:
        """Put a figure in place of each widget."""
        for shown in list(self.document.findall(widget)):
            (said,) = shown.findall(film_caption)
            picture, *_ground = shown.findall(nodes.image)
            kept = [
                part
                for part in said.children
                if "live-words" not in getattr(part, "attributes", {}).get("classes", ())
            ]
            shown.replace_self(still(shown, picture, kept))


def depart_widget(self: HTML5Translator, node: widget) -> None:
    """Write what the script needs, and close the figure."""
    data = json.dumps(node["data"], separators=(",", ":")).replace("<", "\\u003c")
    self.body.append(f'<script type="application/json">{data}</script>')
    close_element(self, node)


def visit_stage(self: HTML5Translator, node: widget_stage) -> None:
    """Write both pictures, and leave room for what the reader presses."""
    builder = self.builder
    still, ground = (
        f"{builder.imgpath}/{builder.images[i['uri']]}" for i in node.findall(nodes.image)
    )
    alt = escape(next(node.findall(nodes.image))["alt"])
    self.body.append(
        f'<div class="stage"><img class="still" alt="{alt}" src="{escape(still)}">'
        f'<img class="ground" alt="" src="{escape(ground)}"></div><div class="bar"></div>\n'
    )
    raise nodes.SkipNode

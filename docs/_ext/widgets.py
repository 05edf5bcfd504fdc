"""Widgets: figures in which a reader changes something and sees what happens.

The ``widget`` directive shows one on any page, the options aside from where it begins::

    ```{widget} step-the-line
    :eta: 1
    :batch: 8
    ```

    ```{widget} contours
    :eta: 3
    :start: 0, 4
    ```

    ```{widget} logits-to-pulls
    :logits: 2, 1, -1
    :label: 1
    :wrt: p
    ```

What readers see without JavaScript, in print and in an EPUB is the still form: a figure and a
table, computed by the library when the page is read.  With JavaScript the widget takes the
figure's place, box for box, on the same axes: these are a figure as well, the ground.
"""

from __future__ import annotations

import json
from html import escape
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from films import film_caption, film_fold, table, uri
from fresh import write_whole
from pictures import NO_DATE, small_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)


class widget(nodes.General, nodes.Element):  # noqa: N801 - docutils' nodes are lower case
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


class WidgetDirective(SphinxDirective):
    """Show a widget: ``widget:: contours``."""

    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {
        "eta": float,
        "batch": directives.positive_int,
        "start": point,
        "logits": triple,
        "label": lambda argument: int(directives.choice(argument, ("0", "1", "2"))),
        "wrt": lambda argument: directives.choice(argument, ("h", "p")),
    }

    def run(self) -> list[nodes.Node]:
        """Draw and compute; `fresh` sees to it that this is done again when code changes."""
        from stills import WIDGETS, drawing  # the figures' library takes its time

        name = self.arguments[0]
        if name not in WIDGETS:
            raise self.error(f"no widget {name!r}: there are {', '.join(WIDGETS)}")
        with drawing():
            still = WIDGETS[name](self.options)
            stem = f"{self.env.docname.replace('/', '-')}-{name}-{self.env.new_serialno('widget')}"
            figure, ground = (
                self.write(drawn, f"{stem}-{part}")
                for part, drawn in (("still", still.figure), ("ground", still.ground))
            )
        stage = widget_stage(
            "",
            nodes.image(uri=figure, alt=still.alt),
            nodes.image(uri=ground, alt="The axes."),
        )
        caption = film_caption("", "", *words(still.caption))
        for kind in ("still", "live"):
            caption += nodes.inline("", "", *words(getattr(still, kind)), classes=[f"{kind}-words"])
        fold = film_fold("", table(still.table), title="Numbers")
        shown = widget("", stage, caption, fold, name=name, data=still.data)
        shown["ids"] = [f"widget-{self.env.new_serialno('widget-id') + 1}"]
        self.set_source_info(shown)
        return [shown]

    def write(self, figure: Figure, stem: str) -> str:
        """Write a figure beside those of cells; its address."""
        folder = Path(self.env.mystnb_config.output_folder)  # type: ignore[attr-defined]
        drawing = StringIO()
        figure.savefig(drawing, format="svg", metadata=NO_DATE)
        write_whole(folder / f"{stem}.svg", small_svg(drawing.getvalue()))
        return uri(self.env, folder / f"{stem}.svg")


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

    def run(self, **_: Any) -> None:
        """Put a figure in place of each widget."""
        if self.app.builder.name in ("html", "dirhtml", "singlehtml"):
            return
        for shown in list(self.document.findall(widget)):
            (caption,) = shown.findall(film_caption)
            figure, *_ground = shown.findall(nodes.image)
            said = [
                part
                for part in caption
                if "live-words" not in getattr(part, "attributes", {}).get("classes", ())
            ]
            still = nodes.figure("", figure, nodes.caption("", "", *said), ids=shown["ids"])
            shown.replace_self([still, *shown.findall(nodes.table)])


def visit_widget(self: HTML5Translator, node: widget) -> None:
    """Open the figure."""
    named = {"data-widget": node["name"]}
    self.body.append(self.starttag(node, "figure", CLASS="widget", **named))


def depart_widget(self: HTML5Translator, node: widget) -> None:
    """Write what the script needs, and close the figure."""
    data = json.dumps(node["data"], separators=(",", ":")).replace("<", "\\u003c")
    self.body.append(f'<script type="application/json">{data}</script></figure>\n')


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


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directive, its nodes, and what becomes of them."""
    app.add_node(widget, html=(visit_widget, depart_widget))
    app.add_node(widget_stage, html=(visit_stage, None))
    app.add_directive("widget", WidgetDirective)
    app.add_post_transform(Stills)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}

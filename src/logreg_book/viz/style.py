"""The look of the book's figures: ``plt.style.use("logreg_book.viz.book")``.

The style sheet ``book.mplstyle`` lies beside this file, and the constants here are read from
it, so that a colour is written down once.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl

__all__ = [
    "COLOURS",
    "EDGE",
    "INK",
    "LINE_STYLES",
    "MARKERS",
    "METHODS",
    "STYLE",
    "method_style",
]

STYLE = "logreg_book.viz.book"
"""Name of the style, for ``plt.style.use`` and ``plt.style.context``."""
_SHEET = mpl.rc_params_from_file(
    Path(__file__).with_name("book.mplstyle"), use_default_template=False
)
_CYCLE: dict[str, list[Any]] = _SHEET["axes.prop_cycle"].by_key()

COLOURS: list[str] = _CYCLE["color"]
"""Colours of classes, in order; curves have them in figures that show neither class nor method."""
LINE_STYLES: list[Any] = _CYCLE["linestyle"]
"""Line styles of curves, in the order of the colours."""
MARKERS = ["o", "^", "s", "D", "v", "P", "X", "<", "p", ">"]
"""Marker of each class: its shape tells classes apart where colour does not."""
INK: str = _SHEET["text.color"]
"""Colour of text and of lines that are not one of several."""
EDGE: str = _SHEET["axes.edgecolor"]
"""Colour of frames and arrows."""

_DASHES, _LONG_DASHES, _DOTS = (0, (3, 1)), (0, (8, 2)), (0, (1, 1))
METHODS: dict[str, dict[str, Any]] = {
    "GD": {"color": COLOURS[5], "linestyle": "-", "linewidth": 2.8},
    "minibatch": {"color": COLOURS[2], "linestyle": _DASHES, "linewidth": 2.2},
    "SGD": {"color": COLOURS[3], "linestyle": "-", "linewidth": 1.6},
    "momentum": {"color": COLOURS[4], "linestyle": "-", "linewidth": 2.2},
    "Nesterov": {"color": "#85703D", "linestyle": _DASHES, "linewidth": 2.2},
    "AdaGrad": {"color": "#667A70", "linestyle": _LONG_DASHES, "linewidth": 2.2},
    "RMSProp": {"color": "#705CFF", "linestyle": _DOTS, "linewidth": 2.2},
    "Adam": {"color": "#D600B8", "linestyle": "-", "linewidth": 1.6},
    "AdamW": {"color": "#663366", "linestyle": _DASHES, "linewidth": 2.2},
    "Newton": {"color": "#003300", "linestyle": _DOTS, "linewidth": 2.8},
}
"""Line of each method, the same in all figures and films; no class has the colour of one."""


def method_style(label: str, *, nth: int = 0) -> dict[str, Any]:
    """Look up the line of the method that a label begins with.

    Parameters
    ----------
    label : str
        Such as "SGD" or "minibatch, B = 16": its first word counts.
    nth : int, optional
        How many curves of the same method there are already.  This one has the same colour and
        another line style.

    Returns
    -------
    dict
        Colour, line style and line width for ``ax.plot``; empty if the word names no method.

    Examples
    --------
    >>> method_style("SGD, B = 1") == METHODS["SGD"]
    True
    >>> method_style("held out")
    {}
    """
    word = re.match(r"\w*", label)
    assert word
    line = METHODS.get(word[0], {})
    return {**line, "linestyle": LINE_STYLES[nth % len(LINE_STYLES)]} if line and nth else line
